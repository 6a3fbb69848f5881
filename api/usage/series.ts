import { toTime } from '../../platform/clock.ts';
import type { Resolution, UsageSeries } from '../../schemas/api/usage.ts';
import { SET, type Measure, type SetMeasure } from '../../schemas/usage.ts';
import type { StoredStep } from '../queries/usage/series.ts';
import type { Period } from '../queries/service-conditions.ts';
import { ceilTo, floorTo, LONGEST_RAW_MS, SHORT_MS, STEP_MS, type Plan } from './parts.ts';

/** Steps of so many milliseconds, each whole rows of `step`. */
export interface Grid {
  readonly step: Resolution;
  readonly slotMs: number;
  /** On the grid; begins not after the range and ends not before it. */
  readonly span: Period;
}

/**
 * A grid of at most `points` steps over the range, out of the coarsest rows that it allows. `many`: a group, of which rows of 30 s are
 * read for two days at most.
 */
export function gridOf(range: Period, points: number, many: boolean): Grid {
  const lengthMs = Math.max(1, range.to - range.from);
  const longestOfInstants = many ? LONGEST_RAW_MS : 14 * STEP_MS['1d'];
  for (const step of ['30s', '1h', '1d'] as const) {
    const unit = STEP_MS[step];
    // One step more than the length has, as the range may begin within one.
    const slotMs = unit * Math.max(1, Math.ceil(lengthMs / Math.max(1, points - 1) / unit));
    const coarser = step === '30s' ? STEP_MS['1h'] : STEP_MS['1d'];
    const tooFine = step === '30s' ? lengthMs > longestOfInstants && lengthMs > SHORT_MS : false;
    if ((slotMs >= coarser || tooFine) && step !== '1d') continue;
    return { step, slotMs, span: { from: floorTo(range.from, slotMs), to: ceilTo(range.to, slotMs) } };
  }
  throw new RangeError('no step is long enough');
}

/** What is read for a grid. Days that are not over have their hours read. */
export function planGrid(grid: Grid, range: Period, nowMs: number, cutsAcross: boolean): Plan {
  const { step } = grid;
  const base = { range, fromPods: cutsAcross };
  if (step === '30s') {
    return { ...base, why: 'short', exact: true, parts: [{ step, ...range }] };
  }
  const unit = STEP_MS[step];
  const whole = { from: floorTo(range.from, unit), to: ceilTo(range.to, unit) };
  const exact = !cutsAcross;
  const why = cutsAcross ? 'filter' : step === '1d' ? 'days' : 'hours';
  if (step === '1h' || cutsAcross) return { ...base, why, exact, parts: [{ step: '1h', ...whole }] };
  const today = Math.min(whole.to, floorTo(nowMs - STEP_MS['1h'], unit));
  const parts = [
    { step: '1d', from: whole.from, to: today } as const,
    { step: '1h', from: Math.max(whole.from, today), to: whole.to } as const,
  ];
  return { ...base, why, exact, parts: parts.filter(({ from, to }) => to > from) };
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
  exact: boolean,
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
    const told = exact || measure === 'cpu_throttled' || measure === 'gpu_utilisation';
    return each((step) => (told ? step[`x_${measure}`] : null));
  };
  const atOf = (index: number) => toTime(span.from + index * slotMs);
  return {
    begin: toTime(span.from),
    step_seconds: slotMs / 1000,
    points,
    used: measures.filter((one) => !isSet(one)).map((metric) => ({ metric, avg: avg(metric), max: max(metric) })),
    set: measures.filter(isSet).map((metric) => ({ metric, steps: stepsOf(exact ? max(metric) : avg(metric), atOf) })),
  };
}
