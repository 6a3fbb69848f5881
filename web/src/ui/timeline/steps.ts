import { toPx, type TimeScale } from './time-scale.ts';

/** A value that holds from an instant on, until the next step. */
export interface Step {
  readonly at: number;
  readonly ready: number;
  readonly wanted: number;
}

/** The step that holds at the instant; undefined before the first. */
export function stepAt<S extends Step>(steps: readonly S[], ms: number): S | undefined {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] as S).at <= ms) low = middle + 1;
    else high = middle;
  }
  return steps[low - 1];
}

/** The top of the lane's scale: 1 at least, so that a service without endpoints has a height. */
export const highest = (steps: readonly Step[]): number =>
  steps.reduce((top, { ready, wanted }) => Math.max(top, ready, wanted), 1);

/**
 * Of the steps that fall on one pixel the first, the least and the most ready, and the last: a second without endpoints stays
 * to be seen in a year. In time's order; the one that holds at the range's start comes first.
 */
export function thinSteps<S extends Step>(steps: readonly S[], scale: TimeScale): S[] {
  const before = stepAt(steps, scale.from);
  const inside = steps.filter(({ at }) => at > scale.from && at < scale.to);
  const columns = new Map<number, S[]>();
  for (const step of before ? [before, ...inside] : inside) {
    const column = Math.max(0, Math.floor(toPx(scale, step.at)));
    const found = columns.get(column);
    if (found) found.push(step);
    else columns.set(column, [step]);
  }
  return [...columns.values()].flatMap((column) => {
    if (column.length <= 4) return column;
    const least = column.reduce((a, b) => (b.ready < a.ready ? b : a));
    const most = column.reduce((a, b) => (b.ready > a.ready ? b : a));
    const kept = new Set([column[0], least, most, column.at(-1)]);
    return column.filter((step) => kept.has(step));
  });
}

export interface StepPaths {
  /** SVG path of the area under `ready`. */
  readonly ready: string;
  /** SVG path of the line of `wanted`. */
  readonly wanted: string;
}

const short = (px: number): string => String(Math.round(px * 100) / 100);

/** Both values as paths in a box of the scale's width and `heightPx`; nothing is drawn before the first step or after `until`. */
export function stepPaths(steps: readonly Step[], scale: TimeScale, heightPx: number, until: number): StepPaths {
  const thin = thinSteps(steps, scale);
  const top = highest(thin);
  const end = Math.min(scale.widthPx, toPx(scale, Math.min(until, scale.to)));
  const y = (value: number): string => short(heightPx - (value / top) * heightPx);
  const x = (at: number): number => Math.max(0, toPx(scale, at));
  const [first] = thin;
  if (!first || x(first.at) >= end) return { ready: '', wanted: '' };
  const start = short(x(first.at));
  let ready = `M${start} ${short(heightPx)}V${y(first.ready)}`;
  let wanted = `M${start} ${y(first.wanted)}`;
  for (const step of thin.slice(1)) {
    if (x(step.at) >= end) break;
    ready += `H${short(x(step.at))}V${y(step.ready)}`;
    wanted += `H${short(x(step.at))}V${y(step.wanted)}`;
  }
  return { ready: `${ready}H${short(end)}V${short(heightPx)}Z`, wanted: `${wanted}H${short(end)}` };
}
