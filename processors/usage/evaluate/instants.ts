import type { Grid } from './grid.ts';
import { isStaleMarker, type Samples } from './samples.ts';

/**
 * PromQL's rules at the instants of a grid, as Prometheus 2.42 has them (promql/engine.go vectorSelectorSingle and
 * matrixIterSlice; promql/functions.go instantValue). Ranges and the lookback are closed on both sides: a sample exactly that old
 * still counts. Prometheus 3 leaves the left edge out, which tells otherwise only where a sample lies exactly on it.
 *
 * In what comes out, NaN says that there is no value. A value that is not a number is written as -Infinity: PromQL's max passes it
 * over, as it does -Infinity, unless there is nothing else, and neither is a value that could be shown.
 */
export const NO_NUMBER = Number.NEGATIVE_INFINITY;

/**
 * The newest sample of the last `lookbackMs` at each instant; none where it is a stale marker. Writes to `out`, one value an
 * instant, and says whether there is any.
 */
export function levelsInto(out: Float64Array, grid: Grid, samples: Samples, lookbackMs: number): boolean {
  const { times, values, count } = samples;
  let next = 0;
  let any = false;
  for (let instant = 0; instant < grid.count; instant++) {
    const at = grid.fromMs + instant * grid.stepMs;
    while (next < count && (times[next] as number) <= at) next++;
    const newest = next - 1;
    if (newest < 0 || (times[newest] as number) < at - lookbackMs || isStaleMarker(samples, newest)) {
      out[instant] = Number.NaN;
      continue;
    }
    const value = values[newest] as number;
    out[instant] = Number.isNaN(value) ? NO_NUMBER : value;
    any = true;
  }
  return any;
}

/**
 * irate at each instant: what the last two samples of the last `rangeMs` tell, a second. A value that fell is a counter that began
 * again at 0. A stale marker is passed over, so that the samples before it still count, as they do in Prometheus.
 */
export function ratesInto(out: Float64Array, grid: Grid, samples: Samples, rangeMs: number): boolean {
  const { times, values, count } = samples;
  let next = 0;
  let last = -1;
  let before = -1;
  let any = false;
  for (let instant = 0; instant < grid.count; instant++) {
    const at = grid.fromMs + instant * grid.stepMs;
    while (next < count && (times[next] as number) <= at) {
      if (!isStaleMarker(samples, next)) {
        before = last;
        last = next;
      }
      next++;
    }
    if (before < 0 || (times[before] as number) < at - rangeMs) {
      out[instant] = Number.NaN;
      continue;
    }
    const value = values[last] as number;
    const earlier = values[before] as number;
    const increase = value < earlier ? value : value - earlier;
    const rate = increase / (((times[last] as number) - (times[before] as number)) / 1000);
    out[instant] = Number.isNaN(rate) ? NO_NUMBER : rate;
    any = true;
  }
  return any;
}

/** Takes the greater value at each instant, of those that are there. */
export function maxInto(into: Float64Array, values: Float64Array): void {
  for (let instant = 0; instant < into.length; instant++) {
    const value = values[instant] as number;
    const there = into[instant] as number;
    if (value > there || Number.isNaN(there)) into[instant] = value;
  }
}

/** Adds at each instant what is there. What is not a finite number makes the sum infinite for good. */
export function sumInto(into: Float64Array, values: Float64Array): void {
  for (let instant = 0; instant < into.length; instant++) {
    const value = values[instant] as number;
    if (Number.isNaN(value)) continue;
    const there = into[instant] as number;
    if (!Number.isFinite(value)) into[instant] = Number.POSITIVE_INFINITY;
    else into[instant] = Number.isNaN(there) ? value : there + value;
  }
}
