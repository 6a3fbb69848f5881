import type { Range } from '../../lib/time/range.ts';

/** Instants (milliseconds since the Unix epoch) on a line of pixels. */
export interface TimeScale extends Range {
  readonly widthPx: number;
}

/** What a range may be zoomed and moved to: the present is the end of what can be known. */
export interface Bounds {
  readonly leastMs: number;
  readonly mostMs: number;
  readonly now: number;
}

export const BOUNDS_MS = { leastMs: 10_000, mostMs: 3 * 366 * 86_400_000 } as const;

const lengthOf = ({ from, to }: Range): number => Math.max(1, to - from);

export const toPx = (scale: TimeScale, ms: number): number => ((ms - scale.from) / lengthOf(scale)) * scale.widthPx;

/** The instant at a pixel, never outside the range. */
export function toMs(scale: TimeScale, px: number): number {
  const share = scale.widthPx > 0 ? px / scale.widthPx : 0;
  return Math.round(scale.from + Math.min(1, Math.max(0, share)) * lengthOf(scale));
}

/** How long a pixel is. */
export const msPerPx = (scale: TimeScale): number => lengthOf(scale) / Math.max(1, scale.widthPx);

/** Moved so that it ends no later than now and starts no earlier than the epoch. */
function within({ from, to }: Range, now: number): Range {
  const length = to - from;
  const end = Math.max(length, Math.min(to, now));
  return { from: Math.round(end - length), to: Math.round(end) };
}

/** `factor` times as long, the instant `around` at the same place as before. Below 1 it comes nearer. */
export function zoomed(range: Range, factor: number, around: number, bounds: Bounds): Range {
  const length = Math.min(bounds.mostMs, Math.max(bounds.leastMs, lengthOf(range) * factor));
  const share = Math.min(1, Math.max(0, (around - range.from) / lengthOf(range)));
  const from = around - share * length;
  return within({ from, to: from + length }, bounds.now);
}

/** The same length, a share of it later; earlier where the share is negative. */
export function panned(range: Range, share: number, bounds: Bounds): Range {
  const by = share * lengthOf(range);
  return within({ from: range.from + by, to: range.to + by }, bounds.now);
}

/** What was drawn from one pixel to another, in whichever direction; null where it is too short to be meant. */
export function drawn(scale: TimeScale, startPx: number, endPx: number, leastPx: number): Range | null {
  if (Math.abs(endPx - startPx) < leastPx) return null;
  const [from, to] = [toMs(scale, Math.min(startPx, endPx)), toMs(scale, Math.max(startPx, endPx))];
  return to > from ? { from, to } : null;
}
