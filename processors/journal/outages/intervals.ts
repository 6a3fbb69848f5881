import type { OutageKind } from '../../../schemas/outages.ts';
import { shortHash } from '../objects/short-hash.ts';
import { maybeStamp, stamp } from '../objects/times.ts';
import { attribute, refusalOf } from './attribution.ts';
import { joinOff } from './before-off.ts';
import { boundsOf } from './bounds.ts';
import type { Desk } from './desk.ts';
import { intervalsOf, LATE_MS, podBehind } from './desk.ts';
import type { Change, IntervalRecord, Lost, NodeState, Row, ServiceRecord } from './state.ts';
import { nodeKey } from './state.ts';

/** Endpoints that come back in another slice so soon have only moved. */
const MOVED_WITHIN_MS = 2_000;
const SECOND_MS = 1_000;
/** A node's controller waits so long for its kubelet. */
const NODE_GRACE_MS = 60_000;
/** The slices follow a selector within so long. */
const RESELECTED_MS = 60_000;
const KEPT_ENDED = 20;
const KEPT_GAINED = 100;

export const openOf = (service: ServiceRecord, kind: (of: OutageKind) => boolean): IntervalRecord[] =>
  service.open?.filter(({ row }) => kind(row.kind)) ?? [];

export interface Beginning {
  kind: OutageKind;
  port?: string;
  /** When it was seen, where it was seen before it was known what it meant. */
  told?: number;
  unseen?: boolean;
  /** What turns into this one; off where a workload is made anew and missed at once. */
  from?: IntervalRecord | undefined;
}

export function beginInterval(desk: Desk, uid: string, service: ServiceRecord, beginning: Beginning): void {
  const { kind, port = '', told, unseen } = beginning;
  const wasOff = beginning.from?.row.kind === 'off';
  const from = wasOff ? undefined : beginning.from;
  const number = service.intervals++;
  const began: Change = {
    seen: desk.now,
    floor: Math.min(desk.now, service.floor),
    ...(told !== undefined && { told, earliest: told - SECOND_MS }),
  };
  const interval: IntervalRecord = {
    row: blankRow(desk, uid, service, { kind, port, number }),
    began,
    // Copies: what tells when one left depends on the kind.
    lost: (service.lost?.toReversed() ?? from?.lost ?? []).map((one) => ({ ...one, ...whyKnown(from, one) })),
    ...(wasOff && beginning.from?.begun && { begun: beginning.from.begun }),
    ...(service.lost_more && { more: true as const }),
    ...(unseen && { unseen: true as const }),
    ...(desk.now - (service.reselected ?? -Infinity) < RESELECTED_MS && { reselected: true as const }),
  };
  // What kept others away still does, unless more have left since.
  if (from?.obstacle && !interval.lost.some(({ seen }) => seen === desk.now)) interval.obstacle = from.obstacle;
  const refusal = kind === 'down' || kind === 'degraded' ? refusalOf(desk, service) : null;
  if (refusal) interval.obstacle ??= refusal;
  service.open = [...(service.open ?? []), interval];
}

/** Why it left, as the outage knew that turns into this one: what showed it may be gone. */
function whyKnown(from: IntervalRecord | undefined, { id, seen }: Lost): Pick<Lost, 'why'> {
  const why = from?.lost.find((one) => one.id === id && one.seen === seen)?.why;
  return why ? { why } : {};
}

export interface End {
  gained: readonly string[];
  slice: string;
  told?: number;
}

/** `interval` belongs to `service`, a copy that may be changed. */
export function endInterval(desk: Desk, service: ServiceRecord, interval: IntervalRecord, end: End): void {
  const floor = boundsOf(interval.began).earliest;
  const told = end.told !== undefined && { told: end.told, earliest: end.told - SECOND_MS };
  interval.ended = { seen: desk.now, floor, ...told };
  interval.gained = { ids: [...end.gained].slice(0, KEPT_GAINED), slice: end.slice };
  if (hasOnlyMoved(desk, interval, end)) interval.row = { ...interval.row, blip: 1 };
  const open = service.open?.filter((other) => other !== interval) ?? [];
  if (open.length > 0) service.open = open;
  else delete service.open;
  service.lately = [...(service.lately ?? []), interval];
}

/** The endpoints that left came back at once in another slice, or others that had been ready all along; no pod knows of it. */
function hasOnlyMoved(desk: Desk, { row, began, ended, lost }: IntervalRecord, { gained, slice }: End): boolean {
  // Where the watch was cut it says nothing how long it was seen.
  if (row.kind === 'off' || !ended || began.cut !== undefined) return false;
  if (ended.seen - began.seen > MOVED_WITHIN_MS) return false;
  const left = lost.filter(({ seen }) => seen === began.seen);
  const stayed = (id: string): boolean | undefined => {
    const pod = podBehind(desk, row, id);
    return pod && pod.ready === true && (pod.ready_at ?? 0) < began.seen - SECOND_MS;
  };
  return (
    left.length > 0 &&
    gained.length > 0 &&
    left.every((one) => one.slice !== slice && (stayed(one.id) ?? gained.includes(one.id))) &&
    gained.every((id) => stayed(id) ?? true)
  );
}

/** Brings the rows of a service's intervals up to what is known by now. */
export function wordIntervals(desk: Desk, service: ServiceRecord): void {
  const intervals = intervalsOf(service).sort((a, b) => a.began.seen - b.began.seen);
  for (const interval of intervals) takeTimes(desk, interval);
  chain(service, intervals);
  joinOff(
    desk,
    intervals.filter(({ row }) => row.kind !== 'port'),
  );
  for (const interval of intervals) {
    const { earliest, best } = boundsOf(interval.since ?? interval.began);
    const ended = interval.ended && boundsOf(interval.ended);
    interval.row = {
      ...interval.row,
      started_at: stamp(best),
      started_earliest: stamp(earliest),
      started_latest: stamp(interval.began.seen),
      ended_at: maybeStamp(ended ? Math.max(ended.best, best) : null),
      ended_earliest: maybeStamp(ended?.earliest ?? null),
      ended_latest: maybeStamp(ended?.latest ?? null),
    };
    interval.row = { ...interval.row, ...attribute(desk, service, interval) };
  }
}

/** Intervals that exclude each other follow one another: where one ends as the next begins, both know the same of it. */
function chain(service: ServiceRecord, intervals: readonly IntervalRecord[]): void {
  shareTold(intervals);
  let { floor } = service;
  let before: Change | undefined;
  for (const { row, began, ended } of intervals) {
    if (row.kind === 'port') {
      if (ended) ended.floor = boundsOf(began).earliest;
      continue;
    }
    began.floor = Math.min(floor, began.seen);
    if (before?.seen === began.seen && before.after !== undefined) began.after = before.after;
    floor = boundsOf(began).earliest;
    before = ended;
    if (!ended) continue;
    ended.floor = floor;
    // However long a node had been silent, its pods come back after they were marked.
    const { earliest: _, ...marked } = began;
    ended.after = boundsOf(marked).earliest;
    floor = boundsOf(ended).earliest;
  }
}

function shareTold(intervals: readonly IntervalRecord[]): void {
  let before: Change | undefined;
  for (const { row, began, ended } of intervals) {
    if (row.kind === 'port') continue;
    if (before?.seen === began.seen) shareOne(before, began);
    before = ended;
  }
}

/** Whichever has been told first lends it to the other, and may know better later. */
function shareOne(one: Change, other: Change): void {
  if (one.told !== undefined && !one.lent) [other.told, other.lent] = [one.told, true];
  else if (other.told !== undefined) [one.told, one.lent] = [other.told, true];
  const earliest = Math.min(one.earliest ?? Infinity, other.earliest ?? Infinity);
  if (earliest < Infinity) one.earliest = other.earliest = earliest;
}

/** What the pods say of when they left or came. It counts as soon as all that did it have told. */
function takeTimes(desk: Desk, interval: IntervalRecord): void {
  const { began, ended, gained, lost, row } = interval;
  const leftNow = lost.filter(({ seen }) => seen === began.seen);
  // One that was to go had left before; it served on until now.
  const left = leftNow.length === 0 && row.kind === 'down' ? lost.filter((one) => wasToGo(desk, row, one)) : leftNow;
  for (const one of left) {
    const told = one.told ?? leftAt(desk, row, one);
    if (told !== undefined) one.told = told;
    const silent = one.earliest ?? silentSince(desk, row, one);
    if (silent !== undefined) one.earliest = silent;
  }
  const times = left.flatMap(({ told }) => told ?? []);
  // Down it is once the last has left; of all else the first may have made the difference.
  const pick = row.kind === 'down' ? Math.max : Math.min;
  if (times.length > 0 && times.length === left.length && !interval.more && !began.lent) began.told = pick(...times);
  const silent = left.flatMap(({ earliest }) => earliest ?? []);
  if (silent.length > 0) began.earliest = Math.min(began.earliest ?? Infinity, ...silent);
  // Of so many only some are kept: when the first came is not known.
  if (!ended || !gained || ended.told !== undefined || gained.ids.length >= KEPT_GAINED) return;
  const came = gained.ids.flatMap((id) => cameAt(desk, row, id, ended.seen) ?? []);
  if (came.length === 0 || came.length < gained.ids.length) return;
  ended.told = Math.min(...came);
}

function wasToGo(desk: Desk, row: Row, { id, seen }: Lost): boolean {
  const pod = podBehind(desk, row, id);
  return !pod || (pod.deleted_at !== undefined && pod.deleted_at <= seen);
}

/** When its pod stopped being ready; that it is to go makes it less ready, but it may serve on. */
function leftAt(desk: Desk, row: Row, { id, seen }: Lost): number | undefined {
  const pod = podBehind(desk, row, id);
  if (!pod) return undefined;
  const times = [
    !pod.ready && pod.ready_at !== undefined ? pod.ready_at : Infinity,
    row.kind !== 'down' && pod.deleted_at !== undefined ? pod.deleted_at : Infinity,
  ].filter((at) => at <= seen);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function cameAt(desk: Desk, row: Row, id: string, seen: number): number | undefined {
  const pod = podBehind(desk, row, id);
  return pod?.ready && pod.ready_at !== undefined && pod.ready_at <= seen ? pod.ready_at : undefined;
}

/** A pod on a lost node was marked only after its kubelet had been silent for a while. */
function silentSince(desk: Desk, row: Row, { id, seen }: Lost): number | undefined {
  const pod = podBehind(desk, row, id);
  const node = pod?.node ? desk.context.state.get<NodeState>(nodeKey(pod.node)) : undefined;
  if (node?.heard === undefined || node.heard > seen) return undefined;
  return Math.max(node.heard, seen - NODE_GRACE_MS);
}

/** Leaves the intervals whose rows cannot change any more. */
export function forgetIntervals(desk: Desk, service: ServiceRecord): void {
  const isKept = ({ ended }: IntervalRecord) => (ended?.seen ?? 0) + LATE_MS > desk.now;
  const kept = (service.lately ?? []).filter(isKept).slice(-KEPT_ENDED);
  for (const interval of service.lately ?? []) {
    const { row, ended } = interval;
    if (kept.includes(interval)) continue;
    if (ended && row.kind !== 'port') service.floor = Math.max(service.floor, boundsOf(ended).earliest);
  }
  if (kept.length > 0) service.lately = kept;
  else delete service.lately;
}

function blankRow(
  desk: Desk,
  uid: string,
  { row: service }: ServiceRecord,
  { kind, port, number }: { kind: OutageKind; port: string; number: number },
): Row {
  const at = stamp(desk.now);
  return {
    id: shortHash('outage', desk.cluster, uid, kind, port, number),
    kind,
    cluster: desk.cluster,
    namespace: service.namespace,
    service: service.service,
    service_uid: uid,
    workloads: service.workloads,
    team: service.team,
    environment: service.environment,
    port,
    started_at: at,
    started_earliest: at,
    started_latest: at,
    ended_at: null,
    ended_earliest: null,
    ended_latest: null,
    observed_at: at,
    ready_least: service.ready,
    wanted: service.wanted,
    cause: 'unknown',
    planned: 0,
    sentence: '',
    cause_facts: '{}',
    rollout: '',
    exceptions: [],
    node: '',
    pods: [],
    blip: 0,
  };
}

/** The watch was cut from `from` on: what was seen since may have been so for as long. */
export function widen(
  service: ServiceRecord,
  { from, listedAt, offAlone }: { from: number; listedAt: number | null; offAlone: boolean },
): void {
  const intervals = intervalsOf(service);
  const offs = intervals.filter(({ row }) => row.kind === 'off');
  for (const interval of intervals) {
    const { began, ended, row } = interval;
    // What ended as nothing was wanted any more did so when that began.
    const isBeforeOff = row.kind !== 'port' && offs.some((off) => off.began.seen === ended?.seen);
    const about = !offAlone || row.kind === 'off' ? [began, ended] : isBeforeOff ? [ended] : [];
    for (const change of about) {
      if (change && change.seen >= from) change.cut = Math.min(change.cut ?? Infinity, from);
    }
    if (about.length < 2) continue;
    // A list shows one moment, though it comes piece by piece.
    const isOfList = listedAt !== null && interval.ended !== undefined && interval.began.seen >= listedAt;
    if (isOfList && row.kind !== 'off') interval.listed = true;
    const isBlip = interval.listed === true || (row.blip === 1 && began.cut === undefined);
    interval.row = { ...row, blip: isBlip ? 1 : 0 };
  }
}
