import type { Entry } from '../../../schemas/entry.ts';
import type { ExceptionRow } from '../../../schemas/exceptions.ts';
import type { Condition, ContainerStatus, PodObject } from '../../../schemas/objects.ts';
import { isAbnormal } from '../objects/deaths.ts';
import { copyJson, sameJson } from '../objects/json-values.ts';
import { controllerOf, ownerOf } from '../objects/owners.ts';
import { shortMessage } from '../objects/messages.ts';
import { deletedAt, disruptionOf } from '../objects/pods.ts';
import { containerSign, schedulingSign } from '../objects/signs.ts';
import { millis } from '../objects/times.ts';
import type { Desk } from './desk.ts';
import { storePart } from './desk.ts';
import type { Death, PodState, Sign } from './state.ts';
import { podKey } from './state.ts';
import { holdGroup } from './wanted.ts';

const KEPT_DEATHS = 5;

/** What an entry changed of a pod. */
export interface PodChange {
  before: PodState | undefined;
  after: PodState;
}

/** Keeps what tells whether a pod serves and why it does not; null where nothing of that is new. */
export function applyPod(desk: Desk, entry: Entry): PodChange | null {
  const { state } = desk.context;
  const before = state.get<PodState>(podKey(entry.uid));
  const isRemoval = entry.op === 'delete' || entry.op === 'vanished';
  if (isRemoval && (!before || before.gone !== undefined)) return null;
  const after = entry.op === 'vanished' && before ? copyJson(before) : readPod(desk, entry, before);
  if (isRemoval) {
    after.gone = desk.now;
    if (entry.op === 'delete') after.deleted_at ??= desk.now;
  }
  if (sameJson(before, after)) return null;
  return putPod(desk, entry.uid, before, after);
}

function putPod(desk: Desk, uid: string, before: PodState | undefined, after: PodState): PodChange {
  if (before) desk.indexes.dropPod(uid, before);
  storePart(desk, podKey(uid), after);
  desk.indexes.putPod(uid, after);
  holdGroup(desk, before, after);
  return { before, after };
}

function readPod(desk: Desk, entry: Entry, before: PodState | undefined): PodState {
  const object = entry.object as PodObject;
  const { metadata, spec, status } = object;
  const labels = metadata?.labels ?? {};
  const controller = controllerOf(metadata?.ownerReferences);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const pod: PodState = {
    namespace: entry.namespace,
    name: entry.name,
    labels,
    node: spec?.nodeName ?? before?.node ?? '',
    created: before?.created ?? millis(metadata?.creationTimestamp) ?? desk.now,
  };
  // A static pod's owner is its node, which does not replace it elsewhere.
  if (controller && controller.kind !== 'Node') pod.owner = ownerOf(controller, labels);
  if (ready?.status === 'True') pod.ready = true;
  const changed = changeOf(ready, before, desk.now);
  if (changed !== null) pod.ready_at = changed;
  const deletion = before?.deleted_at ?? deletedAt(object);
  if (deletion !== null) pod.deleted_at = deletion;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') pod.over = status.phase;
  const end = endOf(object, before, desk.now);
  if (end) pod.end = end;
  const sign = signOf(object);
  if (sign) pod.sign = { ...sign, since: before?.sign?.kind === sign.kind ? before.sign.since : desk.now };
  if (before?.deaths) pod.deaths = before.deaths;
  if (before?.stuck) pod.stuck = before.stuck;
  return pod;
}

/** When Ready last changed; where the pod does not say, when that was seen. */
function changeOf(ready: Condition | undefined, before: PodState | undefined, now: number): number | null {
  if (!ready) return before?.ready_at ?? null;
  const told = millis(ready.lastTransitionTime);
  if (told !== null) return told;
  const same = (ready.status === 'True') === (before?.ready === true);
  return same ? (before?.ready_at ?? now) : now;
}

function endOf(object: PodObject, before: PodState | undefined, now: number): PodState['end'] | null {
  const { status, metadata } = object;
  const disruption = disruptionOf(object);
  // The pod's own reason says most: a node that is shut down disrupts its pods as one that has no room.
  const own = status?.phase === 'Failed' || status?.reason === 'NodeLost' ? (status.reason ?? '') : '';
  const reason = own || disruption?.reason;
  if (!reason) {
    const isTakenBack = metadata?.deletionTimestamp === undefined && status?.phase !== 'Failed';
    return isTakenBack ? null : (before?.end ?? null);
  }
  const message = shortMessage(own ? status?.message : disruption?.message);
  return {
    reason: shortMessage(reason),
    message,
    at: before?.end?.at ?? millis(disruption?.lastTransitionTime) ?? now,
  };
}

/** What keeps the pod from running now: of several the first container's. */
function signOf(object: PodObject): Omit<Sign, 'since'> | null {
  const { initContainerStatuses = [], containerStatuses = [] } = object.status ?? {};
  const signs = [
    schedulingSign(object),
    ...[...initContainerStatuses, ...containerStatuses].map((status: ContainerStatus) => containerSign(status)),
  ];
  const first = signs.find((sign) => sign !== null);
  return first ? { kind: first.kind, reason: shortMessage(first.reason), message: shortMessage(first.message) } : null;
}

/** Takes a death or a stuck spell that the exceptions fold has found; null where it tells nothing new. */
export function hearException(desk: Desk, row: ExceptionRow): PodChange | null {
  const before = desk.context.state.get<PodState>(podKey(row.pod_uid));
  if (!before || (row.type !== 'death' && row.type !== 'stuck')) return null;
  const after = copyJson(before);
  if (row.type === 'stuck') after.stuck = [...new Set([...(after.stuck ?? []), row.id])].slice(-KEPT_DEATHS);
  else {
    const others = after.deaths?.filter(({ id }) => id !== row.id) ?? [];
    const deaths = isAbnormal(row) ? [...others, deathOf(row, desk.now)] : others;
    after.deaths = deaths.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).slice(-KEPT_DEATHS);
    if (after.deaths.length === 0) delete after.deaths;
  }
  if (sameJson(before, after)) return null;
  return putPod(desk, row.pod_uid, before, after);
}

const deathOf = ({ id, finished_at, container, reason, exit_code }: ExceptionRow, now: number): Death => ({
  id,
  at: millis(finished_at) ?? now,
  container,
  reason,
  exit_code,
});
