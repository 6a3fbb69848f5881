import { expect, test } from 'vitest';
import { followedRollout, happenedAt } from './followed-rollout.ts';
import type { ExceptionRow } from './sentence.ts';

const MINUTE_MS = 60_000;
const time = (minutes: number): string => new Date(minutes * MINUTE_MS).toISOString();
const rollout = (id: string, from: number, to: number | null, exceptions: string[] = []) => ({
  id,
  started_at: time(from),
  finished_at: to === null ? null : time(to),
  exceptions,
});

test.each([
  ['the newest that had begun', [rollout('b', 95, 96), rollout('a', 90, 91)], 'b'],
  ['not one that came later', [rollout('b', 101, 102), rollout('a', 90, 91)], 'a'],
  ['the one that names it, though another began since', [rollout('b', 99, 100), rollout('a', 90, 98, ['x'])], 'a'],
  ['one that began long before and lasts', [rollout('a', 10, null)], 'a'],
  ['one that began long before and was over later', [rollout('a', 10, 101)], 'a'],
  ['none that was over long before', [rollout('a', 10, 60)], null],
  ['none', [], null],
])('%s', (_, rollouts, expected) => {
  expect(followedRollout(rollouts, { id: 'x', at: 100 * MINUTE_MS })?.id ?? null).toBe(expected);
});

test('a spell happened when it began, a death when it ended', () => {
  const row = { started_at: time(1), finished_at: time(2), observed_at: time(3) } as ExceptionRow;
  expect(happenedAt({ ...row, type: 'stuck' })).toBe(MINUTE_MS);
  expect(happenedAt({ ...row, type: 'death' })).toBe(2 * MINUTE_MS);
  expect(happenedAt({ ...row, type: 'death', finished_at: null })).toBe(3 * MINUTE_MS);
});
