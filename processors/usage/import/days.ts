import { toTime } from '../../../platform/clock.ts';
import { AppError, isAppError, messageOf } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Store } from '../../../platform/store/store.ts';
import { oldestImport, type UsageRetention } from '../../../platform/usage-retention.ts';
import { usageDaysTable } from '../../../schemas/usage.ts';
import { rollUpDay } from '../roll-ups/index.ts';
import { DAY_MS, pauseAfter } from './plan.ts';
import type { Turns } from './turns.ts';

// Days are summed up apart from the imports of their hours: of every cluster that is recorded, also one that is imported no longer,
// and once for as many hours as came together. What reads days reads the hours of those that are due.

export interface DaysDeps {
  readonly store: Store;
  readonly log: Logger;
  readonly turns: Turns;
  readonly now: () => number;
  readonly nextVersion: (after?: number) => number;
  /** Names this process in its writes. */
  readonly by: string;
  readonly retention: UsageRetention;
  readonly onFailure: (cluster: string, error: AppError) => void;
  /** Days that failed are left until their pause is over; absent: each is tried. */
  readonly pauses?: DayPauses;
}

/** By cluster and day, how often a day failed in a row, and until when it rests. */
export type DayPauses = Map<string, { readonly tries: number; readonly untilMs: number }>;
const pauseKey = ({ cluster, day_ms: dayMs }: DueDay): string => `${cluster}/${dayMs}`;

interface DueDay {
  readonly cluster: string;
  readonly day_ms: number;
  readonly imported_version: number;
}

export interface DueDays {
  /** Of one cluster; else of all. */
  readonly cluster?: string;
  /** Days of which an hour was imported in so many milliseconds before now are left for later. */
  readonly restMs: number;
}

/**
 * Sums up the days that are over and due; resolves to how many. A day that cannot be is told, stays due, and is tried again after a
 * pause that doubles, of an hour at most; one of whose hours some have expired is told and left as it is. Throws what reading the
 * store throws, and AppError `store_unavailable`.
 */
export async function sumUpDays(deps: DaysDeps, { cluster, restMs }: DueDays, signal: AbortSignal): Promise<number> {
  const { store, now, turns } = deps;
  const oldestMs = Math.max(0, oldestImport(deps.retention, now()));
  const due = await store.queryAfterWrite<DueDay>(
    `SELECT cluster, toUnixTimestamp64Milli(day) AS day_ms, imported_version FROM usage_days_due
    WHERE day >= fromUnixTimestamp64Milli({oldest:Int64}, 'UTC') AND day < fromUnixTimestamp64Milli({today:Int64}, 'UTC')
      AND imported_version < {rested:UInt64} ${cluster === undefined ? '' : 'AND cluster = {cluster:String}'}
    ORDER BY day DESC, cluster`,
    {
      oldest: oldestMs,
      today: Math.floor(now() / DAY_MS) * DAY_MS,
      // A version may run ahead of the clock, and those of one who asks for no rest may all be of now.
      rested: restMs === 0 ? Number.MAX_SAFE_INTEGER : now() - restMs,
      cluster: cluster ?? '',
    },
  );
  let summed = 0;
  for (const day of due) {
    if (signal.aborted) break;
    if ((deps.pauses?.get(pauseKey(day))?.untilMs ?? 0) > now()) continue;
    if (await turns.take(() => sumUp(deps, day))) summed++;
  }
  return summed;
}

const KEPT =
  'a day of usage is left as it was summed up: some of its hours have expired; import the whole day to sum it up again';

/** Hours of which rows came and no roll-ups are left: they expired while hours were kept for less time than now. */
async function hasLostHours(store: Store, { cluster, day_ms: dayMs }: DueDay): Promise<boolean> {
  const within = (column: string): string =>
    `cluster = {cluster:String} AND ${column} >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND ${column} < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;
  const lost = await store.queryAfterWrite(
    `SELECT window_start FROM usage_windows WHERE ${within('window_start')} AND rows > 0
      AND window_start NOT IN (SELECT at FROM pod_usage_1h_versions WHERE ${within('at')} AND deleted = 0) LIMIT 1`,
    { cluster, from: dayMs, to: dayMs + DAY_MS },
  );
  return lost.length > 0;
}

async function sumUp({ store, log, nextVersion, by, onFailure, pauses, now }: DaysDeps, day: DueDay): Promise<boolean> {
  const { cluster, day_ms: dayMs, imported_version: imported } = day;
  // Made before the hours are read: what is imported meanwhile makes the day due again.
  const version = nextVersion(imported);
  try {
    // What was summed up of all its hours is more than what is left of them.
    if (await hasLostHours(store, day)) log.warn({ cluster, day: toTime(dayMs) }, KEPT);
    else await rollUpDay(store, { cluster, dayMs, version, by });
    const row = { cluster, day: toTime(dayMs), version };
    await store.insert(usageDaysTable, [row], { token: `usage-days/${cluster}/${dayMs}/${version}/${by}` });
    pauses?.delete(pauseKey(day));
    return true;
  } catch (error) {
    if (isAppError(error, 'store_unavailable')) throw error;
    const tries = (pauses?.get(pauseKey(day))?.tries ?? 0) + 1;
    pauses?.set(pauseKey(day), { tries, untilMs: now() + pauseAfter(tries, 'store_error', 0) });
    log.error({ cluster, day: toTime(dayMs), error: messageOf(error) }, 'a day of usage is not summed up; tried again');
    onFailure(cluster, isAppError(error) ? error : new AppError('internal', messageOf(error), { cause: error }));
    return false;
  }
}
