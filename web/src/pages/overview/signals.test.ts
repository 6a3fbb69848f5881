import { expect, it } from 'vitest';
import { isComparable, SIGNALS, type Overview } from './signals.ts';

const overviewOf = (recordedSince: string | null): Overview =>
  ({
    previous: { from: '2026-11-20T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' },
    recorded_since: recordedSince,
  }) as unknown as Overview;

it('tells the crash loops and the other spells apart, and counts neither twice', () => {
  const filters = Object.fromEntries(SIGNALS.map((signal) => [signal.name, signal.filters]));
  expect(filters['crash_loops']).toEqual({ type: 'stuck', reason: 'CrashLoopBackOff' });
  expect(filters['stuck']).toEqual({ type: 'stuck', reason: '!CrashLoopBackOff' });
});

it.each([
  ['2026-11-19T23:59:59.000Z', true],
  ['2026-11-20T00:00:00.000Z', true],
  ['2026-11-20T00:00:00.001Z', false],
  [null, false],
])('recorded since %s: comparable %s', (since, comparable) => {
  expect(isComparable(overviewOf(since))).toBe(comparable);
});
