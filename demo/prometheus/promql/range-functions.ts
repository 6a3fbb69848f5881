import type { Samples } from '../series.ts';
import type { RangeFunction } from './expression.ts';

/** Samples without stale markers: of the indexes [from, to). Times in milliseconds. */
interface Window extends Samples {
  readonly from: number;
  readonly to: number;
}

const at = (list: readonly number[], index: number): number => list[index] as number;

/** How much a counter has grown from first to last sample: what it lost in resets is added. */
function growth({ values, from, to }: Window): number {
  let sum = at(values, to - 1) - at(values, from);
  for (let i = from + 1; i < to; i++) if (at(values, i) < at(values, i - 1)) sum += at(values, i - 1);
  return sum;
}

/**
 * After extrapolatedRate of Prometheus' promql/functions.go: out to the window's ends, but for half a mean step where the samples end
 * earlier, and not below a counter's zero. `ms` is the window's end.
 */
function extrapolated(
  window: Window,
  ms: number,
  rangeMs: number,
  counter: boolean,
  perSecond: boolean,
): number | null {
  const { times, values, from, to } = window;
  const count = to - from;
  if (count < 2) return null;
  const first = at(times, from);
  const last = at(times, to - 1);
  const result = counter ? growth(window) : at(values, to - 1) - at(values, from);
  const sampled = (last - first) / 1000;
  const mean = sampled / (count - 1);
  const threshold = mean * 1.1;
  let toStart = (first - (ms - rangeMs)) / 1000;
  let toEnd = (ms - last) / 1000;
  if (toStart >= threshold) toStart = mean / 2;
  if (counter && result > 0 && at(values, from) >= 0) {
    toStart = Math.min(toStart, sampled * (at(values, from) / result));
  }
  if (toEnd >= threshold) toEnd = mean / 2;
  const factor = (sampled + toStart + toEnd) / sampled;
  return (result * factor) / (perSecond ? rangeMs / 1000 : 1);
}

/** Of the last two samples; a fall is a reset. */
function instantRate({ times, values, from, to }: Window): number | null {
  if (to - from < 2) return null;
  const [before, last] = [at(values, to - 2), at(values, to - 1)];
  const grown = last < before ? last : last - before;
  return grown / ((at(times, to - 1) - at(times, to - 2)) / 1000);
}

function total({ values, from, to }: Window): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += at(values, i);
  return sum;
}

const extreme =
  (pick: (a: number, b: number) => number) =>
  ({ values, from, to }: Window): number => {
    let best = at(values, from);
    for (let i = from + 1; i < to; i++) best = pick(best, at(values, i));
    return best;
  };

type Apply = (window: Window, ms: number, rangeMs: number) => number | null;

/** What each function makes of at least one sample; null: nothing. */
export const APPLY: Readonly<Record<RangeFunction, Apply>> = {
  rate: (window, ms, rangeMs) => extrapolated(window, ms, rangeMs, true, true),
  increase: (window, ms, rangeMs) => extrapolated(window, ms, rangeMs, true, false),
  delta: (window, ms, rangeMs) => extrapolated(window, ms, rangeMs, false, false),
  irate: instantRate,
  max_over_time: extreme(Math.max),
  min_over_time: extreme(Math.min),
  avg_over_time: (window) => total(window) / (window.to - window.from),
  sum_over_time: total,
  count_over_time: ({ from, to }) => to - from,
  last_over_time: ({ values, to }) => at(values, to - 1),
};
