import type { OutageKind, ServiceState } from '../../../schemas/outages.ts';
import { copyJson } from '../objects/json-values.ts';
import { MINUTE_MS, stamp } from '../objects/times.ts';
import { isReplacementOf, MAX_EVIDENCE, obstacleOf, refusalOf } from './attribution.ts';
import { isTold } from './coverage.ts';
import type { Desk } from './desk.ts';
import { intervalsOf, podBehind, storeService } from './desk.ts';
import type { Moves } from './endpoints.ts';
import { NO_MOVES } from './endpoints.ts';
import { expect, expectNone } from './expected.ts';
import { serviceTarget } from './indexes.ts';
import { beginInterval, endInterval, forgetIntervals, openOf, wordIntervals } from './intervals.ts';
import type { Lost, PodState, ServiceRecord, SliceState } from './state.ts';
import { podKey, READY, serviceKey, sliceKey } from './state.ts';
import { wantedBy } from './wanted.ts';
import type { Wanted } from './wanted.ts';

const MAX_LOST = 100;
/** Endpoints that left so long ago have no part in what begins now. */
const LOST_LATELY_MS = 10 * MINUTE_MS;

const isOutage = (kind: OutageKind): boolean => kind === 'down' || kind === 'degraded';

/** What brought a service to be looked at. */
export interface Occasion {
  moves?: Moves;
  slice?: string;
  /** A pod about which something is new. */
  pod?: string;
  /** A workload was made that stands behind it. */
  isMade?: boolean;
}

/**
 * Looks at a service anew: how many endpoints it has and should have, whether an interval begins or ends, and what its rows say.
 *
 * up, degraded and down follow from the endpoints once the service has been ready; off: nothing is wanted. Down, degraded and off
 * exclude each other; a port that nobody offers stands beside.
 */
export function judge(desk: Desk, uid: string, occasion: Occasion = {}): void {
  const before = desk.context.state.get<ServiceRecord>(serviceKey(uid));
  if (!before || (!before.judged && !isTold(desk, before))) return;
  const after = copyJson(before);
  if (after.row.deleted_at === null) follow(desk, uid, after, occasion);
  if (occasion.pod !== undefined) findObstacle(desk, after, occasion.pod);
  forgetIntervals(desk, after);
  wordIntervals(desk, after);
  storeService(desk, uid, before, after);
}

/** Takes a change of the service itself, or of what its rows say, with what follows from it. */
export function changeService(desk: Desk, uid: string, change: (service: ServiceRecord) => void): void {
  const before = desk.context.state.get<ServiceRecord>(serviceKey(uid));
  if (!before) return;
  const after = copyJson(before);
  change(after);
  if (after.judged) wordIntervals(desk, after);
  storeService(desk, uid, before, after);
}

interface Count {
  ready: number;
  serving: number;
  all: number;
  moves: Moves;
}

function follow(
  desk: Desk,
  uid: string,
  service: ServiceRecord,
  { moves = NO_MOVES, slice = '', isMade = false }: Occasion,
): void {
  const count = countOf(desk, service, service.judged ? moves : NO_MOVES);
  // One that was seen being made comes up from nothing.
  const isFirst = !service.judged && !service.made;
  service.judged = true;
  delete service.made;
  const wanted = wantedOf(desk, service, count);
  const { ready } = count;
  takeLost(desk, service, count.moves, slice);
  if (!isFirst && service.row.first_ready_at === null) {
    expectNone(service);
  }
  const raised = service.rises?.[0]?.[1];
  expect(desk, service, { wanted: wanted.replicas, ready, isFirst, isMade });
  service.serving = count.serving;
  service.row = { ...service.row, ready, wanted: wanted.replicas };
  // What stood behind it last is told of until something else does.
  if (wanted.workloads.length > 0) {
    const { team, environment } = service.own;
    service.row.workloads = wanted.workloads;
    service.row.team = team || wanted.team;
    service.row.environment = environment || wanted.environment;
  }
  if (ready > 0) service.row.first_ready_at ??= stamp(desk.now);
  const state = stateOf(desk, service, count);
  // Nothing was wanted, and what has been asked for since has not come in time.
  const missed = service.row.state === 'off' && state === 'down' ? raised : undefined;
  move(desk, uid, service, state, { moves: count.moves, slice, isFirst, isMade, missed });
  followPorts(desk, uid, service, { moves: count.moves, slice, isFirst, isMade });
  for (const { row } of service.open ?? []) {
    row.ready_least = Math.min(row.ready_least, ready);
    row.wanted = Math.max(row.wanted, wanted.replicas);
  }
  if (ready >= service.expected) forgetLost(service);
  if (state !== service.row.state) service.row = { ...service.row, state, since: stamp(desk.now) };
}

function countOf(desk: Desk, service: ServiceRecord, moves: Moves): Count {
  const target = serviceTarget(service.row.namespace, service.row.service);
  const tally = desk.indexes.endpoints.tally(target);
  // Nobody proxies a headless one, and its name leads to what is ready alone.
  if (!service.publishes_all) return { ...tally, ...(service.row.type === 'Headless' && { serving: 0 }), moves };
  const pods = desk.indexes.endpoints.ids(target).map((id) => [id, podBehind(desk, service.row, id)] as const);
  const serves = ([, pod]: (typeof pods)[number]) => pod === undefined || pod.ready === true;
  const isGoing = ([, pod]: (typeof pods)[number]) => pod?.deleted_at !== undefined;
  const members = pods.filter((each) => serves(each) && !isGoing(each)).map(([id]) => id);
  const [known, is] = [new Set(service.members), new Set(members)];
  service.members = members;
  const lost = [...known].filter((id) => !is.has(id));
  return {
    ready: members.length,
    serving: pods.filter((each) => serves(each) && isGoing(each)).length,
    all: tally.all,
    moves: {
      lost: lost.map((id) => [id, podBehind(desk, service.row, id)?.name ?? ''] as const),
      gained: members.filter((id) => !known.has(id)),
    },
  };
}

/** Where nobody is known to stand behind it, its endpoints are what is wanted; without any, as many as there were. */
function wantedOf(desk: Desk, service: ServiceRecord, { all }: Count): Wanted {
  const wanted = wantedBy(desk, service);
  if (wanted.workloads.length > 0) delete service.by_endpoints;
  else if (all > 0) service.by_endpoints = true;
  if (!service.by_endpoints) return wanted;
  return { ...wanted, replicas: all > 0 ? all : service.row.wanted };
}

function takeLost(desk: Desk, service: ServiceRecord, { lost, gained }: Moves, slice: string): void {
  if (lost.length === 0 && gained.length === 0 && !service.lost) return;
  const left = lost.map(([id, name]): Lost => ({ id, name, slice, seen: desk.now }));
  const kept = (service.lost ?? []).filter(
    ({ id, seen }) => !gained.includes(id) && seen + LOST_LATELY_MS > desk.now && !lost.some(([own]) => own === id),
  );
  const all = [...kept, ...left];
  if (all.length > MAX_LOST) service.lost_more = true;
  if (all.length > 0) service.lost = all.slice(-MAX_LOST);
  else forgetLost(service);
}

function stateOf({ options }: Desk, service: ServiceRecord, { ready, serving, all }: Count): ServiceState {
  const { row, selector, expected } = service;
  if (row.type === 'ExternalName') return 'external';
  if (row.first_ready_at === null) {
    return all === 0 && Object.keys(selector).length === 0 ? 'selectorless' : 'never-ready';
  }
  if (ready === 0 && serving === 0) return expected === 0 ? 'off' : 'down';
  return ready < options.degraded_share * expected ? 'degraded' : 'up';
}

interface Move {
  moves: Moves;
  slice: string;
  isFirst: boolean;
  isMade: boolean;
  /** Since when more has been wanted that has not come in time. */
  missed?: number | undefined;
}

/** Ends the interval that lasts, and begins the next. */
function move(desk: Desk, uid: string, service: ServiceRecord, state: ServiceState, at: Move): void {
  const kind = state === 'down' || state === 'degraded' || state === 'off' ? state : null;
  const told = at.missed !== undefined ? { told: at.missed } : {};
  const lasting = openOf(service, (of) => of !== 'port');
  for (const interval of lasting) {
    if (interval.row.kind !== kind) endInterval(desk, service, interval, { ...gainOf(at), ...told });
  }
  if (kind === null || lasting.some(({ row }) => row.kind === kind)) return;
  const from = kind === 'off' ? undefined : lasting.find(({ row }) => row.kind !== 'off' || at.isMade);
  beginInterval(desk, uid, service, { kind, unseen: at.isFirst, from, ...told });
}

const gainOf = ({ moves, slice }: Move): { gained: string[]; slice: string } => ({ gained: moves.gained, slice });

function forgetLost(service: ServiceRecord): void {
  delete service.lost;
  delete service.lost_more;
}

/** A port of the service that no ready endpoint offers, while others are. One that is new is waited for a moment. */
function followPorts(desk: Desk, uid: string, service: ServiceRecord, at: Move): void {
  const offered = service.row.ready > 0 && service.row.first_ready_at !== null ? portsOf(desk, service) : null;
  for (const interval of openOf(service, (kind) => kind === 'port')) {
    const { port } = interval.row;
    if (!offered || offered.has(port) || !service.ports.includes(port))
      endInterval(desk, service, interval, gainOf(at));
  }
  const { added = {} } = service;
  for (const [port, one] of Object.entries(added)) {
    if (!offered || offered.has(port)) delete one.missed;
    else one.missed ??= desk.now;
  }
  const waiting = Object.entries(added).filter(([, { until }]) => until > desk.now);
  if (waiting.length > 0) service.added = Object.fromEntries(waiting);
  else delete service.added;
  if (!offered) return;
  const open = new Set(openOf(service, (kind) => kind === 'port').map(({ row }) => row.port));
  const isWaitedFor = (port: string) => waiting.some(([own]) => own === port);
  for (const port of service.ports) {
    if (offered.has(port) || open.has(port) || isWaitedFor(port)) continue;
    const { missed } = (Object.hasOwn(added, port) && added[port]) || {};
    const told = missed !== undefined ? { told: missed } : {};
    beginInterval(desk, uid, service, { kind: 'port', port, unseen: at.isFirst, ...told });
  }
}

function portsOf(desk: Desk, { row, publishes_all }: ServiceRecord): ReadonlySet<string> {
  const ports = new Set<string>();
  for (const uid of desk.indexes.endpoints.slices(serviceTarget(row.namespace, row.service))) {
    const slice = desk.context.state.get<SliceState>(sliceKey(uid));
    if (!slice || !(publishes_all || slice.endpoints.some(([, , flags]) => flags === READY))) continue;
    for (const port of slice.ports) ports.add(port);
  }
  return ports;
}

/** A pod that comes in the place of one that left, and cannot. Of the same cause there may be more, and more evidence later. */
function findObstacle(desk: Desk, service: ServiceRecord, uid: string): void {
  const pod = desk.context.state.get<PodState>(podKey(uid));
  for (const interval of openOf(service, isOutage)) {
    if (!pod || !isReplacementOf(interval, uid)) continue;
    const why = obstacleOf(desk, interval, pod);
    const known = interval.obstacle;
    if (why && (!known || known.cause === why.cause || known.cause === why.detail['by'])) {
      const exceptions = [...new Set([...(known?.exceptions ?? []), ...(why.exceptions ?? [])])].slice(0, MAX_EVIDENCE);
      const { until: _, ...lasting } = known ?? { ...why, uid, since: desk.now };
      interval.obstacle = { ...lasting, exceptions };
    } else if (!why && known?.uid === uid) interval.obstacle = { ...known, until: known.until ?? desk.now };
  }
}

/** The pods of a service are refused by a quota or an admission. */
export function takeRefusal(desk: Desk, uid: string): void {
  changeService(desk, uid, (service) => {
    const why = refusalOf(desk, service);
    if (!why) return;
    for (const interval of openOf(service, isOutage)) interval.obstacle ??= why;
  });
}

/** Whether a pod has a part in what a service's rows say. */
export const concerns = (service: ServiceRecord, pod: string): boolean =>
  intervalsOf(service).some(({ lost, gained, ended }) => {
    const open = ended === undefined;
    return open || lost.some(({ id }) => id === pod) || gained?.ids.includes(pod);
  });
