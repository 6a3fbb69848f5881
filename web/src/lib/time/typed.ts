import { TZDate } from '@date-fns/tz';
import { formatDay, formatInstant } from './format.ts';
import { isRelative, parseInstant, type TimeText } from './range.ts';

const TYPED =
  /^(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<day>\d{1,2})(?:[ T,]+(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2}))?)?$/;

/**
 * What somebody typed as a time in `zone`: `2026-11-22 14:58`, with seconds, a day alone, `now-6h`, or RFC 3339. A day
 * alone is its first instant, or as an end the first after it. Null where it is no time that the calendar has.
 */
export function readTyped(text: string, zone: string, end = false): TimeText | null {
  const trimmed = text.trim();
  if (isRelative(trimmed)) return parseInstant(trimmed, Date.now(), zone) === null ? null : trimmed;
  const fields = TYPED.exec(trimmed)?.groups;
  if (!fields) return parseInstant(trimmed, 0, zone) === null ? null : trimmed;
  const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((name) =>
    Number(fields[name] ?? 0),
  ) as [number, number, number, number, number, number];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const asUtc = new Date(Date.UTC(year, month - 1, day));
  if (asUtc.getUTCMonth() !== month - 1 || asUtc.getUTCDate() !== day) return null;
  const nextDay = end && fields['hour'] === undefined ? 1 : 0;
  return new Date(new TZDate(year, month - 1, day + nextDay, hour, minute, second, zone).getTime()).toISOString();
}

/** An instant as `readTyped` reads it again: without seconds where there are none. */
export const toTyped = (ms: number, zone: string): string => formatInstant(ms, zone).replace(/:00$/, '');

/** `2026-11-22 14:58` and, on the same day, `15:58` alone for the end. */
export function rangeTexts(from: number, to: number, zone: string): { from: string; to: string } {
  const sameDay = formatDay(from, zone) === formatDay(to, zone);
  return { from: toTyped(from, zone), to: sameDay ? toTyped(to, zone).slice('2026-11-22 '.length) : toTyped(to, zone) };
}
