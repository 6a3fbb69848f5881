import { expect, test } from 'vitest';
import { KEEPS_ALL, oldestImport, oldestRows, refuseTooOld } from './usage-retention.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 22, 9);
const kept = { usageDays: 35, usageHourlyDays: 400 };

test('the first day that can be imported is kept whole for a day longer', () => {
  expect(oldestImport(kept, NOW)).toBe(Date.UTC(2026, 10, 23) - 399 * DAY_MS);
  expect(oldestImport(kept, Date.UTC(2026, 10, 22))).toBe(Date.UTC(2026, 10, 22) - 399 * DAY_MS);
});

test.each([1, 2])('yesterday can be imported, also where hours are kept for %i days', (usageHourlyDays) => {
  expect(oldestImport({ ...kept, usageHourlyDays }, NOW)).toBeLessThanOrEqual(Date.UTC(2026, 10, 21));
});

test('rows are written aside a day before they expire, or half of the time that they are kept', () => {
  expect(oldestRows(kept, NOW)).toBe(NOW - 34 * DAY_MS);
  expect(oldestRows({ ...kept, usageDays: 1 }, NOW)).toBe(NOW - DAY_MS / 2);
});

test('what is kept for ever is never too old', () => {
  expect(oldestRows(KEEPS_ALL, NOW)).toBe(Number.NEGATIVE_INFINITY);
  expect(() => refuseTooOld({ fromMs: 0 }, KEEPS_ALL, NOW)).not.toThrow();
});

test('a range that begins too early is refused with what to change', () => {
  const oldestMs = oldestImport(kept, NOW);
  expect(() => refuseTooOld({ fromMs: oldestMs }, kept, NOW)).not.toThrow();
  expect(() => refuseTooOld({ fromMs: oldestMs - 1 }, kept, NOW)).toThrow(
    expect.objectContaining({ code: 'bad_request', message: expect.stringContaining('retention.usage_hourly_days') }),
  );
});
