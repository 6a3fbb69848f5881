import type { ExceptionRow } from '../../lib/exceptions/sentence.ts';
import type { Range } from '../../lib/time/range.ts';

const HALF_DAY_MS = 12 * 3_600_000;

/** The range as it is, or one around the row where it lies outside: a link to its like must at least show itself. */
export function rangePatch(row: ExceptionRow, range: Range): { from?: string; to?: string } {
  const at = Date.parse(row.observed_at);
  if (at >= range.from && at < range.to) return {};
  return { from: new Date(at - HALF_DAY_MS).toISOString(), to: new Date(at + HALF_DAY_MS).toISOString() };
}
