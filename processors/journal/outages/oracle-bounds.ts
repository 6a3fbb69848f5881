import type { OracleWorld } from './oracle-world.ts';
import type { Interval, Life, OracleOutage } from './oracle.ts';

const LATE_MS = 600_000;
const SECOND_MS = 1000;
const NODE_GRACE_MS = 60_000;
/** Kinds that tell how many are wanted. */
const WANTED = 'workload pod';

/** What is known of one end of an interval. */
interface End {
  index: number;
  seen: number;
  told: Fact | null;
  cut: number;
  silent: number;
}

/** A time, and the entry by which it was known. */
interface Fact {
  at: number;
  by: number;
}

interface Bounds {
  earliest: number;
  best: number;
}

/** The rows of a service's intervals, from what was told of each until ten minutes after its end. */
export function settle(world: OracleWorld, life: Life, intervals: readonly Interval[]): OracleOutage[] {
  const ends = intervals.map((interval) => endsOf(world, interval, intervals));
  share(intervals, ends);
  const birth = world.time(life.first);
  const bounds: { began: Bounds; ended: Bounds | null }[] = [];
  // When those that left were marked, whatever is known of the time before.
  let marked = birth;
  for (const [place, [began, ended]] of ends.entries()) {
    const floor = floorOf(world, intervals, bounds, place) ?? birth;
    const previous = ends.slice(0, place).findLast((_, at) => intervals[at]?.kind !== 'port');
    const isSame = intervals[place]?.kind !== 'port' && previous?.[1]?.seen === began.seen;
    const own = boundsOf(began, Math.min(floor, began.seen), isSame ? marked : undefined);
    const before = boundsOf({ ...began, silent: Infinity }, Math.min(floor, began.seen), isSame ? marked : undefined);
    const isPort = intervals[place]?.kind === 'port';
    const other = ended ? boundsOf(ended, own.earliest, isPort ? undefined : before.earliest) : null;
    if (!isPort) marked = before.earliest;
    bounds.push({ began: own, ended: other && { ...other, best: Math.max(other.best, own.best) } });
  }
  return intervals.map((interval, place) => {
    const row = rowOf(world, life, interval, bounds[place]!);
    const since = bounds[intervals.findIndex((each) => leadsToOff(world, intervals, each, interval))]?.began;
    return since ? { ...row, started_at: stamp(since.best), started_earliest: stamp(since.earliest) } : row;
  });
}

/** Seen at most two seconds before the service was off, without a break, and all its pods were to go. */
function leadsToOff(world: OracleWorld, all: readonly Interval[], interval: Interval, off: Interval): boolean {
  const { kind, began, ended, lost } = interval;
  if (off.kind !== 'off' || kind === 'off' || kind === 'port' || !ended || ended.index > off.began.index) return false;
  if (off.began.at - began.at > 2000 || lost.length === 0) return false;
  const window = lookedAtUntil(world, interval);
  if (cutOf(world, { about: '', index: began.index, window }) < Infinity) return false;
  if (lost.some(({ id }) => (world.pod(id, window)?.deleted ?? null) === null)) return false;
  if (ended.index === off.began.index) return true;
  const next = all.find((each) => each.kind !== 'port' && each.began.index === ended.index);
  return next !== undefined && next.kind !== 'off' && leadsToOff(world, all, next, off);
}

/** Where the one before it ended; for a port, which stands beside the others, as far as that cannot change any more. */
function floorOf(
  world: OracleWorld,
  intervals: readonly Interval[],
  bounds: readonly { ended: Bounds | null }[],
  place: number,
): number | null {
  const own = intervals[place];
  const before = intervals.slice(0, place).flatMap(({ kind, ended }, other) => {
    const earliest = bounds[other]?.ended?.earliest;
    if (kind === 'port' || !ended || earliest === undefined || !own) return [];
    const isOver = world.times.some((at, index) => index < own.began.index && at >= ended.at + LATE_MS);
    return own.kind !== 'port' || isOver ? [earliest] : [];
  });
  return before.length > 0 ? Math.max(...before) : null;
}

function endsOf(world: OracleWorld, interval: Interval, all: readonly Interval[]): [began: End, ended: End | null] {
  const { began, ended, kind, asked } = interval;
  const window = lookedAtUntil(world, interval);
  const leftNow = interval.lost.filter(({ at }) => at === began.at);
  // Those that were to go had been lost before, and served on until now.
  const isGoner = ({ id, at }: Interval['lost'][number], index: number) =>
    (world.pod(id, index)?.deleted ?? Infinity) <= at;
  const servedOn = leftNow.length === 0 && kind === 'down';
  const left = servedOn ? interval.lost.filter((one) => isGoner(one, window)) : leftNow;
  const know = (one: Interval['lost'][number]) => (index: number) =>
    servedOn && !isGoner(one, index) ? null : leftAt(world, one, kind, index);
  const facts = left.map((one) => firstKnown(began.index, window, know(one)));
  const known = facts.every((fact) => fact !== null) && facts.length > 0 ? facts : null;
  const pick = kind === 'down' ? Math.max : Math.min;
  const own = known && { at: pick(...known.map(({ at }) => at)), by: Math.max(...known.map(({ by }) => by)) };
  const silent = left.flatMap(
    (one) => firstKnown(began.index, window, (index) => silentOf(world, one, index))?.at ?? [],
  );
  const isAskedFor = asked !== null && kind !== 'off';
  const start: End = {
    index: began.index,
    seen: began.at,
    told: own ?? (isAskedFor ? { at: asked, by: began.index } : null),
    cut: cutOf(world, { about: kind === 'off' ? WANTED : '', index: began.index, window }),
    silent: Math.min(...silent, isAskedFor ? asked - SECOND_MS : Infinity),
  };
  if (!ended) return [start, null];
  const came = firstKnown(ended.index, window, (index) => cameAt(world, ended, index));
  const isBeforeOff = kind !== 'port' && all.some((each) => each.kind === 'off' && each.began.at === ended.at);
  const wasAskedFor = asked !== null && kind === 'off';
  const end: End = {
    index: ended.index,
    seen: ended.at,
    told: wasAskedFor ? { at: asked, by: ended.index } : came,
    cut: cutOf(world, { about: kind === 'off' || isBeforeOff ? WANTED : '', index: ended.index, window }),
    silent: wasAskedFor ? asked - SECOND_MS : Infinity,
  };
  return [start, end];
}

/** The last entry whose news change the row. */
function lookedAtUntil(world: OracleWorld, { ended }: Interval): number {
  return ended ? world.times.findLastIndex((at) => at < ended.at + LATE_MS) : world.times.length - 1;
}

function firstKnown(from: number, to: number, know: (index: number) => number | null): Fact | null {
  for (let index = from; index <= to; index++) {
    const at = know(index);
    if (at !== null) return { at, by: index };
  }
  return null;
}

function leftAt(world: OracleWorld, { id, at }: Interval['lost'][number], kind: string, index: number): number | null {
  const pod = world.pod(id, index);
  if (!pod) return null;
  const times = [
    ...(pod.ready ? [] : [pod.changed]),
    ...(kind !== 'down' && pod.deleted !== null ? [pod.deleted] : []),
  ];
  const possible = times.filter((time) => time <= at);
  return possible.length > 0 ? Math.min(...possible) : null;
}

function silentOf(world: OracleWorld, { id, at }: Interval['lost'][number], index: number): number | null {
  const pod = world.pod(id, index);
  const heard = pod ? world.silentSince(pod.node, index) : null;
  return heard === null || heard > at ? null : Math.max(heard, at - NODE_GRACE_MS);
}

function cameAt(world: OracleWorld, { gained, at }: NonNullable<Interval['ended']>, index: number): number | null {
  const times = gained.flatMap((id) => {
    const pod = world.pod(id, index);
    return pod?.ready && pod.changed <= at ? [pod.changed] : [];
  });
  return times.length > 0 && times.length === gained.length ? Math.min(...times) : null;
}

/** Since when the watch had been cut that brought it; how many are wanted decides only whether a service is off. */
function cutOf(world: OracleWorld, { about: others, index, window }: { about: string; index: number; window: number }) {
  let cut = Infinity;
  for (let each = index; each <= window; each++) {
    const { kind: of, object } = world.entries[each] ?? {};
    if (of !== 'coverage' || object?.['to'] === null) continue;
    const from = Date.parse(String(object?.['from']));
    const about = String(object?.['kind']);
    const isAbout = about === 'service' || about === 'endpointslice' || others.includes(about.replace(/\/.*/, ''));
    if (isAbout && from <= world.time(index)) cut = Math.min(cut, from);
  }
  return cut;
}

/** Where one ends as the next begins, both know the same: what was known first. */
function share(intervals: readonly Interval[], ends: readonly [End, End | null][]): void {
  const chain = ends.filter((_, place) => intervals[place]?.kind !== 'port');
  for (const [place, [began]] of chain.entries()) {
    const ended = chain[place - 1]?.[1];
    if (!ended || ended.seen !== began.seen) continue;
    const first = ended.told && (!began.told || ended.told.by <= began.told.by) ? ended.told : began.told;
    ended.told = began.told = first;
    ended.silent = began.silent = Math.min(ended.silent, began.silent);
  }
}

function boundsOf({ seen, told, cut, silent }: End, floor: number, after = floor): Bounds {
  const within = (at: number) => Math.min(seen, Math.max(floor, at));
  const said = told && told.at > after - SECOND_MS ? told.at : null;
  const usual = within(said ?? Math.min(cut, seen - SECOND_MS));
  const earliest = silent === Infinity ? usual : Math.min(usual, within(silent));
  const best = said !== null && seen - said >= SECOND_MS ? within(said) : seen;
  return { earliest, best: Math.max(best, earliest) };
}

function isBlip(world: OracleWorld, interval: Interval): boolean {
  const { kind, began, ended, lost } = interval;
  if (kind === 'off' || !ended) return false;
  const left = lost.filter(({ at }) => at === began.at);
  const wasReady = (id: string, otherwise: boolean) => {
    const pod = world.pod(id, ended.index);
    return pod ? pod.ready && pod.changed < began.at - SECOND_MS : otherwise;
  };
  const hasMoved =
    ended.gained.length > 0 &&
    left.every(({ id, slice }) => slice !== ended.slice && wasReady(id, ended.gained.includes(id))) &&
    ended.gained.every((id) => wasReady(id, true));
  const window = lookedAtUntil(world, interval);
  const wasCut = cutOf(world, { about: '', index: began.index, window }) < Infinity;
  if (left.length > 0 && hasMoved && ended.at - began.at <= 2000 && !wasCut) return true;
  return world.entries.some(({ kind: of, object }, index) => {
    if (of !== 'coverage' || index < ended.index || index > window || object['state'] !== 'gap') return false;
    const about = String(object['kind']);
    const listed = Date.parse(String(object['to']));
    return (
      (about === 'service' || about === 'endpointslice') &&
      began.at >= listed &&
      Date.parse(String(object['from'])) <= ended.at
    );
  });
}

const stamp = (at: number): string => new Date(at).toISOString();

function rowOf(
  world: OracleWorld,
  { uid }: Life,
  interval: Interval,
  { began: start, ended: end }: { began: Bounds; ended: Bounds | null },
): OracleOutage {
  const { id, kind, port, began, ended, least, most } = interval;
  return {
    id,
    kind,
    service_uid: uid,
    port,
    started_at: stamp(start.best),
    started_earliest: stamp(start.earliest),
    started_latest: stamp(began.at),
    ended_at: end && stamp(end.best),
    ended_earliest: end && stamp(end.earliest),
    ended_latest: ended ? stamp(ended.at) : null,
    observed_at: stamp(began.at),
    ready_least: least,
    wanted: most,
    blip: isBlip(world, interval) ? 1 : 0,
  };
}
