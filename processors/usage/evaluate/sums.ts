import { LOOKBACK_MS, RATE_RANGE_MS, type Candidate } from '../measures-candidate.ts';
import type { Labels } from '../prometheus/series.ts';
import type { Grid } from './grid.ts';
import { levelsInto, maxInto, ratesInto, sumInto } from './instants.ts';
import type { Samples } from './samples.ts';

/** The values of one pod, by instant: NaN where there is none, ±Infinity where it is no number that could be shown. */
export interface PodValues {
  readonly namespace: string;
  readonly pod: string;
  readonly values: Float64Array;
}

/** What one selector of a candidate comes to, pod by pod. */
export interface Sums {
  /** Series without a namespace or pod are passed over. */
  add(labels: Labels, samples: Samples): void;
  /** Once, after the last series. */
  total(): PodValues[];
}

/**
 * Gathers the values of series: those alike in the candidate's parts are one, of which the greatest counts; parts are summed by
 * pod. Holds one array of instants a part, so `total` is best taken as soon as the last series is there.
 */
export function createSums(grid: Grid, { labels: names, parts: partLabels, reading }: Candidate): Sums {
  const parts = new Map<string, PodValues>();
  const evaluated = new Float64Array(grid.count);
  const evaluate = (samples: Samples): boolean =>
    reading === 'level'
      ? levelsInto(evaluated, grid, samples, LOOKBACK_MS)
      : ratesInto(evaluated, grid, samples, RATE_RANGE_MS);

  return {
    add(labels, samples) {
      const namespace = labels[names.namespace] ?? '';
      const pod = labels[names.pod] ?? '';
      if (namespace === '' || pod === '' || !evaluate(samples)) return;
      let key = `${namespace}\0${pod}`;
      for (const name of partLabels) key += `\0${labels[name] ?? ''}`;
      const part = parts.get(key);
      if (part) maxInto(part.values, evaluated);
      else parts.set(key, { namespace, pod, values: evaluated.slice() });
    },
    total() {
      const pods = new Map<string, PodValues>();
      for (const { namespace, pod, values } of parts.values()) {
        const key = `${namespace}\0${pod}`;
        const sum = pods.get(key);
        if (sum) sumInto(sum.values, values);
        else pods.set(key, { namespace, pod, values });
      }
      parts.clear();
      return [...pods.values()];
    },
  };
}
