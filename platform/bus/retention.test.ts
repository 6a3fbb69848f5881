import { describe, expect, it } from 'vitest';
import { expired } from './retention.ts';

const segments = [0, 10, 20, 30].map((first) => ({ first, path: `${first}`, bytes: 100 }));
const run = (positions: number[], maxBytes: number, keepSealed = 1) =>
  expired(segments, { positions, maxBytes, keepSealed }).map(({ segment, unread }) => [
    segment.first,
    unread ?? 'read',
  ]);

describe('expired', () => {
  it.each([
    { name: 'nothing without readers', positions: [], maxBytes: 1000, gone: [] },
    {
      name: 'what all have passed, but for one',
      positions: [30, 35],
      maxBytes: 1000,
      gone: [
        [0, 'read'],
        [10, 'read'],
      ],
    },
    { name: 'the slowest reader counts', positions: [30, 19], maxBytes: 1000, gone: [[0, 'read']] },
    {
      name: 'past the bound the oldest goes unread',
      positions: [],
      maxBytes: 300,
      gone: [[0, { first: 0, next: 10 }]],
    },
    {
      name: 'only what is unread counts',
      positions: [14],
      maxBytes: 250,
      gone: [
        [0, 'read'],
        [10, { first: 14, next: 20 }],
      ],
    },
    {
      name: 'the last stays',
      positions: [],
      maxBytes: 0,
      gone: [
        [0, { first: 0, next: 10 }],
        [10, { first: 10, next: 20 }],
        [20, { first: 20, next: 30 }],
      ],
    },
  ])('$name', ({ positions, maxBytes, gone }) => {
    expect(run(positions, maxBytes)).toEqual(gone);
  });
});
