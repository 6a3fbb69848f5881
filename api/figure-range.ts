import { AppError } from '../platform/errors.ts';
import type { QueryOptions, Store } from '../platform/store/store.ts';
import { isTimeZone } from './queries/calendar.ts';
import type { Period } from './queries/service-conditions.ts';
import { closeRange, parseRange } from './times.ts';

const MONTH_MS = 30 * 24 * 3_600_000;

/** The range of figures, the last 30 days where none is given. What is yet to come is left out: all of it may be, then it ends now. */
export function figureRange(
  query: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
): { from: number; to: number } {
  const { from, to } = closeRange(parseRange(query), MONTH_MS, nowMs);
  return { from: Math.min(from, nowMs), to: Math.min(to, nowMs) };
}

/** The part of a period that is over. */
export function untilNow({ from, to }: Period, nowMs: number): { from: number; to: number } {
  return { from, to: Math.max(from, Math.min(to, nowMs)) };
}

/** The zone asked for, else the configured one. Throws AppError `bad_request` that names one which is not known. */
export async function readZone(
  store: Store,
  asked: string | undefined,
  configured: string,
  options: QueryOptions,
): Promise<string> {
  const zone = asked ?? configured;
  if (zone === 'UTC' || (await isTimeZone(store, zone, options))) return zone;
  throw new AppError('bad_request', `${zone} is not a known time zone`, {
    details: { problems: [{ in: 'querystring', parameter: 'tz', message: `${zone} is not a known time zone` }] },
  });
}
