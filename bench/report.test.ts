import { describe, expect, it } from 'vitest';
import { lineOf, median, percentile, readLine } from './report.ts';

const rate = { bench: 'pipeline', metric: 'entries_per_second', ours: 5000, peer: 10_000 };
const memory = { bench: 'watch', metric: 'peak_memory_mb', ours: 30, peer: 100, better: 'lower' } as const;

describe('lineOf', () => {
  it.each([
    [{ ...rate, aim: 0.5 }, 'ours=5000 peer=10000 ratio=0.50 aim=0.50 met'],
    [{ ...rate, ours: 4999, aim: 0.5 }, 'ours=4999 peer=10000 ratio=0.50 aim=0.50 missed'],
    [{ ...rate, aim: 0 }, 'ours=5000 peer=10000 ratio=0.50 aim=0.00 met'],
    [{ ...memory, aim: 0.33 }, 'ours=30 peer=100 ratio=0.30 aim=≤0.33 met'],
    [{ ...memory, ours: 34, aim: 0.33 }, 'ours=34 peer=100 ratio=0.34 aim=≤0.33 missed'],
    [{ ...memory, ours: 0.9876, peer: 1, aim: 1 }, 'ours=0.988 peer=1 ratio=0.99 aim=≤1.00 met'],
  ])('%o', (measured, figures) => {
    expect(lineOf(measured)).toBe(`bench ${measured.bench} ${measured.metric} ${figures}`);
  });
});

describe('readLine', () => {
  it('reads back what lineOf writes', () => {
    expect(readLine(lineOf({ ...rate, aim: 0.5 }))).toEqual({
      ...rate,
      ratio: 0.5,
      better: 'higher',
      aim: 0.5,
      met: true,
    });
    expect(readLine(lineOf({ ...memory, aim: 0.2 }))).toEqual({ ...memory, ratio: 0.3, aim: 0.2, met: false });
  });

  it('passes over any other line', () => {
    expect(readLine('turn 1 folds: 12934')).toBeNull();
  });
});

describe('median', () => {
  it('takes the middle, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe('percentile', () => {
  it.each([
    [0.5, 20],
    [0.51, 30],
    [0.99, 40],
    [1, 40],
  ])('%d of four values', (share, value) => {
    expect(percentile([30, 10, 40, 20], share)).toBe(value);
  });

  it('is none of no values', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});
