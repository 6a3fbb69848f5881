import type { PodObject, WorkloadObject } from '../../../schemas/objects.ts';
import type { FoldState } from '../fold.ts';
import { controllerOf } from './owners.ts';

/** Where a fold keeps a workload. */
export const workloadKey = (uid: string): string => `workload/${uid}`;

/** A workload as the state keeps it: enough to walk from a pod's owner to the top one. */
export interface WorkloadState {
  kind: string;
  name: string;
  owner?: { kind: string; name: string; uid: string };
  /** Set once the Job's failure is a row. */
  failed?: true;
}

export interface ResolvedWorkload {
  kind: string;
  name: string;
  job: boolean;
  /** Uid of the owner that the journal has not shown yet; its entry may say more. */
  unknownOwner?: string;
}

/** Kinds that stand between a pod and what people call its workload. */
const PASSED_THROUGH = new Set(['ReplicaSet', 'Job']);
export const standsBetween = (kind: string): boolean => PASSED_THROUGH.has(kind);
const MAX_DEPTH = 5;

export const isJobKind = (kind: string): boolean => /job|podgroup/i.test(kind);

/** What the state keeps of a workload entry. */
export function workloadState(object: WorkloadObject, name: string): WorkloadState {
  const owner = controllerOf(object.metadata?.ownerReferences);
  const own: WorkloadState = { kind: object.kind, name };
  if (owner) own.owner = { kind: owner.kind, name: owner.name, uid: owner.uid };
  return own;
}

/**
 * The top owner of a pod: ReplicaSet → Deployment (or what else owns it), Job → CronJob. A ReplicaSet whose entry has
 * not come is read as its Deployment by leaving out the pod-template-hash. A pod without an owner is its own workload;
 * a static pod's owner is its node, so it is its own workload too, without the node's name.
 */
export function resolveWorkload(pod: PodObject, podName: string, state: FoldState): ResolvedWorkload {
  const owners = pod.metadata?.ownerReferences;
  const first = controllerOf(owners);
  const job = owners?.some((owner) => isJobKind(owner.kind)) ?? false;
  if (!first) return { kind: 'Pod', name: podName, job };
  if (first.kind === 'Node') {
    const suffix = `-${first.name}`;
    return { kind: 'Pod', name: podName.endsWith(suffix) ? podName.slice(0, -suffix.length) : podName, job };
  }
  const top = topOwner(first, state);
  const hash = pod.metadata?.labels?.['pod-template-hash'];
  if (top.unknownOwner && top.kind === 'ReplicaSet' && hash && top.name.endsWith(`-${hash}`)) {
    return { ...top, kind: 'Deployment', name: top.name.slice(0, -hash.length - 1), job };
  }
  return { ...top, job: job || isJobKind(top.kind) };
}

/** Walks up from an owner while it is a kind that stands between. */
export function topOwner(
  from: { kind: string; name: string; uid: string },
  state: FoldState,
): Omit<ResolvedWorkload, 'job'> {
  let owner = from;
  for (let depth = 0; depth < MAX_DEPTH && standsBetween(owner.kind); depth++) {
    const known = state.get<WorkloadState>(workloadKey(owner.uid));
    if (!known) return { kind: owner.kind, name: owner.name, unknownOwner: owner.uid };
    if (!known.owner) break;
    owner = known.owner;
  }
  return { kind: owner.kind, name: owner.name };
}
