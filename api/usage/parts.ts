import type { Resolution, UsageResolution } from '../../schemas/api/usage.ts';
import { USAGE_STEP_SECONDS } from '../../schemas/usage.ts';
import { toTime } from '../../platform/clock.ts';
import type { Period } from '../queries/service-conditions.ts';

export const STEP_MS: Readonly<Record<Resolution, number>> = {
  '30s': USAGE_STEP_SECONDS * 1000,
  '1h': 3_600_000,
  '1d': 86_400_000,
};
const HOUR_MS = STEP_MS['1h'];
const DAY_MS = STEP_MS['1d'];
/** Up to here every instant is read. */
export const SHORT_MS = 6 * HOUR_MS;
/** Rows of 30 s are read for what no roll-up of groups answers up to here; beyond, sums of the pods' hours. */
export const LONGEST_RAW_MS = 48 * HOUR_MS;
/** Of more parts, all days between the first and the last that are due are read from their hours. */
const MOST_PARTS = 12;

export interface Part extends Period {
  readonly step: Resolution;
}

/** Which rows there are to read. Milliseconds. */
export interface RowsKept {
  readonly nowMs: number;
  /** Beginnings of days (UTC) of which hours were imported later than the day was summed up. */
  readonly dueDays: ReadonlySet<number>;
  /** From here on rows of 30 s are kept; a whole hour. */
  readonly instantsSinceMs: number;
  /** From here on rows of hours are kept; a whole day. */
  readonly hoursSinceMs: number;
  /** Beginnings of hours later than that of which rows of 30 s are gone all the same. */
  readonly hoursWithoutInstants: ReadonlySet<number>;
  /** Beginnings of days (UTC) later than that of which rows of hours are gone all the same. */
  readonly daysWithoutHours: ReadonlySet<number>;
}

/** What is read to answer for a range. */
export interface Plan {
  /** As asked for, or as far wider as rows that are no longer kept make it. */
  readonly range: Period;
  readonly why: UsageResolution['why'];
  readonly parts: readonly Part[];
  /** Groups are put together from the rows of pods, since no roll-up of groups answers. */
  readonly fromPods: boolean;
  /** Groups are put together from hours or days of pods, which do not tell what was used at the same instant. */
  readonly estimated: boolean;
  /** False: estimated, or wider than asked for. */
  readonly exact: boolean;
  /** Percentiles are told from buckets, though instants are read: there are too many to hold. */
  readonly bucketed?: boolean;
}

export const floorTo = (ms: number, stepMs: number): number => Math.floor(ms / stepMs) * stepMs;
export const ceilTo = (ms: number, stepMs: number): number => Math.ceil(ms / stepMs) * stepMs;

/** Instants of the 30 s grid in the range. */
export const instantsIn = ({ from, to }: Period): number =>
  Math.max(0, ceilTo(to, STEP_MS['30s']) - ceilTo(from, STEP_MS['30s'])) / STEP_MS['30s'];

const reaches = (starts: ReadonlySet<number>, unitMs: number, { from, to }: Period): boolean =>
  starts.values().some((start) => start < to && start + unitMs > from);

/** Whether every row of 30 s of the range is kept: where hours went before they were to, so did these. */
export const hasInstants = (range: Period, kept: RowsKept): boolean =>
  range.from >= kept.instantsSinceMs &&
  !reaches(kept.hoursWithoutInstants, HOUR_MS, range) &&
  !reaches(kept.daysWithoutHours, DAY_MS, range);

/** Whether every row of hours of the range is kept. */
export const hasHours = (range: Period, kept: RowsKept): boolean =>
  range.from >= kept.hoursSinceMs && !reaches(kept.daysWithoutHours, DAY_MS, range);

const COARSEST: readonly Resolution[] = ['1d', '1h', '30s'];

/** The coarsest rows of a plan. */
export const coarsestOf = (parts: readonly Part[]): Resolution =>
  COARSEST.find((step) => parts.some((part) => part.step === step)) ?? '30s';

function whyOf(parts: readonly Part[]): Plan['why'] {
  if (parts.every(({ step }) => step === '1d')) return 'days';
  if (parts.every(({ step }) => step === '1h')) return 'hours';
  return 'edges';
}

/** Hours, and of whole days that are summed up the day; of days whose hours are no longer kept nothing else is left. */
function daysAndHours({ from, to }: Period, daysToo: boolean, kept: RowsKept, isDue: (day: number) => boolean): Part[] {
  const parts: Part[] = [];
  for (let at = from; at < to;) {
    const day = floorTo(at, DAY_MS);
    const end = Math.min(to, day + DAY_MS);
    const isWhole = at === day && end === day + DAY_MS;
    const isSummedUp = isWhole && end <= kept.nowMs && !isDue(day);
    const isLeft = hasHours({ from: day, to: day + DAY_MS }, kept);
    const step = !isLeft || (daysToo && isSummedUp) ? '1d' : '1h';
    const last = parts.at(-1);
    if (last?.step === step) parts[parts.length - 1] = { ...last, to: end };
    else parts.push({ step, from: at, to: end });
    at = end;
  }
  return parts;
}

/**
 * The parts of whole hours. `daysToo`: rows of days answer as well. A day is read from its hours while it goes on and while it is due.
 * Where hours are no longer kept, the range has to consist of whole days.
 */
export function coarseParts(range: Period, daysToo: boolean, kept: RowsKept): Part[] {
  const parts = daysAndHours(range, daysToo, kept, (day) => kept.dueDays.has(day));
  if (parts.length <= MOST_PARTS) return parts;
  const due = [...kept.dueDays];
  const [first, last] = [Math.min(...due), Math.max(...due)];
  return daysAndHours(range, daysToo, kept, (day) => day >= first && day <= last);
}

/** The range as far wider as it must be to lie on hours at ends whose instants are gone, and on days where hours are gone. */
function widened({ from, to }: Period, kept: RowsKept): Period {
  const outwards = (unitMs: number, has: (unit: Period) => boolean, range: Period): Period => {
    const [first, last] = [floorTo(range.from, unitMs), floorTo(range.to, unitMs)];
    return {
      from: has({ from: first, to: first + unitMs }) ? range.from : first,
      to: has({ from: last, to: last + unitMs }) ? range.to : ceilTo(range.to, unitMs),
    };
  };
  const onHours = outwards(HOUR_MS, (hour) => hasInstants(hour, kept), { from, to });
  return outwards(DAY_MS, (day) => hasHours(day, kept), onHours);
}

/**
 * The coarsest rows that answer for the range with every instant in it and none outside: whole days (UTC), around them whole hours,
 * around these instants. A range that ends now ends with the hour that goes on: its roll-up has as much as is imported. `cutsAcross`:
 * the filters or the scope select among the pods of a group, so that no roll-up of groups answers. What is older than its rows are
 * kept is read from coarser ones, for as much more than the range as they go beyond it.
 */
export function planRange(asked: Period, kept: RowsKept, cutsAcross = false): Plan {
  const lengthMs = asked.to - asked.from;
  const isShort = lengthMs <= SHORT_MS;
  if (lengthMs <= 0 || (hasInstants(asked, kept) && (isShort || (cutsAcross && lengthMs <= LONGEST_RAW_MS)))) {
    const parts = [{ step: '30s', ...asked }] as const;
    const why = isShort ? 'short' : 'filter';
    return { range: asked, why, parts, fromPods: cutsAcross, estimated: false, exact: true };
  }
  const range = widened(asked, kept);
  const { from, to } = range;
  const isWidened = from < asked.from || to > asked.to;
  const hours = { from: ceilTo(from, HOUR_MS), to: to >= kept.nowMs ? ceilTo(to, HOUR_MS) : floorTo(to, HOUR_MS) };
  const parts = [
    { step: '30s', from, to: hours.from } as const,
    ...coarseParts(hours, !cutsAcross, kept),
    { step: '30s', from: hours.to, to } as const,
  ].filter((part) => part.to > part.from);
  const why = isWidened ? 'retention' : cutsAcross ? 'filter' : whyOf(parts);
  return { range, why, parts, fromPods: cutsAcross, estimated: cutsAcross, exact: !cutsAcross && !isWidened };
}

/** A plan as the API tells it. */
export const resolutionOf = ({ range, parts, why, exact, estimated, bucketed }: Plan): UsageResolution => ({
  step: coarsestOf(parts),
  why,
  exact,
  p95: estimated ? 'none' : bucketed || parts.some(({ step }) => step !== '30s') ? 'buckets' : 'exact',
  parts: parts.map(({ step, from, to }) => ({ step, from: toTime(from), to: toTime(Math.min(to, range.to)) })),
});
