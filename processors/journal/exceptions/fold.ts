import { fromTime } from '../../../platform/clock.ts';
import type { Entry } from '../../../schemas/entry.ts';
import type { EventObject, NodeObject, ServiceObject, WorkloadObject } from '../../../schemas/objects.ts';
import type { CreateFold, FoldContext } from '../fold.ts';
import { closeDeaths, judgeDeaths, pruneDeaths } from './death-rows.ts';
import type { Desk } from './desk.ts';
import { eventRecord, keepEvent } from './events.ts';
import { createIndexes } from './indexes.ts';
import type { Indexes } from './indexes.ts';
import { writeJobFailure } from './job-rows.ts';
import { jobFailureOf } from './jobs.ts';
import { copyJson, sameJson } from '../objects/json-values.ts';
import { applyLog, readLog } from './logs.ts';
import type { ExceptionOptions } from './options.ts';
import { exceptionOptions } from './options.ts';
import { compact, dueOf, isQuiet, loseNode, newPod, removePod, updateLatePod, updatePod } from './pods.ts';
import { adoptServices, adoptWorkload } from './late-joins.ts';
import { createVerdict } from './rules.ts';
import type { ServiceSelector } from '../objects/services.ts';
import { closeSpells, fireSpells, rewordSpells } from './spells.ts';
import { FIRST_SEEN_KEY, nodeKey, podKey, serviceKey } from './state.ts';
import type { NodeState, PodState } from './state.ts';
import { deletedAt } from '../objects/pods.ts';
import { millis } from '../objects/times.ts';
import type { WorkloadState } from '../objects/workload.ts';
import { standsBetween, topOwner, workloadKey, workloadState } from '../objects/workload.ts';

/**
 * The exceptions fold. An entry first changes what it is about; then whatever has become due by its `observed_at` fires,
 * so that a spell which the entry ends does not fire beforehand. One value a pod is kept, and one a workload, a service
 * and a node that is not ready.
 */
export const createExceptionsFold =
  (options: ExceptionOptions = exceptionOptions()): CreateFold =>
  (cluster) => {
    let indexes = createIndexes();
    const verdict = createVerdict(cluster, options);
    const deskOf = (entry: Entry, context: FoldContext): Desk => {
      const now = fromTime(entry.observed_at);
      let firstSeen = context.state.get<number>(FIRST_SEEN_KEY);
      if (firstSeen === undefined) context.state.set(FIRST_SEEN_KEY, (firstSeen = now));
      return { cluster, options, verdict, services: indexes.services, context, now, firstSeen };
    };
    return {
      name: 'exceptions',
      restore(state) {
        indexes = createIndexes();
        indexes.rebuild(state, (pod) => dueOf({ options }, pod));
      },
      apply(entry, context) {
        const desk = deskOf(entry, context);
        applyEntry(desk, indexes, entry);
        for (const uid of indexes.due(desk.now)) firePod(desk, indexes, uid);
      },
    };
  };

function applyEntry(desk: Desk, indexes: Indexes, entry: Entry): void {
  switch (entry.kind) {
    case 'pod':
      return applyPod(desk, indexes, entry);
    case 'log': {
      const log = readLog(entry);
      return changePod(desk, indexes, log.pod_uid, (pod) => applyLog(desk, entry, log, pod));
    }
    case 'event':
      return applyEvent(desk, indexes, entry);
    case 'workload':
      return applyWorkload(desk, indexes, entry);
    case 'service':
      return applyService(desk, indexes, entry);
    case 'node':
      return applyNode(desk, indexes, entry);
    default:
  }
}

const isRemoval = (entry: Entry): boolean => entry.op === 'delete' || entry.op === 'vanished';

function store(desk: Desk, indexes: Indexes, uid: string, pod: PodState): void {
  const kept = compact(pod);
  if (sameJson(kept, desk.context.state.get(podKey(uid)))) return;
  desk.context.state.set(podKey(uid), kept);
  indexes.put(uid, kept, dueOf(desk, kept));
}

/** Changes a copy of a pod's state, and stores it if `change` says that it did; `change` also runs for an unknown pod. */
function changePod(desk: Desk, indexes: Indexes, uid: string, change: (pod: PodState | undefined) => boolean): void {
  const before = desk.context.state.get<PodState>(podKey(uid));
  const pod = before && copyJson(before);
  if (change(pod) && pod) store(desk, indexes, uid, pod);
}

function applyPod(desk: Desk, indexes: Indexes, entry: Entry): void {
  const { state } = desk.context;
  const before = state.get<PodState>(podKey(entry.uid));
  if (!before && entry.op === 'vanished') return;
  if (desk.context.late) return applyLatePod(desk, indexes, entry);
  if (before?.gone && (isRemoval(entry) || isRepeat(entry, before.gone))) return;
  if (before && !isRemoval(entry) && isQuiet(before, entry.object, state)) return;
  const pod = before ? copyJson(before) : newPod(entry, state);
  delete pod.gone;
  if (entry.op === 'delete') pod.deleted_at ??= deletedAt(entry.object) ?? desk.now;
  if (entry.op !== 'vanished') updatePod(desk, entry, pod, before === undefined);
  if (isRemoval(entry)) removePod(desk, entry, pod);
  pruneDeaths(desk, pod);
  store(desk, indexes, entry.uid, pod);
}

/** A pod that has been overtaken: its deaths count, and that it is gone, since no uid comes back. */
function applyLatePod(desk: Desk, indexes: Indexes, entry: Entry): void {
  const before = desk.context.state.get<PodState>(podKey(entry.uid));
  const pod = before ? copyJson(before) : newPod(entry, desk.context.state);
  if (entry.op === 'delete') pod.deleted_at ??= deletedAt(entry.object) ?? desk.now;
  if (entry.op !== 'vanished') updateLatePod(desk, entry, pod, before === undefined);
  if (isRemoval(entry) && !pod.gone) removePod(desk, entry, pod);
  pruneDeaths(desk, pod);
  store(desk, indexes, entry.uid, pod);
}

const isRepeat = (entry: Entry, gone: { epoch: number; seq: number }): boolean =>
  entry.epoch < gone.epoch || (entry.epoch === gone.epoch && entry.seq <= gone.seq);

function firePod(desk: Desk, indexes: Indexes, uid: string): void {
  const { state } = desk.context;
  const before = state.get<PodState>(podKey(uid));
  if (!before) return;
  const pod = copyJson(before);
  fireSpells(desk, pod);
  pruneDeaths(desk, pod);
  if (pod.gone && dueOf(desk, pod) <= desk.now) {
    closeDeaths(desk, pod);
    state.delete(podKey(uid));
    indexes.drop(uid);
  } else store(desk, indexes, uid, pod);
}

function applyEvent(desk: Desk, indexes: Indexes, entry: Entry): void {
  if (isRemoval(entry)) return;
  const event = entry.object as EventObject;
  const record = event.involvedObject?.kind === 'Pod' ? eventRecord(event, desk.now) : null;
  if (!record) return;
  changePod(desk, indexes, event.involvedObject?.uid ?? '', (pod) => {
    if (!pod) return false;
    keepEvent(pod, record);
    judgeDeaths(desk, pod);
    rewordSpells(desk, pod);
    return true;
  });
}

function applyWorkload(desk: Desk, indexes: Indexes, entry: Entry): void {
  const { state } = desk.context;
  const key = workloadKey(entry.uid);
  const before = state.get<WorkloadState>(key);
  if (entry.op === 'vanished') return before && state.delete(key);
  const object = entry.object as unknown as WorkloadObject;
  if (!standsBetween(object.kind)) return;
  const stays = desk.context.late && before && entry.op !== 'delete';
  const own = {
    ...(stays ? before : workloadState(object, entry.name)),
    ...(before?.failed && { failed: true as const }),
  };
  const failure = before?.failed ? null : jobFailureOf(object);
  if (failure) own.failed = true;
  if (!sameJson(own, before)) state.set(key, own);
  if (failure) writeJobFailure(desk, entry, failure);
  if (entry.op === 'delete') return state.delete(key);
  for (const uid of indexes.byOwner.of(entry.uid)) {
    const top = topOwner({ kind: own.kind, name: own.name, uid: entry.uid }, state);
    changePod(desk, indexes, uid, (pod) => pod !== undefined && adoptWorkload(desk, pod, top));
  }
}

function applyService(desk: Desk, indexes: Indexes, entry: Entry): void {
  const { state } = desk.context;
  const key = serviceKey(entry.uid);
  if (desk.context.late && !isRemoval(entry)) return;
  const selector = (entry.object as ServiceObject).spec?.selector;
  if (isRemoval(entry) || !selector || Object.keys(selector).length === 0) {
    if (state.get(key)) state.delete(key);
    return indexes.services.drop(entry.uid);
  }
  const service: ServiceSelector = { namespace: entry.namespace, name: entry.name, selector };
  if (!sameJson(service, state.get(key))) state.set(key, service);
  indexes.services.put(entry.uid, service);
  if (entry.op !== 'list') return;
  for (const uid of indexes.withRows.of(entry.namespace)) {
    changePod(desk, indexes, uid, (pod) => pod !== undefined && adoptServices(desk, pod));
  }
}

function applyNode(desk: Desk, indexes: Indexes, entry: Entry): void {
  if (desk.context.late) return;
  const { state } = desk.context;
  const key = nodeKey(entry.name);
  const before = state.get<NodeState>(key);
  if (isRemoval(entry)) return before && state.delete(key);
  const ready = (entry.object as NodeObject).status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready) return;
  const since = millis(ready.lastTransitionTime) ?? desk.now;
  if (ready.status === 'True') {
    if (!before) return;
    state.delete(key);
    return changeNodePods(desk, indexes, entry.name, (pod) =>
      closeSpells(desk, pod, ({ kind }) => kind === 'node', since),
    );
  }
  if (before) return;
  const node: NodeState = { since, message: ready.message ?? ready.reason ?? '' };
  state.set(key, node);
  changeNodePods(desk, indexes, entry.name, (pod, uid) => loseNode(desk, uid, pod, node));
}

function changeNodePods(
  desk: Desk,
  indexes: Indexes,
  node: string,
  change: (pod: PodState, uid: string) => void,
): void {
  for (const uid of indexes.byNode.of(node)) {
    changePod(desk, indexes, uid, (pod) => {
      if (pod) change(pod, uid);
      return pod !== undefined;
    });
  }
}
