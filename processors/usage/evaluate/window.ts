import { AppError } from '../../../platform/errors.ts';
import type { Measure } from '../../../schemas/usage.ts';
import type { Candidate, PodLabels } from '../measures-candidate.ts';
import type { Series } from '../prometheus/series.ts';
import { columnsOf, type UsageColumns } from './columns.ts';
import { createGrid, firstInstant, type Grid } from './grid.ts';
import { forgetIdle, spansNearUse } from './idle.ts';
import { createPods, type PodName, type Pods } from './pods.ts';
import { checkSamples, isStaleMarker } from './samples.ts';
import { createSums, type PodValues, type Sums } from './sums.ts';

/** What a range of instants comes to. Made for one import, which puts series in as they arrive and takes the rows at its end. */
export interface UsageWindow {
  /**
   * Raw samples of one series, all those from LOOKBACK_MS before the first instant on; `selector` says which of the
   * candidate's selectors it answers, `series.selector` where nothing else is said. Nothing of the series is kept.
   */
  add(candidate: Candidate, series: Series, selector?: number): void;
  /** The last series of the candidate is there: makes its values the measure's, and frees what they were made of. */
  finish(candidate: Candidate): void;
  /**
   * A series of an answer of query_range to an expression by `labels`, on this grid; one series may come in several pieces. What is
   * known already stays.
   */
  addAnswer(measure: Measure, labels: PodLabels, series: Series): void;
  /** A value that holds from `fromMs` until before `toMs` (null: to the end), as the journal tells it. */
  fill(measure: Measure, pod: PodName, span: Span, value: number): void;
  /** The pod is known to have run in this span: it has rows, whatever was measured. */
  markRunning(pod: PodName, span: Span): void;
  /**
   * Requests and limits that are known so far are those of pods of which use is known, five minutes to either side; the others go.
   * Where of the pod's node, as `nodeOf` tells it, nothing is used, they stay. Of the candidates that are finished.
   */
  forgetIdle(nodeOf?: (pod: PodName) => string): void;
  /**
   * Tells near which instants of a pod, five minutes to either side, its use is known; undefined where of no pod anything is. Of the
   * candidates that are finished.
   */
  nearUse(): ((pod: PodName) => readonly Span[]) | undefined;
  /** The pods that were heard of so far. */
  pods(): readonly PodName[];
  /** Instants at which the measure is known, over all pods, of the candidates that are finished. */
  known(measure: Measure): number;
  /** Samples that were put in, and those among them that were bad. */
  counts(): { readonly samples: number; readonly badSamples: number };
  /** Finishes every candidate, and gives the rows in blocks of whole pods, of `mostRows` where no pod has more. */
  blocks(mostRows?: number): Generator<UsageColumns, void, undefined>;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number | null;
}

interface Open {
  readonly part: Sums;
  readonly whole: Sums | undefined;
}

/**
 * A window of the instants `fromMs`, `fromMs + stepMs`, ... before `toMs`, any number of hours. Values are as Prometheus evaluates
 * `expressionOf(candidate)`, but for those that are not finite numbers, which are unknown. Throws AppError `bad_request` on bounds
 * that do not lie on the grid.
 */
export function createWindow(bounds: { fromMs: number; toMs: number; stepMs: number }): UsageWindow {
  const grid = createGrid(bounds);
  const pods = createPods(grid.count);
  const open = new Map<Candidate, Open>();
  let samples = 0;
  let badSamples = 0;

  const openOf = (candidate: Candidate): Open => {
    const there = open.get(candidate);
    if (there) return there;
    const whole = candidate.reading === 'share' ? createSums(grid, candidate) : undefined;
    const made = { part: createSums(grid, candidate), whole };
    open.set(candidate, made);
    return made;
  };
  const finish = (candidate: Candidate): void => {
    const sums = open.get(candidate);
    if (!sums) return;
    open.delete(candidate);
    const values = sums.whole ? shares(sums.part.total(), sums.whole.total()) : sums.part.total();
    for (const pod of values) pods.keep(pod, candidate.measure, pod.values, candidate.scale);
  };

  return {
    add(candidate, series, selector = series.selector) {
      const { part, whole } = openOf(candidate);
      const sums = [part, whole][selector];
      if (!sums) throw new AppError('internal', `${candidate.measure} has no selector ${selector}`);
      const checked = checkSamples(series);
      samples += series.count;
      badSamples += checked.bad;
      sums.add(series.labels, checked.samples);
    },
    finish,
    addAnswer(measure, labels, series) {
      samples += series.count;
      badSamples += putAnswer(grid, pods, measure, labels, series);
    },
    fill(measure, pod, span, value) {
      if (!Number.isFinite(value)) return;
      const [first, end] = instantsOf(grid, span);
      if (first < end) pods.valuesOf(pod, measure).fill(value, first, end);
    },
    markRunning(name, span) {
      const [first, end] = instantsOf(grid, span);
      if (first >= end) return;
      const pod = pods.of(name);
      pod.ran ??= new Uint8Array(grid.count);
      pod.ran.fill(1, first, end);
    },
    forgetIdle: (nodeOf = () => '') => forgetIdle(grid, pods.sorted(), nodeOf),
    nearUse() {
      const spansOf = spansNearUse(grid, pods.sorted());
      return spansOf && ((pod) => spansOf(pods.of(pod)));
    },
    pods: () => pods.sorted().map(({ namespace, pod }) => ({ namespace, pod })),
    known: (measure) => pods.countOf(measure),
    counts: () => ({ samples, badSamples }),
    *blocks(mostRows = Number.POSITIVE_INFINITY) {
      for (const candidate of open.keys()) finish(candidate);
      yield* columnsOf(grid, pods.sorted(), mostRows);
    },
  };
}

const instantsOf = (grid: Grid, { fromMs, toMs }: Span): [number, number] => [
  firstInstant(grid, fromMs),
  toMs === null ? grid.count : firstInstant(grid, toMs),
];

/** What a pod's parts were of the whole; unknown where the whole is 0 or one of them is not told. */
function shares(parts: readonly PodValues[], wholes: readonly PodValues[]): PodValues[] {
  const keyOf = ({ namespace, pod }: PodName): string => `${namespace}\0${pod}`;
  const byPod = new Map(wholes.map((whole) => [keyOf(whole), whole.values]));
  return parts.map((part) => {
    const whole = byPod.get(keyOf(part));
    const values = part.values.map((value, instant) => {
      const by = whole?.[instant] ?? Number.NaN;
      return by > 0 && Number.isFinite(by) ? value / by : Number.NaN;
    });
    return { ...part, values };
  });
}

/** Puts an answer's values to their instants; gives how many were none, or of no instant of the grid. */
function putAnswer(grid: Grid, pods: Pods, measure: Measure, labels: PodLabels, series: Series): number {
  const namespace = series.labels[labels.namespace] ?? '';
  const pod = series.labels[labels.pod] ?? '';
  if (namespace === '' || pod === '') return 0;
  let bad = 0;
  let into: Float64Array | undefined;
  for (let index = 0; index < series.count; index++) {
    const instant = ((series.times[index] as number) - grid.fromMs) / grid.stepMs;
    const value = series.values[index] as number;
    if (!Number.isInteger(instant) || instant < 0 || instant >= grid.count || !Number.isFinite(value)) {
      if (!isStaleMarker(series, index)) bad++;
      continue;
    }
    into ??= pods.valuesOf({ namespace, pod }, measure);
    if (Number.isNaN(into[instant])) into[instant] = value;
  }
  return bad;
}
