import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keptRate } from './kept-rate.ts';

const bitsOf = (value: number): bigint => new BigUint64Array(new Float64Array([value]).buffer)[0]!;

it.each([
  [0, 0],
  [-0, -0],
  [1, 1],
  [0.25, 0.25],
  [1 / 3, 0.3333333330228925],
  [0.1, 0.10000000009313226],
  [-0.1, -0.10000000009313226],
  [1 + 2 ** -29, 1 + 2 ** -28],
  [1 + 2 ** -29 - 2 ** -52, 1],
  [2 - 2 ** -52, 2],
  [-(2 - 2 ** -52), -2],
  [Number.MIN_VALUE, Number.MIN_VALUE],
  [-(2 ** -1022 - Number.MIN_VALUE), -(2 ** -1022 - Number.MIN_VALUE)],
  [2 ** -1022 + Number.MIN_VALUE, 2 ** -1022],
  [Number.MAX_VALUE, Number.MAX_VALUE],
  [-Number.MAX_VALUE, -Number.MAX_VALUE],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  [Number.NaN, Number.NaN],
])('keeps of %d what is %d', (value, kept) => {
  expect(keptRate(value)).toBe(kept);
});

it('keeps 28 bits of the mantissa, and is off by less than 2e-9', () => {
  const normal = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => {
    const size = Math.abs(value);
    return size >= 2 ** -1022 && size < 2 ** 1023;
  });
  fc.assert(
    fc.property(normal, (value) => {
      const kept = keptRate(value);
      expect(Math.abs(kept / value - 1)).toBeLessThan(2e-9);
      expect(bitsOf(kept) & 0xffffffn).toBe(0n);
      expect(keptRate(kept)).toBe(kept);
      expect(keptRate(-value)).toBe(-kept);
    }),
    { numRuns: 2_000 },
  );
});
