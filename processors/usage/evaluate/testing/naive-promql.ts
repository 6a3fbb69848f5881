import type { Candidate } from '../../measures-candidate.ts';
import type { Labels } from '../../prometheus/series.ts';
import type { GivenSample } from './series-of.ts';

export interface NaiveSeries {
  readonly labels: Labels;
  readonly samples: readonly GivenSample[];
}

type Vector = { labels: Labels; value: number }[];

const RANGE_MS = 2 * 60_000;
const LOOKBACK_MS = 5 * 60_000;

const level = ({ labels, samples }: NaiveSeries, atMs: number): Vector => {
  const newest = samples.findLast(([time]) => time <= atMs && time >= atMs - LOOKBACK_MS);
  return newest === undefined || newest[1] === 'stale' ? [] : [{ labels, value: newest[1] }];
};

const irate = ({ labels, samples }: NaiveSeries, atMs: number): Vector => {
  const inRange = samples.flatMap(([time, value]) =>
    value !== 'stale' && time >= atMs - RANGE_MS && time <= atMs ? [{ time, value }] : [],
  );
  const [before, last] = inRange.slice(-2);
  if (!before || !last) return [];
  const increase = last.value < before.value ? last.value : last.value - before.value;
  return [{ labels, value: increase / ((last.time - before.time) / 1000) }];
};

/** `max by` passes NaN over where there is anything else, `sum by` does not. */
function by(vector: Vector, names: readonly string[], fold: (one: number, other: number) => number): Vector {
  const groups = new Map<string, { labels: Labels; value: number }>();
  for (const { labels, value } of vector) {
    const kept = Object.fromEntries(names.map((name) => [name, labels[name] ?? '']));
    const key = JSON.stringify(kept);
    const there = groups.get(key);
    groups.set(key, { labels: kept, value: there ? fold(there.value, value) : value });
  }
  return [...groups.values()];
}

const greater = (one: number, other: number): number => (Number.isNaN(one) || other > one ? other : one);
const sum = (one: number, other: number): number => one + other;

function ofPods(candidate: Candidate, series: readonly NaiveSeries[], atMs: number): Vector {
  const pod = [candidate.labels.namespace, candidate.labels.pod];
  const read = candidate.reading === 'level' ? level : irate;
  const values = series.flatMap((each) => read(each, atMs));
  const greatest = by(values, [...pod, ...candidate.parts], greater);
  return candidate.parts.length === 0 ? greatest : by(greatest, pod, sum);
}

/**
 * PromQL's rules applied to the letter, one instant at a time: what `expressionOf(candidate)` is. One list of series a selector.
 * Keys are `namespace/pod`; values that are not finite are left out.
 */
export function naiveValues(
  candidate: Candidate,
  selectors: readonly (readonly NaiveSeries[])[],
  atMs: number,
): Map<string, number> {
  const [parts = [], wholes = []] = selectors.map((series) => ofPods(candidate, series, atMs));
  const keyOf = ({ labels }: Vector[number]): string =>
    `${labels[candidate.labels.namespace]}/${labels[candidate.labels.pod]}`;
  const whole = new Map(wholes.map((each) => [keyOf(each), each.value]));
  const values = parts.map((each): [string, number] => {
    if (candidate.reading !== 'share') return [keyOf(each), each.value * candidate.scale];
    const of = whole.get(keyOf(each)) ?? 0;
    return [keyOf(each), of > 0 && Number.isFinite(of) ? (each.value / of) * candidate.scale : Number.NaN];
  });
  return new Map(values.filter(([, value]) => Number.isFinite(value)));
}
