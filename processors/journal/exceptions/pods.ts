import type { Entry } from '../../../schemas/entry.ts';
import type { PodObject } from '../../../schemas/objects.ts';
import type { FoldState } from '../fold.ts';
import { containersOf } from './containers.ts';
import type { Container } from './containers.ts';
import { deathsDue, judgeDeaths, recordDeaths } from './death-rows.ts';
import type { Sighting } from './death-rows.ts';
import { isBehind, isNew, knownDeaths, newRecord, observeContainer } from './deaths.ts';
import type { Desk } from './desk.ts';
import { updatePodEnd } from './pod-end-rows.ts';
import { closeSpells, see, spellsDue, updateSpells } from './spells.ts';
import { nodeKey, recordOf } from './state.ts';
import type { NodeState, PodState } from './state.ts';
import { deletedAt, disruptionOf, isOver } from '../objects/pods.ts';
import { containerSign, schedulingSign } from '../objects/signs.ts';
import { millis, MINUTE_MS } from '../objects/times.ts';
import { resolveWorkload } from '../objects/workload.ts';

/** An update of a pod that tells this fold nothing new: by far the most of them. */
export function isQuiet(before: PodState, object: PodObject, state: FoldState): boolean {
  if (before.containers || before.deaths || before.spells || before.early || before.end || before.gone) return false;
  const { metadata, spec, status } = object;
  if (metadata?.deletionTimestamp || status?.phase === 'Failed' || before.over !== (isOver(object) || undefined))
    return false;
  if ((spec?.nodeName ?? '') !== before.node || state.get(nodeKey(before.node)) !== undefined) return false;
  if (disruptionOf(object) || schedulingSign(object)) return false;
  return containersOf(object).every(isQuietContainer);
}

function isQuietContainer({ status }: Container): boolean {
  const { state, lastState, restartCount } = status;
  return !restartCount && !state?.terminated && !lastState?.terminated && containerSign(status) === null;
}

/** The state of a pod that the journal shows for the first time. */
export function newPod(entry: Entry, state: FoldState): PodState {
  const object = entry.object as PodObject;
  const { kind, name, job, unknownOwner } = resolveWorkload(object, entry.name, state);
  const pod: PodState = {
    namespace: entry.namespace,
    name: entry.name,
    node: object.spec?.nodeName ?? '',
    created: millis(object.metadata?.creationTimestamp),
    workload: [kind, name],
  };
  if (unknownOwner) pod.owner = unknownOwner;
  if (job) pod.job = true;
  return pod;
}

/** Folds a pod's object into its state and writes the rows that follow. `pod` is a copy that may be changed. */
export function updatePod(desk: Desk, entry: Entry, pod: PodState, isFirst: boolean): void {
  const object = entry.object as PodObject;
  const seen: Sighting = { uid: entry.uid, object, listed: isFirst && entry.op === 'list' };
  const wasDisrupted = pod.disrupted;
  const counts = restartsOf(pod);
  takeCircumstances(pod, object);
  const containers = containersOf(object);
  const inFull = !isFirst || (pod.created !== null && pod.created >= desk.firstSeen);
  for (const container of containers) updateDeaths(desk, pod, seen, container, inFull);
  updatePodEnd(desk, pod, seen);
  updateSpells(desk, entry.uid, pod, object, containers);
  if (!pod.over) watchNode(desk, entry.uid, pod, object);
  if (pod.disrupted !== wasDisrupted || restartsOf(pod) !== counts) judgeDeaths(desk, pod);
}

/**
 * Takes what an object adds that newer ones of the same pod may have overtaken: deaths, their details, the pod's own end. What
 * holds for now, such as its spells, is left alone.
 */
export function updateLatePod(desk: Desk, entry: Entry, pod: PodState, isFirst: boolean): void {
  const object = entry.object as PodObject;
  const seen: Sighting = { uid: entry.uid, object, listed: isFirst && entry.op === 'list' };
  const { node, labels } = pod;
  takeCircumstances(pod, object);
  if (!isFirst) [pod.node, pod.labels] = [node, labels ?? pod.labels];
  const inFull = !isFirst || (pod.created !== null && pod.created >= desk.firstSeen);
  for (const container of containersOf(object)) {
    const record = recordOf(pod, container.status.name);
    if (record && isBehind(record, container.status)) {
      recordDeaths(desk, pod, seen, container, knownDeaths(record, container.status));
    } else updateDeaths(desk, pod, seen, container, inFull);
  }
  updatePodEnd(desk, pod, seen);
  judgeDeaths(desk, pod);
}

const restartsOf = (pod: PodState): string =>
  Object.values(pod.containers ?? {})
    .map(({ generation, rc }) => `${generation}.${rc}`)
    .join();

function takeCircumstances(pod: PodState, object: PodObject): void {
  pod.node = object.spec?.nodeName || pod.node;
  pod.labels = object.metadata?.labels ?? {};
  const deletion = deletedAt(object);
  if (deletion !== null) pod.deleted_at ??= deletion;
  if (disruptionOf(object)) pod.disrupted = true;
  if (isOver(object)) pod.over = true;
}

function updateDeaths(desk: Desk, pod: PodState, seen: Sighting, container: Container, inFull: boolean): void {
  const { name } = container.status;
  const { record, deaths } = observeContainer(recordOf(pod, name) ?? newRecord(), container.status, inFull);
  if (isNew(record)) return;
  pod.containers = { ...pod.containers, [name]: record };
  recordDeaths(desk, pod, seen, container, deaths);
}

function watchNode(desk: Desk, uid: string, pod: PodState, object: PodObject): void {
  const node = desk.context.state.get<NodeState>(nodeKey(pod.node));
  const lost = object.status?.reason === 'NodeLost';
  if (node) loseNode(desk, uid, pod, node);
  else if (lost) loseNode(desk, uid, pod, { since: desk.now, message: object.status?.message ?? '' });
}

export function loseNode(desk: Desk, uid: string, pod: PodState, node: NodeState): void {
  see(desk, uid, pod, { kind: 'node', container: '', reason: 'NodeLost', message: node.message, since: node.since });
}

/** The pod is gone: open spells end with it. Its state stays for a while, for logs and events that come late. */
export function removePod(desk: Desk, entry: Entry, pod: PodState): void {
  closeSpells(desk, pod, () => true, desk.now);
  pod.gone = { at: desk.now, epoch: entry.epoch, seq: entry.seq };
}

/** Leaves out what is empty. */
export function compact(pod: PodState): PodState {
  const { containers, deaths, spells, events, early, labels, ...rest } = pod;
  const kept: PodState = rest;
  if (containers && Object.keys(containers).length > 0) kept.containers = containers;
  if (deaths?.length) kept.deaths = deaths;
  if (spells?.length) kept.spells = spells;
  if (events?.length) kept.events = events;
  if (early?.length) kept.early = early;
  if (labels && (kept.deaths || kept.spells || kept.end)) kept.labels = labels;
  return kept;
}

/** When something about the pod becomes due though no entry comes; Infinity for never. */
export function dueOf(desk: Pick<Desk, 'options'>, pod: PodState): number {
  const forgotten = pod.gone ? pod.gone.at + desk.options.late_minutes * MINUTE_MS : Infinity;
  return Math.min(forgotten, spellsDue(desk, pod), deathsDue(desk, pod));
}
