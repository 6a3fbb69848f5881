import { describe, expect, it } from 'vitest';
import { highest, stepAt, stepPaths, thinSteps } from './steps.ts';

const scale = { from: 0, to: 100, widthPx: 100 };
const steps = [
  { at: -5, ready: 3, wanted: 3 },
  { at: 10, ready: 0, wanted: 3 },
  { at: 20, ready: 4, wanted: 4 },
];

it.each([
  [-6, undefined],
  [-5, 3],
  [9.9, 3],
  [10, 0],
  [99, 4],
])('at %d it is %s', (ms, ready) => expect(stepAt(steps, ms)?.ready).toBe(ready));

it('the scale begins at one', () => {
  expect(highest([])).toBe(1);
  expect(highest(steps)).toBe(4);
});

describe('thinning', () => {
  it('keeps the one that holds at the start', () =>
    expect(thinSteps(steps, { ...scale, from: 15 }).map(({ at }) => at)).toEqual([10, 20]));
  it('keeps a moment without endpoints among thousands', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => ({
      at: at / 100,
      ready: at === 4321 ? 0 : 2 + (at % 2),
      wanted: 3,
    }));
    const thin = thinSteps(many, scale);
    expect(thin.length).toBeLessThanOrEqual(400);
    expect(thin.filter(({ ready }) => ready === 0)).toHaveLength(1);
    expect(thin.map(({ at }) => at)).toEqual(thin.map(({ at }) => at).toSorted((a, b) => a - b));
  });
});

describe('paths', () => {
  it('go from step to step, up to now', () =>
    expect(stepPaths(steps, scale, 40, 50)).toEqual({
      ready: 'M0 40V10H10V40H20V0H50V40Z',
      wanted: 'M0 10H10V10H20V0H50',
    }));
  it('are empty where nothing is known', () => {
    expect(stepPaths([], scale, 40, 50)).toEqual({ ready: '', wanted: '' });
    expect(stepPaths([{ at: 60, ready: 1, wanted: 1 }], scale, 40, 50).ready).toBe('');
  });
});
