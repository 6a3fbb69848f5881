import { fromTime } from '../../../platform/clock.ts';
import type { Entry } from '../../../schemas/entry.ts';
import type { ExceptionRow } from '../../../schemas/exceptions.ts';
import { exceptionsTable } from '../../../schemas/exceptions.ts';
import type { NodeObject, ServiceObject, WorkloadObject } from '../../../schemas/objects.ts';
import { sameJson } from '../objects/json-values.ts';
import { NO_LABELS } from '../objects/labels.ts';
import type { LabelOptions } from '../objects/labels.ts';
import type { ServiceSelector } from '../objects/services.ts';
import { millis } from '../objects/times.ts';
import type { CreateFold, FoldContext } from '../fold.ts';
import { lookSoon } from './by-hash.ts';
import { fireWorkload } from './deadlines.ts';
import type { Desk } from './desk.ts';
import { changeWorkload, dueOf } from './desk.ts';
import { hearException } from './failures.ts';
import { createIndexes } from './indexes.ts';
import type { RolloutOptions } from './options.ts';
import { rolloutOptions } from './options.ts';
import { applyPod } from './pods.ts';
import { applyReplicaSetOwner } from './replica-set-owners.ts';
import { applyRevision, removeRevision } from './revisions.ts';
import type { PodRecord, WorkloadState } from './state.ts';
import { FIRST_SEEN_KEY, nodeKey, serviceKey } from './state.ts';
import { takeCoverage } from './unreadable.ts';
import { applyWorkload, removeWorkload } from './workloads.ts';

/**
 * The rollouts fold. A rollout begins when a workload's template differs from the last one known, and lasts until its controller
 * has replaced all pods, or another template comes. Kept are one value a workload, one a pod that carries a template's hash, one
 * a service and one a node that is not ready. It follows the exceptions fold, whose rows it hears.
 */
export const createRolloutsFold =
  (options: RolloutOptions = rolloutOptions(), labels: LabelOptions = NO_LABELS): CreateFold =>
  (cluster) => {
    let indexes = createIndexes();
    let current: Entry | null = null;
    const deskOf = (now: number, context: FoldContext): Desk => {
      let firstSeen = context.state.get<number>(FIRST_SEEN_KEY);
      if (firstSeen === undefined) context.state.set(FIRST_SEEN_KEY, (firstSeen = now));
      return { cluster, options, labels, indexes, context, now, firstSeen };
    };
    return {
      name: 'rollouts',
      restore(state) {
        indexes = createIndexes();
        indexes.rebuild(state, (workload) => dueOf(options, workload));
      },
      apply(entry, context) {
        current = entry;
        const desk = deskOf(fromTime(entry.observed_at), context);
        applyEntry(desk, entry);
        for (const key of indexes.due(desk.now)) fireWorkload(desk, key);
      },
      hear(table, row, context) {
        if (table.name !== exceptionsTable.name || !current) return;
        hearException(deskOf(fromTime(current.observed_at), context), row as unknown as ExceptionRow, current);
      },
    };
  };

const isRemoval = ({ op }: Entry): boolean => op === 'delete' || op === 'vanished';

function applyEntry(desk: Desk, entry: Entry): void {
  switch (entry.kind) {
    case 'workload':
      return applyAnyWorkload(desk, entry);
    case 'pod':
      return applyPod(desk, entry);
    case 'service':
      return applyService(desk, entry);
    case 'node':
      return applyNode(desk, entry);
    case 'coverage':
      return applyCoverage(desk, entry);
    default:
  }
}

function applyAnyWorkload(desk: Desk, entry: Entry): void {
  const { kind } = entry.object as unknown as WorkloadObject;
  if (kind === 'ReplicaSet' || entry.op === 'vanished') applyReplicaSetOwner(desk, entry);
  if (isRemoval(entry)) {
    removeRevision(desk, entry);
    // One that an older life of the agent did not find any more may lie outside of what that could read.
    if (entry.op === 'delete' || !desk.context.late) removeWorkload(desk, entry.uid);
  } else if (kind === 'ReplicaSet' || kind === 'ControllerRevision') applyRevision(desk, entry);
  else applyWorkload(desk, entry);
}

function applyService(desk: Desk, entry: Entry): void {
  const { state, late } = desk.context;
  const key = serviceKey(entry.uid);
  if (late && !isRemoval(entry)) return;
  const selector = (entry.object as ServiceObject).spec?.selector;
  if (isRemoval(entry) || !selector || Object.keys(selector).length === 0) {
    if (state.get(key)) state.delete(key);
    desk.indexes.services.drop(entry.uid);
    return;
  }
  const service: ServiceSelector = { namespace: entry.namespace, name: entry.name, selector };
  if (sameJson(service, state.get(key))) return;
  state.set(key, service);
  desk.indexes.services.put(entry.uid, service);
  for (const busy of desk.indexes.busy()) {
    const workload = state.get<WorkloadState>(busy);
    if (workload?.namespace === entry.namespace) changeWorkload(desk, busy, workload, () => {});
  }
}

function applyNode(desk: Desk, entry: Entry): void {
  const { state, late } = desk.context;
  if (late) return;
  const key = nodeKey(entry.name);
  const ready = (entry.object as NodeObject).status?.conditions?.find(({ type }) => type === 'Ready');
  if (isRemoval(entry) || ready?.status === 'True') {
    if (state.get(key) !== undefined) state.delete(key);
  } else if (ready && state.get(key) === undefined) state.set(key, millis(ready.lastTransitionTime) ?? desk.now);
}

/** Pods that were known before their workloads turned out to be unreadable speak for these from here on. */
function applyCoverage(desk: Desk, entry: Entry): void {
  const { state, late } = desk.context;
  if (late) return;
  const kind = takeCoverage(state, entry.object);
  if (!kind) return;
  const owners = new Map<string, PodRecord>();
  for (const [, pod] of state.entries<PodRecord>('pod/')) {
    if (pod.owner.kind === kind && !pod.owner.foreign) owners.set(`${pod.namespace}/${pod.owner.name}`, pod);
  }
  for (const pod of [...owners].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, own]) => own)) {
    lookSoon(desk, pod.namespace, pod.owner);
  }
}
