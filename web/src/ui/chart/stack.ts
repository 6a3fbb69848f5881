import type { Answer } from '../../lib/api/client.ts';

export type Histogram = Answer<'exceptionHistogram'>;

/** One colour of the bars. `key` null: all further keys together. */
export interface StackSeries {
  readonly key: string | null;
  readonly total: number;
  /** How many keys it stands for. */
  readonly keys: number;
  readonly counts: readonly number[];
}

/** Bars in which the series stand on each other. Times in milliseconds since the Unix epoch. */
export interface Stack {
  /** Start of each bar. */
  readonly starts: readonly number[];
  readonly widthMs: number;
  readonly series: readonly StackSeries[];
  /** Height of each whole bar. */
  readonly heights: readonly number[];
  readonly highest: number;
  readonly total: number;
}

export function toStack(histogram: Histogram): Stack {
  const { others } = histogram;
  const named: StackSeries[] = histogram.series.map((series) => ({ ...series, keys: 1 }));
  const series = others.total > 0 ? [...named, { ...others, key: null }] : named;
  const heights = histogram.buckets.map((_, index) =>
    series.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0),
  );
  return {
    starts: histogram.buckets.map((at) => Date.parse(at)),
    widthMs: histogram.bucket_seconds * 1000,
    series,
    heights,
    highest: Math.max(0, ...heights),
    total: histogram.total,
  };
}

/** The bar that holds an instant; -1 where none does. */
export function barAt({ starts, widthMs }: Stack, ms: number): number {
  const first = starts[0];
  if (first === undefined || ms < first) return -1;
  const index = Math.floor((ms - first) / widthMs);
  return index < starts.length ? index : -1;
}

/** What one bar is made of, the largest part first. */
export const partsOf = ({ series }: Stack, bar: number): { key: string | null; count: number }[] =>
  series
    .map(({ key, counts }) => ({ key, count: counts[bar] ?? 0 }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
