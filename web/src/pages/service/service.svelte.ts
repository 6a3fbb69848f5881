import { api, body } from '../../lib/api/client.ts';
import { createCoverage } from '../../lib/coverage/coverage.svelte.ts';
import { createResource } from '../../lib/resource.svelte.ts';
import {
  getService,
  listEndpoints,
  listOutages,
  listRollouts,
  type ServiceKey,
} from '../../lib/services/services-api.ts';
import { view } from '../../lib/url/view.svelte.ts';

/** As many intervals and rollouts as are asked for at once; beyond, a shorter range shows the others. */
const MOST = 500;
const KINDS = ['down', 'degraded', 'port', 'off'] as const;

/** All that a service's page shows of the bar's range. */
export function createService(of: () => ServiceKey) {
  const key = () => JSON.stringify([of(), view.from, view.to]);
  const about = () => {
    const { cluster, namespace, service } = of();
    return { ...view.times, cluster: [cluster], namespace: [namespace], service: [service] };
  };
  return {
    detail: createResource((signal) => getService(of(), { ...view.times, tz: view.zone }, signal), {
      // The figures of another range may stand until the new ones are there; another service's may not.
      key: () => JSON.stringify(of()),
    }),
    endpoints: createResource((signal) => listEndpoints(of(), view.times, signal), { key: () => JSON.stringify(of()) }),
    outages: createResource((signal) => listOutages({ ...about(), kind: [...KINDS], limit: MOST }, signal), { key }),
    rollouts: createResource((signal) => listRollouts({ ...about(), limit: MOST }, signal), { key }),
    exceptions: createResource(
      (signal) =>
        body(api.GET('/api/v1/exceptions/histogram', { params: { query: { ...about(), by: 'type' } }, signal })),
      { key },
    ),
    coverage: createCoverage(() => ({ cluster: [of().cluster], namespace: [of().namespace] })),
  };
}
export type ServiceState = ReturnType<typeof createService>;
