import { fromTime } from '../../../platform/clock.ts';
import type { Entry } from '../../../schemas/entry.ts';
import type { ExceptionRow } from '../../../schemas/exceptions.ts';
import { exceptionsTable } from '../../../schemas/exceptions.ts';
import type { RolloutRow } from '../../../schemas/rollouts.ts';
import { rolloutsTable } from '../../../schemas/rollouts.ts';
import type { CreateFold, FoldContext } from '../fold.ts';
import { sameJson } from '../objects/json-values.ts';
import { NO_LABELS } from '../objects/labels.ts';
import type { LabelOptions } from '../objects/labels.ts';
import { takeCoverage } from './coverage.ts';
import type { Cut } from './coverage.ts';
import type { Desk } from './desk.ts';
import { forgottenAt, LATE_MS, serviceDue, storePart } from './desk.ts';
import { readSlice } from './endpoints.ts';
import { createIndexes, ownerTarget, rebuild, serviceTarget } from './indexes.ts';
import { widen } from './intervals.ts';
import { changeService, concerns, judge, takeRefusal } from './judge.ts';
import { applyNode } from './nodes.ts';
import type { OutageOptions } from './options.ts';
import { outageOptions } from './options.ts';
import { applyPod, hearException } from './pods.ts';
import type { PodChange } from './pods.ts';
import { readRollout } from './rollouts.ts';
import { applyService, judgeHeld } from './services.ts';
import type { PodState, RolloutState, ServiceRecord, SliceState, WorkloadState } from './state.ts';
import { podKey, rolloutKey, SERVICE_PREFIX, serviceKey, sliceKey } from './state.ts';
import { groupDue, isFollowed } from './wanted.ts';
import type { GroupState } from './wanted.ts';
import { applyEvent, applyWorkload } from './workloads.ts';
import type { WorkloadChange } from './workloads.ts';

/**
 * The outages fold: for each service the intervals in which no endpoint served, fewer than enough did, a port was offered by
 * nobody, or nothing was wanted, each with its bounds and its cause. Kept are one value a service, a slice, a pod and a workload,
 * and those of nodes and rollouts that may be a cause. It follows the exceptions and the rollouts fold, whose rows it hears.
 */
export const createOutagesFold =
  (options: OutageOptions = outageOptions(), labels: LabelOptions = NO_LABELS): CreateFold =>
  (cluster) => {
    let indexes = createIndexes();
    let now = 0;
    const deskOf = (context: FoldContext): Desk => ({ cluster, options, labels, indexes, context, now });
    return {
      name: 'outages',
      restore(state) {
        indexes = createIndexes();
        rebuild(indexes, state, (key, value) => dueOf(options, key, value));
      },
      apply(entry, context) {
        now = fromTime(entry.observed_at);
        const desk = deskOf(context);
        const fireDue = () => {
          for (const key of indexes.due.due(now)) fire(desk, key);
        };
        // What is due by then belongs to a cut, too.
        if (entry.kind === 'coverage') fireDue();
        // What newer entries have overtaken could only set back what they say.
        if (!context.late) applyEntry(desk, entry);
        fireDue();
      },
      hear(table, row, context) {
        const desk = deskOf(context);
        if (table.name === exceptionsTable.name) {
          const exception = row as unknown as ExceptionRow;
          lookAtPod(desk, hearException(desk, exception), exception.pod_uid);
        } else if (table.name === rolloutsTable.name) hearRollout(desk, row as unknown as RolloutRow);
      },
    };
  };

function dueOf(options: OutageOptions, key: string, value: unknown): number {
  if (key.startsWith(SERVICE_PREFIX)) return serviceDue(options, value as ServiceRecord);
  return key.startsWith('group/') ? groupDue(value as GroupState) : forgottenAt(value as PodState);
}

function applyEntry(desk: Desk, entry: Entry): void {
  switch (entry.kind) {
    case 'service':
      return applyService(desk, entry);
    case 'endpointslice':
      return applySlice(desk, entry);
    case 'pod':
      return lookAtPod(desk, applyPod(desk, entry), entry.uid);
    case 'workload':
      return lookAtWorkload(desk, applyWorkload(desk, entry));
    case 'event':
      return lookAtRefusal(desk, applyEvent(desk, entry));
    case 'node':
      return lookAtNode(desk, entry);
    case 'coverage':
      return applyCoverage(desk, entry);
    default:
  }
}

function applySlice(desk: Desk, entry: Entry): void {
  const { state } = desk.context;
  const key = sliceKey(entry.uid);
  const before = state.get<SliceState>(key);
  const isRemoval = entry.op === 'delete' || entry.op === 'vanished';
  const after = isRemoval ? undefined : (readSlice(entry) ?? undefined);
  if (sameJson(before, after)) return;
  if (after) state.set(key, after);
  else state.delete(key);
  const targets = new Set([before, after].flatMap((slice) => (slice ? targetOfSlice(slice) : [])));
  for (const target of targets) {
    const ofTarget = (slice: SliceState | undefined) => (slice && targetOfSlice(slice) === target ? slice : undefined);
    const moves = desk.indexes.endpoints.replace(target, entry.uid, ofTarget(before), ofTarget(after));
    const uid = desk.indexes.uidOf(target);
    if (uid !== undefined) judge(desk, uid, { moves, slice: entry.uid });
  }
}

const targetOfSlice = ({ namespace, service }: SliceState): string => serviceTarget(namespace, service);

/** Uids of services that select any of these labels, in their order; also of those that are gone, while their rows can change. */
function servicesOf(desk: Desk, namespace: string, ...labels: (Record<string, string> | undefined)[]): string[] {
  return [...new Set(labels.flatMap((each) => (each ? desk.indexes.selectors.matching(namespace, each) : [])))].sort();
}

/** A pod matters to a service that goes by its pods' own condition, that wants as many as there are, or whose rows it explains. */
function lookAtPod(desk: Desk, change: PodChange | null, pod: string): void {
  if (!change) return;
  const { before, after } = change;
  const isCounted = !isFollowed(desk, ownerTarget(after));
  for (const uid of servicesOf(desk, after.namespace, before?.labels, after.labels)) {
    const service = desk.context.state.get<ServiceRecord>(serviceKey(uid));
    if (!service) continue;
    if (isCounted || service.publishes_all || concerns(service, pod)) judge(desk, uid, { pod });
  }
}

function lookAtWorkload(desk: Desk, change: WorkloadChange | null): void {
  if (!change) return;
  const { before, after } = change;
  for (const uid of servicesOf(desk, after.namespace, before?.labels, after.labels))
    judge(desk, uid, { isMade: before === undefined });
}

function lookAtRefusal(desk: Desk, change: WorkloadChange | null): void {
  if (!change) return;
  for (const uid of servicesOf(desk, change.after.namespace, change.after.labels)) takeRefusal(desk, uid);
}

function lookAtNode(desk: Desk, entry: Entry): void {
  if (!applyNode(desk, entry) || desk.indexes.busy.size === 0) return;
  const concerned = new Set<string>();
  for (const uid of desk.indexes.byNode.in(entry.name)) {
    const pod = desk.context.state.get<PodState>(podKey(uid));
    if (pod) for (const service of servicesOf(desk, pod.namespace, pod.labels)) concerned.add(service);
  }
  for (const uid of [...concerned].sort()) if (desk.indexes.busy.has(uid)) judge(desk, uid);
}

function applyCoverage(desk: Desk, entry: Entry): void {
  const told = takeCoverage(desk, entry);
  if (!told) return;
  if (told.cut) widenAll(desk, told.cut);
  if (told.isNew) judgeHeld(desk, told.namespace);
}

function widenAll(desk: Desk, { namespace, from, listedAt, of }: Cut): void {
  for (const uid of [...desk.indexes.busy].sort()) {
    const service = desk.context.state.get<ServiceRecord>(serviceKey(uid));
    if (!service || (namespace !== '' && service.row.namespace !== namespace)) continue;
    // Pods are what is wanted where nobody is known to make them.
    const offAlone = of === 'off' || (of === 'pods' && !service.publishes_all);
    changeService(desk, uid, (copy) => widen(copy, { from, listedAt, offAlone }));
  }
}

function hearRollout(desk: Desk, row: RolloutRow): void {
  const { state } = desk.context;
  const key = rolloutKey(row.id);
  const before = state.get<RolloutState>(key);
  const after = readRollout(row, before, desk.now);
  if (sameJson(before, after)) return;
  storePart(desk, key, after);
  desk.indexes.putRollout(after);
  for (const name of after.services) {
    const uid = desk.indexes.uidOf(serviceTarget(after.namespace, name));
    if (uid !== undefined && desk.indexes.busy.has(uid)) judge(desk, uid);
  }
}

/** What has become due by now though no entry came. */
function fire(desk: Desk, key: string): void {
  const { state } = desk.context;
  const [kind, name] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)];
  const forget = () => {
    state.delete(key);
    desk.indexes.due.drop(key);
  };
  switch (kind) {
    case 'service':
      return fireService(desk, name, forget);
    case 'pod': {
      const pod = state.get<PodState>(key);
      if (pod) desk.indexes.dropPod(name, pod);
      return forget();
    }
    case 'workload': {
      const workload = state.get<WorkloadState>(key);
      if (workload) desk.indexes.dropWorkload(name, workload);
      return forget();
    }
    case 'rollout': {
      const rollout = state.get<RolloutState>(key);
      if (rollout) desk.indexes.dropRollout(rollout);
      return forget();
    }
    case 'group': {
      forget();
      return lookAtGroup(desk, name);
    }
    default:
      return forget();
  }
}

function fireService(desk: Desk, uid: string, forget: () => void): void {
  const service = desk.context.state.get<ServiceRecord>(serviceKey(uid));
  const deletedAt = service?.row.deleted_at ?? null;
  if (service && (deletedAt === null || fromTime(deletedAt) + LATE_MS > desk.now)) return judge(desk, uid);
  desk.indexes.dropService(uid);
  forget();
}

/** A controller has not replaced its pod: it wants fewer. */
function lookAtGroup(desk: Desk, target: string): void {
  const services = new Set<string>();
  for (const uid of desk.indexes.pods.in(target)) {
    const pod = desk.context.state.get<PodState>(podKey(uid));
    if (pod) for (const service of servicesOf(desk, pod.namespace, pod.labels)) services.add(service);
  }
  for (const uid of [...services].sort()) judge(desk, uid);
}
