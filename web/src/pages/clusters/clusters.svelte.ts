import { api, body, type Answer } from '../../lib/api/client.ts';
import { createCoverage, type Coverage } from '../../lib/coverage/coverage.svelte.ts';
import { createResource, type Resource } from '../../lib/resource.svelte.ts';
import { view } from '../../lib/url/view.svelte.ts';
import { createImports, type Imports } from './usage/imports.svelte.ts';
import type { CoverageSpan } from './interruptions.ts';

export interface ClustersState {
  readonly clusters: Resource<Answer<'listClusters'>>;
  readonly coverage: Resource<Coverage>;
  /** How usage is imported from each cluster's Prometheus. */
  readonly imports: Imports;
  /** The times that the spans are read by. */
  readonly asked: Pick<Coverage, 'range' | 'now'>;
  /** The loaded spans by cluster. */
  readonly spans: ReadonlyMap<string, readonly CoverageSpan[]>;
  /** How many exceptions of the range have no log because the agent may not read it, by cluster. */
  readonly denied: ReadonlyMap<string, number>;
}

export function createClusters(): ClustersState {
  const clusters = createResource(
    (signal) => {
      void view.now;
      return body(api.GET('/api/v1/clusters', { params: { query: { cluster: view.cluster } }, signal }));
    },
    { key: () => JSON.stringify(view.cluster) },
  );
  const sources = () => ({ cluster: view.cluster, namespace: view.namespace });
  const coverage = createCoverage(sources);
  const denied = createResource(
    (signal) => {
      const query = {
        ...view.times,
        ...sources(),
        field: 'cluster' as const,
        log_status: ['denied' as const],
        limit: 100,
      };
      return body(api.GET('/api/v1/exceptions/facets', { params: { query }, signal }));
    },
    { key: () => JSON.stringify([view.from, view.to, sources()]) },
  );
  const imports = createImports();
  const spans = $derived(Map.groupBy(coverage.data?.spans ?? [], ({ cluster }) => cluster));
  const deniedByCluster = $derived(new Map(denied.data?.items.map(({ value, count }) => [value, count])));
  return {
    clusters,
    coverage,
    imports,
    get asked() {
      return coverage.data ?? view;
    },
    get spans() {
      return spans;
    },
    get denied() {
      return deniedByCluster;
    },
  };
}
