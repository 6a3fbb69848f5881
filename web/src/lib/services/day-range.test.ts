import { expect, it } from 'vitest';
import { dayRange } from './day-range.ts';

it.each([
  ['2026-11-22', 'UTC', 24],
  ['2026-03-29', 'Europe/Berlin', 23],
  ['2026-10-25', 'Europe/Berlin', 25],
])('%s in %s has %d hours', (date, zone, hours) => {
  const range = dayRange(date, zone);
  expect(((range?.to ?? 0) - (range?.from ?? 0)) / 3_600_000).toBe(hours);
});

it('begins where the zone does', () =>
  expect(dayRange('2026-11-22', 'Asia/Shanghai')?.from).toBe(Date.parse('2026-11-21T16:00:00Z')));

it('no such day', () => expect(dayRange('2026-02-30', 'UTC')).toBeNull());
