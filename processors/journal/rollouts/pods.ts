import type { Entry } from '../../../schemas/entry.ts';
import type { PodObject } from '../../../schemas/objects.ts';
import { sameJson } from '../objects/json-values.ts';
import { controllerOf, ownerOf, targetOf, templateHashOf } from '../objects/owners.ts';
import type { Owner } from '../objects/owners.ts';
import { deletedAt, disruptionOf } from '../objects/pods.ts';
import { millis } from '../objects/times.ts';
import { lookSoon, lookAtGroup } from './by-hash.ts';
import type { Desk } from './desk.ts';
import { flatContainers } from './flat-template.ts';
import type { PodRecord } from './state.ts';
import { podKey, replicaSetKey, WORKLOAD_PREFIX } from './state.ts';
import { isUnreadable } from './unreadable.ts';

/** Keeps whose template a pod is made of; pods without a hash or a controller are nobody's. */
export function applyPod(desk: Desk, entry: Entry): void {
  const { state, late } = desk.context;
  const before = state.get<PodRecord>(podKey(entry.uid));
  if (entry.op === 'delete' || entry.op === 'vanished') {
    if (before) removePod(desk, entry.uid, before);
    return;
  }
  if (late && !before) return;
  const pod = readPod(desk, entry, before);
  if (!pod || sameJson(pod, before)) return;
  putPod(desk, entry.uid, late && before ? { ...before, ...goingOf(pod) } : pod, before);
  if (isGroup(desk, pod)) {
    if (entry.op === 'list') lookSoon(desk, pod.namespace, pod.owner);
    else lookAtGroup(desk, pod.namespace, pod.owner);
  }
}

export function putPod(desk: Desk, uid: string, pod: PodRecord, before: PodRecord | undefined): void {
  if (before) desk.indexes.dropPod(uid, before);
  desk.context.state.set(podKey(uid), pod);
  desk.indexes.putPod(uid, pod);
}

function removePod(desk: Desk, uid: string, pod: PodRecord): void {
  desk.context.state.delete(podKey(uid));
  desk.indexes.dropPod(uid, pod);
  if (isGroup(desk, pod)) lookAtGroup(desk, pod.namespace, pod.owner);
}

const goingOf = ({ deleted_at, disrupted_at }: PodRecord): Partial<PodRecord> => ({
  ...(deleted_at !== undefined && { deleted_at }),
  ...(disrupted_at !== undefined && { disrupted_at }),
});

/** Followed by its pods alone: its controller has no entries of its own, or they may not be read. */
function isGroup(desk: Desk, { owner, namespace }: PodRecord): boolean {
  if (owner.kind === 'ReplicaSet' || owner.foreign) return owner.foreign ?? false;
  if (!isUnreadable(desk.context.state, owner.kind, namespace)) return false;
  // One that could be read once is waited for.
  return !desk.indexes.keyOf(targetOf(namespace, owner))?.startsWith(WORKLOAD_PREFIX);
}

/** What is kept of a pod's entry; null for one that carries no template's hash. */
export function readPod(desk: Desk, entry: Entry, before: PodRecord | undefined): PodRecord | null {
  const { metadata, spec, status } = entry.object as PodObject;
  const controller = controllerOf(metadata?.ownerReferences);
  const labels = metadata?.labels ?? {};
  const hash = templateHashOf(controller, labels);
  if (!controller || !hash || status?.phase === 'Succeeded') return before ?? null;
  const owner = desk.context.state.get<Owner>(replicaSetKey(controller.uid)) ?? ownerOf(controller, labels);
  const deleted = before?.deleted_at ?? deletedAt(entry.object);
  const disruption = disruptionOf(entry.object);
  const pod: PodRecord = {
    namespace: entry.namespace,
    name: entry.name,
    owner,
    hash,
    created: before?.created ?? millis(metadata?.creationTimestamp) ?? desk.now,
    // Asked of those that a node which is away can hold up.
    node: owner.kind === 'StatefulSet' || owner.kind === 'DaemonSet' ? (spec?.nodeName ?? '') : '',
    ...(deleted !== null && { deleted_at: deleted }),
    ...(disruption && {
      disrupted_at: before?.disrupted_at ?? millis(disruption.lastTransitionTime) ?? desk.now,
    }),
  };
  if (!isGroup(desk, pod)) return pod;
  const ready = status?.conditions?.find((condition) => condition.type === 'Ready' && condition.status === 'True');
  if (ready) pod.ready = millis(ready.lastTransitionTime) ?? before?.ready ?? desk.now;
  return {
    ...pod,
    template: before?.template ?? flatContainers(spec),
    labels: before?.labels ?? metadata?.labels ?? {},
  };
}
