import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Candidate } from '../measures-candidate.ts';
import { GREATEST, LEVEL, RATE, SHARE } from './testing/candidates.ts';
import { naiveValues, type NaiveSeries } from './testing/naive-promql.ts';
import { seriesOf } from './testing/series-of.ts';
import { valuesOf } from './testing/values-of.ts';
import { createWindow } from './window.ts';

const S = 1000;
const FROM = Date.UTC(2026, 2, 2, 1);
const COUNT = 20;
const BOUNDS = { fromMs: FROM, toMs: FROM + COUNT * 30 * S, stepMs: 30 * S };

/** Whole seconds meet the grid and the edges often, milliseconds seldom. */
const time = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -60, max: 100 }).map((tens) => tens * 10 * S) },
  fc.integer({ min: -600 * S, max: 900 * S }),
);
const value = fc.oneof(
  { weight: 12, arbitrary: fc.double({ min: 0, max: 1e9, noNaN: true }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 2, arbitrary: fc.constant('stale' as const) },
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const samples = fc
  .uniqueArray(fc.tuple(time, value), { selector: ([at]) => at, maxLength: 40 })
  .map((given) =>
    given
      .toSorted(([one], [other]) => one - other)
      .map(([offset, told]): [number, number | 'stale'] => [FROM + offset, told]),
  );
const labels = fc.record({
  namespace: fc.constantFrom('a', 'b'),
  pod: fc.constantFrom('p', 'q'),
  container: fc.constantFrom('c', 'd', ''),
  instance: fc.constantFrom('1', '2'),
});
const series: fc.Arbitrary<NaiveSeries[]> = fc.array(fc.record({ labels, samples }), { maxLength: 8 });

function ours(candidate: Candidate, selectors: readonly (readonly NaiveSeries[])[]): Map<string, number> {
  const window = createWindow(BOUNDS);
  for (const [selector, all] of selectors.entries()) {
    for (const each of all) window.add(candidate, seriesOf(each.labels, each.samples, selector));
  }
  return valuesOf(window, candidate.measure, 0);
}

function naive(candidate: Candidate, selectors: readonly (readonly NaiveSeries[])[]): Map<string, number> {
  const instants = Array.from({ length: COUNT }, (_, instant) => FROM + instant * 30 * S);
  return new Map(
    instants.flatMap((at) =>
      [...naiveValues(candidate, selectors, at)].map(([pod, told]): [string, number] => [`${pod} ${at}`, told]),
    ),
  );
}

/** Sums are taken in another order, and of rates not all bits are kept. */
const near = (one: number, other: number): boolean =>
  Math.abs(one - other) <= 1e-8 * Math.max(Math.abs(one), Math.abs(other));

function differences(candidate: Candidate, selectors: readonly (readonly NaiveSeries[])[]): string[] {
  const told = ours(candidate, selectors);
  const wanted = naive(candidate, selectors);
  const keys = new Set([...told.keys(), ...wanted.keys()]);
  return [...keys].filter((key) => !near(told.get(key) ?? Number.NaN, wanted.get(key) ?? Number.NaN));
}

it.each([LEVEL, RATE, GREATEST])('tells of random samples what PromQL tells: $source', (candidate) => {
  fc.assert(
    fc.property(series, (given) => {
      expect(differences(candidate, [given])).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

it('tells of random samples what PromQL tells: share', () => {
  fc.assert(
    fc.property(series, series, (parts, wholes) => {
      expect(differences(SHARE, [parts, wholes])).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
