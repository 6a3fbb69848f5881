/** One metric of a benchmark: ours beside a peer's that did the same work in the same run. */
export interface Measured {
  readonly bench: string;
  readonly metric: string;
  readonly ours: number;
  readonly peer: number;
  /** Least ratio of ours to the peer's that will do. */
  readonly aim: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** The line that stands for a metric: `bench NAME METRIC ours=… peer=… ratio=… aim=… met|missed`. */
export function lineOf({ bench, metric, ours, peer, aim }: Measured): string {
  const ratio = ours / peer;
  const figures = `ours=${Math.round(ours)} peer=${Math.round(peer)} ratio=${ratio.toFixed(2)} aim=${aim.toFixed(2)}`;
  return `bench ${bench} ${metric} ${figures} ${ratio >= aim ? 'met' : 'missed'}`;
}

const LINE = /^bench (\S+) (\S+) ours=(\S+) peer=(\S+) ratio=(\S+) aim=(\S+) (met|missed)$/;

/** Reads such a line back, or null for any other. */
export function readLine(line: string) {
  const [, bench, metric, ours, peer, ratio, aim, verdict] = LINE.exec(line) ?? [];
  if (bench === undefined) return null;
  const figures = { ours: Number(ours), peer: Number(peer), ratio: Number(ratio), aim: Number(aim) };
  return { bench, metric, ...figures, met: verdict === 'met' };
}
