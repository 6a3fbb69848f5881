import { api, body, type Answer } from '../api/client.ts';
import { createResource, type Resource } from '../resource.svelte.ts';
import { listOutages, type OutageItem } from '../services/services-api.ts';
import { view } from '../url/view.svelte.ts';
import { workloadFilters } from '../workloads/workload-href.ts';
import { getRollout, type RolloutDetail } from './rollouts-api.ts';

type ExceptionItem = Answer<'listExceptions'>['items'][number];

const MOST = 500;
const MINUTE_MS = 60_000;
/** A kubelet may tell of a death after the rollout was over. */
const LATE_MS = 10 * MINUTE_MS;

export interface RolloutWithEffects {
  readonly rollout: RolloutDetail;
  /** Deaths and stuck spells of its new pods, as far as they are kept and to be seen, oldest first. */
  readonly exceptions: readonly ExceptionItem[];
  /** The stretch in which they lie, RFC 3339. */
  readonly times: { readonly from: string; readonly to: string };
  /** Intervals that it caused, newest first. */
  readonly outages: readonly OutageItem[];
}

/** From a minute before it began until some time after it was over; or until now. */
function timesOf({ started_at: start, finished_at: end }: RolloutDetail): { from: string; to: string } {
  const to = end === null ? Date.now() : Math.min(Date.now(), Date.parse(end) + LATE_MS);
  return {
    from: new Date(Date.parse(start) - MINUTE_MS).toISOString(),
    to: new Date(Math.max(to, Date.parse(start) + MINUTE_MS)).toISOString(),
  };
}

async function listExceptions(rollout: RolloutDetail, signal: AbortSignal): Promise<ExceptionItem[]> {
  if (rollout.exceptions.length === 0) return [];
  const query = {
    ...workloadFilters(rollout),
    ...timesOf(rollout),
    verdict: ['reported' as const, 'suppressed' as const],
    sort: 'observed_at' as const,
    order: 'asc' as const,
    limit: MOST,
  };
  const { items } = await body(api.GET('/api/v1/exceptions', { params: { query }, signal }));
  const own = new Set(rollout.exceptions);
  return items.filter(({ id }) => own.has(id));
}

/** One rollout with what it did; asked again when the page is refreshed. */
export function createRolloutResource(id: () => string): Resource<RolloutWithEffects> {
  return createResource(
    async (signal) => {
      void view.now;
      const of = id();
      const rollout = await getRollout(of, signal);
      const kind = ['down', 'degraded', 'port'] as const;
      const [exceptions, outages] = await Promise.all([
        listExceptions(rollout, signal),
        listOutages({ rollout: [of], kind: [...kind], limit: MOST }, signal),
      ]);
      return { rollout, exceptions, times: timesOf(rollout), outages: outages.items };
    },
    { key: id },
  );
}
