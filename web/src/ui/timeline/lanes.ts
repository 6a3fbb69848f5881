import type { Range } from '../../lib/time/range.ts';
import { binCounts, countAt, type LaneCount } from './counts.ts';
import { spansAt, type LaneSpan } from './spans.ts';
import { stepAt, type Step } from './steps.ts';
import { toPx, type TimeScale } from './time-scale.ts';

interface LaneBase {
  readonly id: string;
  readonly title: string;
  /** The list of what the lane shows. */
  readonly href?: string;
  /** What stands under the title while no instant is looked at. */
  readonly note?: string;
}

/** How many endpoints were ready, of how many wanted. */
export interface StepsLane extends LaneBase {
  readonly kind: 'steps';
  readonly steps: readonly Step[];
}

/** Things that lasted; up to `rows` of them above each other. */
export interface SpansLane extends LaneBase {
  readonly kind: 'spans';
  readonly spans: readonly LaneSpan[];
  readonly rows?: number;
  /** Said of an instant at which there is none; '' for nothing. */
  readonly otherwise?: string;
}

/** Things that happened, counted where they are dense. */
export interface CountsLane extends LaneBase {
  readonly kind: 'counts';
  readonly counts: readonly LaneCount[];
}

export type Lane = StepsLane | SpansLane | CountsLane;

const ROW_PX = 18;
const HEIGHTS_PX = { steps: 72, counts: 36 } as const;
/** Above and below: a lane of one line has room for the two of its label. */
const PADDING_PX = 9;

export const rowsOf = (lane: SpansLane): number => lane.rows ?? 1;
export const heightOf = (lane: Lane): number =>
  lane.kind === 'spans' ? rowsOf(lane) * ROW_PX + 2 * PADDING_PX : HEIGHTS_PX[lane.kind];
export const rowTop = (row: number): number => PADDING_PX + row * ROW_PX;
export const rowAt = (px: number): number => Math.max(0, Math.floor((px - PADDING_PX) / ROW_PX));
export const BAR_PX = ROW_PX - 4;

/** What a lane shows at an instant. */
export type Reading =
  | { readonly kind: 'steps'; readonly step: Step | null }
  | { readonly kind: 'spans'; readonly spans: readonly LaneSpan[]; readonly otherwise: string }
  | { readonly kind: 'counts'; readonly count: number };

const isWithin = (ms: number, { from, to }: Range): boolean => ms >= from && ms < to;

/** What the lane shows at the instant. Nobody knows how many were ready while nobody watched, or in the future. */
export function readLane(
  lane: Lane,
  scale: TimeScale,
  ms: number,
  { now, unknown }: { now: number; unknown: readonly Range[] },
): Reading {
  switch (lane.kind) {
    case 'steps': {
      const hidden = ms > now || unknown.some((range) => isWithin(ms, range));
      return { kind: 'steps', step: hidden ? null : (stepAt(lane.steps, ms) ?? null) };
    }
    case 'spans':
      return {
        kind: 'spans',
        spans: ms > now ? [] : spansAt(lane.spans, scale, ms, now),
        otherwise: ms > now ? '' : (lane.otherwise ?? ''),
      };
    case 'counts':
      return { kind: 'counts', count: countAt(binCounts(lane.counts, scale), toPx(scale, ms))?.count ?? 0 };
  }
}
