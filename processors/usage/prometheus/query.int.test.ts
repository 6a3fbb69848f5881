import { afterEach, describe, expect, it } from 'vitest';
import type { Prometheus } from './prometheus.ts';
import { clientOf, keepSeries } from './testing/client-of.ts';
import {
  startFakePrometheus,
  type FakeBehaviour,
  type FakePrometheus,
  type ValuesOf,
} from './testing/fake-prometheus.ts';
import { bitsOf } from './testing/xor-encoder.ts';

/** Two series, `b` beginning in the middle, as a server evaluates them. */
const ramps: ValuesOf = (_expression, fromMs, toMs, stepMs) => {
  const instants: number[] = [];
  for (let atMs = fromMs; atMs <= toMs; atMs += stepMs) instants.push(atMs);
  const samples = (ofMs: number) => instants.filter((atMs) => atMs >= ofMs).map((atMs) => ({ atMs, value: atMs / 7 }));
  return [
    { labels: { pod: 'a' }, samples: samples(0) },
    { labels: { pod: 'b' }, samples: samples(500_000) },
  ].filter((series) => series.samples.length > 0);
};

let fake: FakePrometheus;
let client: Prometheus;
async function start(behaviour: Partial<FakeBehaviour>, options: Record<string, unknown> = {}): Promise<void> {
  fake = await startFakePrometheus(behaviour);
  client = clientOf(fake, options);
}
afterEach(async () => {
  await client.close();
  await fake.close();
});

const queryRange = async (fromMs: number, toMs: number, stepMs: number, expression = 'ramps') => {
  const { kept, onSeries } = keepSeries();
  const summary = await client.queryRange(expression, fromMs, toMs, stepMs, onSeries);
  return {
    kept,
    summary,
    of: (pod: string) => kept.filter(({ labels }) => labels['pod'] === pod).flatMap(({ samples }) => samples),
  };
};
const ramp = (fromMs: number, toMs: number, stepMs: number) =>
  ramps('', fromMs, toMs, stepMs)[0]!.samples.map(({ atMs, value }) => ({ atMs, value: bitsOf(value) }));

describe('queryRange', () => {
  it('gives the values at each instant, both ends within', async () => {
    await start({ values: ramps, warnings: ['PromQL warning: half'] });
    const { of, summary } = await queryRange(0, 1_000_000, 30_000);
    expect(of('a')).toEqual(ramp(0, 990_000, 30_000));
    expect(of('b').map(({ atMs }) => atMs)[0]).toBe(510_000);
    expect(summary).toMatchObject({ series: 2, samples: 51, requests: 1, warnings: ['PromQL warning: half'] });
    expect(Object.fromEntries(fake.requests[0]!.params)).toEqual({
      query: 'ramps',
      start: '0',
      end: '990',
      step: '30',
      partial_response: 'false',
      deny_partial_response: '1',
    });
  });

  it('reads NaN and the infinities', async () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -0];
    await start({ values: () => [{ labels: {}, samples: values.map((value, atMs) => ({ atMs, value })) }] });
    const { kept } = await queryRange(0, 4, 1);
    expect(kept[0]?.samples.map(({ value }) => value)).toEqual([...values.slice(0, 4), 0].map(bitsOf));
  });

  it('is cut under 11,000 points a series', async () => {
    await start({ values: ramps });
    const { of, summary } = await queryRange(0, 25_000_000, 1_000);
    expect(of('a')).toEqual(ramp(0, 25_000_000, 1_000));
    expect(summary.requests).toBe(3);
  });

  const execution = {
    status: 'error',
    errorType: 'execution',
    error: 'query processing would load too many samples into memory in query execution',
  };
  const points = {
    status: 'error',
    errorType: 'bad_data',
    error: 'exceeded maximum resolution of 100 points per timeseries',
  };
  it.each([
    ['422', 422, execution],
    ['400 for its points', 400, points],
    ['413', 413, undefined],
    [
      '503 for its time',
      503,
      { status: 'error', errorType: 'timeout', error: 'query timed out in expression evaluation' },
    ],
    ['200 with an error', 200, execution],
  ])('is halved on %s, down to one step', async (_what, status, told) => {
    let most = 100;
    await start({
      values: ramps,
      fault: ({ params }) => {
        const asked = (Number(params.get('end')) - Number(params.get('start'))) / Number(params.get('step')) + 1;
        return asked > most ? { kind: 'answer', status, body: told ? JSON.stringify(told) : '<html>' } : undefined;
      },
    });
    expect((await queryRange(0, 1_000_000, 1_000)).of('a')).toEqual(ramp(0, 1_000_000, 1_000));
    most = 0;
    await expect(queryRange(0, 1_000_000, 1_000)).rejects.toMatchObject({ code: 'prometheus_too_much' });
    expect(fake.requests.at(-1)!.params.get('start')).toBe(fake.requests.at(-1)!.params.get('end'));
  });

  it('is halved when an answer has more bytes than may be held', async () => {
    await start({ values: ramps }, { max_bytes: 65_536 });
    const { of, summary } = await queryRange(0, 10_000_000, 1_000);
    expect(of('a')).toEqual(ramp(0, 10_000_000, 1_000));
    expect(summary.requests).toBeGreaterThan(4);
  });

  it('goes into the body where it is long', async () => {
    await start({ values: ramps });
    const long = `ramps{pod=~"${'x|'.repeat(4_000)}ü&="}`;
    await queryRange(0, 1_000, 1_000, long);
    expect(fake.requests[0]).toMatchObject({ method: 'POST' });
    expect(fake.requests[0]!.params.get('query')).toBe(long);
  });

  it('takes gzip', async () => {
    await start({
      values: ramps,
      fault: ({ headers }) => (headers['accept-encoding'] === 'gzip' ? { kind: 'gzip' } : undefined),
    });
    expect((await queryRange(0, 1_000_000, 1_000)).of('a')).toEqual(ramp(0, 1_000_000, 1_000));
  });

  it('puts samples in order, drops repeats and what was not asked for', async () => {
    const samples = [30, 10, 20, 10, 90].map((atMs, value) => ({ atMs, value }));
    await start({ values: () => [{ labels: { pod: 'a' }, samples }] });
    const { of, summary } = await queryRange(10, 30, 10);
    expect(of('a')).toEqual([10, 20, 30].map((atMs, index) => ({ atMs, value: bitsOf([1, 2, 0][index]!) })));
    expect(summary).toMatchObject({ duplicates: 1, outside: 1, outOfOrder: 3 });
  });

  it.each([
    [5, 4, 1],
    [0, 10, 0],
    [0.5, 10, 1],
    [Number.NaN, 10, 1],
  ])('refuses the range %d to %d by %d', async (fromMs, toMs, stepMs) => {
    await start({ values: ramps });
    await expect(queryRange(fromMs, toMs, stepMs)).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('lets what the consumer throws through', async () => {
    await start({ values: ramps });
    const failure = new Error('the consumer');
    await expect(client.queryRange('ramps', 0, 10, 1, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});

describe('the rest of the API', () => {
  const series = ['a', 'b', 'a'].map((pod, index) => ({
    labels: { __name__: `m${index}`, pod, cluster: index === 1 ? 'c2' : 'c1' },
    samples: [],
  }));

  it('answers an instant', async () => {
    await start({ values: ramps, warnings: ['PromQL info: w'] });
    expect(await client.query('ramps', 700_000)).toEqual({
      samples: ['a', 'b'].map((pod) => ({ labels: { pod }, atMs: 700_000, value: 100_000 })),
      warnings: ['PromQL info: w'],
    });
    const scalar = { status: 'success', data: { resultType: 'scalar', result: [1.5, '3'] } };
    fake.behaviour.fault = () => ({ kind: 'answer', status: 200, body: JSON.stringify(scalar) });
    expect((await client.query('3', 1_500)).samples).toEqual([{ labels: {}, atMs: 1_500, value: 3 }]);
  });

  it('lists series and values of labels, with the configured matchers', async () => {
    await start({ series }, { matchers: { cluster: 'c1' } });
    const any = [[{ name: '__name__', op: '=~' as const, value: 'm.' }]];
    expect(await client.series(any, 0, 1_000)).toEqual([series[0]!.labels, series[2]!.labels]);
    expect(await client.labelValues('pod', [], 0, 1_000)).toEqual(['a']);
    expect(await client.labelValues('cluster', any, 0, 1_000)).toEqual(['c1']);
    expect(await client.series([], 0, 1_000)).toEqual([]);
  });

  it('tells the version, or nothing where there is none', async () => {
    await start({});
    expect(await client.buildInfo()).toEqual({ version: '2.42.0', application: '' });
    fake.behaviour.fault = () => ({ kind: 'answer', status: 404 });
    expect(await client.buildInfo()).toBeUndefined();
  });
});
