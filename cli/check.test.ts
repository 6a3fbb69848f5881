import { describe, expect, it } from 'vitest';
import { FakeClock } from '../platform/clock.ts';
import { AppError } from '../platform/errors.ts';
import type { CheckItem, RunCheck } from '../schemas/api/run-comparisons.ts';
import { plainLine, tellCheck } from './check-text.ts';
import { askUntilKnown, sinceOf } from './check.ts';
import { tellLength } from './run-text.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');

describe('--since', () => {
  it.each([
    ['90s', '2026-11-22T11:58:30.000Z'],
    ['1.5h', '2026-11-22T10:30:00.000Z'],
    ['2d', '2026-11-20T12:00:00.000Z'],
    ['2026-11-22T12:30:00+01:00', '2026-11-22T11:30:00.000Z'],
    ['2026-11-22T11:30:00.5Z', '2026-11-22T11:30:00.500Z'],
  ])('%s is %s', (given, at) => {
    expect(sinceOf(given, NOW)).toBe(at);
  });
  it.each([
    '',
    '2',
    'h',
    '-2h',
    '0s',
    '2 h',
    '1e3s',
    '2026-11-22',
    '2026-11-22T12:00:00',
    '2026-11-22T12:00:00Z',
    '999999d',
    '2026-13-40T00:00:00Z',
  ])('%s is refused', (given) => {
    expect(() => sinceOf(given, NOW)).toThrow(/--since takes/);
  });
});

const item = (name: CheckItem['name'], ok: boolean): CheckItem => ({
  name,
  ok,
  limit: 0.95,
  found: 0.5,
  baseline: null,
  what: [],
});
const answer = (...checks: CheckItem[]): RunCheck => ({
  ok: checks.every(({ ok }) => ok),
  run: null,
  baseline: null,
  from: '2026-11-22T11:00:00.000Z',
  to: '2026-11-22T12:00:00.000Z',
  hours: 1,
  going_on: false,
  whole: true,
  checks,
});
const missing = answer(item('complete', false));
const unwatched = answer(item('watched', false));
/** Of the hour all but 18 seconds. */
const lastMoments = answer({ ...item('watched', false), found: 0.995 });
const known = answer(item('complete', true), item('outages', false));
const away = new AppError('unavailable', 'away', { retryable: true });
const refused = new AppError('not_found', 'no such run');

async function asked(answers: readonly (RunCheck | Error)[], waitMs: number) {
  const clock = new FakeClock(NOW);
  let times = 0;
  const found = askUntilKnown(
    async () => {
      const next = answers[Math.min(times++, answers.length - 1)];
      if (next instanceof Error) throw next;
      return next!;
    },
    { clock, waitMs },
  ).catch((error: unknown) => error);
  await clock.advance(Math.max(waitMs, 60_000) + 1000);
  return [await found, times];
}

it.each([
  ['does not wait unless asked to', [missing], 0, missing, 1],
  ['asks again while something is missing', [missing, unwatched, known], 60_000, known, 3],
  ['waits a minute for the last moments to be watched', [lastMoments, lastMoments, known], 0, known, 3],
  ['and no longer', [lastMoments], 0, lastMoments, 13],
  ['but for imports no longer than asked to', [lastMoments, missing], 0, missing, 2],
  ['gives up when the time is over', [missing], 12_000, missing, 4],
  ['passes over what cannot be asked for a moment', [away, known], 60_000, known, 2],
  ['says so where it lasts', [away], 7000, away, 3],
  ['does not wait for what is refused', [refused, known], 60_000, refused, 1],
] as const)('%s', async (_what, answers, waitMs, wanted, times) => {
  expect(await asked(answers, waitMs)).toEqual([wanted, times]);
});

it('never rounds a share up to the threshold', () => {
  expect(tellCheck({ ...item('complete', false), found: 0.949_999 })).toBe('imported: 94.99 % (at least 95 %)');
  expect(tellCheck({ ...item('outages', false), limit: 0, found: 3, baseline: 1 })).toBe(
    'unplanned outages: 3 (at most 0; baseline 1)',
  );
  expect(tellCheck({ ...item('memory_ratio', false), found: null })).toContain('not known');
});

it('keeps what others wrote on its line', () => {
  expect(plainLine('a\u001b[31mred\u001b[0m\nb\u202ec\u0000')).toBe('ared b c ');
});

it.each([
  [0, '0s'],
  [59_600, '1m'],
  [3_725_000, '1h 2m'],
  [90_000_000, '1d 1h'],
])('%d ms is %s', (ms, told) => {
  expect(tellLength(ms)).toBe(told);
});
