import { targetOf } from '../objects/owners.ts';
import type { Desk } from './desk.ts';
import { changeWorkload, deadlineOf, forgetRollouts } from './desk.ts';
import { livePods, look, standsStill } from './by-hash.ts';
import { addFailure } from './rollout.ts';
import { endWith } from './workloads.ts';
import type { PodRecord, WorkloadState } from './state.ts';
import { nodeKey, podKey } from './state.ts';

/** What has become due for a workload by now. */
export function fireWorkload(desk: Desk, key: string): void {
  const before = desk.context.state.get<WorkloadState>(key);
  if (!before) return;
  const isEmpty = before.byPods && livePods(desk, before).length === 0;
  if (isEmpty && isLooked(desk, before)) {
    endWith(desk, key, before, 'none of its pods is left');
    return;
  }
  changeWorkload(desk, key, before, (workload) => {
    if (isLooked(desk, workload)) look(desk, workload);
    forgetRollouts(desk, workload);
    if (deadlineOf(desk.options, workload) <= desk.now) missDeadline(desk, workload);
  });
}

const isLooked = (desk: Desk, { look: at }: WorkloadState): boolean => at !== undefined && at <= desk.now;

function missDeadline(desk: Desk, workload: WorkloadState): void {
  const { open } = workload;
  if (!open) return;
  const at = deadlineOf(desk.options, workload);
  if (workload.byPods && !standsStill(desk, workload)) return;
  const { updated, available, wanted } = open.row;
  const away = podsAway(desk, workload);
  const missing = wanted - Math.min(updated, available);
  // A StatefulSet goes on pod by pod, so one that hangs holds up the rest.
  if (away > 0 && (workload.kind === 'StatefulSet' || missing <= away)) {
    open.waits = `waits for ${away} of its pods, whose nodes are away`;
    open.progress = desk.now;
    return;
  }
  const minutes = Math.round((at - open.progress) / 60_000);
  const reason = `no progress for ${minutes} minutes: of ${wanted} wanted, ${updated} are updated and ${available} available`;
  addFailure(desk, open, { id: '', at, reason });
}

/** Live pods on nodes that are not ready: nobody there deletes or starts one. */
function podsAway(desk: Desk, workload: WorkloadState): number {
  const { state } = desk.context;
  return desk.indexes
    .podsOf(targetOf(workload.namespace, workload))
    .map((uid) => state.get<PodRecord>(podKey(uid)))
    .filter((pod) => pod?.node && state.get(nodeKey(pod.node)) !== undefined).length;
}
