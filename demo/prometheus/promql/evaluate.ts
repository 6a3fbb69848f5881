import type { Matcher } from '../matchers.ts';
import type { Samples, Series } from '../series.ts';
import { aggregate, compute, keyOf, ofScalar, ofVectors, replaceLabel, withoutName, type Line } from './combine.ts';
import { QueryError, type Expression } from './expression.ts';
import { APPLY } from './range-functions.ts';

/** How far an instant looks back for a sample. */
export const LOOKBACK_MS = 300_000;
/** As Prometheus' --query.max-samples has it. */
const MOST_SAMPLES = 50_000_000;

export interface Steps {
  /** Milliseconds since the Unix epoch, both included. */
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

export type Read = (matchers: readonly Matcher[], from: number, to: number) => Series[];

type Value = number | Line[];

export const stepCount = ({ from, to, stepMs }: Steps): number => Math.floor((to - from) / stepMs) + 1;

/** The steps' values of a series by a window that slides over it, both ends rising. */
function slide(
  { times }: Samples,
  steps: Steps,
  rangeMs: number,
  valueOf: (from: number, to: number, ms: number) => number | null,
): (number | null)[] {
  const result: (number | null)[] = [];
  let first = 0;
  let end = 0;
  for (let i = 0, ms = steps.from; i < stepCount(steps); i++, ms += steps.stepMs) {
    while (end < times.length && (times[end] as number) <= ms) end++;
    while (first < end && (times[first] as number) <= ms - rangeMs) first++;
    result.push(end > first ? valueOf(first, end, ms) : null);
  }
  return result;
}

/** Without stale markers. */
function fresh({ times, values }: Samples): Samples {
  if (!values.some(Number.isNaN)) return { times, values };
  const living = times.map((_, i) => i).filter((i) => !Number.isNaN(values[i]));
  return { times: living.map((i) => times[i] as number), values: living.map((i) => values[i] as number) };
}

/** Evaluates an expression at each step, by Prometheus' rules; ranges and the lookback are open to the left, as since version 3. Throws QueryError. */
export function evaluate(expression: Expression, steps: Steps, read: Read): Value {
  let samples = 0;

  function lines(matchers: readonly Matcher[], rangeMs: number, of: (samples: Samples) => (number | null)[]): Line[] {
    return read(matchers, steps.from - rangeMs, steps.to).flatMap((series) => {
      const raw = series.read(steps.from - rangeMs + 1, steps.to);
      samples += raw.times.length;
      if (samples > MOST_SAMPLES) {
        throw new QueryError(
          'query processing would load too many samples into memory in query execution',
          'execution',
        );
      }
      const values = of(raw);
      return values.some((value) => value !== null) ? [{ labels: series.labels, values }] : [];
    });
  }

  function valueOf(of: Expression): Value {
    switch (of.type) {
      case 'number':
        return of.value;
      case 'selector':
        return lines(of.matchers, LOOKBACK_MS, (raw) =>
          slide(raw, steps, LOOKBACK_MS, (_from, to) => {
            const last = raw.values[to - 1] as number;
            return Number.isNaN(last) ? null : last;
          }),
        );
      case 'range': {
        const found = lines(of.selector.matchers, of.rangeMs, (raw) => {
          const living = fresh(raw);
          return slide(living, steps, of.rangeMs, (from, to, ms) =>
            APPLY[of.call]({ ...living, from, to }, ms, of.rangeMs),
          );
        });
        if (of.call === 'last_over_time') return found;
        return found.map(({ labels, values }) => ({ labels: withoutName(labels), values }));
      }
      case 'aggregation':
        return aggregate(of.call, of.grouping, vectorOf(of.of, 'aggregation expression'));
      case 'label_replace':
        return replaceLabel(vectorOf(of.of, 'call to function "label_replace"'), of);
      case 'binary': {
        const [left, right] = [valueOf(of.left), valueOf(of.right)];
        if (typeof left === 'number' && typeof right === 'number') return Number(compute(of.operator, left, right));
        if (typeof right === 'number') return ofScalar(of.operator, left as Line[], right, false);
        if (typeof left === 'number') return ofScalar(of.operator, right, left, true);
        return ofVectors(of.operator, left, right, of.matching);
      }
    }
  }

  function vectorOf(of: Expression, where: string): Line[] {
    const value = valueOf(of);
    if (typeof value !== 'number') return value;
    throw new QueryError(`1:1: parse error: expected type instant vector in ${where}, got scalar`);
  }

  const result = valueOf(expression);
  if (typeof result === 'number') return result;
  return result
    .filter(({ values }) => values.some((each) => each !== null))
    .toSorted((a, b) => (keyOf(a.labels) < keyOf(b.labels) ? -1 : 1));
}
