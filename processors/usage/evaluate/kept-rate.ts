import type { Measure } from '../../../schemas/usage.ts';
import { HIGH, LOW } from '../prometheus/series.ts';

/** Measures that are rates of counters. */
export const RATES: ReadonlySet<Measure> = new Set<Measure>([
  'cpu_cores',
  'network_receive_bytes_per_second',
  'network_transmit_bytes_per_second',
  'file_read_bytes_per_second',
  'file_write_bytes_per_second',
]);

/** Three of the eight bytes are zero then, which packs well. */
const DROPPED_BITS = 24;
const HALF = 2 ** (DROPPED_BITS - 1);
const KEPT = -(2 ** DROPPED_BITS);
const SMALLEST_NORMAL = 2 ** -1022;

const cell = new Float64Array(1);
const words = new Uint32Array(cell.buffer);

/**
 * The nearest number with 28 of the 52 bits of a double's mantissa: off by less than 2e-9 of the value, while the low bits of a rate
 * are nothing but what is left over by the difference of two counters. What has no such neighbour stays as it is: 0, subnormal
 * numbers, the very greatest, and what is not finite.
 */
export function keptRate(value: number): number {
  if (!(Math.abs(value) >= SMALLEST_NORMAL)) return value;
  cell[0] = value;
  const low = (words[LOW] as number) + HALF;
  words[LOW] = low & KEPT;
  // A carry out of the mantissa makes the next power of two.
  if (low >= 2 ** 32) words[HIGH] = (words[HIGH] as number) + 1;
  const kept = cell[0];
  return Number.isFinite(kept) ? kept : value;
}
