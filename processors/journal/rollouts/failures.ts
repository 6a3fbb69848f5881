import { fromTime } from '../../../platform/clock.ts';
import type { Entry } from '../../../schemas/entry.ts';
import type { ExceptionRow } from '../../../schemas/exceptions.ts';
import { isAbnormal, mayCount } from '../objects/deaths.ts';
import { targetOf } from '../objects/owners.ts';
import type { Desk } from './desk.ts';
import { changeWorkload, rolloutsOf } from './desk.ts';
import { readPod } from './pods.ts';
import { addFailure, dropFailure, earliestOf } from './rollout.ts';
import type { PodRecord, RolloutRecord, WorkloadState } from './state.ts';
import { nodeKey, podKey } from './state.ts';

/** Times of Kubernetes are whole seconds. */
const SECOND_MS = 1000;

/**
 * A death or a stuck spell of a pod of the new template, within the time of its rollout, makes that fail. A row may come again
 * with another verdict; then so does the rollout.
 *
 * @param current the entry at hand, of which the row was made.
 */
export function hearException(desk: Desk, row: ExceptionRow, current: Entry | null): void {
  if (row.type !== 'death' && row.type !== 'stuck') return;
  const pod = podOf(desk, row, current);
  const owner = pod?.owner ?? { kind: row.workload_kind, name: row.workload };
  const key = desk.indexes.keyOf(targetOf(row.namespace, owner));
  const before = key === undefined ? undefined : desk.context.state.get<WorkloadState>(key);
  if (key === undefined || !before || (!before.open && !before.lately)) return;
  changeWorkload(desk, key, before, (workload) => {
    for (const rollout of rolloutsOf(workload)) {
      const counts =
        pod !== null &&
        isOfItself(desk, row, pod) &&
        isOfTemplate(workload, rollout, pod) &&
        isWithin(rollout, row, pod);
      if (counts) addFailure(desk, rollout, { id: row.id, at: timeOf(row), reason: inWords(row) });
      else if (pod !== null || !mayCount(row)) dropFailure(rollout, row.id);
    }
  });
}

/** The pod as its entry shows it, even where that is its last one or one that has been overtaken. */
function podOf(desk: Desk, row: ExceptionRow, current: Entry | null): PodRecord | null {
  const known = desk.context.state.get<PodRecord>(podKey(row.pod_uid));
  if (current?.kind !== 'pod' || current.uid !== row.pod_uid || current.op === 'vanished') return known ?? null;
  return readPod(desk, current, known);
}

/** It died, or got stuck, of itself: not because it was to go, nor because its node went. */
export function isOfItself(desk: Desk, row: ExceptionRow, pod: PodRecord): boolean {
  if (!isAbnormal(row)) return false;
  const wentBy = [pod.deleted_at, pod.disrupted_at, desk.context.state.get<number>(nodeKey(row.node))];
  const at = timeOf(row);
  if (wentBy.some((gone) => gone !== undefined && at >= gone - SECOND_MS)) return false;
  return row.type !== 'stuck' || row.reason !== 'NodeLost';
}

/** While nobody has told the new template's hash, its pods are those that came after it and have not the old one. */
function isOfTemplate(workload: WorkloadState, rollout: RolloutRecord, pod: PodRecord): boolean {
  if (rollout.hash) return pod.hash === rollout.hash;
  return pod.created > earliestOf(rollout) - SECOND_MS && pod.hash !== workload.hash;
}

const timeOf = (row: ExceptionRow): number =>
  fromTime((row.type === 'stuck' ? row.started_at : row.finished_at) ?? row.observed_at);

/** A pod that was born in the rollout died after it began, whatever its node's clock says. */
function isWithin(rollout: RolloutRecord, row: ExceptionRow, pod: PodRecord): boolean {
  const at = timeOf(row);
  const { finished_at } = rollout.row;
  if (finished_at !== null && at > fromTime(finished_at)) return false;
  return Math.max(at, pod.created) > earliestOf(rollout) - SECOND_MS;
}

function inWords(row: ExceptionRow): string {
  const what = row.container ? `${row.pod}: ${row.container}` : row.pod;
  if (row.type === 'stuck') return `${what} is stuck, ${row.reason}`;
  return `${what} died, ${row.reason}${row.exit_code === null ? '' : ` (exit code ${row.exit_code})`}`;
}
