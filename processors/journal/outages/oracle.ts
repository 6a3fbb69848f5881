import type { Entry } from '../../../schemas/entry.ts';
import type { OutageKind, ServiceState } from '../../../schemas/outages.ts';
import { shortHash } from '../objects/short-hash.ts';
import { settle } from './oracle-bounds.ts';
import type { Sample } from './oracle-world.ts';
import { OracleWorld } from './oracle-world.ts';
import type { OutageOptions } from './options.ts';
import type { Row, ServiceOwnRow } from './state.ts';

/** What the oracle says of a row; causes, words and labels are not its business. */
export type OracleOutage = Pick<
  Row,
  | 'id'
  | 'kind'
  | 'service_uid'
  | 'port'
  | 'started_at'
  | 'started_earliest'
  | 'started_latest'
  | 'ended_at'
  | 'ended_earliest'
  | 'ended_latest'
  | 'observed_at'
  | 'ready_least'
  | 'wanted'
  | 'blip'
>;
export type OracleService = Pick<
  ServiceOwnRow,
  'service_uid' | 'service' | 'state' | 'since' | 'ready' | 'wanted' | 'first_seen_at' | 'first_ready_at' | 'deleted_at'
>;

const PORTS_FOLLOW_MS = 10_000;

/** A sample, and what follows from it and those before. */
export interface Judged extends Sample {
  state: ServiceState;
  replicas: number;
  expected: number;
  /** Since when more is wanted than is expected. */
  raised: number | null;
  lost: string[];
  gained: string[];
}

export interface Interval {
  id: string;
  kind: OutageKind;
  port: string;
  began: Judged;
  /** Those that left since all that are expected were last there; `index`: the entry that told. */
  lost: { id: string; slice: string; at: number; index: number }[];
  ended?: { index: number; at: number; gained: string[]; slice: string };
  /** More, or a port, was asked for then, and did not come. */
  asked: number | null;
  least: number;
  most: number;
}

export interface Life {
  uid: string;
  name: string;
  first: number;
  /** The entry by which it was gone. */
  removed: number;
}

/** The rows that a history should give, worked out from all entries at once. Slow, and in another way than the fold. */
export function expectedRows(
  entries: readonly Entry[],
  options: OutageOptions,
): { outages: OracleOutage[]; services: OracleService[] } {
  const world = new OracleWorld(entries);
  const outages: OracleOutage[] = [];
  const services: OracleService[] = [];
  for (const uid of world.uids('service')) {
    const life = lifeOf(world, uid);
    const judged = judgeAll(world, life, options);
    if (judged.length === 0 && life.removed === Infinity) continue;
    outages.push(...settle(world, life, intervalsOf(world, life, judged)));
    services.push(serviceRow(world, life, judged));
  }
  return { outages, services };
}

function lifeOf(world: OracleWorld, uid: string): Life {
  const [first = 0] = world.versions(uid);
  const name = world.entries[first]?.name ?? '';
  const removed = world.entries.findIndex((entry, index) => {
    if (index <= first || entry.kind !== 'service' || entry.name !== name) return false;
    const isRemoval = entry.op === 'delete' || entry.op === 'vanished';
    return entry.uid === uid ? isRemoval : !isRemoval;
  });
  return { uid, name, first, removed: removed < 0 ? Infinity : removed };
}

function judgeAll(world: OracleWorld, { uid, name, first, removed }: Life, options: OutageOptions): Judged[] {
  const all: Judged[] = [];
  const isMade = world.entries[first]?.op === 'add';
  for (let index = world.toldBy(first); index < Math.min(removed, world.entries.length); index++) {
    const kind = world.entries[index]?.kind;
    const before = all.at(-1);
    const isIdle = kind === 'heartbeat' || kind === 'coverage' || kind === 'node';
    const isSame = isIdle && before?.lasts === true;
    const sample = isSame
      ? { ...before, index, at: world.time(index), slice: '', remade: false }
      : world.look(uid, name, index);
    all.push(judgeOne(all, sample, options, isMade));
  }
  return all;
}

function judgeOne(
  all: readonly Judged[],
  sample: Sample,
  { degraded_share, scale_up_minutes }: OutageOptions,
  isMade: boolean,
): Judged {
  const before = all.at(-1);
  const lost = before ? [...before.ready].filter((id) => !sample.ready.has(id)) : [];
  const gained = before ? [...sample.ready].filter((id) => !before.ready.has(id)) : [];
  const ready = sample.ready.size;
  const replicas = sample.wanted ?? wantedByEndpoints(all, sample);
  const wasReady = all.some((each) => each.ready.size > 0);
  let [expected, raised] = [before?.expected ?? replicas, before?.raised ?? null];
  if ((before || isMade) && !wasReady) [expected, raised] = [0, null];
  const known = wasReady ? all.slice(all.findIndex((each) => each.ready.size > 0)) : [];
  const lasted = leastSince(known, sample.at - scale_up_minutes * 60_000, ({ replicas: each }) => each);
  const lately = known.filter((_, place) => (known[place + 1]?.at ?? sample.at) >= sample.at - 60_000);
  expected = Math.min(
    replicas,
    Math.max(expected, ready, lasted, ...(sample.remade ? lately.map((each) => each.expected) : [])),
  );
  raised = expected < replicas ? (raised ?? sample.at) : null;
  const share = degraded_share * expected;
  const state: ServiceState =
    !wasReady && ready === 0
      ? !sample.selects && sample.all === 0
        ? 'selectorless'
        : 'never-ready'
      : ready + sample.serving === 0
        ? expected === 0
          ? 'off'
          : 'down'
        : ready < share
          ? 'degraded'
          : 'up';
  return { ...sample, state, replicas, expected, raised, lost, gained };
}

/** The least that was in force at any time since then; 0 where it is not known how many were then. */
function leastSince(known: readonly Judged[], since: number, countOf: (of: Judged) => number): number {
  if (!known[0] || known[0].at > since) return 0;
  return Math.min(...known.filter((_, place) => (known[place + 1]?.at ?? Infinity) > since).map(countOf));
}

/** Its endpoints are what is wanted where nobody is known to stand behind it; without any, as many as there were. */
function wantedByEndpoints(all: readonly Judged[], { all: endpoints }: Sample): number {
  if (endpoints > 0) return endpoints;
  const since = all.findLastIndex(({ wanted }) => wanted !== null);
  const alone = all.slice(since + 1);
  return alone.some((each) => each.all > 0) ? (all.at(-1)?.replicas ?? 0) : 0;
}

function intervalsOf(world: OracleWorld, life: Life, judged: readonly Judged[]): Interval[] {
  const intervals: Interval[] = [];
  let lost: Interval['lost'] = [];
  const isOpen = ({ ended }: Interval) => !ended;
  const begin = (now: Judged, kind: OutageKind, port: string, asked: number | null) => {
    const id = shortHash('outage', 'east', life.uid, kind, port, intervals.length);
    intervals.push({ id, kind, port, began: now, lost, asked, least: Infinity, most: 0 });
  };
  for (const [place, now] of judged.entries()) {
    const before = judged[place - 1];
    const end = { index: now.index, at: now.at, gained: now.gained, slice: now.slice };
    lost = [
      ...lost.filter(({ id, at }) => !now.gained.includes(id) && at + 600_000 > now.at && !now.lost.includes(id)),
      ...now.lost.map((id) => ({ id, slice: now.slice, at: now.at, index: now.index })),
    ];
    const asked = before?.state === 'off' && now.state === 'down' ? before.raised : null;
    const lasting = intervals.find((each) => isOpen(each) && each.kind !== 'port');
    if (lasting && lasting.kind !== now.state) {
      lasting.ended = end;
      if (asked !== null) lasting.asked = asked;
    }
    const isKind = now.state === 'down' || now.state === 'degraded' || now.state === 'off';
    if (isKind && lasting?.kind !== now.state) begin(now, now.state as OutageKind, '', asked);
    const missing = missingPorts(world, life, now);
    const ports = intervals.filter((each) => isOpen(each) && each.kind === 'port');
    for (const each of ports) if (!missing.includes(each.port)) each.ended = end;
    for (const port of missing) {
      if (!ports.some((each) => each.port === port))
        begin(now, 'port', port, awaitedSince(world, life, judged.slice(0, place + 1), port));
    }
    for (const each of intervals.filter(isOpen)) {
      each.least = Math.min(each.least, now.ready.size);
      each.most = Math.max(each.most, now.replicas);
    }
    if (now.ready.size >= now.expected) lost = [];
  }
  if (life.removed < Infinity) {
    const ended = { index: life.removed, at: world.time(life.removed), gained: [], slice: '' };
    for (const each of intervals.filter(isOpen)) each.ended = ended;
  }
  return intervals;
}

/** Those that no ready endpoint offers, while there are some; of new ones after a while. */
function missingPorts(world: OracleWorld, life: Life, { index, at, ready, ports, offered }: Judged): string[] {
  if (ready.size === 0) return [];
  return ports.filter((port) => {
    if (offered.has(port)) return false;
    const added = addedAt(world, life, port, index);
    return added === null || world.time(added) + PORTS_FOLLOW_MS <= at;
  });
}

/** The entry by which the service came to have the port that it has at `index`; null where it had it from the first. */
function addedAt(world: OracleWorld, { uid }: Life, port: string, index: number): number | null {
  const versions = world.versions(uid).filter((each) => each <= index);
  const without = versions.findLastIndex((each) => !world.ports(each).includes(port));
  return without < 0 ? null : (versions[without + 1] ?? null);
}

/** Since when a new port has been missed all the time. */
function awaitedSince(world: OracleWorld, life: Life, judged: readonly Judged[], port: string): number | null {
  const added = addedAt(world, life, port, judged.at(-1)?.index ?? 0);
  if (added === null) return null;
  const since = judged.filter(({ index }) => index >= added);
  return since.every(({ ready, offered }) => ready.size > 0 && !offered.has(port)) ? world.time(added) : null;
}

const stamp = (at: number): string => new Date(at).toISOString();

function serviceRow(world: OracleWorld, { uid, name, first, removed }: Life, judged: readonly Judged[]): OracleService {
  const last = judged.at(-1);
  const seen = stamp(world.time(first));
  const ready = judged.find((each) => each.ready.size > 0);
  const since = judged.findLast((each, index) => each.state !== judged[index - 1]?.state);
  const isGone = removed < Infinity;
  const isFirstState = since === judged[0] && since?.state === 'never-ready';
  return {
    service_uid: uid,
    service: name,
    state: isGone ? 'gone' : (last?.state ?? 'never-ready'),
    since: isGone ? stamp(world.time(removed)) : isFirstState || !since ? seen : stamp(since.at),
    ready: isGone ? 0 : (last?.ready.size ?? 0),
    wanted: isGone ? 0 : (last?.replicas ?? 0),
    first_seen_at: seen,
    first_ready_at: ready ? stamp(ready.at) : null,
    deleted_at: isGone ? stamp(world.time(removed)) : null,
  };
}
