import { BURN_WINDOWS, type BurnWindow, type SlaDay, type SlaFigures } from '../schemas/api/sla.ts';
import type { CalendarDay } from './queries/calendar.ts';
import type { Period } from './queries/service-conditions.ts';
import { addSums, NO_SUMS, type SlaSums } from './sla-sums.ts';

/** Sums of one service or several, with the downtime that their objectives allow. Milliseconds. */
export interface AllowedSums extends SlaSums {
  readonly allowed_ms: number;
}

/** Over the whole range, and over each burn window. */
export interface RangeSums {
  readonly range: AllowedSums;
  readonly burn: Readonly<Record<BurnWindow, AllowedSums>>;
  /** Percent. */
  readonly objective: number;
}

const WINDOWS = Object.keys(BURN_WINDOWS) as BurnWindow[];

/** The range and, after it, its burn windows: so many of its last seconds each. */
export const rangeSlices = ({ from, to }: Period): Period[] => [
  { from, to },
  ...WINDOWS.map((window) => ({ from: Math.max(from, to - BURN_WINDOWS[window] * 1000), to })),
];

const allow = (sums: SlaSums | null | undefined, objective: number): AllowedSums => {
  const given = sums ?? NO_SUMS;
  return { ...given, allowed_ms: Math.round((given.counted_ms * (100 - objective)) / 100) };
};

/** A service's sums over `rangeSlices`, by their place; where there are none it did not live. */
export const rangeSums = (slices: readonly (SlaSums | null)[], objective: number): RangeSums => ({
  range: allow(slices[0], objective),
  burn: Object.fromEntries(
    WINDOWS.map((window, index) => [window, allow(slices[index + 1], objective)]),
  ) as RangeSums['burn'],
  objective,
});

const addAllowed = (all: readonly AllowedSums[]): AllowedSums => ({
  ...addSums(all),
  allowed_ms: all.reduce((sum, { allowed_ms: allowed }) => sum + allowed, 0),
});

/** Several services together: times and counts add up, the objective is the strictest. */
export const addRanges = (all: readonly RangeSums[]): RangeSums => ({
  range: addAllowed(all.map((sums) => sums.range)),
  burn: Object.fromEntries(
    WINDOWS.map((window) => [window, addAllowed(all.map((sums) => sums.burn[window]))]),
  ) as RangeSums['burn'],
  objective: all.reduce((strictest, sums) => Math.max(strictest, sums.objective), 0),
});

const seconds = (ms: number): number => ms / 1000;
const percent = (downMs: number, ofMs: number): number | null => (ofMs > 0 ? 100 * (1 - downMs / ofMs) : null);

/** How fast the budget is spent; with no budget at all only nothing spent is a rate. */
function burnRate({ counted_ms: counted, likely_ms: likely, allowed_ms: allowed }: AllowedSums): number | null {
  if (counted === 0) return null;
  if (likely === 0) return 0;
  return allowed > 0 ? likely / allowed : null;
}

/** Whether more of the range was spent down than the objective allows. */
export const isSpent = ({ range }: RangeSums): boolean => range.likely_ms > range.allowed_ms;

/** Percent of the time that counts, as well as is known: what the worst is told by. Null where no time counts. */
export const likelyAvailability = ({ range }: RangeSums): number | null => percent(range.likely_ms, range.counted_ms);

/** The worst is told of the time that counts and of what it has beyond that. */
const availabilityOf = (sums: SlaSums): SlaFigures['availability'] => ({
  worst: sums.counted_ms > 0 ? percent(sums.worst_ms, sums.counted_ms + sums.worst_off_ms) : null,
  best: percent(sums.best_ms, sums.counted_ms),
});

const withMaintenance = (sums: SlaSums): SlaFigures['availability'] =>
  availabilityOf({
    ...sums,
    counted_ms: sums.counted_all_ms,
    worst_ms: sums.worst_all_ms,
    best_ms: sums.best_all_ms,
    worst_off_ms: sums.worst_all_off_ms,
  });

/** The figures of the sums. */
export function figuresOf({ range, burn, objective }: RangeSums): SlaFigures {
  const causes = range.causes.toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return {
    availability: availabilityOf(range),
    availability_with_maintenance: withMaintenance(range),
    counted_s: seconds(range.counted_ms),
    unknown_s: seconds(range.unknown_ms),
    off_s: seconds(range.off_ms),
    maintenance_s: seconds(range.maintenance_ms),
    downtime: {
      worst_s: seconds(range.worst_ms),
      best_s: seconds(range.best_ms),
      likely_s: seconds(range.likely_ms),
      planned_s: seconds(range.planned_ms),
      unplanned_s: seconds(range.likely_ms - range.planned_ms),
      by_cause: causes.map(([cause, ms, outages]) => ({ cause, seconds: seconds(ms), outages })),
    },
    degraded_s: seconds(range.degraded_ms),
    outages: range.outages,
    longest_s: seconds(range.longest_ms),
    mttr_s: range.ended > 0 ? seconds(range.ended_ms / range.ended) : null,
    mtbf_s: range.outages > 0 ? seconds((range.counted_ms - range.likely_ms) / range.outages) : null,
    objective,
    budget: { total_s: seconds(range.allowed_ms), left_s: seconds(range.allowed_ms - range.likely_ms) },
    burn: Object.fromEntries(WINDOWS.map((window) => [window, burnRate(burn[window])])) as SlaFigures['burn'],
  };
}

/** A day's bar; a day in which the service did not live has no availability. */
export function dayOf(day: CalendarDay, lived: SlaSums | null): SlaDay {
  const sums = lived ?? NO_SUMS;
  return {
    date: day.date,
    availability: availabilityOf(sums),
    counted_s: seconds(sums.counted_ms),
    unknown_s: seconds(sums.unknown_ms),
    down_s: seconds(sums.likely_ms),
    degraded_s: seconds(sums.degraded_ms),
    outages: sums.outages,
  };
}
