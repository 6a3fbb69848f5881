import type { ExceptionRow } from '../../lib/exceptions/sentence.ts';

/** A text as ClickHouse's SQL writes it. What is not plain becomes an escape, so that what is copied is what runs. */
export function quoteSql(text: string): string {
  const plain = text.replaceAll(/[\\']/g, String.raw`\$&`);
  return `'${plain.replaceAll(/[^\P{Cc}\u0080-\u009F]/gu, (c) => String.raw`\x` + c.charCodeAt(0).toString(16).padStart(2, '0'))}'`;
}

/** Milliseconds as ClickHouse compares them with a DateTime64(3), in UTC. */
const timeSql = (time: string): string =>
  `toDateTime64(${quoteSql(time.replace('T', ' ').replace('Z', ''))}, 3, 'UTC')`;

/** The statement that shows this row with its log. The time lets the store read one partition only. */
export const sqlOf = ({ id, cluster, observed_at: seen }: ExceptionRow): string =>
  `SELECT e.*, l.status, l.lines, l.redactions, l.text
FROM exceptions AS e
LEFT JOIN exception_logs AS l ON l.exception_id = e.id
WHERE e.id = ${quoteSql(id)}
  AND e.cluster = ${quoteSql(cluster)}
  AND e.observed_at = ${timeSql(seen)}`;
