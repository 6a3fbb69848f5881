import type { Truth } from './random-objects.ts';
import type { History } from './random-history.ts';
import type { Made } from './random-history-runs.ts';
import type { Row, ServiceOwnRow } from './state.ts';
import { T0 } from './testing.ts';

type Span = readonly [from: number, to: number];
type Spans = readonly Span[];

/** Milliseconds of downtime: at least, at most, and as it truly was. */
export interface Downtime {
  best: number;
  truth: number;
  worst: number;
}

const MINUTE_MS = 60_000;
/** The first lists are complete by then. */
const WATCHED_MS = 1000;

/**
 * The downtime of a service by its rows, by the formula of docs/api.md, beside the true one. Time in which nobody watched it is
 * unknown, and so is that in which it looks down or off while nobody watched what was wanted of it.
 */
export function downtimeOf(history: History, { outages }: Made, service: ServiceOwnRow): Downtime | null {
  if (service.first_ready_at === null) return null;
  const end = history.entries.at(-1)?.observed_at ?? '';
  const life: Span = [Date.parse(service.first_ready_at), Date.parse(service.deleted_at ?? end)];
  const rows = outages.filter(({ service_uid, blip }) => service_uid === service.service_uid && blip === 0);
  const down = rows.filter(({ kind }) => kind === 'down');
  const off = rows.filter(({ kind }) => kind === 'off');
  const gapsOf = (...kinds: History['cuts'][number]['kind'][]): Spans =>
    history.cuts
      .filter(({ kind, state }) => state === 'gap' && kinds.includes(kind))
      .map(({ from, to }): Span => [T0 + from, T0 + to]);
  const open = life[1];
  const least = (row: Row): Span => span(row.started_latest, row.ended_earliest, open);
  const most = (row: Row): Span => span(row.started_earliest, row.ended_latest, open);
  const likely = (row: Row): Span => span(row.started_at, row.ended_at, open);
  const [unwatched, unasked] = [gapsOf('service', 'endpointslice'), gapsOf('workload', 'pod')];
  const sets = {
    most: down.map(most),
    least: down.map(least),
    off: off.map(likely),
    offMost: off.map(most),
    offLeast: off.map(least),
    truth: trueDowntimes(history, service),
    unwatched,
    unasked,
  };
  return lengthsOf(life, sets, (at) => {
    const unknown = at('unwatched') || (at('unasked') && (at('most') || at('offMost')));
    return {
      best: at('least') && !unknown && !at('off'),
      truth: at('truth'),
      worst: (at('most') || unknown) && (at('unasked') || !at('offLeast')),
    };
  });
}

const span = (from: string, to: string | null, open: number): Span => [
  Date.parse(from),
  to === null ? open : Date.parse(to),
];

/** For how long each of the figures holds in `life`. */
function lengthsOf<Name extends string>(
  [from, to]: Span,
  sets: Readonly<Record<Name, Spans>>,
  figures: (at: (name: Name) => boolean) => Record<keyof Downtime, boolean>,
): Downtime {
  const all = Object.values<Spans>(sets).flat(2);
  const edges = [from, to, ...all].filter((at) => at >= from && at <= to).sort((a, b) => a - b);
  const lengths = { best: 0, truth: 0, worst: 0 };
  for (const [index, at] of edges.entries()) {
    const next = edges[index + 1] ?? at;
    if (next === at) continue;
    const holds = figures((name) => sets[name].some(([begin, end]) => begin <= at && at < end));
    for (const name of ['best', 'truth', 'worst'] as const) if (holds[name]) lengths[name] += next - at;
  }
  return lengths;
}

/** When requests found no server while somebody wanted one. */
function trueDowntimes(history: History, { service_uid: uid }: ServiceOwnRow): Spans {
  const whole = history.truth.find((all) => all.some(({ service }) => service === uid)) ?? [];
  const own = whole.filter(({ service }) => service === uid);
  const last = own.at(-1)?.at ?? Infinity;
  const end = whole.find(({ at }) => at > last)?.at ?? Date.parse(history.entries.at(-1)?.observed_at ?? '') - T0;
  const watched = own.slice(
    Math.max(
      0,
      own.findLastIndex(({ at }) => at <= WATCHED_MS),
    ),
  );
  const first = watched.findIndex(({ ready }) => ready > 0);
  const truth = first < 0 ? [] : watched.slice(first);
  const wanted = stretchesOf(truth, end);
  const from = wanted.map((_, place) => reliedOnFrom(wanted, place, history.options.scale_up_minutes * MINUTE_MS));
  return truth.flatMap((now, index): Span[] => {
    const stretch = wanted.findIndex(({ records }) => records.includes(now));
    const since = Math.max(now.at, from[stretch] ?? Infinity);
    const until = Math.min(truth[index + 1]?.at ?? end, end);
    return !now.serves && since < until ? [[T0 + since, T0 + until]] : [];
  });
}

/** In which somebody wanted a server without a break. */
interface Stretch {
  records: Truth[];
  from: number;
  to: number;
}

function stretchesOf(truth: readonly Truth[], end: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (const [index, now] of truth.entries()) {
    const to = truth[index + 1]?.at ?? end;
    const last = stretches.at(-1);
    if (now.wanted === 0) continue;
    if (last && last.to === now.at && last.records.includes(truth[index - 1] ?? now)) {
      last.records.push(now);
      last.to = to;
    } else stretches.push({ records: [now], from: now.at, to });
  }
  return stretches;
}

/**
 * A server is missed once there has been one, or, if none has come for too long, from the first. Where a workload is made anew a
 * moment after one was missed, it has been missed all along.
 */
function reliedOnFrom(stretches: readonly Stretch[], place: number, graceMs: number): number {
  const own = stretches[place];
  if (!own) return Infinity;
  const missed = stretches.slice(0, place).filter(({ to }, at) => reliedOnFrom(stretches, at, graceMs) < to);
  const isBack = ({ at, isRemade }: Truth) => isRemade && missed.some(({ to }) => at - to <= MINUTE_MS);
  const back = own.records.find(isBack)?.at ?? Infinity;
  const came = Math.min(back, own.records.find(({ ready }) => ready > 0)?.at ?? Infinity);
  const patientUntil = own.from + graceMs;
  if (Math.min(came, own.to) <= patientUntil) return came;
  // Those that were to go may have served until then.
  return own.records.findLast(({ at, serves }) => serves && at <= patientUntil)?.at ?? own.from;
}

const RACE_MS = 1000;
const REMEMBERED_MS = 15 * MINUTE_MS;
const MOVED_WITHIN_MS = 2000;

/**
 * Whether the rows can tell. What they cannot:
 * - whose a slice is where its service was made or deleted unseen;
 * - what late news meant when it was new: of slices where another number was wanted by the time it came or endpoints came and
 *   left meanwhile, of workloads where nothing or something came to be wanted and endpoints left or came, or the workload came back;
 * - that the workload of some pods was deleted long ago, or that a controller that nobody knows wants no pods any more;
 * - whether an endpoint without a pod moved or was away for a moment;
 * - what was first of two things that two watches tell of, where both were within a second: that more or nothing was asked
 *   for and that the last endpoint left, or that the first came and that it had been waited for long enough.
 */
export function isKnowable(history: History, { service_uid: uid }: ServiceOwnRow): boolean {
  const whole = history.truth.find((all) => all.some(({ service }) => service === uid)) ?? [];
  const graceMs = history.options.scale_up_minutes * MINUTE_MS;
  return (
    !history.cuts.some((cut) => isLateFlicker(cut, whole)) &&
    whole.every((now, index) => {
      const before = whole[index - 1];
      if (!before) return true;
      if (isMoment(before, now, whole[index - 2])) return false;
      const isOther = before.service !== now.service;
      if (!isOther && before.wanted === now.wanted) return true;
      const isForgotten = now.aloneSince !== null && now.at >= now.aloneSince + REMEMBERED_MS;
      const isUntold = now.maker === 'fleet' && now.wanted === 0;
      if (isForgotten || isUntold || isRace(whole, before, now, graceMs)) return false;
      return !history.cuts.some((cut) => hides(cut, now.at, isOther) || hidesTurn(cut, whole, before, now));
    })
  );
}

/** By hand, nobody served for a moment. */
const isMoment = (before: Truth, now: Truth, earlier: Truth | undefined): boolean =>
  now.maker === 'hand' &&
  now.serves &&
  !before.serves &&
  earlier?.serves === true &&
  now.at - before.at <= MOVED_WITHIN_MS;

function isRace(whole: readonly Truth[], before: Truth, now: Truth, graceMs: number): boolean {
  return whole.some((each, place) => {
    const last = whole[place - 1];
    if (!last) return false;
    const sinceMs = each.at - now.at;
    const isLate = before.wanted === 0 && each.ready > 0 && last.ready === 0 && Math.abs(sinceMs - graceMs) <= RACE_MS;
    if (isLate) return true;
    const hasLeft = last.ready > 0 && each.ready === 0;
    if (now.wanted > before.wanted) return hasLeft && Math.abs(sinceMs) <= RACE_MS;
    // Those that were to go leave after nothing was asked for any more.
    return now.wanted === 0 && sinceMs < 0 && sinceMs >= -RACE_MS && (hasLeft || (last.serves && !each.serves));
  });
}

function hides({ kind, state, from, to }: History['cuts'][number], at: number, isOther: boolean): boolean {
  if (at < from - WATCHED_MS || at > to + WATCHED_MS) return false;
  return isOther || (state === 'late' && kind === 'endpointslice');
}

/** Nobody tells for some time that nothing is wanted any more, or that something is. */
function hidesTurn(
  { kind, state, from, to }: History['cuts'][number],
  whole: readonly Truth[],
  before: Truth,
  { at, wanted }: Truth,
): boolean {
  if (state !== 'late' || (kind !== 'workload' && kind !== 'pod') || at < from || at > to) return false;
  if ((before.wanted === 0) === (wanted === 0)) return false;
  return whole.some((each, place) => {
    const last = whole[place - 1];
    const turns = each.at < to && last?.serves !== each.serves && each.serves === (wanted === 0);
    return each.at > at && (turns || (wanted === 0 && each.isRemade));
  });
}

/** Endpoints came and left, and their slices tell of it only later. */
function isLateFlicker({ kind, state, from, to }: History['cuts'][number], whole: readonly Truth[]): boolean {
  if (state !== 'late' || kind !== 'endpointslice') return false;
  const turns = whole.filter(({ at, serves }, place) => {
    return at >= from && at <= to && place > 0 && whole[place - 1]?.serves !== serves;
  });
  return turns.length > 2;
}
