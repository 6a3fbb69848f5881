import type { Entry } from '../../../schemas/entry.ts';
import type { WorkloadObject } from '../../../schemas/objects.ts';
import { sameJson } from '../objects/json-values.ts';
import { ARGO_HASH, controllerOf, DEPLOYMENT_HASH, isFollowed, targetOf } from '../objects/owners.ts';
import type { Owner } from '../objects/owners.ts';
import { lookSoon } from './by-hash.ts';
import type { Desk } from './desk.ts';
import { putPod } from './pods.ts';
import type { PodRecord } from './state.ts';
import { podKey, replicaSetKey } from './state.ts';

/** Keeps who stands over a ReplicaSet where its name does not tell, and gives its pods to that. */
export function applyReplicaSetOwner(desk: Desk, entry: Entry): void {
  const { state, late } = desk.context;
  const key = replicaSetKey(entry.uid);
  if (entry.op === 'delete' || entry.op === 'vanished') {
    if (state.get(key)) state.delete(key);
    return;
  }
  if (late) return;
  const { metadata } = entry.object as unknown as WorkloadObject;
  const controller = controllerOf(metadata?.ownerReferences);
  if (!controller) return;
  const hash = metadata?.labels?.[ARGO_HASH] ?? metadata?.labels?.[DEPLOYMENT_HASH] ?? '';
  const named = `${controller.name}-${hash}` === entry.name;
  const own = isFollowed(controller);
  if (own && named) return;
  const { kind, name, uid } = controller;
  const owner: Owner = { kind, name, uid, ...(!own && { foreign: true as const }) };
  if (sameJson(owner, state.get(key))) return;
  state.set(key, owner);
  for (const pod of podsGuessed(desk, entry, hash)) {
    const before = state.get<PodRecord>(podKey(pod));
    if (before?.name.startsWith(`${entry.name}-`)) putPod(desk, pod, { ...before, owner }, before);
  }
  if (!own) lookSoon(desk, entry.namespace, owner);
}

/** Pods that came before their ReplicaSet's own entry: without an owner, or given to a Deployment by name. */
function podsGuessed({ indexes }: Desk, { uid, name, namespace }: Entry, hash: string): string[] {
  const waiting = indexes.waitingFor(uid);
  if (!hash || !name.endsWith(`-${hash}`)) return waiting;
  return [
    ...waiting,
    ...indexes.podsOf(targetOf(namespace, { kind: 'Deployment', name: name.slice(0, -hash.length - 1) })),
  ];
}
