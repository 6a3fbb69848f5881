import { expect, test } from 'vitest';
import type { JournalProcessor } from '../processors/journal/runtime.ts';
import { createReadiness } from './usage-import.ts';

const MINUTE = 60_000;

/** Journals by cluster: entries that are left to fold, null before the first are folded. */
function waiting(lags: Record<string, number | null>) {
  const clock = { now: 1_000 };
  const folded = { position: -1 };
  const status = () =>
    Object.entries(lags).map(([cluster, lag]) => ({
      cluster,
      topic: `tidemark.journal.${cluster}`,
      progress: { lag: lag ?? 0, lastSuccessAt: lag === null ? null : clock.now, position: folded.position },
    }));
  const isReady = createReadiness({ status } as unknown as Pick<JournalProcessor, 'status'>, () => clock.now);
  return { clock, lags, folded, isReady };
}

test('a cluster whose journal is folded is imported, also when the journal falls behind later', () => {
  const { clock, lags, isReady } = waiting({ a: null });
  expect(isReady('a')).toBe(false);
  lags['a'] = 5_000;
  clock.now += 5 * MINUTE;
  expect(isReady('a')).toBe(false);
  lags['a'] = 12;
  expect(isReady('a')).toBe(true);
  lags['a'] = 5_000;
  expect(isReady('a')).toBe(true);
});

test('a journal that is long is waited for as long as more of it is folded', () => {
  const { clock, lags, folded, isReady } = waiting({ a: 5_000_000 });
  for (let quarter = 0; quarter < 8; quarter++) {
    clock.now += 15 * MINUTE;
    folded.position += 100_000;
    expect(isReady('a')).toBe(false);
  }
  lags['a'] = 0;
  expect(isReady('a')).toBe(true);
});

test('a journal that is never folded is not waited for without end', () => {
  const { clock, isReady } = waiting({ a: 5_000 });
  clock.now += 15 * MINUTE - 1;
  expect(isReady('a')).toBe(false);
  clock.now += 1;
  expect(isReady('a')).toBe(true);
});

test('a cluster without a journal is imported when the others have been folded for a while', () => {
  const { clock, lags, isReady } = waiting({ a: 5_000 });
  clock.now += 2 * MINUTE;
  expect(isReady('b')).toBe(false);
  lags['a'] = 0;
  clock.now += MINUTE / 2 - 1;
  expect(isReady('b')).toBe(false);
  clock.now += 1;
  expect(isReady('b')).toBe(true);
});

test('a journal that begins meanwhile is waited for', () => {
  const { clock, lags, isReady } = waiting({});
  clock.now += MINUTE / 2 - 1;
  expect(isReady('b')).toBe(false);
  lags['b'] = 5_000;
  clock.now += MINUTE;
  expect(isReady('b')).toBe(false);
  lags['b'] = 0;
  expect(isReady('b')).toBe(true);
});
