/** Which figures are good: rates and the like are better when `higher`; memory, delays and part counts when `lower`. */
export type Better = 'higher' | 'lower';

/** One metric of a benchmark: ours beside a peer's that did the same work in the same run, or beside a bound. */
export interface Measured {
  readonly bench: string;
  readonly metric: string;
  readonly ours: number;
  readonly peer: number;
  /** `higher` unless said. */
  readonly better?: Better;
  /**
   * The ratio of ours to the peer's that will do: at least this where higher is better, at most this where lower is. An aim
   * of 0 with `higher` asks for nothing: the peer is there to show the distance, and the verdict is always `met`.
   */
  readonly aim: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** The smallest of the values that at least this share of them (0 < share ≤ 1) does not exceed; NaN of none. */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN;

/** Whole above 100, three significant digits below. */
const figure = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

/**
 * The line that stands for a metric: `bench NAME METRIC ours=… peer=… ratio=… aim=… met|missed`. `aim=0.50` is a ratio to
 * reach, `aim=≤0.33` one to stay within.
 */
export function lineOf({ bench, metric, ours, peer, better = 'higher', aim }: Measured): string {
  const ratio = ours / peer;
  const met = better === 'higher' ? ratio >= aim : ratio <= aim;
  const figures = `ours=${figure(ours)} peer=${figure(peer)} ratio=${ratio.toFixed(2)}`;
  return `bench ${bench} ${metric} ${figures} aim=${better === 'lower' ? '≤' : ''}${aim.toFixed(2)} ${met ? 'met' : 'missed'}`;
}

const LINE = /^bench (\S+) (\S+) ours=(\S+) peer=(\S+) ratio=(\S+) aim=(≤?)(\S+) (met|missed)$/;

/** Reads such a line back, or null for any other. */
export function readLine(line: string) {
  const [, bench, metric, ours, peer, ratio, atMost, aim, verdict] = LINE.exec(line) ?? [];
  if (bench === undefined) return null;
  const better: Better = atMost === '' ? 'higher' : 'lower';
  const figures = { ours: Number(ours), peer: Number(peer), ratio: Number(ratio), better, aim: Number(aim) };
  return { bench, metric, ...figures, met: verdict === 'met' };
}
