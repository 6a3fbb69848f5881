import type { UsageBy, UsageQuery } from './usage-api.ts';

type Field = 'pod' | 'workload' | 'namespace' | 'team' | 'node' | 'cluster';
export type UsageFilters = Pick<UsageQuery, Field | 'environment'>;

/** No name of Kubernetes, nor a label's value. */
const NOBODY = ' ';

/** Narrows the filters to what has `q` in the name of what a row is about. Chosen values that do not have it fall away. */
export function withName(filters: UsageFilters, by: UsageBy, q: string): UsageFilters {
  if (q === '') return filters;
  const chosen = filters[by] ?? [];
  const wanted = chosen.filter((word) => !word.startsWith('!'));
  const excluded = chosen.filter((word) => word.startsWith('!'));
  if (wanted.length === 0) return { ...filters, [by]: [...excluded, `*${q}*`] };
  const kept = wanted.filter((word) => word.toLowerCase().includes(q.toLowerCase()));
  return { ...filters, [by]: kept.length === 0 ? [NOBODY] : [...excluded, ...kept] };
}
