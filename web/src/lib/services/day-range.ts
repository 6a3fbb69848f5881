import type { Range } from '../time/range.ts';
import { readTyped } from '../time/typed.ts';

/** A day of the zone's calendar, from its first instant to the first of the next; null where there is no such day. */
export function dayRange(date: string, zone: string): Range | null {
  const [from, to] = [readTyped(date, zone), readTyped(date, zone, true)];
  return from === null || to === null ? null : { from: Date.parse(from), to: Date.parse(to) };
}
