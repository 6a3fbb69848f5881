import { api, body, type Answer } from '../api/client.ts';
import { createResource, type Resource } from '../resource.svelte.ts';
import { createRolloutMarks } from '../rollouts/chart-marks.svelte.ts';
import { view } from '../url/view.svelte.ts';
import { exceptionFilters } from './links.ts';
import { metricsOf, plotsFor } from './series-plots.ts';
import { getUsageSeries, listUsage, type UsageItem, type UsagePage, type UsageSeries } from './usage-api.ts';
import type { UsageKey } from './usage-name.ts';

const MOST_DEATHS = 200;
const POINTS = 300;
export type Deaths = Answer<'listExceptions'>;

/** The filters of the API that find just this pod or group. */
function filtersOf({ by, cluster, namespace, kind, name }: UsageKey) {
  const place = { by, cluster: [cluster] };
  if (by === 'cluster') return place;
  if (by === 'team' || by === 'node') return { ...place, [by]: [name] };
  if (by === 'namespace') return { ...place, namespace: [namespace] };
  return { ...place, namespace: [namespace], [by]: [by === 'workload' && kind !== '' ? `${kind}/${name}` : name] };
}

const isThis = (key: UsageKey, item: UsageItem): boolean =>
  key.by !== 'workload' || (item.workload === key.name && item.workload_kind === key.kind);

/** The figures, the series and what befell one pod or group over the page's range; all are asked again with a refresh. */
export function createOneUsage(of: () => UsageKey) {
  const about = () => ({ key: () => JSON.stringify([view.from, view.to, of()]) });
  const figures: Resource<{ item: UsageItem | null; page: UsagePage }> = createResource(async (signal) => {
    const key = of();
    const page = await listUsage({ ...filtersOf(key), ...view.times, sort: 'name', order: 'asc', limit: 5 }, signal);
    return { item: page.items.find((item) => isThis(key, item)) ?? null, page };
  }, about());
  const series: Resource<UsageSeries> = createResource((signal) => {
    const { by, cluster, namespace, kind, name } = of();
    return getUsageSeries(
      {
        by,
        cluster,
        ...(namespace === '' ? {} : { namespace }),
        ...(kind === '' ? {} : { kind }),
        ...(by === 'namespace' || by === 'cluster' ? {} : { name }),
        metrics: metricsOf(plotsFor(by !== 'pod')),
        points: POINTS,
        ...view.times,
      },
      signal,
    );
  }, about());
  const deaths: Resource<Deaths | null> = createResource((signal) => {
    const filters = exceptionFilters(of());
    if (!filters) return Promise.resolve(null);
    const query = {
      ...(Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== null)) as Record<
        string,
        string[]
      >),
      ...view.times,
      limit: MOST_DEATHS,
    };
    return body(api.GET('/api/v1/exceptions', { params: { query }, signal }));
  }, about());
  return { figures, series, deaths };
}
export type OneUsage = ReturnType<typeof createOneUsage>;

/** The workload that a pod belongs to, or the group is; null where there is none. */
export function workloadOf(key: UsageKey, item: UsageItem | null) {
  const { workload_kind = '', workload = '' } = item ?? {};
  const named = key.by === 'workload' ? { workload_kind: key.kind, workload: key.name } : { workload_kind, workload };
  if ((key.by !== 'pod' && key.by !== 'workload') || named.workload === '' || named.workload_kind === 'Pod')
    return null;
  return { cluster: key.cluster, namespace: key.namespace, ...named };
}

/** Rollouts to be marked: of the workload, or of all that lies in a namespace or cluster. Called while its component starts. */
export const createUsageRollouts = (key: () => UsageKey, item: () => UsageItem | null) => {
  const filter = () => {
    const { by, cluster, namespace } = key();
    // Nodes and teams have no rollouts of their own.
    if (by === 'node' || by === 'team') return null;
    const workload = workloadOf(key(), item());
    return {
      cluster: [cluster],
      namespace: namespace === '' ? [] : [namespace],
      workload: workload ? [workload.workload] : [],
      ...(workload ? { workload_kind: [workload.workload_kind] } : {}),
    };
  };
  return { filter, resource: createRolloutMarks(filter) };
};
