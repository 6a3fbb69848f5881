import { expect, it } from 'vitest';
import { common, lengthWithin, toSpans, union, without, type Span, type Spans } from './time-spans.ts';

const END = 40;

/** Reproducible intervals, some of them empty, turned round or beyond the end. */
function randomIntervals(seed: number): Span[] {
  let state = seed * 2_654_435_761;
  const below = (n: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  return Array.from({ length: below(6) }, () => {
    const from = below(END);
    return [from, from + below(12) - 2] as const;
  });
}

const holds = (intervals: readonly Span[], at: number): boolean =>
  intervals.some(([from, to]) => from <= at && at < to);
const units = (test: (at: number) => boolean): boolean[] => Array.from({ length: END + 20 }, (_, at) => test(at));

function expectApart(spans: Spans): void {
  for (const [index, [from, to]] of spans.entries()) {
    expect(from).toBeLessThan(to);
    expect(from).toBeGreaterThan(spans[index - 1]?.[1] ?? -1);
  }
}

it('agrees with each unit of time looked at by itself', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const [one, other] = [randomIntervals(seed), randomIntervals(seed + 100_000)];
    const [a, b] = [toSpans(one), toSpans(other)];
    const results: [Spans, (at: number) => boolean][] = [
      [a, (at) => holds(one, at)],
      [union(a, b), (at) => holds(one, at) || holds(other, at)],
      [without(a, b), (at) => holds(one, at) && !holds(other, at)],
      [common(a, b), (at) => holds(one, at) && holds(other, at)],
    ];
    for (const [spans, test] of results) {
      expectApart(spans);
      expect(units((at) => holds(spans, at))).toEqual(units(test));
      const [from, to] = [seed % END, (seed % END) + (seed % 23)];
      const within = units(test).filter((isIn, at) => isIn && at >= from && at < to);
      expect(lengthWithin(spans, from, to)).toBe(within.length);
    }
  }
});

it('takes many spans, few and none', () => {
  expect(union()).toEqual([]);
  expect(union([[1, 2]], [], [[2, 3]], [[5, 6]])).toEqual([
    [1, 3],
    [5, 6],
  ]);
  expect(lengthWithin([], 0, 10)).toBe(0);
});
