import { toTime } from '../../platform/clock.ts';
import type { Resolution, UsageSeries } from '../../schemas/api/usage.ts';
import { SET, type Measure, type SetMeasure } from '../../schemas/usage.ts';
import type { StoredStep } from '../queries/usage/series.ts';
import type { Period } from '../queries/service-conditions.ts';
import {
  ceilTo,
  coarseParts,
  floorTo,
  hasHours,
  hasInstants,
  LONGEST_RAW_MS,
  SHORT_MS,
  STEP_MS,
  type Plan,
  type RowsKept,
} from './parts.ts';

/** Steps of so many milliseconds, each whole rows of `step`. */
export interface Grid {
  readonly step: Resolution;
  readonly slotMs: number;
  /** On the grid; begins not after the range and ends not before it. */
  readonly span: Period;
  /** Finer rows would do, and are no longer kept. */
  readonly coarsened: boolean;
}

/** Up to here rows of 30 s may be read for a series, of a group or of one pod. Milliseconds. */
export const longestOfInstants = (many: boolean): number => (many ? LONGEST_RAW_MS : 14 * STEP_MS['1d']);

/**
 * A grid of at most `points` steps over the range, out of the coarsest rows that it allows. `many`: a group, of which rows of 30 s are
 * read for two days at most.
 */
export function gridOf(range: Period, points: number, many: boolean, kept: RowsKept): Grid {
  const lengthMs = Math.max(1, range.to - range.from);
  const isLeft: Readonly<Record<Resolution, boolean>> = {
    '30s': hasInstants(range, kept),
    '1h': hasHours(range, kept),
    '1d': true,
  };
  let coarsened = false;
  for (const step of ['30s', '1h', '1d'] as const) {
    const unit = STEP_MS[step];
    // One step more than the length has, as the range may begin within one.
    const slotMs = unit * Math.max(1, Math.ceil(lengthMs / Math.max(1, points - 1) / unit));
    const coarser = step === '30s' ? STEP_MS['1h'] : STEP_MS['1d'];
    const tooFine = step === '30s' ? lengthMs > longestOfInstants(many) && lengthMs > SHORT_MS : false;
    if ((slotMs >= coarser || tooFine) && step !== '1d') continue;
    if (!isLeft[step]) {
      coarsened = true;
      continue;
    }
    return { step, slotMs, coarsened, span: { from: floorTo(range.from, slotMs), to: ceilTo(range.to, slotMs) } };
  }
  throw new RangeError('no step is long enough');
}

/** What is read for a grid. */
export function planGrid(grid: Grid, range: Period, kept: RowsKept, cutsAcross: boolean): Plan {
  const { step, coarsened } = grid;
  if (step === '30s') {
    const parts = [{ step, ...range }] as const;
    return { range, why: 'short', parts, fromPods: cutsAcross, estimated: false, exact: true };
  }
  const unit = STEP_MS[step];
  const whole = { from: floorTo(range.from, unit), to: ceilTo(range.to, unit) };
  const why = coarsened ? 'retention' : cutsAcross ? 'filter' : step === '1d' ? 'days' : 'hours';
  return {
    range: coarsened ? { from: whole.from, to: Math.max(range.to, Math.min(whole.to, kept.nowMs)) } : range,
    why,
    parts: step === '1h' ? [{ step, ...whole }] : coarseParts(whole, !cutsAcross, kept),
    fromPods: cutsAcross,
    estimated: cutsAcross,
    exact: !cutsAcross && !coarsened,
  };
}

const isSet = (measure: Measure): measure is SetMeasure => (SET as readonly Measure[]).includes(measure);

function stepsOf(values: readonly (number | null)[], atOf: (index: number) => string) {
  return values.flatMap((value, index) =>
    index > 0 && values[index - 1] === value ? [] : [{ at: atOf(index), value }],
  );
}

/** The steps over the whole grid: null where nothing is known. Where maxima cannot be told, requests and limits are averages. */
export function seriesOf(
  found: readonly StoredStep[],
  grid: Grid,
  measures: readonly Measure[],
  estimated: boolean,
): Pick<UsageSeries, 'begin' | 'step_seconds' | 'points' | 'used' | 'set'> {
  const { span, slotMs } = grid;
  const first = Math.round(span.from / slotMs);
  const points = Math.round((span.to - span.from) / slotMs);
  const bySlot = new Map(found.map((step) => [step.slot, step]));
  const each = (of: (step: StoredStep) => number | null | undefined): (number | null)[] =>
    Array.from({ length: points }, (_none, index) => {
      const step = bySlot.get(first + index);
      return (step && of(step)) ?? null;
    });
  const avg = (measure: Measure) =>
    each((step) => (step[`c_${measure}`] ? (step[`s_${measure}`] ?? 0) / (step[`c_${measure}`] ?? 1) : null));
  const max = (measure: Measure) => {
    const told = !estimated || measure === 'cpu_throttled' || measure === 'gpu_utilisation';
    return each((step) => (told ? step[`x_${measure}`] : null));
  };
  const atOf = (index: number) => toTime(span.from + index * slotMs);
  return {
    begin: toTime(span.from),
    step_seconds: slotMs / 1000,
    points,
    used: measures.filter((one) => !isSet(one)).map((metric) => ({ metric, avg: avg(metric), max: max(metric) })),
    set: measures
      .filter(isSet)
      .map((metric) => ({ metric, steps: stepsOf(estimated ? avg(metric) : max(metric), atOf) })),
  };
}
