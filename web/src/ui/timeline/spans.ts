import type { Range } from '../../lib/time/range.ts';
import { msPerPx, toPx, type TimeScale } from './time-scale.ts';

/** How something on a lane looks: ui.md's shapes. `watched` is the quiet line of what was watched. */
export type Look = 'down' | 'degraded' | 'planned' | 'failed' | 'unknown' | 'watched';

/** Something that lasted. The bounds say how well its ends are known; left out, they are the ends themselves. */
export interface LaneSpan {
  readonly id: string;
  readonly from: number;
  /** null while it lasts. */
  readonly to: number | null;
  readonly earliestFrom?: number;
  readonly latestFrom?: number;
  readonly earliestTo?: number | null;
  readonly latestTo?: number | null;
  readonly look: Look;
  /** What it is of; both `down` and meant, for example. */
  readonly planned?: boolean;
  readonly title: string;
  readonly href?: string;
}

export interface PlacedSpan {
  /** The span, or the first of several that lie too close to be told apart. */
  readonly span: LaneSpan;
  readonly count: number;
  readonly leftPx: number;
  readonly widthPx: number;
  /** How much of it at each end is uncertain. */
  readonly softStartPx: number;
  readonly softEndPx: number;
  /** It began before, or lasts beyond, what is shown. */
  readonly cutStart: boolean;
  readonly cutEnd: boolean;
  /** Line of the lane, 0 on top. */
  readonly row: number;
}

/** Narrower than this nothing can be seen or pointed at. */
const LEAST_PX = 3;
/** What lies closer is drawn as one, as long as it looks the same. */
const JOIN_PX = 1;

interface Ends extends Range {
  readonly certainFrom: number;
  readonly certainTo: number;
}

/** From the earliest beginning to the latest end, and what of it is certain; what lasts reaches to now. */
export function endsOf(span: LaneSpan, now: number): Ends {
  const from = Math.min(span.from, span.earliestFrom ?? span.from);
  const last = span.to ?? now;
  const to = Math.max(from, span.to === null ? now : Math.max(last, span.latestTo ?? last));
  const certainFrom = Math.min(to, Math.max(from, span.latestFrom ?? span.from));
  const end = span.to === null ? now : (span.earliestTo ?? last);
  return { from, to, certainFrom, certainTo: Math.min(to, Math.max(certainFrom, end)) };
}

/** How many of the spans last at once where most do, 1 at least and `most` at most: so many lines they need. */
export function depthOf(spans: readonly LaneSpan[], now: number, most: number): number {
  const edges = spans
    .flatMap((span) => {
      const { from, to } = endsOf(span, now);
      return [
        { at: from, step: 1 },
        { at: to, step: -1 },
      ];
    })
    .toSorted((a, b) => a.at - b.at || a.step - b.step);
  let [depth, deepest] = [0, 1];
  for (const { step } of edges) deepest = Math.max(deepest, (depth += step));
  return Math.min(most, deepest);
}

const clamp = (px: number, scale: TimeScale): number => Math.min(scale.widthPx, Math.max(0, px));

function place(span: LaneSpan, scale: TimeScale, now: number): PlacedSpan | null {
  const ends = endsOf(span, now);
  if (ends.to < scale.from || ends.from >= scale.to) return null;
  const [left, right] = [clamp(toPx(scale, ends.from), scale), clamp(toPx(scale, ends.to), scale)];
  const widthPx = Math.max(LEAST_PX, right - left);
  const softStartPx = clamp(toPx(scale, ends.certainFrom), scale) - left;
  const softEndPx = right - clamp(toPx(scale, ends.certainTo), scale);
  return {
    span,
    count: 1,
    leftPx: Math.min(left, scale.widthPx - widthPx),
    widthPx,
    softStartPx: softStartPx < 1 ? 0 : softStartPx,
    softEndPx: softEndPx < 1 ? 0 : softEndPx,
    cutStart: ends.from < scale.from,
    cutEnd: span.to === null || ends.to > scale.to,
    row: 0,
  };
}

function joined(a: PlacedSpan, b: PlacedSpan): PlacedSpan {
  const end = Math.max(a.leftPx + a.widthPx, b.leftPx + b.widthPx);
  return {
    ...a,
    count: a.count + b.count,
    widthPx: end - a.leftPx,
    softEndPx: b.softEndPx,
    cutEnd: a.cutEnd || b.cutEnd,
  };
}

const isTiny = ({ widthPx }: PlacedSpan): boolean => widthPx <= LEAST_PX;
const looksLike = (a: LaneSpan, b: LaneSpan): boolean => a.look === b.look && a.planned === b.planned;

/**
 * Where the spans of a lane stand, oldest first. Those that overlap get lines of their own, up to `rows`; small ones that look
 * the same and lie together become one, with their count. Never more than fit side by side on the lane's lines.
 */
export function placeSpans(
  spans: readonly LaneSpan[],
  scale: TimeScale,
  { now, rows = 1 }: { now: number; rows?: number },
): PlacedSpan[] {
  const placed: PlacedSpan[] = [];
  /** Of each line, the index of its last span. */
  const lasts: number[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const one = place(span, scale, now);
    if (!one) continue;
    const near = lasts.findIndex((index) => {
      const last = placed[index] as PlacedSpan;
      const touches = one.leftPx <= last.leftPx + last.widthPx + JOIN_PX;
      return touches && looksLike(last.span, span) && isTiny(one) && (isTiny(last) || last.count > 1);
    });
    if (near >= 0) {
      const index = lasts[near] as number;
      placed[index] = joined(placed[index] as PlacedSpan, one);
      continue;
    }
    const ends = lasts.map((index) => (placed[index] as PlacedSpan).leftPx + (placed[index] as PlacedSpan).widthPx);
    const free = ends.findIndex((end) => end <= one.leftPx);
    const row = free >= 0 ? free : lasts.length < rows ? lasts.length : ends.indexOf(Math.min(...ends));
    lasts[row] = placed.length;
    placed.push({ ...one, row });
  }
  return placed;
}

/** The spans that hold the instant, or reach to within a pixel or so of it; what began last comes first. */
export function spansAt(spans: readonly LaneSpan[], scale: TimeScale, ms: number, now: number): LaneSpan[] {
  const slack = (LEAST_PX / 2) * msPerPx(scale);
  return spans
    .filter((span) => {
      const { from, to } = endsOf(span, now);
      return from - slack <= ms && ms <= to + slack;
    })
    .toSorted((a, b) => b.from - a.from);
}

/** The drawn span under the pointer: on its line where that is known, else the smallest there. */
export function hitSpan(placed: readonly PlacedSpan[], px: number, row?: number): PlacedSpan | null {
  const hits = placed.filter(
    (one) => px >= one.leftPx - 2 && px <= one.leftPx + one.widthPx + 2 && (row === undefined || one.row === row),
  );
  return hits.toSorted((a, b) => a.widthPx - b.widthPx)[0] ?? null;
}
