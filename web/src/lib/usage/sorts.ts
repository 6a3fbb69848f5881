import type { UsageBy, UsageSort } from './usage-api.ts';

/** What can be sorted by of one resource. */
export const FIGURES = ['waste', 'danger', 'avg', 'p95', 'max', 'request', 'limit'] as const;
export type Figure = (typeof FIGURES)[number];
export const RESOURCES = ['cpu', 'memory', 'gpu'] as const;
export type Resource = (typeof RESOURCES)[number];

const WHOLE = ['name', 'oom_kills', 'pods'] as const;
export type SortChoice =
  | { readonly resource: Resource; readonly figure: Figure }
  | { readonly resource: null; readonly whole: (typeof WHOLE)[number] | 'throttled_avg' };

/** The sorts of the API that a table by `by` can have, in the order in which they are offered. */
export function sortsOf(by: UsageBy): UsageSort[] {
  const ofGpu = (figure: Exclude<Figure, 'waste' | 'danger'>): UsageSort => {
    if (figure === 'request' || figure === 'limit') return `gpu_${figure}`;
    return by === 'pod' ? `gpu_${figure}` : `gpu_memory_${figure}`;
  };
  const named = (resource: 'cpu' | 'memory') =>
    FIGURES.map((figure): UsageSort =>
      figure === 'waste' || figure === 'danger' ? `${figure}_${resource}` : `${resource}_${figure}`,
    );
  const gpu = FIGURES.flatMap((figure) => (figure === 'waste' || figure === 'danger' ? [] : [ofGpu(figure)]));
  const whole: UsageSort[] = by === 'pod' ? ['throttled_avg', 'oom_kills', 'name'] : ['oom_kills', 'pods', 'name'];
  return [...named('cpu'), ...named('memory'), ...gpu, ...whole];
}

/** What a sort is about. */
export function choiceOf(sort: UsageSort): SortChoice {
  const words = sort.replace('gpu_memory', 'gpu').split('_');
  const figure = FIGURES.find((one) => words.includes(one));
  const resource = RESOURCES.find((one) => words.includes(one));
  if (sort !== 'throttled_avg' && figure && resource) return { resource, figure };
  return { resource: null, whole: sort === 'throttled_avg' ? sort : (WHOLE.find((one) => one === sort) ?? 'name') };
}

/** The sort that the title of a resource's column asks for: the same figure as before, where it has that; else its P95. */
export function sortOfColumn(resource: Resource, by: UsageBy, present: UsageSort): UsageSort {
  const choice = choiceOf(present);
  const figure = choice.resource === null ? 'waste' : choice.figure;
  const has = (wanted: Figure) =>
    sortsOf(by).find((one) => {
      const found = choiceOf(one);
      return found.resource === resource && found.figure === wanted;
    });
  return has(figure) ?? has('p95') ?? 'name';
}

/** The most comes first, and names rise. */
export const firstOrder = (sort: UsageSort): 'asc' | 'desc' => (sort === 'name' ? 'asc' : 'desc');
