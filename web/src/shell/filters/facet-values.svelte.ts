import { api, body } from '../../lib/api/client.ts';
import { createResource, type Resource } from '../../lib/resource.svelte.ts';
import { pause } from '../../lib/time/pause.ts';
import { view } from '../../lib/url/view.svelte.ts';
import type { SourceField } from './source-fields.ts';

const TYPING_MS = 150;
const MOST_VALUES = 50;

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}
export interface FacetValues {
  readonly items: readonly FacetValue[];
  /** Exceptions in values beyond these. */
  readonly others: number;
}

/** Clusters that nothing happened in are worth choosing too. */
async function quietClusters(search: string, signal: AbortSignal): Promise<FacetValue[]> {
  const { items } = await body(api.GET('/api/v1/clusters', { signal }));
  return items
    .filter(({ cluster }) => cluster.toLowerCase().includes(search.toLowerCase()))
    .map(({ cluster }) => ({ value: cluster, count: 0 }));
}

/** A filter's values in the range under the bar's other filters, most frequent first, narrowed by what is typed. */
export function createFacetValues(field: () => SourceField, search: () => string): Resource<FacetValues> {
  return createResource(async (signal) => {
    const [name, text] = [field(), search().trim()];
    const { [name]: _own, ...others } = view.query;
    const query = { ...others, field: name, limit: MOST_VALUES, ...(text === '' ? {} : { search: text }) };
    if (text !== '') await pause(TYPING_MS, signal);
    const [found, quiet] = await Promise.all([
      body(api.GET('/api/v1/exceptions/facets', { params: { query }, signal })),
      name === 'cluster' ? quietClusters(text, signal) : [],
    ]);
    const known = new Set(found.items.map(({ value }) => value));
    return { items: [...found.items, ...quiet.filter(({ value }) => !known.has(value))], others: found.others };
  });
}
