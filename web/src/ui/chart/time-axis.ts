import { TZDate } from '@date-fns/tz';
import type { Range } from '../../lib/time/range.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1000,
  5000,
  15_000,
  30_000,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
];

const offsetMs = (ms: number, zone: string): number => -new TZDate(ms, zone).getTimezoneOffset() * MINUTE;
const two = (value: number): string => String(value).padStart(2, '0');

/** The distance of ticks so that at most `most` lie in the range, milliseconds. */
export function tickStep({ from, to }: Range, most: number): number {
  const aim = (to - from) / Math.max(1, most);
  return STEPS.find((step) => step >= aim) ?? Math.ceil(aim / DAY) * DAY;
}

/** Instants in the range at round times of the zone's clocks, also where these are changed on the way. */
export function timeTicks(range: Range, most: number, zone: string): number[] {
  const step = tickStep(range, most);
  const ticks: number[] = [];
  let offset = offsetMs(range.from, zone);
  let local = Math.ceil((range.from + offset) / step) * step;
  for (;;) {
    offset = offsetMs(local - offset, zone);
    const at = local - offset;
    if (at > range.to) return ticks;
    if (at >= range.from && at > (ticks.at(-1) ?? Number.NEGATIVE_INFINITY)) ticks.push(at);
    local += step;
  }
}

export interface PlacedLabel {
  readonly text: string;
  /** On which side of its tick it stands. */
  readonly side: 'after' | 'before';
}

const LABEL_GAP_PX = 8;
/** Of an 11-px digit, and some more: no label may be cut. */
const LETTER_PX = 6.6;

/**
 * Labels on one line, each after its tick where there is room up to the end, else before it; the last may then be as short
 * as its day. `places`: pixels from the start of an axis that is `width` pixels long. Null: no room on either side.
 */
export function placeLabels(
  labels: readonly string[],
  places: readonly number[],
  width: number,
): (PlacedLabel | null)[] {
  let taken = 0;
  return labels.map((label, at) => {
    const place = places[at] ?? 0;
    const needs = (text: string): number => text.length * LETTER_PX + LABEL_GAP_PX;
    const full = label.replace('\n', ' · ');
    if (place + needs(full) <= width) {
      taken = place + needs(full);
      return { text: full, side: 'after' };
    }
    const text = [full, ...label.split('\n').toReversed()].find((one) => place - needs(one) >= taken);
    return text === undefined ? null : { text, side: 'before' };
  });
}

/** `14:30`, with the day under it where it is another than that of the tick before: what an axis says at each tick. */
export function tickLabels(ticks: readonly number[], step: number, zone: string): string[] {
  let lastDay = '';
  return ticks.map((ms) => {
    const date = new TZDate(ms, zone);
    const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    if (step >= DAY) return day;
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}${step < MINUTE ? `:${two(date.getSeconds())}` : ''}`;
    const label = day === lastDay ? clock : `${clock}\n${day}`;
    lastDay = day;
    return label;
  });
}
