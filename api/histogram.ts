import { AppError } from '../platform/errors.ts';
import { toTime } from '../platform/clock.ts';
import { BUCKET_SECONDS, type Bucket, type HistogramBy } from '../schemas/api/parameters.ts';
import type { Histogram } from '../schemas/api/exceptions.ts';
import type { HistogramRow } from './queries/histogram.ts';

const AIM_BARS = 150;
const MOST_BARS = 1500;
const MOST_SERIES = 20;

/** The width of a bar: the one asked for, or the narrowest that gives at most 150. Throws `bad_request` past 1,500 bars. */
export function bucketSecondsFor(bucket: 'auto' | Bucket, range: { from: number; to: number }): number {
  const seconds = (range.to - range.from) / 1000;
  if (bucket === 'auto') {
    const days = Math.ceil(seconds / 86_400 / AIM_BARS);
    return Object.values(BUCKET_SECONDS).find((width) => seconds / width <= AIM_BARS) ?? Math.max(1, days) * 86_400;
  }
  const width = BUCKET_SECONDS[bucket];
  if (seconds / width <= MOST_BARS) return width;
  const message = `would give more than ${MOST_BARS} bars over this range`;
  throw new AppError('bad_request', `bucket ${bucket} ${message}`, {
    details: { problems: [{ in: 'querystring', parameter: 'bucket', message }] },
  });
}

/** Lays the counted buckets out without holes, the 20 most frequent keys by themselves and the others together. */
export function toHistogram(
  rows: readonly HistogramRow[],
  shape: { from: number; to: number; bucketSeconds: number; by: HistogramBy },
): Histogram {
  const width = shape.bucketSeconds * 1000;
  const first = Math.floor(shape.from / width);
  const length = Math.ceil(shape.to / width) - first;
  const zeros = () => Array.from({ length }, () => 0);
  const byKey = new Map<string, { key: string; total: number; counts: number[] }>();
  for (const { bucket, key, count } of rows) {
    let series = byKey.get(key);
    if (!series) byKey.set(key, (series = { key, total: 0, counts: zeros() }));
    series.total += count;
    series.counts[bucket - first] = (series.counts[bucket - first] ?? 0) + count;
  }
  const sorted = [...byKey.values()].toSorted((a, b) => b.total - a.total || (a.key < b.key ? -1 : 1));
  const rest = sorted.slice(MOST_SERIES);
  return {
    from: toTime(shape.from),
    to: toTime(shape.to),
    bucket_seconds: shape.bucketSeconds,
    by: shape.by,
    total: sorted.reduce((sum, series) => sum + series.total, 0),
    buckets: Array.from({ length }, (_, index) => toTime((first + index) * width)),
    series: sorted.slice(0, MOST_SERIES),
    others: {
      keys: rest.length,
      total: rest.reduce((sum, series) => sum + series.total, 0),
      counts: zeros().map((_, index) => rest.reduce((sum, series) => sum + (series.counts[index] ?? 0), 0)),
    },
  };
}
