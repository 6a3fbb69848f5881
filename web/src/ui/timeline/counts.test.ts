import { expect, it } from 'vitest';
import { binCounts, countAt } from './counts.ts';

const scale = { from: 0, to: 1000, widthPx: 500 };
const at = (ms: number, count = 1) => ({ from: ms, to: ms, count });

it('single ones are ticks, what lies together is counted', () => {
  const bars = binCounts([at(4), at(6), at(500), at(-1), at(1000)], scale);
  expect(bars.map(({ leftPx, count }) => [leftPx, count])).toEqual([
    [0, 2],
    [250, 1],
  ]);
  expect(bars[0]).toMatchObject({ from: 4, to: 6, share: 1 });
  expect(bars[1]?.share).toBeCloseTo(0.3);
});

it('all alike are ticks, not towers', () => expect(binCounts([at(1), at(500)], scale)[0]?.share).toBeCloseTo(0.3));

it('nothing is lost however dense', () => {
  const many = Array.from({ length: 5000 }, (_, index) => at(index / 5, 2));
  const bars = binCounts(many, scale);
  expect(bars.length).toBeLessThanOrEqual(100);
  expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
});

it('a stretch counts in its middle', () =>
  expect(binCounts([{ from: 0, to: 400, count: 3 }], scale)[0]?.leftPx).toBe(100));

it('finds the bar under the pointer', () => {
  const bars = binCounts([at(500, 4)], scale);
  expect(countAt(bars, 252)?.count).toBe(4);
  expect(countAt(bars, 256)).toBeNull();
});
