import type { ExceptionRow } from '../../lib/exceptions/sentence.ts';
import type { Range } from '../../lib/time/range.ts';
import { hrefTo } from '../../lib/url/view.svelte.ts';
import { rangePatch } from './range-around.ts';

type Filters = Readonly<Record<string, string | number | readonly string[]>>;

/** The list of exceptions with these filters and no others, so that what is linked is never hidden by the bar's. */
export function listHref(row: ExceptionRow, range: Range, filters: Filters): string {
  const patch: Record<string, string | readonly string[] | null> = { cluster: null, namespace: null, workload: null };
  if (row.verdict === 'suppressed') patch['verdict'] = ['reported', 'suppressed'];
  for (const [name, value] of Object.entries(filters)) patch[name] = Array.isArray(value) ? value : [String(value)];
  return hrefTo('/exceptions', { ...rangePatch(row, range), ...patch });
}
