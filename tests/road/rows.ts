import type { ExceptionRow } from '../../schemas/exceptions.ts';
import type { ExpectedRow } from './scenarios.ts';

/** A row as the API's detail answers it: with the log. */
export type FoundRow = Omit<ExceptionRow, 'version'> & { readonly log: string };

interface Page {
  readonly items: { id: string }[];
  readonly next: string | null;
}

/** A JSON answer; throws on any but a 2xx one. */
export async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Every row of a namespace, suppressed ones too, each with its log; oldest first. */
export async function rowsOf(api: string, namespace: string): Promise<FoundRow[]> {
  const rows: FoundRow[] = [];
  let cursor = '';
  do {
    const query = `namespace=${namespace}&verdict=reported,suppressed&limit=500${cursor && `&cursor=${cursor}`}`;
    const page: Page = await get(`${api}/api/v1/exceptions?${query}`);
    for (const { id } of page.items) rows.push(await get<FoundRow>(`${api}/api/v1/exceptions/${id}`));
    cursor = page.next ?? '';
  } while (cursor !== '');
  return rows.toReversed();
}

/** The expected row as far as `found` differs from it; null where it agrees. */
function difference(expected: ExpectedRow, found: FoundRow): string | null {
  const { log, ...fields } = expected;
  for (const [field, value] of Object.entries(fields)) {
    const other = found[field as keyof FoundRow];
    if (other !== value) return `${field}: ${JSON.stringify(other)} instead of ${JSON.stringify(value)}`;
  }
  return log === undefined || found.log.includes(log)
    ? null
    : `log without ${JSON.stringify(log)}: ${JSON.stringify(found.log)}`;
}

const short = ({ type, reason, exit_code, ordinal, verdict, rule, log_status }: FoundRow): string =>
  JSON.stringify({ type, reason, exit_code, ordinal, verdict, rule, log_status });

/** Says what is missing, wrong or too much; empty where the rows are exactly the expected ones. */
export function compareRows(expected: readonly ExpectedRow[], found: readonly FoundRow[]): string[] {
  const left = [...found];
  const problems: string[] = [];
  for (const row of expected) {
    const at = left.findIndex((candidate) => difference(row, candidate) === null);
    if (at >= 0) {
      left.splice(at, 1);
      continue;
    }
    const near = left.find(
      (candidate) => candidate.type === row.type && (row.ordinal ?? candidate.ordinal) === candidate.ordinal,
    );
    problems.push(`missing ${JSON.stringify(row)}${near ? `; the nearest differs in ${difference(row, near)}` : ''}`);
  }
  return [...problems, ...left.map((row) => `too much: ${short(row)}`)];
}
