import { expect, it } from 'vitest';
import { keyAct } from './keys.ts';

const range = { from: 1000, to: 2000 };
const bounds = { leastMs: 10, mostMs: 100_000, now: 2500 };
const press = (key: string, own = {}) =>
  keyAct({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...own }, range, 1200, bounds);

it.each([
  ['ArrowRight', 1210],
  ['ArrowLeft', 1190],
  ['PageUp', 1300],
  ['PageDown', 1100],
  ['Home', 1000],
  ['End', 2000],
])('%s takes the cursor to %d', (key, at) => expect(press(key)).toEqual({ act: 'cursor', at }));

it('the cursor stays in the range', () =>
  expect(
    keyAct({ key: 'ArrowRight', shiftKey: false, ctrlKey: false, metaKey: false, altKey: false }, range, 1999, bounds),
  ).toEqual({ act: 'cursor', at: 2000 }));

it.each([
  ['+', { from: 1100, to: 1600 }],
  ['-', { from: 500, to: 2500 }],
])('%s zooms around the cursor, never beyond now', (key, to) =>
  expect(press(key)).toEqual({ act: 'range', range: to }),
);

it('Shift moves the range', () =>
  expect(press('ArrowLeft', { shiftKey: true })).toEqual({ act: 'range', range: { from: 750, to: 1750 } }));

it("leaves the browser's keys alone", () => {
  expect(press('+', { ctrlKey: true })).toBeNull();
  expect(press('a')).toBeNull();
  expect(press('Enter')).toEqual({ act: 'pick' });
  expect(press('Escape')).toEqual({ act: 'leave' });
});
