import { isStale, type Series } from '../prometheus/series.ts';

/** Samples as they are evaluated; only the first `count` count, times rise strictly, a stale marker is still among them. */
export type Samples = Pick<Series, 'times' | 'values' | 'words' | 'hasStale' | 'count'>;

export interface CheckedSamples {
  readonly samples: Samples;
  /** Samples that are not a number or infinite (kept: an instant that needs one is unknown), or not after the one before (left out). */
  readonly bad: number;
}

/** Whether the sample ends its series: Prometheus writes it where a target or one of its series is gone. */
export const isStaleMarker = ({ values, words, hasStale }: Samples, index: number): boolean =>
  hasStale && Number.isNaN(values[index]) && isStale(words, index);

/** Counts bad samples, and leaves out those whose time is none or not after the one before. */
export function checkSamples(series: Samples): CheckedSamples {
  const { times, values, count } = series;
  let bad = 0;
  let disorder = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < count; index++) {
    const time = times[index] as number;
    if (time > last) last = time;
    else disorder++;
    if (!Number.isFinite(values[index]) && !isStaleMarker(series, index)) bad++;
  }
  return disorder === 0 ? { samples: series, bad } : inOrder(series);
}

function inOrder(series: Samples): CheckedSamples {
  const times = new Float64Array(series.count);
  const values = new Float64Array(series.count);
  const words = new Uint32Array(values.buffer);
  let count = 0;
  let bad = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < series.count; index++) {
    const time = series.times[index] as number;
    const infinite = !Number.isFinite(series.values[index]) && !isStaleMarker(series, index);
    if (infinite || !(time > last)) bad++;
    if (!(time > last)) continue;
    last = time;
    times[count] = time;
    // Copied by its bits: a stale marker is one NaN among many.
    words[2 * count] = series.words[2 * index] as number;
    words[2 * count + 1] = series.words[2 * index + 1] as number;
    count++;
  }
  return { samples: { times, values, words, hasStale: series.hasStale, count }, bad };
}
