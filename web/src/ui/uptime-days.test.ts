import { describe, expect, it } from 'vitest';
import { dayAfterKey, dayAt, dayPaths, lookOf, type UptimeDay } from './uptime-days.ts';

const DAY_S = 86_400;
const day = (own: Partial<UptimeDay> = {}): UptimeDay => ({
  date: '2026-11-22',
  availability: { worst: 100, best: 100 },
  counted_s: DAY_S,
  unknown_s: 0,
  down_s: 0,
  degraded_s: 0,
  outages: 0,
  ...own,
});

describe('looks', () => {
  it.each([
    ['fine', {}],
    ['none', { counted_s: 0 }],
    ['down', { down_s: 0.5, unknown_s: DAY_S }],
    ['unknown', { unknown_s: 3600, degraded_s: 60 }],
    ['fine', { unknown_s: 30 }],
    ['degraded', { degraded_s: 2, unknown_s: 30 }],
  ] as const)('%s: %o', (look, own) => expect(lookOf(day(own))).toBe(look));
});

it.each([
  [90, 0, 0],
  [90, 1, 89],
  [90, 0.5, 45],
  [0, 0.5, null],
  [90, 1.2, null],
])('of %d bars, at %d, is %s', (count, share, at) => expect(dayAt(count, share)).toBe(at));

it.each([
  ['ArrowLeft', 9],
  ['ArrowRight', 11],
  ['PageDown', 3],
  ['PageUp', 17],
  ['Home', 0],
  ['End', 89],
  ['Tab', null],
])('%s leads from 10 to %s', (key, at) => expect(dayAfterKey(key, 10, 90)).toBe(at));

it('stays in the row', () => {
  expect(dayAfterKey('ArrowLeft', 0, 90)).toBe(0);
  expect(dayAfterKey('PageUp', 88, 90)).toBe(89);
});

it('draws each look with a shape of its own', () => {
  const { paths, widthUnits } = dayPaths([day(), day({ down_s: 1 }), day({ degraded_s: 1 }), day({ counted_s: 0 })]);
  expect(widthUnits).toBe(15);
  expect(paths).toEqual({
    fine: 'M0 4h3V20h-3Z',
    down: 'M4 0h3V24h-3Z',
    outline: 'M8 4h3V12h-3Z',
    degraded: 'M8 12h3V20h-3Z',
    none: 'M12 11h3V13h-3Z',
    unknown: '',
  });
});
