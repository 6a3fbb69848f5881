import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { realClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import { migrate } from '../../../platform/store/migrate.ts';
import type { Store } from '../../../platform/store/store.ts';
import { podResourcesTable, type PodResourcesRow } from '../../../schemas/resources.ts';
import type { PodUsageRow } from '../../../schemas/usage.ts';
import { createCandidates } from '../measures.ts';
import { usageOptions } from '../options.ts';
import { createPrometheus, type Prometheus } from '../prometheus/prometheus.ts';
import {
  matches,
  parseSelector,
  startFakePrometheus,
  type FakePrometheus,
  type ValuesOf,
} from '../prometheus/testing/fake-prometheus.ts';
import type { TestSeries } from '../prometheus/testing/read-encoding.ts';
import { importPart, type Totals } from './part.ts';
import { HOUR_MS, STEP_MS } from './plan.ts';
import { createUsageServer, type UsageServer } from './server.ts';
import { countsOf, shopSeries } from './testing/shop.ts';

const H9 = Date.UTC(2026, 10, 22, 9);
const RANGE = { fromMs: H9, toMs: H9 + HOUR_MS };
const quiet = new AbortController().signal;
let dir: string;
let store: Store;
let fake: FakePrometheus;
let names = 0;
const clients: Prometheus[] = [];

/** kube-state-metrics, scraped each 30 s, of the shop's pods and of one that ended long ago. */
const STATE = ['cart-1', 'cart-2', 'done-1'].flatMap((pod, place) => {
  const each = (labels: Record<string, string>, value: number): TestSeries => ({
    labels: { namespace: 'shop', pod, ...labels },
    samples: Array.from({ length: 130 }, (_, index) => ({ atMs: H9 - 5 * 60_000 + index * STEP_MS, value })),
  });
  const cpu = { container: 'app', resource: 'cpu' };
  return [
    each({ __name__: 'kube_pod_container_resource_requests', ...cpu }, place + 2),
    each({ __name__: 'kube_pod_container_resource_limits', ...cpu }, place + 4),
    each({ __name__: 'kube_pod_info', node: 'n9', created_by_kind: 'StatefulSet', created_by_name: 'told' }, 1),
  ];
});
const SERIES = [...shopSeries({ fromMs: H9 - 5 * 60_000, count: 130, everyMs: STEP_MS }), ...STATE];

/** Counts of series, and label sets of a range. */
const answers: ValuesOf = (expression, atMs, toMs, stepMs) => {
  const selector = /max_over_time\((\w+)(\{.*\})?\[/.exec(expression)?.[1];
  if (selector === undefined) return countsOf(() => SERIES)(expression, atMs, toMs, stepMs);
  return SERIES.filter(({ labels }) => matches(labels, parseSelector(selector))).map(({ labels }) => ({
    labels: Object.fromEntries(Object.entries(labels).filter(([name]) => expression.includes(name))),
    samples: [{ atMs, value: 1 }],
  }));
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'part-'));
  store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: join(import.meta.dirname, '../../../schemas/clickhouse') }, silentLogger);
  fake = await startFakePrometheus({ series: SERIES, values: answers });
});
afterEach(async () => {
  fake.behaviour.fault = undefined;
  for (const client of clients.splice(0)) await client.close();
});
afterAll(async () => {
  await fake.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

function serverOf(measures: object = {}): UsageServer {
  const [options] = usageOptions({ prometheus: [{ cluster: `c${names++}`, url: fake.url, measures }] }).prometheus;
  const prometheus = createPrometheus(options!, { clock: realClock, log: silentLogger });
  clients.push(prometheus);
  return createUsageServer({ options: options!, prometheus, candidates: createCandidates({ gpuResources: [] }) });
}

async function rowsOf(server: UsageServer, log = silentLogger): Promise<Map<string, PodUsageRow[]>> {
  const totals: Totals = { samples: 0, badSamples: 0, method: 'remote_read', sources: new Map(), counts: new Map() };
  const deps = { store, now: () => RANGE.toMs, nextVersion: () => 1, log };
  await importPart(server, RANGE, 1, totals, deps, quiet);
  const rows = await store.query<PodUsageRow>(
    'SELECT * FROM pod_usage WHERE cluster = {cluster:String} ORDER BY pod, at',
    { cluster: server.cluster },
  );
  return Map.groupBy(rows, ({ pod }) => pod);
}

const recordCart1 = (cluster: string): Promise<void> => {
  const row: PodResourcesRow = {
    id: `${cluster}-1`,
    cluster,
    namespace: 'shop',
    pod: 'cart-1',
    pod_uid: 'u1',
    workload_kind: 'Deployment',
    workload: 'cart',
    node: 'n1',
    team: 'checkout',
    environment: 'live',
    qos: 'Burstable',
    started_at: '2026-11-22T08:00:00.000Z',
    ended_at: null,
    observed_at: '2026-11-22T08:00:00.000Z',
    cpu_request_cores: 0.5,
    cpu_limit_cores: null,
    memory_request_bytes: null,
    memory_limit_bytes: null,
    gpu_request: null,
    gpu_limit: null,
    gpu_resource: '',
    containers: '[]',
    unreadable: 0,
    version: 1,
  };
  return store.insert(podResourcesTable, [row], { token: cluster });
};

test('pods that the journal has no span of are told by kube-state-metrics, the others by the journal alone', async () => {
  const server = serverOf();
  await recordCart1(server.cluster);
  const rows = await rowsOf(server);
  expect([...rows].map(([pod, each]) => [pod, each.length])).toEqual([
    ['cart-1', 120],
    ['cart-2', 120],
  ]);
  for (const row of rows.get('cart-1')!) {
    expect(row).toMatchObject({ workload: 'cart', node: 'n1', team: 'checkout', cpu_request_cores: 0.5 });
    // None is set, whatever else tells.
    expect(row.cpu_limit_cores).toBeNull();
  }
  for (const row of rows.get('cart-2')!) {
    expect(row).toMatchObject({ workload_kind: 'StatefulSet', workload: 'told', node: 'n9', team: '' });
    expect(row).toMatchObject({ cpu_request_cores: 3, cpu_limit_cores: 5, memory_request_bytes: null });
  }
});

test('requests that are to be the journal’s alone are unknown of other pods', async () => {
  const server = serverOf({ cpu_request_cores: 'journal' });
  await recordCart1(server.cluster);
  const rows = await rowsOf(server);
  expect(rows.get('cart-2')![0]).toMatchObject({ cpu_request_cores: null, cpu_limit_cores: 5 });
});

test('without a journal a pod that has ended has no rows, though kube-state-metrics tells what it asked for', async () => {
  const rows = await rowsOf(serverOf());
  expect([...rows.keys()]).toEqual(['cart-1', 'cart-2']);
  expect(rows.get('cart-1')![7]).toMatchObject({ cpu_request_cores: 2, cpu_limit_cores: 4, workload: 'told' });
});

test('owners that are too many for an answer stay unknown, which is told once', async () => {
  fake.behaviour.fault = ({ params }) =>
    params.get('query')?.includes('kube_pod_info')
      ? { kind: 'answer', status: 422, body: '{"status":"error","errorType":"execution","error":"too many"}' }
      : undefined;
  const told: string[] = [];
  const log = pino({ level: 'warn' }, new Writable({ write: (line, _, done) => (told.push(String(line)), done()) }));
  const server = serverOf();
  for (let times = 0; times < 2; times++) {
    const rows = await rowsOf(server, log);
    expect(rows.get('cart-1')!).toHaveLength(120);
    expect(rows.get('cart-1')![0]).toMatchObject({ workload: '', node: '', cpu_request_cores: 2 });
  }
  expect(told).toHaveLength(1);
  expect(JSON.parse(told[0]!)).toMatchObject({ cluster: server.cluster });
});
