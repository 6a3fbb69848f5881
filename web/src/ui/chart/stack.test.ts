import { expect, test } from 'vitest';
import { colourSlot, COLOUR_SLOTS } from './series-colours.ts';
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
  expect(partsOf(stack, 0)).toEqual([
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

test('a key has one colour, and the frequent reasons have different ones', () => {
  const frequent = [
    'OOMKilled',
    'Error',
    'CrashLoopBackOff',
    'ImagePullBackOff',
    'Unschedulable',
    'Evicted',
    'Completed',
  ];
  expect(new Set(frequent.map(colourSlot)).size).toBe(frequent.length);
  for (const key of ['SomethingNew', '', 'x'.repeat(300)]) {
    expect(colourSlot(key)).toBe(colourSlot(key));
    expect(colourSlot(key)).toBeGreaterThanOrEqual(0);
    expect(colourSlot(key)).toBeLessThan(COLOUR_SLOTS);
  }
});
