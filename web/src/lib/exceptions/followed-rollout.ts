import { listRollouts } from '../services/services-api.ts';
import type { RolloutItem } from '../rollouts/rollouts-api.ts';
import type { ExceptionRow } from './sentence.ts';

const HOUR_MS = 3_600_000;
const MOST = 50;

/** When it happened: the end, or when it was first seen so. Milliseconds. */
export const happenedAt = ({ finished_at: end, started_at: start, observed_at: seen, type }: ExceptionRow): number =>
  Date.parse((type === 'stuck' ? start : end) ?? seen);

type Following = Pick<RolloutItem, 'started_at' | 'finished_at' | 'exceptions'>;

/**
 * The rollout that an exception belongs to or followed: the one that names it, else the newest that had begun by then, within
 * the hour or still under way; null where there is none. `rollouts`: those of its workload, newest first.
 */
export function followedRollout<R extends Following>(
  rollouts: readonly R[],
  { id, at }: { id: string; at: number },
): R | null {
  const named = rollouts.find(({ exceptions }) => exceptions.includes(id));
  if (named) return named;
  const newest = rollouts.find(({ started_at: start }) => Date.parse(start) <= at);
  if (!newest) return null;
  const lasted = newest.finished_at === null || Date.parse(newest.finished_at) >= at;
  return lasted || at - Date.parse(newest.started_at) <= HOUR_MS ? newest : null;
}

/** The rollouts of the exception's workload that went on within the hour before it, newest first. */
export async function listRolloutsBefore(row: ExceptionRow, signal: AbortSignal): Promise<readonly RolloutItem[]> {
  const at = happenedAt(row);
  const query = {
    cluster: [row.cluster],
    namespace: [row.namespace],
    workload: [`${row.workload_kind}/${row.workload}`],
    from: new Date(at - HOUR_MS).toISOString(),
    // A kubelet gives the end in whole seconds, so that a death can lie before what brought it.
    to: new Date(at + 2000).toISOString(),
    limit: MOST,
  };
  return (await listRollouts(query, signal)).items;
}
