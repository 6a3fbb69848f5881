import { describe, expect, it } from 'vitest';
import { nextRelief } from './retention.ts';

interface Case {
  name: string;
  positions: number[];
  /** Where giving way ends, and what may be left until the next time. */
  maxBytes: number;
  roomBytes?: number;
  thinnings?: number;
  thinnable?: number[];
  steps: unknown[];
}

/** Takes every step: a segment of 100 bytes is of 40 once it is thinned. */
function run({ positions, maxBytes, roomBytes = maxBytes, thinnings = Infinity, thinnable = [] }: Case) {
  let segments = [0, 10, 20, 30].map((first) => ({
    first,
    path: `${first}`,
    bytes: 100,
    canBeThinned: thinnable.includes(first),
  }));
  const steps: unknown[] = [];
  let thinned = 0;
  for (;;) {
    const step = nextRelief(segments, {
      positions,
      aimBytes: maxBytes,
      maxBytes: roomBytes,
      mayThin: thinned < thinnings,
      keepSealed: 1,
    });
    if (!step) return steps;
    if (step.kind === 'later') return [...steps, 'later'];
    const { segment, next } = step;
    if (step.kind === 'thin') {
      thinned++;
      steps.push(['thin', segment.first, next, step.passed]);
      segments = segments.map((each) => (each === segment ? { ...each, bytes: 40, canBeThinned: false } : each));
    } else {
      steps.push(['remove', segment.first, step.unread ?? 'read']);
      segments = segments.filter((each) => each !== segment);
    }
  }
}

describe('nextRelief', () => {
  it.each<Case>([
    { name: 'nothing without readers', positions: [], maxBytes: 1000, thinnable: [0, 10, 20], steps: [] },
    {
      name: 'what all have passed, but for one',
      positions: [30, 35],
      maxBytes: 1000,
      steps: [
        ['remove', 0, 'read'],
        ['remove', 10, 'read'],
      ],
    },
    { name: 'the slowest reader counts', positions: [30, 19], maxBytes: 1000, steps: [['remove', 0, 'read']] },
    {
      name: 'past the bound the oldest goes unread',
      positions: [],
      maxBytes: 300,
      steps: [['remove', 0, { first: 0, next: 10 }]],
    },
    {
      name: 'only what is unread counts',
      positions: [14],
      maxBytes: 250,
      steps: [
        ['remove', 0, 'read'],
        ['remove', 10, { first: 14, next: 20 }],
      ],
    },
    {
      name: 'the last stays, and is never thinned',
      positions: [],
      maxBytes: 0,
      thinnable: [30],
      steps: [
        ['remove', 0, { first: 0, next: 10 }],
        ['remove', 10, { first: 10, next: 20 }],
        ['remove', 20, { first: 20, next: 30 }],
      ],
    },
    {
      name: 'what is read goes before anything is thinned',
      positions: [30],
      maxBytes: 150,
      thinnable: [20],
      steps: [
        ['remove', 0, 'read'],
        ['remove', 10, 'read'],
        ['remove', 20, 'read'],
      ],
    },
    {
      name: 'the oldest are thinned first, and no more of them than needed',
      positions: [5],
      maxBytes: 290,
      thinnable: [0, 10, 20],
      steps: [
        ['thin', 0, 10, 5],
        ['thin', 10, 20, 5],
      ],
    },
    {
      name: 'a segment goes whole only when none is left to be thinned',
      positions: [5],
      maxBytes: 150,
      thinnable: [0, 20],
      steps: [
        ['thin', 0, 10, 5],
        ['thin', 20, 30, 5],
        ['remove', 0, { first: 5, next: 10 }],
        ['remove', 10, { first: 10, next: 20 }],
      ],
    },
    {
      name: 'what is still to be thinned waits for the next time while there is room',
      positions: [],
      maxBytes: 200,
      roomBytes: 350,
      thinnings: 1,
      thinnable: [0, 10, 20],
      steps: [['thin', 0, 10, 0], 'later'],
    },
    {
      name: 'without room the oldest goes whole, until the rest can wait',
      positions: [],
      maxBytes: 200,
      roomBytes: 300,
      thinnings: 1,
      thinnable: [10, 20],
      steps: [['thin', 10, 20, 0], ['remove', 0, { first: 0, next: 10 }], 'later'],
    },
  ])('$name', (each) => {
    expect(run(each)).toEqual(each.steps);
  });
});
