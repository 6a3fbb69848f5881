import { keptSince, type UsageRetention } from '../../platform/usage-retention.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { listDueDays } from '../queries/usage/due-days.ts';
import { listDaysWithoutHours, listHoursWithoutInstants } from '../queries/usage/gone.ts';
import type { Period } from '../queries/service-conditions.ts';
import type { Scope } from '../scope.ts';
import type { UsageFilter } from './filter.ts';
import { ceilTo, floorTo, LONGEST_RAW_MS, SHORT_MS, STEP_MS, type RowsKept } from './parts.ts';

const DAY_MS = STEP_MS['1d'];
const HOUR_MS = STEP_MS['1h'];
/** Rows of any kind are kept for a day at least, and are relied on for half of it: later ones are there, whatever was configured. */
const SURELY_KEPT_MS = DAY_MS / 2;

export interface KeptRequest {
  readonly filter: UsageFilter;
  readonly range: Period;
  readonly nowMs: number;
  readonly retention: UsageRetention;
  /** Of ranges up to here all rows of 30 s may be read, of longer ones those of their edges. Milliseconds; two days unless said. */
  readonly instantsUpToMs?: number;
}

/** What of the period lies between these; nothing where that is empty. */
const within = ({ from, to }: Period, sinceMs: number, untilMs: number): Period[] => {
  const part = { from: Math.max(from, sinceMs), to: Math.min(to, untilMs) };
  return part.from < part.to ? [part] : [];
};

/** The whole hours of which rows of 30 s may be read for the range. */
function hoursOfInstants({ from, to }: Period, instantsUpToMs: number): Period[] {
  const whole = { from: floorTo(from, HOUR_MS), to: ceilTo(to, HOUR_MS) };
  if (to - from <= instantsUpToMs) return [whole];
  return [
    { from: whole.from, to: ceilTo(from, HOUR_MS) },
    { from: floorTo(to, HOUR_MS), to: whole.to },
  ];
}

/** Which rows there are to answer for a range: what was kept for fewer days once, or came late, is gone for good. */
export async function readKept(
  scope: Scope,
  store: Store,
  { filter, range, nowMs, retention, instantsUpToMs = LONGEST_RAW_MS }: KeptRequest,
  options: QueryOptions,
): Promise<RowsKept> {
  const instantsSinceMs = ceilTo(keptSince(retention.usageDays, nowMs), HOUR_MS);
  const hoursSinceMs = ceilTo(keptSince(retention.usageHourlyDays, nowMs), DAY_MS);
  const doubtfulUntilMs = floorTo(nowMs - SURELY_KEPT_MS, HOUR_MS);
  const hours = hoursOfInstants(range, instantsUpToMs).flatMap((one) => within(one, instantsSinceMs, doubtfulUntilMs));
  // As far as a grid of days may reach.
  const days = { from: floorTo(range.from, DAY_MS), to: ceilTo(range.to, DAY_MS) };
  const isShort = range.to - range.from <= SHORT_MS && range.from >= instantsSinceMs;
  const none: ReadonlySet<number> = new Set();
  if (isShort && hours.length === 0) {
    const nothing = { dueDays: none, hoursWithoutInstants: none, daysWithoutHours: none };
    return { nowMs, instantsSinceMs, hoursSinceMs, ...nothing };
  }
  const doubtfulDays = within(days, hoursSinceMs, floorTo(doubtfulUntilMs, DAY_MS));
  const [hoursWithoutInstants, dueDays, gone] = await Promise.all([
    listHoursWithoutInstants(scope, store, { filter, periods: hours }, options),
    listDueDays(scope, store, { filter, period: days }, options),
    listDaysWithoutHours(scope, store, { filter, periods: doubtfulDays }, options),
  ]);
  // What a day had before does not tell what its hours have now.
  const daysWithoutHours = new Set(gone.values().filter((day) => !dueDays.has(day)));
  return { nowMs, instantsSinceMs, hoursSinceMs, hoursWithoutInstants, dueDays, daysWithoutHours };
}
