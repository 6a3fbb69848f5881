import { api, ApiError, body } from '../../lib/api/client.ts';
import { createCoverage } from '../../lib/coverage/coverage.svelte.ts';
import { createResource } from '../../lib/resource.svelte.ts';
import { listOutages, listRollouts } from '../../lib/services/services-api.ts';
import type { WorkloadDetail } from '../../lib/services/workload-at.ts';
import { view } from '../../lib/url/view.svelte.ts';
import { workloadFilters, type WorkloadKey } from '../../lib/workloads/workload-href.ts';

const MOST = 500;
const KINDS = ['down', 'degraded', 'port', 'off'] as const;
const WORKLOAD = '/api/v1/workloads/{cluster}/{namespace}/{kind}/{name}';

/** Null where nothing of that name is recorded: a page can tell more of it than the object. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return null;
    throw error;
  }
}

/** All that a workload's page shows: of the bar's range, and of all that is kept. */
export function createWorkload(of: () => WorkloadKey) {
  const path = () => {
    const { cluster, namespace, workload_kind: kind, workload: name } = of();
    return { cluster, namespace, kind, name };
  };
  const place = () => ({ cluster: [of().cluster], namespace: [of().namespace] });
  const full = () => `${of().workload_kind}/${of().workload}`;
  const ownKey = () => JSON.stringify(of());
  const key = () => JSON.stringify([of(), view.from, view.to]);
  return {
    detail: createResource<WorkloadDetail | null>(
      (signal) => {
        void view.now;
        return orNull(body(api.GET(WORKLOAD, { params: { path: path() }, signal })));
      },
      { key: ownKey },
    ),
    history: createResource(
      (signal) => {
        void view.now;
        return orNull(body(api.GET(`${WORKLOAD}/history`, { params: { path: path() }, signal })));
      },
      { key: ownKey },
    ),
    /** Whatever the range: the newest that is kept. */
    newest: createResource(
      async (signal) => {
        void view.now;
        const { items } = await listRollouts({ ...place(), workload: [full()], limit: 1 }, signal);
        return items[0] ?? null;
      },
      { key: ownKey },
    ),
    rollouts: createResource(
      (signal) => listRollouts({ ...place(), workload: [full()], ...view.times, limit: MOST }, signal),
      { key },
    ),
    outages: createResource(
      (signal) => listOutages({ ...place(), workload: [full()], ...view.times, kind: [...KINDS], limit: MOST }, signal),
      { key },
    ),
    reasons: createResource(
      (signal) => {
        const query = { ...workloadFilters(of()), ...view.times, by: 'reason' as const };
        return body(api.GET('/api/v1/exceptions/histogram', { params: { query }, signal }));
      },
      { key },
    ),
    coverage: createCoverage(() => place()),
  };
}
export type WorkloadState = ReturnType<typeof createWorkload>;
