import snappy from 'snappy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock, type Clock } from '../../platform/clock.ts';
import { createSimCluster, type SimCluster } from '../cluster/sim-cluster.ts';
import { LOADS } from '../scenarios/loads.ts';
import { startSimServer, type SimServer } from '../server.ts';
import type { Operator } from './matchers.ts';
import { crc32c } from './protocol/crc32c.ts';
import {
  decodeFrames,
  decodeReadResponse,
  encodeReadRequest,
  STALE_BITS,
  valueOf,
  type DecodedSeries,
} from './testing/decode.ts';

const HOUR = 3_600_000;
/** A while ago, so that everything that is asked about is past. */
const END = Math.floor(Date.now() / 60_000) * 60_000;
const SAMPLES = 0;
const STREAMED_XOR_CHUNKS = 1;

let cluster: SimCluster;
let server: SimServer;
/** What a query is answered with while the past is made. */
let early: number;

interface Body {
  status: string;
  errorType?: string;
  error?: string;
  data: {
    resultType: string;
    result: { metric: Record<string, string>; values: [number, string][]; value: [number, string] }[];
  };
}

async function ask(path: string, parameters: Record<string, string> = {}): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${server.prometheusUrl}${path}?${new URLSearchParams(parameters).toString()}`);
  return { status: response.status, body: (await response.json()) as Body };
}
const data = async <T>(path: string, parameters: Record<string, string> = {}): Promise<T> =>
  (await ask(path, parameters)).body.data as unknown as T;

type Condition = readonly [name: string, operator: Operator, value: string];

async function remoteRead(accepted: readonly number[], from: number, to: number, ...matchers: Condition[]) {
  const body = await snappy.compress(Buffer.from(encodeReadRequest({ from, to, matchers, accepted })));
  const response = await fetch(`${server.prometheusUrl}/api/v1/read`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-read-version': '0.1.0',
    },
    body: new Uint8Array(body),
  });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

async function streamed(from: number, to: number, ...matchers: Condition[]): Promise<DecodedSeries[]> {
  const { response, bytes } = await remoteRead([STREAMED_XOR_CHUNKS, SAMPLES], from, to, ...matchers);
  expect(response.headers.get('content-type')).toBe(
    'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse',
  );
  return decodeFrames(bytes, crc32c);
}

beforeAll(async () => {
  const start = END - 6 * HOUR;
  let now = start;
  const clock: Clock = { ...realClock, now: () => now };
  cluster = createSimCluster({ name: 'prod-eu', seed: 'prometheus', clock, share: 0.3, apps: LOADS['prod-eu'] });
  cluster.runUntil(END - 2 * HOUR);
  for (const pod of cluster.deployments.get('shop/session-store')?.pods() ?? []) cluster.kubelet.stop(pod);
  cluster.runUntil(END);
  now = END;
  server = await startSimServer(cluster, { clock });
  early = (await fetch(`${server.prometheusUrl}/api/v1/query?query=up`)).status;
  cluster.lives.goLive(END);
});
afterAll(async () => {
  cluster.stop();
  await server.close();
});

it('is unavailable while the past is made', () => {
  expect(early).toBe(503);
});

describe('remote read', () => {
  const CPU: Condition = ['__name__', '=', 'container_cpu_usage_seconds_total'];

  it('streams chunks, and answers samples to who cannot take them: the same', async () => {
    const matchers: Condition[] = [CPU, ['container', '!=', ''], ['pod', '=~', 'session-store-.*']];
    const chunks = await streamed(END - 3 * HOUR, END, ...matchers);
    const { response, bytes } = await remoteRead([], END - 3 * HOUR, END, ...matchers);
    expect(response.headers.get('content-type')).toBe('application/x-protobuf');
    expect(response.headers.get('content-encoding')).toBe('snappy');
    const whole = decodeReadResponse((await snappy.uncompress(bytes, { asBuffer: true })) as Buffer);
    expect(whole).toEqual([chunks]);
    expect(chunks).toHaveLength(6);
    expect(chunks.filter(({ samples }) => samples.at(-1)?.bits === STALE_BITS)).toHaveLength(0);
    const told = await streamed(
      END - 3 * HOUR,
      END,
      ['__name__', '=', 'kube_pod_owner'],
      ['pod', '=~', 'session-store-.*'],
    );
    expect(told.filter(({ samples }) => samples.at(-1)?.bits === STALE_BITS)).toHaveLength(3);
    const { response: preferred } = await remoteRead([SAMPLES, STREAMED_XOR_CHUNKS], END - HOUR, END, CPU);
    expect(preferred.headers.get('content-type')).toBe('application/x-protobuf');
  });

  it('tells what a range query tells', async () => {
    const matcher: Condition[] = [
      ['__name__', '=', 'container_memory_working_set_bytes'],
      ['container', '=', 'job-queue'],
    ];
    const [raw] = await streamed(END - HOUR, END, ...matcher);
    const { data: answer } = (
      await ask('/api/v1/query_range', {
        query: 'container_memory_working_set_bytes{container="job-queue"}',
        start: String((END - 50 * 60_000) / 1000),
        end: new Date(END).toISOString(),
        step: '30s',
      })
    ).body;
    const line = answer.result.find(({ metric }) => metric['pod'] === raw?.labels['pod']);
    expect(line?.metric).toEqual(raw?.labels);
    expect(line?.values).toHaveLength(101);
    for (const [seconds, text] of line?.values ?? []) {
      const last = raw?.samples.findLast(({ time }) => time <= seconds * 1000);
      expect(Number(text)).toBe(last && valueOf(last));
    }
  });

  it('answers one hour of the whole cluster, series by series', async () => {
    const all = await streamed(END - HOUR, END, ['__name__', '=~', 'container_.*|kube_.*|DCGM_.*']);
    expect(all.length).toBeGreaterThan(700);
    const keys = all.map(({ labels }) => JSON.stringify(Object.entries(labels)));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(keys.toSorted());
    for (const { samples } of all) {
      expect(samples.every(({ time }, i) => i === 0 || time > (samples[i - 1]?.time ?? Infinity))).toBe(true);
      expect(samples[0]?.time).toBeGreaterThanOrEqual(END - HOUR);
      expect(samples.at(-1)?.time).toBeLessThanOrEqual(END);
    }
  });

  it('refuses what is no request', async () => {
    const post = (body: string) => fetch(`${server.prometheusUrl}/api/v1/read`, { method: 'POST', body });
    expect((await post('nonsense')).status).toBe(400);
  });
});

describe('queries', () => {
  it('answer an instant, also where they are posted', async () => {
    const query = 'sum by (resource) (kube_node_status_allocatable{resource="nvidia_com_gpu"})';
    const body = new URLSearchParams({ query, time: String(END / 1000) });
    const response = await fetch(`${server.prometheusUrl}/api/v1/query`, { method: 'POST', body });
    expect(await response.json()).toEqual({
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: { resource: 'nvidia_com_gpu' }, value: [END / 1000, '8'] }] },
    });
    expect(await data('/api/v1/query', { query: '1 + 1', time: '5' })).toEqual({
      resultType: 'scalar',
      result: [5, '2'],
    });
    expect(await data('/api/v1/query', { query: '1 / 0', time: '5' })).toEqual({
      resultType: 'scalar',
      result: [5, '+Inf'],
    });
  });

  it('say what is wrong with them', async () => {
    const range = (query: string, more: Record<string, string> = {}) =>
      ask('/api/v1/query_range', { query, start: '1000', end: '2000', step: '10', ...more });
    const bad = (error: string) => ({
      status: 400,
      body: { status: 'error', errorType: 'bad_data', error: expect.stringContaining(error) },
    });
    expect(await range('sum(')).toEqual(bad('parse error'));
    expect(await range('topk(3, up)')).toEqual(bad('not supported by the demo'));
    expect(await range('up', { end: '20000000' })).toEqual(
      bad('exceeded maximum resolution of 11,000 points per timeseries'),
    );
    expect(await range('up', { end: '111000' })).toMatchObject({ status: 200 });
    expect(await range('up', { step: '0' })).toEqual(bad('zero or negative'));
    expect(await range('up', { step: 'x' })).toEqual(bad('valid duration'));
    expect(await range('up', { start: 'x' })).toEqual(bad('valid timestamp'));
    expect(await range('up', { end: '1' })).toEqual(bad('end timestamp must not be before start time'));
    expect(await ask('/api/v1/series')).toEqual(bad('no match[] parameter provided'));
  });
});

describe('what there is', () => {
  it('is told by series, labels and their values', async () => {
    const series = await data<Record<string, string>[]>('/api/v1/series', {
      'match[]': 'container_cpu_usage_seconds_total{container="price-export"}',
      start: String((END - HOUR) / 1000),
      end: String(END / 1000),
    });
    expect(series).toHaveLength(3);
    expect(Object.keys(series[0] ?? {})).toEqual([
      '__name__',
      'container',
      'cpu',
      'id',
      'image',
      'instance',
      'job',
      'metrics_path',
      'name',
      'namespace',
      'node',
      'pod',
    ]);
    expect(await data('/api/v1/labels', { 'match[]': 'kube_node_status_capacity' })).toEqual([
      '__name__',
      'instance',
      'job',
      'node',
      'resource',
      'unit',
    ]);
    const names = await data<string[]>('/api/v1/label/__name__/values');
    expect(names).toEqual(
      expect.arrayContaining(['DCGM_FI_DEV_GPU_UTIL', 'container_cpu_usage_seconds_total', 'kube_pod_owner']),
    );
    expect(await data('/api/v1/label/namespace/values', { 'match[]': 'kube_pod_info{pod=~"job-queue-.*"}' })).toEqual([
      'platform',
    ]);
  });

  it('is told by metadata, and by who answers', async () => {
    expect(await data('/api/v1/metadata', { metric: 'container_memory_working_set_bytes' })).toEqual({
      container_memory_working_set_bytes: [{ type: 'gauge', help: 'Current working set in bytes.', unit: '' }],
    });
    expect(await data('/api/v1/status/buildinfo')).toMatchObject({ version: '3.5.0' });
    const ready = await fetch(`${server.prometheusUrl}/-/ready`);
    expect([ready.status, await ready.text()]).toEqual([200, 'Prometheus Server is Ready.\n']);
    expect((await fetch(`${server.prometheusUrl}/api/v1/nothing`)).status).toBe(404);
    expect((await fetch(`${server.prometheusUrl}/api/v1/query`, { method: 'DELETE' })).status).toBe(405);
  });
});
