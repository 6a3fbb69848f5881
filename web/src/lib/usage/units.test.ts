import { expect, test } from 'vitest';
import { axisByteUnit, byteUnit, twoDecimals } from './units.ts';

test.each([
  [0, '0.00'],
  [0.0001, '<0.01'],
  [0.005, '0.01'],
  [1234.5, '1,234.50'],
])('%d reads %s', (value, text) => {
  expect(twoDecimals(value, 'en')).toBe(text);
  expect(twoDecimals(value, 'zh')).toBe(text);
});

test.each([
  [0, 'decimal', 'MB', 1e6],
  [999e6, 'decimal', 'MB', 1e6],
  [1e9, 'decimal', 'GB', 1e9],
  [1e12, 'decimal', 'TB', 1e12],
  [1e9, 'binary', 'MiB', 2 ** 20],
  [1000 * 2 ** 20, 'binary', 'GiB', 2 ** 30],
] as const)('%d bytes, %s, are told in %s', (most, base, name, size) => {
  expect(byteUnit(most, base)).toEqual({ name, size });
});

test.each([
  [900, 'decimal', 'B'],
  [1e9, 'decimal', 'GB'],
  [1e9, 'binary', 'MiB'],
  [2 ** 50, 'binary', 'TiB'],
] as const)('an axis up to %d, %s, is in %s', (most, base, name) => expect(axisByteUnit(most, base).name).toBe(name));
