import { SET, USED, type Measure } from '../../../schemas/usage.ts';
import type { Grid } from './grid.ts';
import { MEASURE_NUMBERS, type PodInstants, type PodName } from './pods.ts';

/** For how long, before and after, use that is known says that a pod is there. */
export const IDLE_MS = 300_000;

/**
 * Forgets requests and limits of a pod at instants further than `IDLE_MS` from any at which its use is known: kube-state-metrics goes
 * on telling those of a finished Job's pods until somebody deletes them. Where no pod's use is known thereabouts on the pod's node, or
 * on any where `nodeOf` answers '', it is the use that is missing, and they stay: its kubelet is not scraped.
 */
export function forgetIdle(grid: Grid, pods: readonly PodInstants[], nodeOf: (pod: PodName) => string): void {
  const reach = Math.floor(IDLE_MS / grid.stepMs);
  const known = pods.map((pod) => ({ pod, near: widened(usedAt(grid, pod), reach), node: nodeOf(pod) }));
  const ofNodes = new Map<string, Uint8Array>([['', new Uint8Array(grid.count)]]);
  for (const { near, node } of known) {
    for (const name of new Set(['', node])) {
      const any = ofNodes.get(name) ?? new Uint8Array(grid.count);
      for (let instant = 0; instant < grid.count; instant++) if (near[instant] === 1) any[instant] = 1;
      ofNodes.set(name, any);
    }
  }
  for (const { pod, near, node } of known) {
    const any = ofNodes.get(node) as Uint8Array;
    for (const column of columnsOf(pod.values, SET)) {
      for (let instant = 0; instant < grid.count; instant++) {
        if (near[instant] === 0 && any[instant] === 1) column[instant] = Number.NaN;
      }
    }
  }
}

/**
 * Tells the spans of a pod's instants that are at most `IDLE_MS` from one at which its use is known, oldest first. Undefined where of
 * none of `pods` anything is.
 */
export function spansNearUse(
  grid: Grid,
  pods: readonly PodInstants[],
): ((pod: PodInstants) => { readonly fromMs: number; readonly toMs: number }[]) | undefined {
  if (!pods.some((pod) => usedAt(grid, pod).includes(1))) return undefined;
  const timeOf = (instant: number): number => grid.fromMs + instant * grid.stepMs;
  return (pod) => {
    const near = widened(usedAt(grid, pod), Math.floor(IDLE_MS / grid.stepMs));
    const spans: { fromMs: number; toMs: number }[] = [];
    for (let first = near.indexOf(1); first >= 0;) {
      const next = near.indexOf(0, first);
      const end = next < 0 ? grid.count : next;
      spans.push({ fromMs: timeOf(first), toMs: timeOf(end) });
      first = near.indexOf(1, end);
    }
    return spans;
  };
}

const columnsOf = (values: PodInstants['values'], measures: readonly Measure[]): Float64Array[] =>
  measures.flatMap((measure) => values[MEASURE_NUMBERS[measure]] ?? []);

function usedAt(grid: Grid, { values }: PodInstants): Uint8Array {
  const used = new Uint8Array(grid.count);
  for (const column of columnsOf(values, USED)) {
    for (let instant = 0; instant < grid.count; instant++) if (!Number.isNaN(column[instant])) used[instant] = 1;
  }
  return used;
}

/** 1 at instants that are at most `reach` from one that is marked. */
function widened(marks: Uint8Array, reach: number): Uint8Array {
  const wide = new Uint8Array(marks.length);
  let since = Number.POSITIVE_INFINITY;
  for (let instant = 0; instant < marks.length; instant++) {
    since = marks[instant] === 1 ? 0 : since + 1;
    if (since <= reach) wide[instant] = 1;
  }
  let until = Number.POSITIVE_INFINITY;
  for (let instant = marks.length - 1; instant >= 0; instant--) {
    until = marks[instant] === 1 ? 0 : until + 1;
    if (until <= reach) wide[instant] = 1;
  }
  return wide;
}
