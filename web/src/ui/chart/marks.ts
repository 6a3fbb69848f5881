import type { Range } from '../../lib/time/range.ts';

/** Something that came at an instant, beside what a chart shows. */
export interface ChartMark {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly title: string;
  /** Went wrong: drawn filled. */
  readonly failed: boolean;
  readonly href: string;
}

/** Marks that lie too close to be pointed at one by one. */
export interface MarkGroup {
  readonly marks: readonly ChartMark[];
  readonly leftPx: number;
  readonly failed: number;
}

/** Where the plot lies within a chart: left of it the numbers, right of it room for half a label. */
export const PLOT_INSETS_PX = { left: 44, right: 24 } as const;

/** Room for a flag and its number; at least 24: https://www.w3.org/TR/WCAG22/#target-size-minimum */
export const MARK_PX = 36;

/**
 * The marks of the range from left to right, each at its instant; those that come within a mark's width of the first of a group
 * join it. `widthPx`: how long the axis is.
 */
export function groupMarks(marks: readonly ChartMark[], { from, to }: Range, widthPx: number): MarkGroup[] {
  const groups: { marks: ChartMark[]; leftPx: number; failed: number }[] = [];
  const within = marks.filter(({ at }) => at >= from && at < to).toSorted((a, b) => a.at - b.at);
  for (const mark of within) {
    const leftPx = ((mark.at - from) / (to - from)) * widthPx;
    const last = groups.at(-1);
    if (last && leftPx < last.leftPx + MARK_PX) {
      last.marks.push(mark);
      last.failed += mark.failed ? 1 : 0;
    } else groups.push({ marks: [mark], leftPx, failed: mark.failed ? 1 : 0 });
  }
  return groups;
}

/** From the first of a group to just after its last, in whole minutes: a stretch that holds them all. */
export function stretchOf({ marks }: MarkGroup): Range {
  const MINUTE_MS = 60_000;
  const times = marks.map(({ at }) => at);
  return {
    from: Math.floor(Math.min(...times) / MINUTE_MS) * MINUTE_MS,
    to: (Math.floor(Math.max(...times) / MINUTE_MS) + 1) * MINUTE_MS,
  };
}

/** Which group an arrow key leads to; null for other keys. */
export function markAfterKey(key: string, at: number, count: number): number | null {
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }[key];
  return next === undefined ? null : Math.min(count - 1, Math.max(0, next));
}
