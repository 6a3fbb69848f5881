import { selects } from '../objects/services.ts';
import { MINUTE_MS } from '../objects/times.ts';
import type { Desk } from './desk.ts';
import { ownerTarget } from './indexes.ts';
import type { PodState, ServiceRecord, WorkloadState } from './state.ts';
import { groupKey, podKey, workloadKey } from './state.ts';
import { MOST } from './workloads.ts';

/** A controller that is known by its pods alone is believed to want as many as it had, so long after one is gone. */
const REPLACED_WITHIN_MS = MINUTE_MS;

/** How many pods a controller had when one went, and when that was. */
export interface GroupState {
  size: number;
  shrunk: number;
}

export interface Wanted {
  replicas: number;
  /** `Kind/name` of what makes the pods, in their order. */
  workloads: string[];
  /** As the first of them says that says something. */
  team: string;
  environment: string;
}

/**
 * How many pods stand behind a selector by the will of their workloads: the replicas of those whose template it selects, and the
 * live pods of those that have no entries.
 */
export function wantedBy(
  desk: Desk,
  { row: { namespace }, selector }: Pick<ServiceRecord, 'row' | 'selector'>,
): Wanted {
  const { state } = desk.context;
  const wanted: Wanted = { replicas: 0, workloads: [], team: '', environment: '' };
  const behind: WorkloadState[] = [];
  const take = (kind: string, name: string, replicas: number) => {
    wanted.replicas = Math.min(wanted.replicas + replicas, MOST);
    wanted.workloads.push(`${kind}/${name}`);
  };
  for (const uid of desk.indexes.workloads.like(namespace, selector)) {
    const workload = state.get<WorkloadState>(workloadKey(uid));
    if (!workload || !selects(selector, workload.labels)) continue;
    take(workload.kind, workload.name, workload.replicas);
    behind.push(workload);
  }
  for (const target of desk.indexes.owners.like(namespace, selector)) {
    if (isFollowed(desk, target)) continue;
    const pods = podsOf(desk, target).filter(({ labels }) => selects(selector, labels));
    const owner = pods[0]?.owner;
    if (owner) take(owner.kind, owner.name, Math.max(pods.filter(isLive).length, heldSize(desk, target)));
    else for (const pod of pods) if (isWantedAlone(pod)) take('Pod', pod.name, 1);
  }
  wanted.workloads.sort();
  behind.sort((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
  wanted.team = behind.find(({ team }) => team !== '')?.team ?? '';
  wanted.environment = behind.find(({ environment }) => environment !== '')?.environment ?? '';
  return wanted;
}

/** Whether a workload's own entries tell how many pods it wants. */
export function isFollowed(desk: Desk, target: string): boolean {
  const uid = desk.indexes.workloadOf(target);
  return uid !== undefined && desk.context.state.get<WorkloadState>(workloadKey(uid))?.gone === undefined;
}

const podsOf = (desk: Desk, target: string): PodState[] =>
  [...desk.indexes.pods.in(target)].flatMap((uid) => desk.context.state.get<PodState>(podKey(uid)) ?? []);

const isLive = ({ gone, deleted_at, over }: PodState): boolean =>
  gone === undefined && deleted_at === undefined && over === undefined;

/** A pod that nobody replaces is wanted until somebody deletes it or it has done its work. */
const isWantedAlone = ({ gone, deleted_at, over }: PodState): boolean =>
  gone === undefined && deleted_at === undefined && over !== 'Succeeded';

function heldSize(desk: Desk, target: string): number {
  const group = desk.context.state.get<GroupState>(groupKey(target));
  return group && groupDue(group) > desk.now ? group.size : 0;
}

/** To be called around a change of a pod: a controller without entries is given time to replace it. */
export function holdGroup(desk: Desk, before: PodState | undefined, after: PodState): void {
  if (!before?.owner || !isLive(before) || isLive(after)) return;
  const target = ownerTarget(before);
  if (desk.indexes.workloadOf(target) !== undefined || desk.context.state.get(groupKey(target))) return;
  const size = podsOf(desk, target).filter(isLive).length + 1;
  desk.context.state.set(groupKey(target), { size, shrunk: desk.now } satisfies GroupState);
  desk.indexes.due.put(groupKey(target), desk.now + REPLACED_WITHIN_MS);
}

export const groupDue = ({ shrunk }: GroupState): number => shrunk + REPLACED_WITHIN_MS;
