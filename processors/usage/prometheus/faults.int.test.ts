import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { AppError } from '../../../platform/errors.ts';
import type { Prometheus } from './prometheus.ts';
import { clientOf, keepSeries } from './testing/client-of.ts';
import { startFakePrometheus, type Fault, type FakePrometheus } from './testing/fake-prometheus.ts';

const samples = Array.from({ length: 2_000 }, (_, index) => ({ atMs: index * 1_000, value: Math.sin(index) }));
// Half of their bytes ends within the second.
const series = [
  { labels: { __name__: 'cpu', pod: 'a' }, samples: samples.slice(0, 500) },
  { labels: { __name__: 'cpu', pod: 'b' }, samples },
];
const cpu = [[{ name: '__name__', op: '=' as const, value: 'cpu' }]];

const calls = {
  read: (client: Prometheus, signal?: AbortSignal) => client.read(cpu, 0, 2_000_000, () => {}, signal),
  queryRange: (client: Prometheus, signal?: AbortSignal) => client.queryRange('cpu', 0, 0, 1_000, () => {}, signal),
  query: (client: Prometheus, signal?: AbortSignal) => client.query('cpu', 0, signal),
  series: (client: Prometheus, signal?: AbortSignal) => client.series(cpu, 0, 1, signal),
  labelValues: (client: Prometheus, signal?: AbortSignal) => client.labelValues('pod', cpu, 0, 1, signal),
} as const;
const names = Object.keys(calls) as (keyof typeof calls)[];

let fake: FakePrometheus;
let client: Prometheus;
async function start(fault: Fault | undefined, options: Record<string, unknown> = {}): Promise<void> {
  fake = await startFakePrometheus({ series, values: () => series, fault: () => fault });
  client = clientOf(fake, options);
}
afterEach(async () => {
  await client.close();
  await fake.close();
});
const errorOf = async (call: Promise<unknown>): Promise<AppError> => {
  try {
    await call;
  } catch (error) {
    return error as AppError;
  }
  throw new Error('it went through');
};

const page = '<html><body>Log in</body></html>';
const apiError = (errorType: string) => JSON.stringify({ status: 'error', errorType, error: `it was ${errorType}` });

describe.each(names)('%s', (name) => {
  it.each<[string, Fault, string, boolean]>([
    ['401', { kind: 'answer', status: 401, body: 'Unauthorized' }, 'prometheus_denied', false],
    ['403', { kind: 'answer', status: 403, body: page }, 'prometheus_denied', false],
    ['400', { kind: 'answer', status: 400, body: apiError('bad_data') }, 'prometheus_rejected', false],
    ['422', { kind: 'answer', status: 422, body: apiError('execution') }, 'prometheus_too_much', false],
    ['429', { kind: 'answer', status: 429, headers: { 'retry-after': '7' } }, 'prometheus_unavailable', true],
    ['500', { kind: 'answer', status: 500, body: apiError('internal') }, 'prometheus_unavailable', true],
    ['502', { kind: 'answer', status: 502, body: page }, 'prometheus_unavailable', true],
    ['503', { kind: 'answer', status: 503, body: apiError('unavailable') }, 'prometheus_unavailable', true],
    [
      'HTML with 200',
      { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: page },
      'prometheus_bad_answer',
      false,
    ],
    [
      'HTML that says JSON',
      { kind: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body: page },
      'prometheus_bad_answer',
      false,
    ],
    [
      'nothing with 200',
      { kind: 'answer', status: 200, headers: { 'content-type': 'application/json' } },
      'prometheus_bad_answer',
      false,
    ],
    ['204', { kind: 'answer', status: 204 }, 'prometheus_bad_answer', false],
    [
      'what says gzip and is none',
      { kind: 'change', change: ({ headers }) => void (headers['content-encoding'] = 'gzip') },
      'prometheus_bad_answer',
      false,
    ],
    [
      'a packing nobody asked for',
      { kind: 'change', change: ({ headers }) => void (headers['content-encoding'] = 'zstd') },
      'prometheus_bad_answer',
      false,
    ],
    ['a body cut by a reset', { kind: 'cut' }, 'prometheus_unavailable', true],
    ['half a body', { kind: 'half' }, 'prometheus_unavailable', true],
    [
      'less than its length',
      { kind: 'change', change: (answer) => void (answer.headers['content-length'] = String(answer.body.length + 10)) },
      'prometheus_unavailable',
      true,
    ],
    [
      'a redirect elsewhere',
      { kind: 'answer', status: 302, headers: { location: 'http://127.0.0.1:1/login?next=x' } },
      'prometheus_bad_answer',
      false,
    ],
    ['a redirect to nowhere', { kind: 'answer', status: 302 }, 'prometheus_bad_answer', false],
    [
      'a redirect in a circle',
      { kind: 'answer', status: 307, headers: { location: '/again' } },
      'prometheus_bad_answer',
      false,
    ],
  ])('on %s', async (_what, fault, code, retryable) => {
    await start(fault, { idle_timeout_ms: 1_000 });
    expect(await errorOf(calls[name](client))).toMatchObject({ name: 'AppError', code, retryable });
  });

  it('on a server that never answers', async () => {
    await start({ kind: 'hang' }, { answer_timeout_ms: 200 });
    expect(await errorOf(calls[name](client))).toMatchObject({
      code: 'prometheus_unavailable',
      retryable: true,
      message: expect.stringContaining('no answer in time'),
    });
  });

  it('on an answer that stops coming', async () => {
    await start({ kind: 'stall' }, { idle_timeout_ms: 200 });
    expect(await errorOf(calls[name](client))).toMatchObject({
      code: 'prometheus_unavailable',
      retryable: true,
      message: expect.stringContaining('stopped coming'),
    });
  });

  it('on a server that is gone, and comes back', async () => {
    await start(undefined);
    const { port } = new URL(fake.url);
    await fake.close();
    const error = await errorOf(calls[name](client));
    expect(error).toMatchObject({ code: 'prometheus_unavailable', retryable: true });
    expect(error.message).toContain(`127.0.0.1:${port}`);
  });

  it('when it is given up, before and within', async () => {
    await start({ kind: 'hang' });
    expect(await errorOf(calls[name](client, AbortSignal.abort()))).toMatchObject({ code: 'aborted' });
    const controller = new AbortController();
    const call = errorOf(calls[name](client, controller.signal));
    await expect.poll(() => fake.requests.length, { timeout: 10_000 }).toBe(1);
    controller.abort();
    expect(await call).toMatchObject({ code: 'aborted' });
  });
});

it('says how long a server wants to be left alone', async () => {
  await start({ kind: 'answer', status: 429, headers: { 'retry-after': '7' } });
  expect((await errorOf(client.query('cpu', 0))).details).toMatchObject({ status: 429, retry_after_ms: 7_000 });
});

it('follows a redirect within the same origin', async () => {
  await start(undefined);
  fake.behaviour.fault = ({ path }) =>
    path.startsWith('/api')
      ? { kind: 'answer', status: 308, headers: { location: `/moved/api/v1/${path.split('/').at(-1)}` } }
      : undefined;
  const { kept, onSeries } = keepSeries();
  await client.read(cpu, 0, 2_000_000, onSeries);
  expect(kept.map((one) => one.samples.length)).toEqual([500, 2_000]);
});

it('gives up a connection that is not accepted', async () => {
  // To a server that says nothing, a connection by TLS comes about as little as to one that cannot be reached.
  const mute = createServer();
  await new Promise<void>((ready) => mute.listen(0, '127.0.0.1', ready));
  fake = await startFakePrometheus();
  client = clientOf({ url: `https://127.0.0.1:${(mute.address() as AddressInfo).port}` }, { connect_timeout_ms: 200 });
  expect(await errorOf(client.query('cpu', 0))).toMatchObject({
    code: 'prometheus_unavailable',
    message: expect.stringContaining('no connection in time'),
  });
  mute.close();
});

it('does not wait for the rest of an answer that nobody wants', async () => {
  await start({ kind: 'stall' }, { idle_timeout_ms: 600_000 });
  const failure = new Error('enough');
  const call = client.read(cpu, 0, 2_000_000, () => {
    throw failure;
  });
  expect(await errorOf(call)).toBe(failure);
});
