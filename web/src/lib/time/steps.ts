import type { Range } from './range.ts';

/** The range moved so that it ends no later than now. */
function untilNow({ from, to }: Range, now: number): Range {
  const over = Math.max(0, to - now);
  return { from: from - over, to: to - over };
}

/** The whole length back (-1) or forward (1); never beyond now. */
export const step = ({ from, to }: Range, direction: -1 | 1, now: number): Range =>
  untilNow({ from: from + direction * (to - from), to: to + direction * (to - from) }, now);

/** Twice as long around the same middle; where now is in the way, longer at its start alone. */
export function zoomOut({ from, to }: Range, now: number): Range {
  const half = (to - from) / 2;
  const wider = untilNow({ from: Math.floor(from - half), to: Math.floor(to + half) }, now);
  return { from: Math.max(0, wider.from), to: wider.to };
}
