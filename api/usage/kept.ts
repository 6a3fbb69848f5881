import { keptSince, type UsageRetention } from '../../platform/usage-retention.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { listDueDays } from '../queries/usage/due-days.ts';
import type { Period } from '../queries/service-conditions.ts';
import type { Scope } from '../scope.ts';
import type { UsageFilter } from './filter.ts';
import { ceilTo, floorTo, SHORT_MS, STEP_MS, type RowsKept } from './parts.ts';

const DAY_MS = STEP_MS['1d'];
const HOUR_MS = STEP_MS['1h'];

export interface KeptRequest {
  readonly filter: Pick<UsageFilter, 'cluster'>;
  readonly range: Period;
  readonly nowMs: number;
  readonly retention: UsageRetention;
}

/** Which rows there are to answer for a range. */
export async function readKept(
  scope: Scope,
  store: Store,
  { filter, range, nowMs, retention }: KeptRequest,
  options: QueryOptions,
): Promise<RowsKept> {
  const since = {
    nowMs,
    instantsSinceMs: ceilTo(keptSince(retention.usageDays, nowMs), HOUR_MS),
    hoursSinceMs: ceilTo(keptSince(retention.usageHourlyDays, nowMs), DAY_MS),
  };
  // As far as a grid of days may reach.
  const days = { from: floorTo(range.from, DAY_MS), to: ceilTo(range.to, DAY_MS) };
  const mayBeInstants = range.to - range.from <= SHORT_MS && range.from >= since.instantsSinceMs;
  const dueDays = mayBeInstants
    ? new Set<number>()
    : await listDueDays(scope, store, { filter, period: days }, options);
  return { ...since, dueDays };
}
