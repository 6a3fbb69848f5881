import type { Cause } from '../schemas/outages.ts';
import type { Period } from './queries/service-conditions.ts';
import { common, lengthWithin, toSpans, union, without, type Span, type Spans } from './time-spans.ts';

/** What a service's figures over one slice of time are computed from: milliseconds and counts, all of which add up. */
export interface SlaSums {
  counted_ms: number;
  /** With maintenance counted as any other time. */
  counted_all_ms: number;
  unknown_ms: number;
  off_ms: number;
  maintenance_ms: number;
  worst_ms: number;
  best_ms: number;
  likely_ms: number;
  planned_ms: number;
  worst_all_ms: number;
  best_all_ms: number;
  /** Of the worst what lies in time that was likely off, and so is not counted. */
  worst_off_ms: number;
  worst_all_off_ms: number;
  degraded_ms: number;
  outages: number;
  /** The longest of several where sums are added. */
  longest_ms: number;
  /** Of those that ended in the slice. */
  ended: number;
  ended_ms: number;
  causes: readonly (readonly [cause: Cause, ms: number, outages: number])[];
}

export const NO_SUMS: Readonly<SlaSums> = {
  counted_ms: 0,
  counted_all_ms: 0,
  unknown_ms: 0,
  off_ms: 0,
  maintenance_ms: 0,
  worst_ms: 0,
  best_ms: 0,
  likely_ms: 0,
  planned_ms: 0,
  worst_all_ms: 0,
  best_all_ms: 0,
  worst_off_ms: 0,
  worst_all_off_ms: 0,
  degraded_ms: 0,
  outages: 0,
  longest_ms: 0,
  ended: 0,
  ended_ms: 0,
  causes: [],
};

/** An interval of a service that is no blip, in milliseconds; what has not ended ends with the range, and `ended` is null. */
export interface SlaInterval {
  readonly kind: 'down' | 'degraded' | 'off';
  readonly planned: boolean;
  readonly cause: Cause;
  /** As well as is known. */
  readonly likely: Span;
  readonly most: Span;
  /** Empty or turned round where nothing of it is certain. */
  readonly least: Span;
  readonly ended: number | null;
}

/** From the first ready endpoint of a service on, until it was deleted, with all that tells how it was. */
export interface Life extends Period {
  readonly intervals: readonly SlaInterval[];
  /** When nobody watched whether it was ready. */
  readonly unwatched: Spans;
  /** When nobody watched whether it was wanted, or what its pods were. */
  readonly unasked: Spans;
  readonly maintenance: Spans;
}

/** The sums that are the length of some time. */
const LENGTHS = [
  'unknown_ms',
  'worst_ms',
  'best_ms',
  'likely_ms',
  'planned_ms',
  'worst_all_ms',
  'best_all_ms',
  'worst_off_ms',
  'worst_all_off_ms',
  'degraded_ms',
] as const;

interface Course {
  readonly life: Life;
  readonly off: Spans;
  /** All that does not count. */
  readonly out: Spans;
  /** By their beginning. */
  readonly downs: readonly SlaInterval[];
  /** By the place of a down, the latest end of those up to it. */
  readonly reach: readonly number[];
  readonly spans: Readonly<Record<(typeof LENGTHS)[number], Spans>>;
}

/**
 * How a service was in its life. Who looks down or off while nobody saw what was wanted of it may be either: that is unknown.
 * From what may have been downtime only what is certainly off is taken; from what certainly was, all that is likely off.
 */
function courseOf(life: Life): Course {
  const { intervals, unwatched, unasked, maintenance } = life;
  const of = (kind: SlaInterval['kind']) => intervals.filter((interval) => interval.kind === kind);
  const spansOf = (some: readonly SlaInterval[], which: 'likely' | 'most' | 'least') =>
    toSpans(some.map((interval) => interval[which]));
  const downs = of('down').toSorted((a, b) => a.likely[0] - b.likely[0]);
  const offs = of('off');
  const most = spansOf(downs, 'most');
  const off = spansOf(offs, 'likely');
  const out = union(off, maintenance);
  const unknown = union(unwatched, common(unasked, union(most, spansOf(offs, 'most'))));
  const worst = without(union(most, unknown), without(spansOf(offs, 'least'), unasked));
  const best = without(without(spansOf(downs, 'least'), unknown), off);
  const planned = downs.filter((interval) => interval.planned);
  const worstNet = without(worst, maintenance);
  const spans = {
    unknown_ms: without(unknown, out),
    worst_ms: worstNet,
    best_ms: without(best, maintenance),
    likely_ms: without(spansOf(downs, 'likely'), out),
    planned_ms: without(spansOf(planned, 'likely'), out),
    worst_all_ms: worst,
    best_all_ms: best,
    worst_off_ms: common(worstNet, off),
    worst_all_off_ms: common(worst, off),
    degraded_ms: without(spansOf(of('degraded'), 'likely'), out),
  };
  return { life, off, out, downs, reach: reachOf(downs), spans };
}

/** One of no length has a millisecond. */
const endOf = ({ likely: [start, end] }: SlaInterval): number => Math.max(end, start + 1);

function reachOf(downs: readonly SlaInterval[]): number[] {
  let latest = -Infinity;
  return downs.map((down) => (latest = Math.max(latest, endOf(down))));
}

/** Those that touch [from, to). */
function downsWithin({ downs, reach }: Course, from: number, to: number): readonly SlaInterval[] {
  const first = firstPlace(reach.length, (at) => reach[at]! > from);
  return downs.slice(
    first,
    firstPlace(downs.length, (at) => downs[at]!.likely[0] >= to),
  );
}

/** The first place of an ordered list where something holds, which holds at all later ones too. */
function firstPlace(length: number, holds: (at: number) => boolean): number {
  let [first, last] = [0, length];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (holds(middle)) last = middle;
    else first = middle + 1;
  }
  return first;
}

interface Event {
  readonly cause: Cause;
  readonly ms: number;
  readonly ended: boolean;
  readonly ownMs: number;
}

/** An interval in which it was down counts unless all of it lies in what does not count. */
function eventsOf(course: Course, slice: Period, from: number, to: number): Event[] {
  return downsWithin(course, from, to).flatMap((down) => {
    const { cause, ended } = down;
    const [start, end] = down.likely;
    const [first, last] = [Math.max(start, from), Math.min(endOf(down), to)];
    const ms = last - first - lengthWithin(course.out, first, last);
    if (first >= last || ms <= 0) return [];
    const hasEnded = ended !== null && ended >= slice.from && ended < slice.to;
    return [{ cause, ms: end > start ? ms : 0, ended: hasEnded, ownMs: end - start }];
  });
}

/** Sums of one life over the slice; null where it did not live then. */
function sumLife(course: Course, slice: Period): SlaSums | null {
  const [from, to] = [Math.max(slice.from, course.life.from), Math.min(slice.to, course.life.to)];
  if (from >= to) return null;
  const length = (spans: Spans): number => lengthWithin(spans, from, to);
  const [offMs, outMs] = [length(course.off), length(course.out)];
  const events = eventsOf(course, slice, from, to);
  const ended = events.filter((event) => event.ended);
  const sums: SlaSums = {
    ...NO_SUMS,
    counted_ms: to - from - outMs,
    counted_all_ms: to - from - offMs,
    off_ms: offMs,
    maintenance_ms: outMs - offMs,
    outages: events.length,
    longest_ms: events.reduce((longest, { ms }) => Math.max(longest, ms), 0),
    ended: ended.length,
    ended_ms: ended.reduce((sum, { ownMs }) => sum + ownMs, 0),
    causes: addCauses([events.map(({ cause, ms }) => [cause, ms, 1] as const)]),
  };
  for (const key of LENGTHS) sums[key] = length(course.spans[key]);
  return sums;
}

type Causes = SlaSums['causes'];

function addCauses(all: readonly Causes[]): Causes {
  const sums = new Map<Cause, [number, number]>();
  for (const [cause, ms, outages] of all.flat()) {
    const [msBefore, outagesBefore] = sums.get(cause) ?? [0, 0];
    sums.set(cause, [msBefore + ms, outagesBefore + outages]);
  }
  return [...sums].map(([cause, [ms, outages]]) => [cause, ms, outages] as const);
}

/** The sums of several together. */
export function addSums(all: readonly Readonly<SlaSums>[]): SlaSums {
  const total: SlaSums = { ...NO_SUMS };
  for (const sums of all) {
    for (const key of KEYS) total[key] += sums[key];
  }
  total.longest_ms = all.reduce((longest, sums) => Math.max(longest, sums.longest_ms), 0);
  total.causes = addCauses(all.map((sums) => sums.causes));
  return total;
}

const KEYS = Object.keys(NO_SUMS).filter((key) => key !== 'causes' && key !== 'longest_ms') as Exclude<
  keyof SlaSums,
  'causes'
>[];

/** The sums of a service's lives over each slice, by its place; null where it did not live. */
export function sumSlices(lives: readonly Life[], slices: readonly Period[]): (SlaSums | null)[] {
  const courses = lives.map(courseOf);
  return slices.map((slice) => {
    const lived = courses.map((course) => sumLife(course, slice)).filter((sums) => sums !== null);
    return lived.length > 1 ? addSums(lived) : (lived[0] ?? null);
  });
}
