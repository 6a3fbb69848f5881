import { describe, expect, test } from 'vitest';
import { colourSlots, MOST_COLOURS } from './series-colours.ts';
import { barAt, partsOf, toStack, type Histogram } from './stack.ts';

const histogram: Histogram = {
  from: '2026-11-22T12:01:00.000Z',
  to: '2026-11-22T12:10:00.000Z',
  bucket_seconds: 300,
  by: 'reason',
  total: 12,
  buckets: ['2026-11-22T12:00:00.000Z', '2026-11-22T12:05:00.000Z'],
  series: [
    { key: 'Error', total: 6, counts: [1, 5] },
    { key: 'OOMKilled', total: 4, counts: [4, 0] },
  ],
  others: { keys: 3, total: 2, counts: [0, 2] },
};

test('a stack has a height for each bar, the rest as its last series', () => {
  const stack = toStack(histogram);
  expect(stack.heights).toEqual([5, 7]);
  expect(stack.highest).toBe(7);
  expect(stack.series.map(({ key, keys }) => [key, keys])).toEqual([
    ['Error', 1],
    ['OOMKilled', 1],
    [null, 3],
  ]);
  expect(partsOf(stack, 0)).toMatchObject([
    { key: 'OOMKilled', count: 4 },
    { key: 'Error', count: 1 },
  ]);
});

test('an instant is found in the bar that begins at or before it', () => {
  const stack = toStack(histogram);
  const noon = Date.parse('2026-11-22T12:00:00.000Z');
  expect([-1, 0, 299_999, 300_000, 599_999, 600_000].map((ms) => barAt(stack, noon + ms))).toEqual([
    -1, 0, 0, 1, 1, -1,
  ]);
});

test('what has no colour of its own is shown together, and nothing is lost', () => {
  const keys = Array.from({ length: 11 }, (_, index) => `Reason${index}`);
  const series = keys.map((key, index) => ({ key, total: 20 - index, counts: [20 - index, 0] }));
  const total = series.reduce((sum, one) => sum + one.total, 2);
  const stack = toStack({ ...histogram, total, series });
  expect(stack.series.map(({ key }) => key)).toEqual([...keys.slice(0, MOST_COLOURS), null]);
  expect(stack.series.at(-1)).toMatchObject({ keys: 6, total: 12 + 11 + 10 + 2, counts: [33, 2] });
  expect(new Set(stack.series.map(({ colour }) => colour)).size).toBe(MOST_COLOURS + 1);
  expect(stack.heights[0]).toBe(total - 2);
});

describe('colours', () => {
  const slotOf = (key: string, keys: readonly string[]): number | undefined => colourSlots(keys)[keys.indexOf(key)];

  test.each([
    [['Error', 'DeletionByTaintManager', 'OOMKilled', 'NodeLost', 'Evicted', 'Preempted']],
    [['Completed', 'suppressed', 'Error', 'reported', 'death']],
    [['', 'x'.repeat(300), 'a', 'b', 'c', 'd', 'e', 'f']],
  ])('no two of a chart are the same: %j', (keys) => {
    const slots = colourSlots(keys);
    expect(new Set(slots).size).toBe(keys.length);
    for (const slot of slots) expect(slot).toBeLessThan(MOST_COLOURS);
  });

  test('a frequent reason keeps its own, whatever comes before it', () => {
    const others = Array.from({ length: 7 }, (_, index) => `Reason${index}`);
    for (const key of ['OOMKilled', 'Error', 'CrashLoopBackOff'])
      expect(slotOf(key, [...others, key])).toBe(slotOf(key, [key]));
    expect(slotOf('Rare', ['Rare'])).toBe(slotOf('Rare', ['OOMKilled', 'Rare']));
  });
});
