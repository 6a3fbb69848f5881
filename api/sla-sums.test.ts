import { expect, it } from 'vitest';
import { sumSlices, type Life, type SlaInterval } from './sla-sums.ts';
import type { Span } from './time-spans.ts';

const down = (from: number, to: number, other: Partial<SlaInterval> = {}): SlaInterval => {
  const span: Span = [from, to];
  return {
    kind: 'down',
    planned: false,
    cause: 'crash',
    likely: span,
    most: span,
    least: span,
    ended: to,
    ...other,
  };
};
const life = (intervals: SlaInterval[], other: Partial<Life> = {}): Life => ({
  from: 0,
  to: 1_000_000,
  intervals,
  unwatched: [],
  unasked: [],
  maintenance: [],
  ...other,
});
const outagesIn = (one: Life, slices: readonly Span[]) =>
  sumSlices(
    [one],
    slices.map(([from, to]) => ({ from, to })),
  ).map((sums) => [sums?.outages, sums?.likely_ms, sums?.ended]);

it('counts an outage in each slice that it touches, whatever others end before', () => {
  const one = life([down(600, 700), down(0, 1000), down(100, 200), down(300, 300)]);
  const slices: Span[] = [
    [0, 50],
    [200, 300],
    [250, 301],
    [650, 1000],
    [1000, 2000],
  ];
  expect(outagesIn(one, slices)).toEqual([
    [1, 50, 0],
    [1, 100, 0],
    [2, 51, 1],
    [2, 350, 1],
    [0, 0, 0],
  ]);
});
