import { TZDate } from '@date-fns/tz';
import { startOfDay, startOfHour, startOfMinute, startOfMonth, startOfWeek, sub, type Duration } from 'date-fns';

/** An instant as the URL writes it: RFC 3339, or relative to now: `now`, `now-24h`, `now/d`, `now-1d/d`. */
export type TimeText = string;

export interface Range {
  /** Milliseconds since the Unix epoch, inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export const DEFAULT_FROM: TimeText = 'now-24h';
export const DEFAULT_TO: TimeText = 'now';

const RELATIVE = /^now(?:-(?<amount>\d{1,5})(?<unit>[mhdwM]))?(?:\/(?<snap>[mhdwM]))?$/;
const ABSOLUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
const UNITS: Record<string, keyof Duration> = { m: 'minutes', h: 'hours', d: 'days', w: 'weeks', M: 'months' };

const snapTo = {
  m: startOfMinute,
  h: startOfHour,
  d: startOfDay,
  w: (date: TZDate) => startOfWeek(date, { weekStartsOn: 1 }),
  M: startOfMonth,
} as Record<string, (date: TZDate) => Date>;

export const isRelative = (text: TimeText): boolean => RELATIVE.test(text);

const DAY_LENGTH = '2026-11-22'.length;
/** The first instant that RFC 3339 cannot write. */
const YEAR_10000_MS = Date.UTC(10_000, 0);

/** Whether the API takes the instant: it lies in 1970 or later, in a year of four digits. */
const storable = (ms: number): boolean => ms >= 0 && ms < YEAR_10000_MS;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, DAY_LENGTH);

/** The instant in milliseconds, days and months counted in `zone` (an IANA name); null where the text is none. */
export function parseInstant(text: TimeText, now: number, zone: string): number | null {
  const relative = RELATIVE.exec(text)?.groups;
  if (!relative) {
    const ms = ABSOLUTE.test(text) ? Date.parse(text) : Number.NaN;
    return storable(ms) && dayOf(Date.parse(`${text.slice(0, DAY_LENGTH)}T00:00Z`)) === text.slice(0, DAY_LENGTH)
      ? ms
      : null;
  }
  const { amount, unit, snap } = relative;
  let date: Date = new TZDate(now, zone);
  if (amount !== undefined && unit !== undefined) date = sub(date, { [UNITS[unit] as string]: Number(amount) });
  if (snap !== undefined) date = (snapTo[snap] as (from: TZDate) => Date)(new TZDate(date.getTime(), zone));
  return storable(date.getTime()) ? date.getTime() : null;
}

/** The range that two texts name at `now`; null where one is no time or they are in the wrong order. */
export function resolveRange(from: TimeText, to: TimeText, now: number, zone: string): Range | null {
  const [start, end] = [parseInstant(from, now, zone), parseInstant(to, now, zone)];
  return start === null || end === null || start >= end ? null : { from: start, to: end };
}

/** A range as RFC 3339, as the API and the URL take it. */
export const instantsOf = ({ from, to }: Range): { from: string; to: string } => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
});

/** Whether the name is a time zone that this browser knows. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
