import { describe, expect, it } from 'vitest';
import type { Candidate } from '../measures-candidate.ts';
import { keptRate } from './kept-rate.ts';
import { narrowed } from './narrowed.ts';
import { GREATEST, LEVEL, RATE, SHARE } from './testing/candidates.ts';
import { seriesOf, type GivenSample } from './testing/series-of.ts';
import { valuesOf as knownOf } from './testing/values-of.ts';
import { createWindow, type UsageWindow } from './window.ts';

const S = 1000;
const FROM = Date.UTC(2026, 2, 2, 1);
const BOUNDS = { fromMs: FROM, toMs: FROM + 120 * S, stepMs: 30 * S };
const LABELS = { namespace: 'n', pod: 'p', container: 'c' };
const at = (...samples: [seconds: number, value: number | 'stale'][]): GivenSample[] =>
  samples.map(([seconds, value]) => [FROM + seconds * S, value]);

/** The values at 0, 30, 60 and 90 seconds; null where they are not known. */
function valuesOf(window: UsageWindow, { measure }: Candidate, pod = 'p'): (number | null)[] {
  const known = knownOf(window, measure, FROM);
  return [0, 30, 60, 90].map((seconds) => known.get(`n/${pod} ${seconds * S}`) ?? null);
}

function evaluated(candidate: Candidate, ...all: GivenSample[][]): { values: (number | null)[]; bad: number } {
  const window = createWindow(BOUNDS);
  for (const [index, samples] of all.entries()) {
    window.add(candidate, seriesOf({ ...LABELS, container: `c${index}` }, samples));
  }
  return { values: valuesOf(window, candidate), bad: window.counts().badSamples };
}

describe('rates', () => {
  it.each<[string, GivenSample[], (number | null)[], number?]>([
    ['the last two samples', at([-60, 0], [-30, 30], [0, 90], [30, 90], [60, 93]), [2, 0, 0.1, 0.1]],
    ['one sample tells nothing', at([0, 5]), [null, null, null, null]],
    ['a counter that fell began at 0', at([-30, 1000], [0, 15]), [0.5, 0.5, 0.5, 0.5]],
    ['a gap of more than two minutes', at([-150, 0], [-5, 10], [25, 40]), [null, 1, 1, 1]],
    ['a sample on the left edge counts', at([-120, 0], [-60, 60]), [1, null, null, null]],
    ['one a millisecond before it does not', at([-120.001, 0], [-60, 60]), [null, null, null, null]],
    ['a sample on the instant counts', at([0, 0], [30, 3]), [null, 0.1, 0.1, 0.1]],
    ['a stale marker is passed over', at([-60, 0], [-30, 30], [0, 'stale']), [1, 1, 1, null]],
    ['so are samples that lie ahead', at([-60, 0], [-30, 30], [5_000, 1e9]), [1, 1, 1, null]],
    ['not a number', at([-60, 0], [-30, Number.NaN], [0, 30], [30, 60]), [null, 1, 1, 1], 1],
    ['infinite', at([-30, 0], [0, Number.POSITIVE_INFINITY], [30, 6], [60, 9]), [null, 0.2, 0.1, 0.1], 1],
    ['not after the one before', at([-60, 0], [-30, 30], [-45, 7], [-30, 8], [0, 90]), [2, 2, 2, 2], 2],
    ['none', [], [null, null, null, null]],
  ])('%s', (_, samples, values, bad = 0) => {
    const told = evaluated(RATE, samples);
    // Not all bits of a rate are kept.
    const near = told.values.map((value) => (value === null ? null : Number(value.toFixed(8))));
    expect({ ...told, values: near }).toEqual({ values, bad });
  });
});

describe('levels', () => {
  it.each<[string, GivenSample[], (number | null)[], number?]>([
    ['the newest sample', at([-10, 1], [30, 2], [31, 3]), [1, 2, 3, 3]],
    ['for five minutes, the edge included', at([-270, 4]), [4, 4, null, null]],
    ['not before it is there', at([45, 4]), [null, null, 4, 4]],
    ['until a stale marker', at([-30, 4], [20, 'stale'], [70, 5]), [4, null, null, 5]],
    ['not a number', at([-30, 4], [10, Number.NaN], [70, 5]), [4, null, null, 5], 1],
    [
      'infinite',
      at([-30, Number.NEGATIVE_INFINITY], [10, Number.POSITIVE_INFINITY], [70, 5]),
      [null, null, null, 5],
      2,
    ],
    ['0 is a value', at([-30, 0]), [0, 0, 0, 0]],
    ['a time that is none', at([-30, 1], [Number.NaN, 7], [10, 2]), [1, 2, 2, 2], 1],
    ['a stale marker among samples out of order', at([-30, 1], [-40, 9], [20, 'stale']), [1, null, null, null], 1],
  ])('%s', (_, samples, values, bad = 0) => {
    expect(evaluated(LEVEL, samples)).toEqual({ values, bad });
  });
});

describe('pods', () => {
  it('sums containers where they are there, and knows nothing where one of them is not a number', () => {
    const one = at([0, 1], [40, 2]);
    const other = at([20, 10], [50, Number.NaN], [80, 'stale']);
    expect(evaluated(LEVEL, one, other).values).toEqual([1, 11, null, 2]);
  });

  it('takes the greater of two series that tell the same, at each instant', () => {
    const window = createWindow(BOUNDS);
    window.add(LEVEL, seriesOf({ ...LABELS, instance: 'a' }, at([0, 1], [60, 5])));
    window.add(LEVEL, seriesOf({ ...LABELS, instance: 'b' }, at([30, 3], [60, 'stale'], [90, Number.NaN])));
    expect(valuesOf(window, LEVEL)).toEqual([1, 3, 5, 5]);
  });

  it('takes the greatest GPU, in bytes', () => {
    const window = createWindow(BOUNDS);
    window.add(GREATEST, seriesOf({ ...LABELS, gpu: '0' }, at([0, 3], [60, Number.NaN])));
    window.add(GREATEST, seriesOf({ ...LABELS, gpu: '1' }, at([0, 2])));
    expect(valuesOf(window, GREATEST)).toEqual([3, 3, 2, 2].map((mebibytes) => mebibytes * 2 ** 20));
  });

  it('divides sums, and knows nothing where nothing was to be divided by', () => {
    const window = createWindow(BOUNDS);
    const told = (container: string, selector: number, ...samples: GivenSample[]) =>
      window.add(SHARE, seriesOf({ ...LABELS, container }, samples, 7), selector);
    told('a', 0, ...at([-30, 0], [0, 3], [30, 3], [60, 3], [90, 6]));
    told('b', 0, ...at([-30, 0], [0, 0], [30, 0], [60, 0], [90, 0]));
    told('a', 1, ...at([-30, 0], [0, 6], [30, 6], [60, 8], [90, 12]));
    told('b', 1, ...at([-30, 0], [0, 6], [30, 6], [60, 6], [90, 14]));
    expect(valuesOf(window, SHARE)).toEqual([0.25, null, 0, 0.25]);
  });

  it('passes over series without a pod, and pods of which nothing is known', () => {
    const window = createWindow(BOUNDS);
    window.add(LEVEL, seriesOf({ namespace: 'n' }, at([0, 1])));
    window.add(LEVEL, seriesOf({ pod: 'p' }, at([0, 1])));
    window.add(LEVEL, seriesOf({ ...LABELS, pod: 'odd' }, at([0, Number.NaN])));
    expect([...window.blocks()]).toEqual([]);
  });
});

describe('a window', () => {
  it('has a row for each pod and instant of which anything is known, sorted', () => {
    const window = createWindow(BOUNDS);
    window.add(LEVEL, seriesOf({ ...LABELS, pod: 'z' }, at([60, 1])));
    window.add(RATE, seriesOf({ ...LABELS, pod: 'a' }, at([0, 0], [30, 30], [60, 'stale'])));
    window.fill('cpu_request_cores', { namespace: 'n', pod: 'a' }, { fromMs: FROM + 31 * S, toMs: FROM + 90 * S }, 0.5);
    window.fill('cpu_limit_cores', { namespace: 'n', pod: 'a' }, { fromMs: 0, toMs: null }, Number.NaN);
    window.markRunning({ namespace: 'm', pod: 'idle' }, { fromMs: FROM + 90 * S, toMs: null });
    window.markRunning({ namespace: 'm', pod: 'gone' }, { fromMs: 0, toMs: FROM });
    const [block, ...others] = window.blocks();
    const { rows, pods, podIndexes, atMs, measures } = block!;
    expect(others).toEqual([]);
    expect(rows).toBe(6);
    expect(pods).toEqual([
      { namespace: 'm', pod: 'idle' },
      { namespace: 'n', pod: 'a' },
      { namespace: 'n', pod: 'z' },
    ]);
    expect([...podIndexes]).toEqual([0, 1, 1, 1, 2, 2]);
    expect([...atMs].map((ms) => (ms - FROM) / S)).toEqual([90, 30, 60, 90, 60, 90]);
    expect([...measures.cpu_cores!]).toEqual([Number.NaN, 1, 1, 1, Number.NaN, Number.NaN]);
    expect([...measures.cpu_request_cores!]).toEqual([Number.NaN, Number.NaN, 0.5, ...Array(3).fill(Number.NaN)]);
    expect(Object.keys(measures).toSorted()).toEqual(['cpu_cores', 'cpu_request_cores', 'memory_bytes']);
    expect(window.known('cpu_cores')).toBe(3);
    expect(window.known('cpu_limit_cores')).toBe(0);
  });

  it('gives its rows in blocks of whole pods', () => {
    const window = createWindow(BOUNDS);
    for (const pod of ['a', 'b', 'c', 'd']) window.add(LEVEL, seriesOf({ ...LABELS, pod }, at([30, 1])));
    const sizes = (mostRows: number) => [...window.blocks(mostRows)].map(({ rows }) => rows);
    expect([sizes(12), sizes(11), sizes(6), sizes(1)]).toEqual([[12], [9, 3], [6, 6], [3, 3, 3, 3]]);
    const [, second] = window.blocks(6);
    expect(second).toMatchObject({
      pods: [{ pod: 'c' }, { pod: 'd' }],
      podIndexes: new Uint32Array([0, 0, 0, 1, 1, 1]),
    });
  });

  it('takes the answers of query_range as they are, in pieces', () => {
    const window = createWindow(BOUNDS);
    const labels = { namespace: 'exported_namespace', pod: 'exported_pod' };
    const answer = (...samples: [number, number][]) =>
      window.addAnswer('cpu_cores', labels, seriesOf({ exported_namespace: 'n', exported_pod: 'p' }, at(...samples)));
    answer([0, 1], [30, Number.NaN]);
    answer([30, Number.POSITIVE_INFINITY], [45, 9], [60, 2], [120, 7], [-30, 7]);
    answer([60, 3], [90, 0]);
    expect(valuesOf(window, RATE)).toEqual([1, null, 2, 0]);
    expect(window.counts()).toEqual({ samples: 9, badSamples: 5 });
  });

  it('keeps the values of the first candidate that is finished', () => {
    const window = createWindow(BOUNDS);
    window.add(LEVEL, seriesOf(LABELS, at([60, 1])));
    window.finish(LEVEL);
    const other = { ...LEVEL, source: 'other' };
    window.add(other, seriesOf(LABELS, at([0, 2])));
    expect(valuesOf(window, LEVEL)).toEqual([2, 2, 1, 1]);
  });

  it('keeps the same bits of rates, however they were asked for, and all bits of levels', () => {
    const window = createWindow(BOUNDS);
    window.add(RATE, seriesOf(LABELS, at([-30, 0], [0, 1])));
    window.addAnswer('cpu_cores', { namespace: 'ns', pod: 'p' }, seriesOf({ ns: 'n', p: 'q' }, at([0, 1 / 30])));
    window.add(LEVEL, seriesOf(LABELS, at([0, 1 / 30])));
    const kept = keptRate(1 / 30);
    expect(kept).not.toBe(1 / 30);
    expect([valuesOf(window, RATE)[0], valuesOf(window, RATE, 'q')[0]]).toEqual([kept, kept]);
    expect(valuesOf(window, LEVEL)[0]).toBe(1 / 30);
  });

  it('is narrowed to some pods', () => {
    const window = createWindow(BOUNDS);
    const few = narrowed(window, ({ namespace, pod }) => namespace === 'n' && pod === 'p');
    few.add(LEVEL, seriesOf(LABELS, at([0, 1])));
    few.add(LEVEL, seriesOf({ ...LABELS, pod: 'q' }, at([0, 1])));
    few.add(LEVEL, seriesOf({ ...LABELS, namespace: 'm' }, at([0, 1])));
    few.finish(LEVEL);
    few.addAnswer('cpu_cores', { namespace: 'ns', pod: 'name' }, seriesOf({ ns: 'n', name: 'p' }, at([0, 2])));
    few.addAnswer('cpu_cores', { namespace: 'ns', pod: 'name' }, seriesOf({ ns: 'm', name: 'p' }, at([0, 2])));
    expect(window.pods()).toEqual([{ namespace: 'n', pod: 'p' }]);
    expect(valuesOf(window, LEVEL)).toEqual([1, 1, 1, 1]);
    expect(valuesOf(window, RATE)).toEqual([2, null, null, null]);
  });

  it.each([
    { ...BOUNDS, fromMs: FROM + 1 },
    { ...BOUNDS, toMs: FROM },
    { ...BOUNDS, toMs: FROM + 45 * S },
    { ...BOUNDS, stepMs: 0 },
  ])('refuses bounds off its grid: %o', (bounds) => {
    expect(() => createWindow(bounds)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });
});

describe('pods that no longer run', () => {
  const MINUTES = 60;
  const LABELS_OF_ANSWER = { namespace: 'namespace', pod: 'pod' };
  const of = (pod: string, minutes: number, value = 1) =>
    seriesOf(
      { ...LABELS, pod },
      Array.from({ length: minutes }, (_, minute) => [FROM + minute * 60 * S, value]),
    );
  const REQUEST: Candidate = { ...LEVEL, measure: 'cpu_request_cores', source: 'request' };
  const minutesOf = (window: UsageWindow, pod: string): number[] =>
    [...knownOf(window, 'cpu_request_cores', FROM).keys()]
      .filter((key) => key.startsWith(`n/${pod} `))
      .map((key) => Number(key.split(' ')[1]) / (60 * S));

  it('ask for nothing, five minutes after their last use', () => {
    const window = createWindow({ ...BOUNDS, toMs: FROM + MINUTES * 60 * S });
    window.add(LEVEL, of('runs', MINUTES));
    // Known until minute 14, by what it used in minute 9.
    window.add(LEVEL, of('ended', 10));
    window.finish(LEVEL);
    for (const pod of ['runs', 'ended', 'never']) window.add(REQUEST, of(pod, MINUTES));
    window.finish(REQUEST);
    window.forgetIdle();
    window.fill('cpu_limit_cores', { namespace: 'n', pod: 'never' }, { fromMs: FROM, toMs: null }, 2);
    expect(minutesOf(window, 'runs')).toHaveLength(120);
    expect(minutesOf(window, 'ended')).toEqual(Array.from({ length: 39 }, (_, half) => half / 2));
    expect(minutesOf(window, 'never')).toEqual([]);
    expect(window.known('cpu_limit_cores')).toBe(120);
  });

  it('are there five minutes before their first use, and in a gap of ten', () => {
    const window = createWindow({ ...BOUNDS, toMs: FROM + MINUTES * 60 * S });
    window.add(LEVEL, of('runs', MINUTES));
    window.addAnswer('cpu_cores', LABELS_OF_ANSWER, seriesOf({ namespace: 'n', pod: 'p' }, at([1200, 0], [1830, 0])));
    window.add(REQUEST, of('p', MINUTES));
    window.finish(LEVEL);
    window.finish(REQUEST);
    window.forgetIdle();
    const known = minutesOf(window, 'p');
    expect([known[0], known.at(-1)]).toEqual([15, 35.5]);
    expect(known).toHaveLength(42);
  });

  it('ask for what they did where nothing is known of their node, whose kubelet is not scraped', () => {
    const window = createWindow({ ...BOUNDS, toMs: FROM + MINUTES * 60 * S });
    const nodes: Record<string, string> = { runs: 'scraped', ended: 'scraped', unseen: 'unscraped', nowhere: '' };
    window.add(LEVEL, of('runs', MINUTES));
    window.finish(LEVEL);
    for (const pod of Object.keys(nodes)) window.add(REQUEST, of(pod, MINUTES));
    window.finish(REQUEST);
    window.forgetIdle(({ pod }) => nodes[pod] ?? '');
    const kept = Object.keys(nodes).filter((pod) => minutesOf(window, pod).length > 0);
    expect(kept).toEqual(['runs', 'unseen']);
    expect(minutesOf(window, 'unseen')).toHaveLength(120);
  });

  it('are not told from those whose use nothing tells', () => {
    const window = createWindow({ ...BOUNDS, toMs: FROM + MINUTES * 60 * S });
    window.add(LEVEL, of('runs', 10));
    window.finish(LEVEL);
    window.add(REQUEST, of('other', MINUTES));
    window.finish(REQUEST);
    window.forgetIdle();
    // The last use of any pod is known at minute 14, and five minutes more.
    expect(minutesOf(window, 'other')[0]).toBe(19.5);
  });
});
