import { describe, expect, it } from 'vitest';
import { matches } from '../matchers.ts';
import { labelsOf, type Series } from '../series.ts';
import { evaluate, type Read } from './evaluate.ts';
import { QueryError } from './expression.ts';
import { parse } from './parse.ts';

const S = 1_000;

/** A sample each 15 seconds from 0; null: nothing was told. */
const series = (labels: Record<string, string>, values: readonly (number | null)[]): Series => ({
  labels: labelsOf(labels),
  read(from, to) {
    const told = values.flatMap((value, i) =>
      value === null || i * 15 * S < from || i * 15 * S > to ? [] : [{ time: i * 15 * S, value }],
    );
    return { times: told.map(({ time }) => time), values: told.map(({ value }) => value) };
  },
});

const ramp = (count: number, of: (i: number) => number) => Array.from({ length: count }, (_, i) => of(i));

const ALL = [
  series(
    { __name__: 'cpu', pod: 'a', container: 'app' },
    ramp(41, (i) => 30 * i),
  ),
  series(
    { __name__: 'cpu', pod: 'a', container: 'POD' },
    ramp(41, () => 0),
  ),
  series(
    { __name__: 'cpu', pod: 'b', container: 'app' },
    ramp(41, (i) => (i < 36 ? 15 * i : 15 * (i - 36))),
  ),
  series(
    { __name__: 'memory', pod: 'a' },
    ramp(41, (i) => 100 + i),
  ),
  series({ __name__: 'memory', pod: 'b' }, [...ramp(38, () => 50), NaN, null, null]),
  series(
    { __name__: 'limit', pod: 'a' },
    ramp(41, () => 280),
  ),
  series(
    { __name__: 'limit', pod: 'c' },
    ramp(41, () => 7),
  ),
  series({ __name__: 'once', pod: 'd' }, [9]),
];
const read: Read = (matchers) => ALL.filter(({ labels }) => matches(matchers, labels));

/** The vector at an instant, by pod where there is one. */
function at(query: string, ms: number): unknown {
  const result = evaluate(parse(query), { from: ms, to: ms, stepMs: 1 }, read);
  if (typeof result === 'number') return result;
  return Object.fromEntries(
    result.map(({ labels, values }) => [
      labels
        .filter(([name]) => name !== '__name__')
        .map(([, value]) => value)
        .join('/'),
      values[0],
    ]),
  );
}

describe('at ten minutes', () => {
  it.each([
    ['memory', { a: 140 }],
    ['memory{pod="a"}', { a: 140 }],
    ['memory{pod!="b"}', { a: 140 }],
    ['{__name__=~"mem.*",pod=~"a|b"}', { a: 140 }],
    ['limit{pod!~"a|b"}', { c: 7 }],
    ['limit{nothing=""}', { a: 280, c: 7 }],
    ["limit{pod='c',}", { c: 7 }],
    ['cpu{container=~"ap"}', {}],
    // The range is open to the left: at 600 s it holds 540 to 600 but for 540 itself.
    ['count_over_time(cpu{container="app",pod="a"}[1m])', { 'app/a': 4 }],
    ['irate(cpu{container!="POD"}[2m])', { 'app/a': 2, 'app/b': 1 }],
    // Three steps of 30 in 45 s, out to the 15 s that remain: 120 in a minute.
    ['rate(cpu{pod="a",container="app"}[1m])', { 'app/a': 2 }],
    ['increase(cpu{pod="a",container="app"}[1m])', { 'app/a': 120 }],
    // From 525 down to 0 and up to 60: the reset adds what was there; 75 s of 90 s are seen.
    ['sum by (pod) (increase(cpu{pod="b"}[90s]))', { b: 72 }],
    ['max_over_time(memory[5m])', { a: 140, b: 50 }],
    ['min_over_time(memory[1m])', { a: 137, b: 50 }],
    ['avg_over_time(memory[1m])', { a: 138.5, b: 50 }],
    ['sum_over_time(memory[30s])', { a: 279 }],
    ['last_over_time(memory[5m])', { a: 140, b: 50 }],
    ['delta(memory[1m])', { a: 4 }],
    ['sum(limit)', { '': 287 }],
    ['count(limit)', { '': 2 }],
    ['avg(limit)', { '': 143.5 }],
    ['max(limit) - min(limit)', { '': 273 }],
    ['sum by (pod) (cpu)', { a: 1_200, b: 60 }],
    ['sum(cpu) by (pod)', { a: 1_200, b: 60 }],
    ['sum without (container) (cpu)', { a: 1_200, b: 60 }],
    ['max by (pod) (memory) / max by (pod) (limit)', { a: 0.5 }],
    ['sum by (pod) (memory) / (sum by (pod) (limit) > 0)', { a: 0.5 }],
    ['sum by (pod) (memory) or sum by (pod) (limit)', { a: 140, c: 7 }],
    ['limit and memory', { a: 280 }],
    ['limit unless memory', { c: 7 }],
    ['memory / on(pod) limit', { a: 0.5 }],
    ['limit > 100', { a: 280 }],
    ['100 > limit', { c: 7 }],
    ['limit * 0.5 + 1', { a: 141, c: 4.5 }],
    ['-limit', { a: -280, c: -7 }],
    ['2 + 3 * 2 ^ 3 ^ 0 - 10 % 4', 6],
    ['-2 ^ 2', -4],
    ['(1 + 2) * 3 # three', 9],
    ['once', {}],
    ['count(nothing)', {}],
    ['label_replace(count(limit), "candidate", "7", "", "")', { 7: 2 }],
    ['label_replace(limit{pod="a"}, "short", "$1-${1}$$", "pod", "(.*)")', { 'a/a-a$': 280 }],
    ['label_replace(limit{pod="a"}, "short", "$1", "pod", "b(.*)")', { a: 280 }],
    ['label_replace(cpu{pod="b"}, "container", "$2", "pod", "(.)")', { b: 60 }],
    [
      'label_replace(count(limit), "n", "0", "", "") or label_replace(count(nothing), "n", "1", "", "") or label_replace(count(memory), "n", "2", "", "")',
      { 0: 2, 2: 1 },
    ],
    ['limit / (limit{pod="c"} > 0 < +Inf)', { c: 1 }],
  ])('%s', (query, expected) => {
    const told = at(query, 600 * S);
    expect(told).toEqual(expected);
  });

  it('looks back for five minutes, and not past a stale marker', () => {
    expect(at('once', 299 * S)).toEqual({ d: 9 });
    expect(at('once', 300 * S)).toEqual({});
    expect(at('memory{pod="b"}', 569 * S)).toEqual({ b: 50 });
    expect(at('memory{pod="b"}', 570 * S)).toEqual({});
  });

  it('takes a fall for a reset, and reaches out by half a step where the samples begin late', () => {
    expect(at('irate(cpu{pod="b"}[2m])', 540 * S)).toEqual({ 'app/b': 0 });
    // Six in 90 seconds, and half a step of 15 seconds before.
    expect(at('delta(memory{pod="a"}[5m])', 90 * S)).toEqual({ a: 6.5 });
    // Before its first sample a counter was at zero: nothing is added there.
    expect(at('increase(cpu{pod="b"}[5m])', 90 * S)).toEqual({ 'app/b': 90 });
  });

  it('tells every step', () => {
    const result = evaluate(parse('memory{pod="b"}'), { from: 540 * S, to: 600 * S, stepMs: 15 * S }, read);
    expect(result).toEqual([
      { labels: labelsOf({ __name__: 'memory', pod: 'b' }), values: [50, 50, null, null, null] },
    ]);
  });

  it('keeps the name of a selector alone', () => {
    const names = (query: string) => {
      const result = evaluate(parse(query), { from: 0, to: 0, stepMs: 1 }, read);
      return typeof result === 'number'
        ? []
        : result.flatMap(({ labels }) => labels.filter(([name]) => name === '__name__'));
    };
    expect(names('once')).toHaveLength(1);
    expect(names('once * 1')).toHaveLength(0);
    expect(names('once > 0')).toHaveLength(1);
    expect(names('max_over_time(once[1m])')).toHaveLength(0);
  });
});

const refused = (query: string): QueryError => {
  try {
    evaluate(parse(query), { from: 600 * S, to: 600 * S, stepMs: 1 }, read);
  } catch (error) {
    if (error instanceof QueryError) return error;
  }
  throw new Error(`${query} was answered`);
};

describe('what is no PromQL', () => {
  it.each([
    '',
    'sum(',
    'sum by (pod) limit',
    'limit{pod="a"',
    'limit{pod=a}',
    'limit{pod~"a"}',
    'limit{pod=~"("}',
    'limit limit',
    'rate(cpu)',
    'rate(cpu[5])',
    'rate(cpu[5m)',
    '{}',
    '{pod=~".*"}',
    'limit &',
    'sum(1)',
    'label_replace(1, "a", "b", "", "")',
    'label_replace(limit, "a", "b", "")',
    'label_replace(limit, "a", "b", "c", "(")',
    'label_replace(limit, "a", b, "", "")',
    '1 + ',
  ])('%s: a parse error', (query) => {
    expect(refused(query)).toMatchObject({ type: 'bad_data', message: expect.stringContaining('parse error') });
  });
});

describe('what the demo has not', () => {
  it.each([
    'limit offset 5m',
    'rate(cpu[5m] offset 1h)',
    'limit @ 0',
    'histogram_quantile(0.9, cpu)',
    'topk(3, cpu)',
    'max_over_time(rate(cpu[5m])[1h:1m])',
    'cpu[5m]',
    'limit == bool 1',
    'cpu * on(pod) group_left limit',
  ])('%s', (query) => {
    expect(refused(query)).toMatchObject({
      type: 'bad_data',
      message: expect.stringMatching(/not supported|parse error/),
    });
  });

  it('says so', () => {
    expect(refused('limit offset 5m').message).toContain('not supported by the demo');
    expect(refused('histogram_quantile(0.9, cpu)').message).toContain('not supported by the demo');
  });
});

it('cannot make two series of the same labels', () => {
  expect(refused('label_replace(limit, "pod", "x", "", "")')).toMatchObject({ type: 'execution' });
  expect(refused('label_replace(limit, "a-b", "x", "", "")')).toMatchObject({ type: 'execution' });
});

it('cannot match many to many', () => {
  expect(refused('limit / on() cpu')).toMatchObject({ type: 'execution' });
});
