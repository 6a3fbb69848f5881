import { toTime } from './clock.ts';
import { AppError } from './errors.ts';
import type { Retention } from './store/retention.ts';

const DAY_MS = 24 * 3_600_000;

export type UsageRetention = Pick<Retention, 'usageDays' | 'usageHourlyDays'>;

/** Nothing is ever dropped. */
export const KEEPS_ALL: UsageRetention = { usageDays: 0, usageHourlyDays: 0 };

/** What is kept unless it is said. */
export const DEFAULT_RETENTION: UsageRetention = { usageDays: 35, usageHourlyDays: 400 };

/**
 * From when on rows that are kept so many days can be relied on, in milliseconds since the Unix epoch; 0 days: for ever. A day is left
 * aside (of less than two days half of them): what is written must still be there when it is summed up, and rows go by the store's clock.
 */
export const keptSince = (days: number, nowMs: number): number =>
  days === 0 ? Number.NEGATIVE_INFINITY : nowMs - days * DAY_MS + Math.min(DAY_MS, (days * DAY_MS) / 2);

/**
 * The first UTC day of which usage can be imported at `nowMs`: a day is summed up from its hours, which must all be kept, and for
 * a day longer. Yesterday always can. Milliseconds since the Unix epoch.
 */
export function oldestImport({ usageHourlyDays }: UsageRetention, nowMs: number): number {
  if (usageHourlyDays === 0) return Number.NEGATIVE_INFINITY;
  return Math.min(Math.ceil(keptSince(usageHourlyDays, nowMs) / DAY_MS), Math.floor(nowMs / DAY_MS) - 1) * DAY_MS;
}

/** Before this, rows 30 seconds apart may be dropped before they are summed up. Milliseconds since the Unix epoch. */
export const oldestRows = ({ usageDays }: UsageRetention, nowMs: number): number => keptSince(usageDays, nowMs);

/** Throws AppError `bad_request` for a range of usage that begins before the hours that are kept; the message says what to change. */
export function refuseTooOld({ fromMs }: { readonly fromMs: number }, retention: UsageRetention, nowMs: number): void {
  const oldestMs = oldestImport(retention, nowMs);
  if (fromMs >= oldestMs) return;
  const kept = `usage by hours is kept for ${retention.usageHourlyDays} days (retention.usage_hourly_days)`;
  throw new AppError(
    'bad_request',
    `${kept}: nothing before ${toTime(oldestMs)} can be imported; begin there, or keep hours for longer`,
  );
}
