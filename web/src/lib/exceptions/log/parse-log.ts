/** A line of a dead instance's log. `number` counts from 1; `at`: milliseconds since the Unix epoch, null without a stamp. */
export interface LogLine {
  readonly number: number;
  readonly at: number | null;
  /** Without its stamp, as the container wrote it. */
  readonly body: string;
}

/** A first and a last line, both included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})(?: |$)/;
const STAMP_MAX = 37;

/** The lines of a log's text, each with the kubelet's stamp taken off. An end of line at the text's end opens no further one. */
export function parseLog(text: string): LogLine[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').map((line, index) => {
    const stamp = STAMP.exec(line.slice(0, STAMP_MAX))?.[0] ?? '';
    const at = stamp === '' ? Number.NaN : Date.parse(stamp.trimEnd());
    const body = line.slice(stamp.length, line.endsWith('\r') ? -1 : undefined);
    return { number: index + 1, at: Number.isNaN(at) ? null : at, body };
  });
}

/** Reads `120` or `120-130`, as the address and people write it; null for anything else. */
export function parseLineRange(text: string): LineRange | null {
  const [, from = '', to = from] = /^\s*L?(\d{1,7})(?:\s*-\s*L?(\d{1,7}))?\s*$/i.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)].sort((a, b) => a - b) as [number, number];
  return first >= 1 ? { first, last } : null;
}

export const formatLineRange = ({ first, last }: LineRange): string =>
  first === last ? String(first) : `${first}-${last}`;

export const inRange = (range: LineRange | null, number: number): boolean =>
  range !== null && number >= range.first && number <= range.last;

/** The text of some lines, as the log has it. */
export const textOfLines = (text: string, { first, last }: LineRange): string =>
  text
    .split('\n')
    .slice(first - 1, last)
    .join('\n');
