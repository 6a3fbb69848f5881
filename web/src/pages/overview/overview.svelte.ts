import { api, body, type Answer } from '../../lib/api/client.ts';
import { createCoverage, type Coverage } from '../../lib/coverage/coverage.svelte.ts';
import { createResource, type Resource } from '../../lib/resource.svelte.ts';
import { listServices } from '../../lib/services/services-api.ts';
import { view } from '../../lib/url/view.svelte.ts';

const NEWEST = 8;
const MOST_BUDGETS = 6;

export interface OverviewState {
  readonly overview: Resource<Answer<'getOverview'>>;
  readonly clusters: Resource<Answer<'listClusters'>>;
  readonly coverage: Resource<Coverage>;
  /** Deaths over time by reason. */
  readonly deaths: Resource<Answer<'exceptionHistogram'>>;
  /** Deaths over time by cluster. */
  readonly deathsByCluster: Resource<Answer<'exceptionHistogram'>>;
  readonly newest: Resource<Answer<'listExceptions'>>;
  /** Services by what is left of their budget, least first. */
  readonly budgets: Resource<Answer<'listServices'>>;
}

/** What the page is about: other filters or times show nothing of the old ones. A refresh is no such change. */
const viewKey = (): string => JSON.stringify([view.from, view.to, view.cluster, view.namespace, view.workload]);

export function createOverview(): OverviewState {
  const options = { key: viewKey };
  const histogram = (by: 'reason' | 'cluster') => (signal: AbortSignal) =>
    body(
      api.GET('/api/v1/exceptions/histogram', { params: { query: { ...view.query, type: ['death'], by } }, signal }),
    );
  return {
    overview: createResource(
      (signal) => body(api.GET('/api/v1/overview', { params: { query: view.query }, signal })),
      options,
    ),
    clusters: createResource((signal) => {
      // The answer has no time range of its own: each refresh asks for the present.
      void view.now;
      return body(api.GET('/api/v1/clusters', { params: { query: { cluster: view.cluster } }, signal }));
    }, options),
    coverage: createCoverage(() => ({ cluster: view.cluster })),
    deaths: createResource(histogram('reason'), options),
    deathsByCluster: createResource(histogram('cluster'), options),
    newest: createResource(
      (signal) => body(api.GET('/api/v1/exceptions', { params: { query: { ...view.query, limit: NEWEST } }, signal })),
      options,
    ),
    budgets: createResource(
      (signal) => listServices({ ...view.query, tz: view.zone, sort: 'budget', limit: MOST_BUDGETS }, signal),
      options,
    ),
  };
}
