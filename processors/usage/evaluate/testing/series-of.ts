import { HIGH, LOW, STALE_HIGH, STALE_LOW, type Labels, type Series } from '../../prometheus/series.ts';

/** A sample: milliseconds, and its value or the marker that ends a series. */
export type GivenSample = readonly [atMs: number, value: number | 'stale'];

/** A series as the client gives it, its arrays longer than what is in them. */
export function seriesOf(labels: Labels, samples: readonly GivenSample[], selector = 0): Series {
  const times = new Float64Array(samples.length + 3);
  const values = new Float64Array(samples.length + 3).fill(12_345);
  const words = new Uint32Array(values.buffer);
  for (const [index, [atMs, value]] of samples.entries()) {
    times[index] = atMs;
    if (value !== 'stale') values[index] = value;
    else {
      words[2 * index + HIGH] = STALE_HIGH;
      words[2 * index + LOW] = STALE_LOW;
    }
  }
  const hasStale = samples.some(([, value]) => value === 'stale');
  return { selector, labels, count: samples.length, times, values, words, hasStale };
}
