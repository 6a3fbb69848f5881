import { fromTime } from '../../../platform/clock.ts';
import { stamp } from '../objects/times.ts';
import type { WorkloadState } from './state.ts';
import { writerBetween } from './writers.ts';

/** A rollout whose beginning was missed began when its ReplicaSet came: who had written last by then? */
export function dateByReplicaSet({ open, newest }: WorkloadState): void {
  if (!open?.writers || !newest || open.hash !== newest.hash) return;
  const { created } = newest;
  const earliest = fromTime(open.row.started_earliest);
  if (created !== null && created >= earliest) {
    const writer = writerBetween(open.writers, earliest, created);
    const started = Math.min(writer?.[1] ?? created, fromTime(open.row.observed_at));
    open.row = { ...open.row, started_at: stamp(started), manager: writer?.[0] ?? '' };
  }
  delete open.writers;
}
