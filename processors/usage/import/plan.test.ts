import { describe, expect, test } from 'vitest';
import { HOUR_MS, isOfServer, pauseAfter, planJobs, readyTo, type HourState, type Job } from './plan.ts';

const NOW = Date.UTC(2026, 10, 22, 10, 20, 10);
const H = (hour: number): number => Date.UTC(2026, 10, 22, hour);
const hour = (change: Partial<HourState>): HourState => ({
  state: 'done',
  importedToMs: null,
  tries: 0,
  nextTryAtMs: null,
  backfill: false,
  updatedAtMs: 0,
  ...change,
});
const planned = (hours: [number, HourState][], change: object = {}): string[] =>
  planJobs(new Map(hours), { nowMs: NOW, delayMs: 60_000, intervalMs: 60_000, catchUpMs: 0, ...change }).map(textOf);
const clockOf = (ms: number): string => new Date(ms).toISOString().slice(8, 19);
const textOf = ({ kind, fromMs, toMs }: Job): string => `${kind} ${clockOf(fromMs)} ${clockOf(toMs)}`;
const OPEN = 'open 22T10:00:00 22T10:19:30';

describe('what is to be imported', () => {
  test('the hour that goes on, up to the last instant that is ready', () => {
    expect(readyTo({ nowMs: NOW, delayMs: 60_000 })).toBe(Date.UTC(2026, 10, 22, 10, 19, 30));
    expect(planned([])).toEqual([OPEN]);
  });

  test('goes on where it was left, but not within the interval', () => {
    const open = { state: 'open', importedToMs: H(10) + 600_000 } as const;
    const later = 'open 22T10:10:00 22T10:19:30';
    expect(planned([[H(10), hour({ ...open, updatedAtMs: NOW - 60_000 })]])).toEqual([later]);
    expect(planned([[H(10), hour({ ...open, updatedAtMs: NOW - 59_999 })]])).toEqual([]);
  });

  test('an hour that is over since is imported whole', () => {
    const open = hour({ state: 'open', importedToMs: H(9) + 600_000, updatedAtMs: NOW });
    expect(planned([[H(9), open]])).toEqual([OPEN, 'hours 22T09:00:00 22T10:00:00']);
  });

  test('the catch-up is newest first, four hours of one day together, and leaves what is done', () => {
    const done: [number, HourState][] = [
      [H(8), hour({})],
      [H(6), hour({ state: 'given-up' })],
    ];
    expect(planned(done, { catchUpMs: 12 * HOUR_MS })).toEqual([
      OPEN,
      'hours 22T09:00:00 22T10:00:00',
      'hours 22T07:00:00 22T08:00:00',
      'hours 22T02:00:00 22T06:00:00',
      'hours 22T00:00:00 22T02:00:00',
      'hours 21T22:00:00 22T00:00:00',
    ]);
  });

  test('what was asked for is taken whenever it is of', () => {
    const asked = hour({ state: 'pending', backfill: true });
    expect(planned([[H(2) - 30 * 24 * HOUR_MS, asked]])).toContain('hours 23T02:00:00 23T03:00:00');
  });

  test('what failed is taken alone, once it is due', () => {
    const failed = (nextTryAtMs: number) => hour({ state: 'failed', tries: 1, nextTryAtMs });
    const hours: [number, HourState][] = [
      [H(9), hour({ state: 'pending' })],
      [H(8), failed(NOW)],
      [H(7), hour({ state: 'pending' })],
      [H(6), failed(NOW + 1)],
    ];
    expect(planned(hours).slice(1)).toEqual([
      'hours 22T09:00:00 22T10:00:00',
      'hours 22T08:00:00 22T09:00:00',
      'hours 22T07:00:00 22T08:00:00',
    ]);
    expect(planned([[H(10), failed(NOW + 1)]])).toEqual([]);
  });
});

describe('pauses', () => {
  test('double from 30 s up to an hour', () => {
    const pauses = [1, 2, 3, 7, 8, 99].map((tries) => pauseAfter(tries, 'prometheus_unavailable', 0));
    expect(pauses).toEqual([30_000, 60_000, 120_000, 1_920_000, 3_600_000, 3_600_000]);
  });

  test('are longer where somebody has to mend something, and shorter by chance', () => {
    expect(pauseAfter(1, 'prometheus_denied', 0)).toBe(300_000);
    expect(pauseAfter(1, 'prometheus_unavailable', 1)).toBe(22_500);
  });

  test('are at least what the server asks for, at most an hour', () => {
    expect(pauseAfter(1, 'prometheus_unavailable', 0, 45_000)).toBe(45_000);
    expect(pauseAfter(1, 'prometheus_unavailable', 0, 9e9)).toBe(3_600_000);
  });

  test('concern the server or the hours', () => {
    expect(isOfServer('prometheus_denied')).toBe(true);
    expect(isOfServer('prometheus_too_much')).toBe(false);
    expect(isOfServer('prometheus_nothing')).toBe(false);
  });
});
