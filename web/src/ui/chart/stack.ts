import type { Answer } from '../../lib/api/client.ts';
import { colourSlots, MOST_COLOURS, slotColour } from './series-colours.ts';

export type Histogram = Answer<'exceptionHistogram'>;

/** One colour of the bars. `key` null: all further keys together. */
export interface StackSeries {
  readonly key: string | null;
  readonly total: number;
  /** How many keys it stands for. */
  readonly keys: number;
  readonly counts: readonly number[];
  /** A colour of CSS. */
  readonly colour: string;
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

/** The keys that have a colour of their own, and all further ones as one. */
function seriesOf({ series, others, buckets }: Histogram): StackSeries[] {
  const named = series.slice(0, MOST_COLOURS);
  const slots = colourSlots(named.map(({ key }) => key));
  const shown = named.map((one, index) => ({ ...one, keys: 1, colour: slotColour(slots[index] ?? null) }));
  const rest = [...series.slice(MOST_COLOURS), ...(others.total > 0 ? [others] : [])];
  if (rest.length === 0) return shown;
  const sum = (of: (one: (typeof rest)[number]) => number): number => rest.reduce((total, one) => total + of(one), 0);
  return [
    ...shown,
    {
      key: null,
      keys: sum((one) => ('keys' in one ? one.keys : 1)),
      total: sum(({ total }) => total),
      counts: buckets.map((_, index) => sum(({ counts }) => counts[index] ?? 0)),
      colour: slotColour(null),
    },
  ];
}

export function toStack(histogram: Histogram): Stack {
  const series = seriesOf(histogram);
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

export interface StackPart {
  readonly key: string | null;
  readonly count: number;
  readonly colour: string;
}

/** What one bar is made of, the largest part first. */
export const partsOf = ({ series }: Stack, bar: number): StackPart[] =>
  series
    .map(({ key, counts, colour }) => ({ key, count: counts[bar] ?? 0, colour }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
