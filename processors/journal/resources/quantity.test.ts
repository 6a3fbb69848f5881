import { expect, test } from 'vitest';
import { parseQuantity, toNumber } from './quantity.ts';

const MOST = 2 ** 63;

test.each<[unknown, number | null]>([
  ['0', 0],
  ['1', 1],
  [2, 2],
  [0.1, 0.1],
  ['100m', 0.1],
  ['1500m', 1.5],
  ['0.1', 0.1],
  ['.5', 0.5],
  ['5.', 5],
  ['+1', 1],
  ['007', 7],
  ['250u', 0.000_25],
  ['100n', 1e-7],
  ['1n', 1e-9],
  ['1k', 1e3],
  ['3M', 3e6],
  ['2G', 2e9],
  ['2T', 2e12],
  ['1P', 1e15],
  ['1E', 1e18],
  ['1Ki', 1024],
  ['128Mi', 134_217_728],
  ['1.5Gi', 1_610_612_736],
  ['0.5Ki', 512],
  ['1Ti', 2 ** 40],
  ['1Pi', 2 ** 50],
  ['1Ei', 2 ** 60],
  ['128974848', 128_974_848],
  ['129e6', 129e6],
  ['129E6', 129e6],
  ['1e-3', 0.001],
  ['1E+2', 100],
  ['0.1Mi', 104_857.6],
  // What is finer than a thousand-millionth is rounded up, and nothing is above 2^63 - 1.
  ['0.1n', 1e-9],
  ['1.0000000001', 1.000_000_001],
  ['1e-999', 1e-9],
  ['16Ei', MOST],
  ['1e999999999', MOST],
  ['-0', 0],
  ['0e999999999', 0],
  ['-1', null],
  ['-100m', null],
  ['', null],
  ['.', null],
  ['m', null],
  ['1 Gi', null],
  ['1gi', null],
  ['1Gib', null],
  ['1K', null],
  ['1ki', null],
  ['1e', null],
  ['1mi', null],
  ['0x10', null],
  ['1_000', null],
  ['1,5', null],
  ['Infinity', null],
  ['NaN', null],
  [Number.NaN, null],
  [Infinity, null],
  [true, null],
  [null, null],
  [undefined, null],
  [{}, null],
  [['1'], null],
  ['9'.repeat(65), null],
])('%j is %j', (text, expected) => {
  const parsed = parseQuantity(text);
  expect(parsed === null ? null : toNumber(parsed)).toBe(expected);
});

test('sums of quantities are exact', () => {
  const tenth = parseQuantity('100m')!;
  expect(toNumber(tenth + tenth + tenth)).toBe(0.3);
  expect(parseQuantity('0.1')).toBe(tenth);
  expect(parseQuantity('9007199254740993')).toBe(9_007_199_254_740_993n * 10n ** 9n);
});
