import { expect, test } from 'vitest';
import { cellScale } from './cell-scale.ts';

const NONE = { avg: null, p95: null, max: null, request: null, limit: null };

test('all figures stand on one scale, up to the largest of them', () => {
  expect(cellScale({ avg: 1, p95: 2, max: 3, request: 2, limit: 4 })).toEqual({
    avg: 0.25,
    p95: 0.5,
    max: 0.75,
    request: 0.5,
    limit: 1,
    danger: false,
  });
  expect(cellScale({ ...NONE, avg: 1, max: 8, limit: 4 })).toMatchObject({ avg: 0.125, limit: 0.5, danger: true });
});

test('what is not known has no place, and nothing known no scale', () => {
  expect(cellScale(NONE)).toBeNull();
  expect(cellScale({ ...NONE, limit: 2 })).toEqual({ ...NONE, limit: 1, danger: false });
});

test('nothing used is known to be nothing', () =>
  expect(cellScale({ ...NONE, avg: 0, max: 0 })).toEqual({ ...NONE, avg: 0, max: 0, danger: false }));

test('a share is told of the whole', () => expect(cellScale({ ...NONE, avg: 0.5 }, 1)).toMatchObject({ avg: 0.5 }));

test.each([
  [0.89, false],
  [0.9, true],
  [1.5, true],
])('a maximum of %d of the limit: danger %s', (max, danger) =>
  expect(cellScale({ ...NONE, max, limit: 1 })?.danger).toBe(danger),
);
