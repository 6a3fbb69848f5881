import { expect, test } from 'vitest';
import {
  byMeasure,
  hoursAMinute,
  hoursByState,
  importedShare,
  knownCode,
  spansIn,
  type ImportItem,
} from './import-hours.ts';

const at = (hour: number, minute = 0): number => Date.UTC(2026, 10, 22, hour, minute);
const iso = (hour: number, minute = 0): string => new Date(at(hour, minute)).toISOString();
const item = (hours: ImportItem['hours'], importedTo: string | null = null): ImportItem => ({
  cluster: 'east',
  imported_to: importedTo,
  lag_ms: null,
  method: '',
  windows: { pending: 0, open: 0, done: 0, failed: 0, given_up: 0 },
  backfill_left: 0,
  rows: 0,
  samples: 0,
  bad_samples: 0,
  missing: [],
  failed: [],
  sources: [],
  hours,
});

test('spans are cut to the range, and the hour that goes on to where it is imported', () => {
  const spans = spansIn(
    item(
      [
        { state: 'none', from: iso(0), to: iso(2) },
        { state: 'done', from: iso(2), to: iso(11) },
        { state: 'open', from: iso(11), to: iso(12) },
      ],
      iso(11, 30),
    ),
    { from: at(3), to: at(11, 40) },
  );
  expect(spans).toEqual([
    { state: 'done', from: at(3), to: at(11) },
    { state: 'open', from: at(11), to: at(11, 30) },
  ]);
  expect([...hoursByState(spans)]).toEqual([
    ['done', 8],
    ['open', 0.5],
  ]);
});

test.each([
  ['nothing', [], 0, 0],
  ['a part', [{ state: 'done', from: at(0), to: at(9) }], 0.9, 9],
  ['all but a failed hour', [{ state: 'done', from: at(0), to: at(9, 50) }], 0.983, 9.8],
  ['all but the minutes that are waited for', [{ state: 'done', from: at(0), to: at(9, 58) }], 1, 10],
] as const)('%s of a range', (_name, spans, share, done) =>
  expect(importedShare(spans, { from: at(0), to: at(10) })).toEqual({ share, done, all: 10 }),
);

test('of a few minutes, of which nothing is there, nothing is imported', () =>
  expect(importedShare([], { from: at(0), to: at(0, 5) }).share).toBe(0));

test('the speed of a backfill is told once hours went by', () => {
  expect(hoursAMinute([])).toBeNull();
  expect(hoursAMinute([{ at: 0, left: 5 }])).toBeNull();
  expect(
    hoursAMinute([
      { at: 0, left: 5 },
      { at: 1000, left: 5 },
    ]),
  ).toBeNull();
  expect(
    hoursAMinute([
      { at: 0, left: 50 },
      { at: 30_000, left: 20 },
    ]),
  ).toBe(60);
});

test('a code without words of its own is none of those that have', () => {
  expect(knownCode('prometheus_denied')).toBe('prometheus_denied');
  expect(knownCode('something_else')).toBeNull();
});

test('sources stand in the order of what matters, not of the alphabet', () => {
  const of = (measure: string) => ({
    measure,
    source: 'cadvisor',
    expression: '',
    chosen: 'found' as const,
    series: 1,
    checked_at: iso(0),
  });
  const names = ['file_bytes', 'gpu_limit', 'own', 'memory_bytes', 'cpu_throttled', 'cpu_cores'];
  expect(byMeasure(names.map(of)).map(({ measure }) => measure)).toEqual([
    'cpu_cores',
    'cpu_throttled',
    'memory_bytes',
    'gpu_limit',
    'file_bytes',
    'own',
  ]);
});
