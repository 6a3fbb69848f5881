import type { Change } from './state.ts';

/** Kubernetes writes whole seconds, and a watch brings news within one. */
const SECOND_MS = 1000;

export interface Bounds {
  earliest: number;
  best: number;
  latest: number;
}

/**
 * How sure an end of an interval is: at the latest it was when it was seen. At the earliest it was when the pods say, a whole
 * second; where they say nothing, a second before it was seen, or when the watch was cut; a lost node was silent before. Never
 * before what was seen last holds.
 */
export function boundsOf({ seen, floor, after = floor, cut, told: said, earliest: silent }: Change): Bounds {
  const within = (at: number): number => Math.min(seen, Math.max(floor, at));
  // Of an endpoint that left or came for another reason its pod tells of an older time.
  const told = said !== undefined && said > after - SECOND_MS ? said : undefined;
  const usual = within(told ?? Math.min(cut ?? seen, seen - SECOND_MS));
  const earliest = silent === undefined ? usual : Math.min(usual, within(silent));
  // What is seen within the second that the pods tell is nearer to the truth than the second's beginning.
  const best = told !== undefined && seen - told >= SECOND_MS ? within(told) : seen;
  return { earliest, best: Math.max(best, earliest), latest: seen };
}
