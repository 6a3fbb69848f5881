import type { ExceptionRow } from '../../lib/exceptions/sentence.ts';

/** A dot on a line of time. `at`: 0 is the oldest, 1 the newest. */
export interface Dot {
  readonly row: ExceptionRow;
  readonly at: number;
  readonly present: boolean;
}

export interface Strip {
  readonly dots: readonly Dot[];
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
}

const seen = ({ observed_at: time }: ExceptionRow): number => Date.parse(time);

/** The rows as dots over the time from the oldest to the newest. */
export function stripOf(present: ExceptionRow, others: readonly ExceptionRow[]): Strip {
  const rows = [present, ...others].sort((a, b) => seen(a) - seen(b));
  const [from, to] = [seen(rows[0] as ExceptionRow), seen(rows.at(-1) as ExceptionRow)];
  const at = (row: ExceptionRow): number => (to === from ? 0.5 : (seen(row) - from) / (to - from));
  return { from, to, dots: rows.map((row) => ({ row, at: at(row), present: row === present })) };
}
