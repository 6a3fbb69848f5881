import { expect, it } from 'vitest';
import { isComparable, newGroupsFilters, SIGNALS, type Overview } from './signals.ts';

const overviewOf = (fingerprints: string[], newGroups: number, recordedSince: string | null): Overview =>
  ({
    previous: { from: '2026-11-20T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' },
    recorded_since: recordedSince,
    signals: { new_groups: { current: newGroups, previous: 0 } },
    new_groups: fingerprints.map((fingerprint) => ({ fingerprint })),
  }) as unknown as Overview;

it('tells the crash loops and the other spells apart, and counts neither twice', () => {
  const filters = Object.fromEntries(SIGNALS.map((signal) => [signal.name, signal.filters]));
  expect(filters['crash_loops']).toEqual({ type: 'stuck', reason: 'CrashLoopBackOff' });
  expect(filters['stuck']).toEqual({ type: 'stuck', reason: '!CrashLoopBackOff' });
});

it.each([
  ['all of them are named', ['a', 'b'], 2, { view: 'groups', group_sort: 'first_seen', fingerprint: ['a', 'b'] }],
  ['some are not named', ['a', 'b'], 3, { view: 'groups', group_sort: 'first_seen' }],
  ['there are none', [], 0, { view: 'groups', group_sort: 'first_seen' }],
])('new groups, where %s', (_, fingerprints, count, filters) => {
  expect(newGroupsFilters(overviewOf(fingerprints, count, null))).toEqual(filters);
});

it.each([
  ['2026-11-19T23:59:59.000Z', true],
  ['2026-11-20T00:00:00.000Z', true],
  ['2026-11-20T00:00:00.001Z', false],
  [null, false],
])('recorded since %s: comparable %s', (since, comparable) => {
  expect(isComparable(overviewOf([], 0, since))).toBe(comparable);
});
