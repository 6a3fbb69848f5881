import { toPx, type TimeScale } from './time-scale.ts';

/** How many of something fell into a stretch, or at an instant (`to` the same as `from`). */
export interface LaneCount {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface CountBar {
  readonly leftPx: number;
  readonly widthPx: number;
  readonly count: number;
  /** 0 … 1 of the lane's height. */
  readonly share: number;
  readonly from: number;
  readonly to: number;
}

const BIN_PX = 5;
/** The smallest is still a tick to be seen. */
const LEAST_SHARE = 0.3;

/**
 * Counts as bars of a few pixels each; heights go by the square root, so that single ones stay to be seen beside hundreds.
 * A stretch counts in the bin of its middle.
 */
export function binCounts(counts: readonly LaneCount[], scale: TimeScale): CountBar[] {
  const bins = new Map<number, { count: number; from: number; to: number }>();
  for (const { from, to, count } of counts) {
    const middle = (from + to) / 2;
    if (count === 0 || middle < scale.from || middle >= scale.to) continue;
    const bin = Math.floor(toPx(scale, middle) / BIN_PX);
    const found = bins.get(bin);
    if (found) {
      found.count += count;
      found.from = Math.min(found.from, from);
      found.to = Math.max(found.to, to);
    } else bins.set(bin, { count, from, to });
  }
  const most = Math.max(1, ...[...bins.values()].map(({ count }) => count));
  return [...bins.entries()]
    .toSorted(([a], [b]) => a - b)
    .map(([bin, found]) => ({
      ...found,
      leftPx: bin * BIN_PX,
      widthPx: BIN_PX - 1,
      share: LEAST_SHARE + (1 - LEAST_SHARE) * Math.sqrt((found.count - 1) / Math.max(1, most - 1)),
    }));
}

/** How many fell into the bar at the pixel. */
export const countAt = (bars: readonly CountBar[], px: number): CountBar | null =>
  bars.find(({ leftPx }) => px >= leftPx && px < leftPx + BIN_PX) ?? null;
