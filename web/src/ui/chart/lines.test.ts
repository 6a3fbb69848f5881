import { expect, test } from 'vitest';
import { gapsOf, highestOf, holdsPath, samplesPath, valueAt, valueTicks, type ChartLine } from './lines.ts';

const box = { scale: { from: 0, to: 100, widthPx: 100 }, heightPx: 10, top: 10 };
const samples = { begin: 0, stepMs: 10, values: [1, 2, null, null, 4, null, 6] };
const line: ChartLine = { id: 'avg', title: 'Average', look: 'area', kind: 'samples', samples };
const holds = [
  { at: 0, value: 2 },
  { at: 40, value: 4 },
  { at: 60, value: null },
  { at: 80, value: 8 },
];
const held: ChartLine = { id: 'limit', title: 'Limit', look: 'solid', kind: 'holds', holds, until: 90 };

test('a gap is not joined, and a lone value stays to be seen', () => {
  expect(samplesPath(samples, box)).toBe('M0 9L5 9L15 8L20 8M40 6L45 6L50 6M60 4L65 4L70 4');
  expect(samplesPath({ ...samples, values: [null, 5] }, box, true)).toBe('M10 10L10 5L15 5L20 5V10Z');
  expect(samplesPath({ ...samples, values: [null, null] }, box)).toBe('');
});

test('what is set holds until the next, and nothing is drawn where nothing is', () => {
  expect(holdsPath(holds, 90, box)).toBe('M0 8H40V6H60M80 2H90');
  expect(holdsPath([{ at: 0, value: null }], 90, box)).toBe('');
});

test('values at an instant', () => {
  expect([0, 9, 10, 25, 45, 69, 70, -1].map((ms) => valueAt(line, ms))).toEqual([1, 1, 2, null, 4, 6, null, null]);
  expect([0, 39, 40, 60, 80, 90, -1].map((ms) => valueAt(held, ms))).toEqual([2, 2, 4, null, 8, null, null]);
});

test('gaps are told as stretches within the range', () => {
  expect(gapsOf(samples, { from: 0, to: 100 })).toEqual([
    { from: 20, to: 40 },
    { from: 50, to: 60 },
  ]);
  expect(gapsOf(samples, { from: 25, to: 55 })).toEqual([
    { from: 25, to: 40 },
    { from: 50, to: 55 },
  ]);
});

test('the highest of all lines', () => {
  expect(highestOf([line, held])).toBe(8);
  expect(highestOf([])).toBe(0);
});

test.each([
  [0, 4, 1, 10, [0, 0.25, 0.5, 0.75, 1]],
  [0.9, 3, 1, 10, [0, 0.5, 1]],
  [4, 4, 1, 10, [0, 1, 2, 3, 4]],
  [0.3, 3, 1, 10, [0, 0.1, 0.2, 0.3]],
  [512e6, 3, 1e6, 10, [0, 200e6, 400e6, 600e6]],
  [512 * 2 ** 20, 3, 2 ** 20, 2, [0, 200, 400, 600].map((mib) => mib * 2 ** 20)],
] as const)('ticks up to %d', (most, count, size, base, ticks) =>
  expect(valueTicks(most, count, size, base)).toEqual([...ticks]),
);
