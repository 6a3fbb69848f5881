import type { Desk } from './desk.ts';
import { podBehind } from './desk.ts';
import type { IntervalRecord } from './state.ts';

/** The watches of slices and workloads race: what one action does may be seen in either order. */
const RACE_MS = 2_000;

/**
 * Where a service is off, and its pods had been asked to go and were seen leaving just before, they most likely went because
 * nothing was wanted any more, which was told a moment later: off reaches back to when they left. It is certain only from then
 * on when it was told.
 *
 * @param intervals those of a service that exclude each other, in the order in which they were seen.
 */
export function joinOff(desk: Desk, intervals: readonly IntervalRecord[]): void {
  for (const [place, off] of intervals.entries()) {
    if (off.row.kind !== 'off') continue;
    let first = off;
    for (const before of intervals.slice(0, place).toReversed()) {
      if (before.ended?.seen !== first.began.seen || !isOfScaling(desk, before, off)) break;
      first = before;
    }
    if (first !== off) off.since = { ...first.began };
    else if (intervals[place - 1]?.ended?.seen === off.began.seen) delete off.since;
  }
}

function isOfScaling(desk: Desk, { row, began, lost }: IntervalRecord, off: IntervalRecord): boolean {
  // Where the watch was cut, the time between the two says nothing.
  if (row.kind === 'off' || began.cut !== undefined || off.began.seen - began.seen > RACE_MS) return false;
  const isToGo = (id: string) => podBehind(desk, row, id)?.deleted_at !== undefined;
  return lost.length > 0 && lost.every(({ id }) => isToGo(id));
}
