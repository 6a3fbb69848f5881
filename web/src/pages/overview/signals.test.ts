import { expect, it } from 'vitest';
import { HAPPENINGS, isBeginningKnown, isComparable, STATES, type Overview } from './signals.ts';

const overviewOf = (recordedSince: string | null): Overview =>
  ({
    from: '2026-11-21T00:00:00.000Z',
    previous: { from: '2026-11-20T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' },
    recorded_since: recordedSince,
  }) as unknown as Overview;

const SIGNALS = [...STATES, ...HAPPENINGS];

it('tells the crash loops and the other spells apart, and counts neither twice', () => {
  const filters = Object.fromEntries(SIGNALS.map((signal) => [signal.name, signal.filters]));
  expect(filters['crash_loops']).toEqual({ type: 'stuck', reason: 'CrashLoopBackOff' });
  expect(filters['stuck']).toEqual({ type: 'stuck', reason: '!CrashLoopBackOff' });
  expect(new Set(SIGNALS.map(({ name }) => name)).size).toBe(SIGNALS.length);
});

it('filters services by what they are now only where the range ends now', () => {
  const down = STATES.find(({ name }) => name === 'services_down');
  expect([down?.path, down?.filters, down?.pastFilters]).toEqual([
    '/services',
    { state: 'down' },
    { sort: 'downtime' },
  ]);
  const others = SIGNALS.filter(({ path }) => path !== '/services');
  expect(others.map(({ pastFilters }) => pastFilters)).toEqual(others.map(({ filters }) => filters));
});

it.each([
  ['2026-11-19T23:59:59.000Z', true, true],
  ['2026-11-20T00:00:00.000Z', true, true],
  ['2026-11-20T00:00:00.001Z', false, true],
  ['2026-11-21T00:00:00.000Z', false, true],
  ['2026-11-21T00:00:00.001Z', false, false],
  [null, false, false],
])('recorded since %s: the period before %s, the beginning %s', (since, comparable, known) => {
  expect(isComparable(overviewOf(since))).toBe(comparable);
  expect(isBeginningKnown(overviewOf(since))).toBe(known);
});
