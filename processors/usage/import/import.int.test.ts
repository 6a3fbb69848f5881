import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { FakeClock, realClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import { migrate } from '../../../platform/store/migrate.ts';
import type { Store } from '../../../platform/store/store.ts';
import { podResourcesTable } from '../../../schemas/resources.ts';
import type { PodUsageRow, UsageWindowRow } from '../../../schemas/usage.ts';
import { resourceOptions } from '../../journal/resources/options.ts';
import { usageOptions } from '../options.ts';
import { createPrometheus } from '../prometheus/prometheus.ts';
import { startFakePrometheus, type FakePrometheus } from '../prometheus/testing/fake-prometheus.ts';
import { decodeReadRequest } from '../prometheus/testing/read-encoding.ts';
import { recountGroups, recountPods } from '../roll-ups/testing/recount.ts';
import type { Progress } from './cluster-import.ts';
import { createImporter, type Importer } from './importer.ts';
import { HOUR_MS } from './plan.ts';
import { countsOf, shopSeries } from './testing/shop.ts';

const H9 = Date.UTC(2026, 10, 22, 9);
let dir: string;
let store: Store;
let fake: FakePrometheus;
let names = 0;
const closers: (() => Promise<void>)[] = [];
const counts = countsOf(() => fake.behaviour.series);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'import-'));
  store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: join(import.meta.dirname, '../../../schemas/clickhouse') }, silentLogger);
  fake = await startFakePrometheus();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  fake.behaviour.fault = undefined;
  fake.behaviour.remoteRead = 'streamed';
});
afterAll(async () => {
  await fake.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

// Three hours of scrapes, 7 s after the grid.
const SERIES = shopSeries({ fromMs: H9 - HOUR_MS / 2 + 7_000, count: 3 * 120, everyMs: 30_000 }, 60);

function importing(clock: FakeClock, options: object = {}): { cluster: string; importer: Importer } {
  const cluster = `c${names++}`;
  fake.behaviour.series = SERIES;
  fake.behaviour.values = counts;
  const made = usageOptions({
    prometheus: [{ cluster, url: fake.url, connect_timeout_ms: 2_000, ...options }],
    catch_up_days: 0,
  });
  const importer = createImporter(made, {
    store,
    clock,
    log: silentLogger,
    metrics: createMetrics(),
    gpuResources: resourceOptions().gpu_resources,
    random: () => 0,
    connect: (server, deps) => createPrometheus(server, { ...deps, clock: realClock }),
  });
  closers.push(() => importer.close());
  return { cluster, importer };
}

const quiet = new AbortController().signal;
async function importHours(
  { cluster, importer }: { cluster: string; importer: Importer },
  change: { fromMs?: number; toMs?: number; force?: boolean; signal?: AbortSignal } = {},
): Promise<Progress[]> {
  const { signal = quiet, ...range } = change;
  const told: Progress[] = [];
  const whole = { fromMs: H9, toMs: H9 + HOUR_MS, force: false, ...range };
  await importer.of(cluster).importRange(whole, (progress) => void told.push(progress), signal);
  return told;
}
const rowsOf = (cluster: string, from = 'pod_usage'): Promise<PodUsageRow[]> =>
  store.query<PodUsageRow>(`SELECT * FROM ${from} WHERE cluster = {cluster:String} ORDER BY namespace, pod, at`, {
    cluster,
  });
const windowsOf = (cluster: string): Promise<UsageWindowRow[]> =>
  store.query<UsageWindowRow>('SELECT * FROM usage_windows WHERE cluster = {cluster:String} ORDER BY window_start', {
    cluster,
  });
const plain = (rows: readonly PodUsageRow[]) => rows.map((row) => ({ ...row, version: 0, cluster: '' }));
const keyOf = (row: object): string => {
  const { by, namespace, workload_kind, name, pod } = row as Record<string, unknown>;
  return JSON.stringify([by, namespace, workload_kind, name, pod]);
};
const byText = (rows: readonly object[]): object[] =>
  rows.toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)));
const later = () => new FakeClock(H9 + 2 * HOUR_MS);

test('an hour becomes rows, roll-ups and a window; what the server has not is missing', async () => {
  const work = importing(later());
  const [told] = await importHours(work);
  expect(told).toMatchObject({ imported: { rows: 240, method: 'remote_read', givenUp: false } });
  const rows = await rowsOf(work.cluster);
  expect(rows).toHaveLength(240);
  expect(rows[0]).toMatchObject({
    pod: 'cart-1',
    cpu_cores: 0.25,
    memory_bytes: 2 ** 20 + 59,
    network_receive_bytes_per_second: null,
  });
  // The sample that is not a number leaves its instant unknown.
  expect(rows[1]).toMatchObject({ memory_bytes: null });
  const [window] = await windowsOf(work.cluster);
  expect(window).toMatchObject({ state: 'done', pods: 2, rows: 240, tries: 0, error_code: '' });
  expect(window?.missing).toContain('gpu_utilisation');
  expect(window?.missing).not.toContain('cpu_cores');
  expect(window?.bad_samples).toBeGreaterThan(0);
  const version = rows[0]!.version;
  const read = (view: string) =>
    store.query<object>(`SELECT * FROM ${view} WHERE cluster = {cluster:String}`, { cluster: work.cluster });
  expect(byText(await read('pod_usage_1h'))).toEqual(byText(recountPods(rows, HOUR_MS, version)));
  expect(byText(await read('group_usage_1h'))).toEqual(byText(recountGroups(rows, HOUR_MS, version)));
});

test('what is done is left, and forced it is written over, no row twice', async () => {
  const work = importing(later());
  await importHours(work);
  expect(await importHours(work)).toEqual([]);
  const before = plain(await rowsOf(work.cluster));
  expect(await importHours(work, { force: true })).toHaveLength(1);
  expect(plain(await rowsOf(work.cluster))).toEqual(before);
});

test.each([
  ['down', 'prometheus_unavailable', { kind: 'answer', status: 503 }],
  ['refused', 'prometheus_denied', { kind: 'answer', status: 401 }],
  ['cut off', 'prometheus_unavailable', { kind: 'cut' }],
  ['ending early', 'prometheus_unavailable', { kind: 'half' }],
] as const)('a server that is %s: nothing is done, and later all of it', async (_, code, fault) => {
  const work = importing(later());
  fake.behaviour.fault = ({ path }) => (path.endsWith('/read') ? fault : undefined);
  expect(await importHours(work)).toMatchObject([{ error: { code } }]);
  expect(await windowsOf(work.cluster)).toMatchObject([{ state: 'failed', tries: 1, error_code: code, rows: 0 }]);
  expect(await rowsOf(work.cluster)).toEqual([]);
  fake.behaviour.fault = undefined;
  expect(await importHours(work)).toMatchObject([{ imported: { rows: 240 } }]);
  expect(await windowsOf(work.cluster)).toMatchObject([{ state: 'done', tries: 0, error_code: '', rows: 240 }]);
});

test('an import that is broken off before its last step is done again, with the same rows', async () => {
  const whole = importing(later());
  await importHours(whole);
  const work = importing(later());
  const stop = new AbortController();
  const insert = store.insertSelect;
  store.insertSelect = (...args) => {
    stop.abort();
    return insert.apply(store, args);
  };
  await importHours(work, { signal: stop.signal }).finally(() => (store.insertSelect = insert));
  expect(await windowsOf(work.cluster)).toEqual([]);
  expect(await rowsOf(work.cluster)).toHaveLength(240);
  await importHours(work);
  expect(plain(await rowsOf(work.cluster))).toEqual(plain(await rowsOf(whole.cluster)));
});

test('the hour that goes on grows, and is done when it is over', async () => {
  const clock = new FakeClock(H9 + 10 * 60_000);
  const work = importing(clock);
  const step = () => work.importer.of(work.cluster).step(quiet);
  const stateOfH9 = async () => (await windowsOf(work.cluster)).find(({ window_start: at }) => Date.parse(at) === H9);
  await step();
  expect(await stateOfH9()).toMatchObject({ state: 'open', rows: 2 * 19, imported_to: '2026-11-22T09:09:30.000Z' });
  await clock.advance(60_000);
  await step();
  expect(await stateOfH9()).toMatchObject({ state: 'open', rows: 2 * 21, imported_to: '2026-11-22T09:10:30.000Z' });
  await clock.advance(HOUR_MS - 5 * 60_000);
  for (let steps = 0; steps < 4; steps++) await step();
  expect(await stateOfH9()).toMatchObject({ state: 'done', rows: 240 });
});

test("requests and owners are the journal's where it was recording", async () => {
  const work = importing(later());
  const span = {
    id: `${work.cluster}-1`,
    cluster: work.cluster,
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
    ended_at: '2026-11-22T09:30:00.000Z',
    observed_at: '2026-11-22T08:00:00.000Z',
    cpu_request_cores: 0.5,
    cpu_limit_cores: null,
    memory_request_bytes: 1e6,
    memory_limit_bytes: 2e6,
    gpu_request: null,
    gpu_limit: null,
    gpu_resource: '',
    containers: '[]',
    unreadable: 0,
    version: 1,
  };
  const moved = {
    ...span,
    id: `${work.cluster}-2`,
    node: 'n2',
    cpu_request_cores: 0.75,
    started_at: span.ended_at,
    ended_at: null,
    observed_at: span.ended_at,
  };
  await store.insert(podResourcesTable, [span, moved], { token: work.cluster });
  await importHours(work);
  const rows = (await rowsOf(work.cluster)).filter(({ pod }) => pod === 'cart-1');
  expect(rows[0]).toMatchObject({
    workload: 'cart',
    node: 'n1',
    team: 'checkout',
    cpu_request_cores: 0.5,
    cpu_limit_cores: null,
  });
  expect(rows.filter(({ node, cpu_request_cores: cores }) => node === 'n1' && cores === 0.5)).toHaveLength(60);
  expect(rows.filter(({ node, cpu_request_cores: cores }) => node === 'n2' && cores === 0.75)).toHaveLength(60);
  const [window] = await windowsOf(work.cluster);
  // Of the journal nothing is missing: who asks for no GPU asks for none.
  expect(window?.missing.filter((measure) => measure.includes('request'))).toEqual([]);
});

test('what is too much at once is read in halves, with the same rows', async () => {
  const whole = importing(later());
  await importHours(whole);
  const work = importing(later());
  const spans: number[] = [];
  fake.behaviour.fault = ({ path, body }) => {
    if (!path.endsWith('/read')) return undefined;
    const [query] = decodeReadRequest(body).queries;
    const span = query!.toMs - query!.fromMs;
    spans.push(span);
    return span > HOUR_MS / 2 ? { kind: 'answer', status: 400, body: 'exceeded sample limit (50000000)' } : undefined;
  };
  expect(await importHours(work)).toMatchObject([{ imported: { rows: 240 } }]);
  // A quarter of an hour, and the lookback before it: what the client has cut by itself was not taken.
  expect(spans.at(-1)).toBe(HOUR_MS / 4 + 4.5 * 60_000);
  expect(plain(await rowsOf(work.cluster))).toEqual(plain(await rowsOf(whole.cluster)));
  // In less than ten instants nothing is too much.
  fake.behaviour.fault = ({ path }) =>
    path.endsWith('/read') ? { kind: 'answer', status: 413, body: 'no' } : undefined;
  expect(await importHours(work, { force: true })).toMatchObject([{ error: { code: 'prometheus_too_much' } }]);
});

test('a server without remote read is asked by query_range', async () => {
  const work = importing(later());
  fake.behaviour.remoteRead = 'none';
  fake.behaviour.values = (expression, fromMs, toMs, stepMs) => {
    if (expression.startsWith('label_replace')) return counts(expression, fromMs, toMs, stepMs);
    const times = Array.from({ length: (toMs - fromMs) / stepMs + 1 }, (_, index) => fromMs + index * stepMs);
    return [{ labels: { namespace: 'shop', pod: 'cart-1' }, samples: times.map((atMs) => ({ atMs, value: 2 })) }];
  };
  expect(await importHours(work)).toMatchObject([{ imported: { rows: 120, method: 'query_range' } }]);
  expect((await rowsOf(work.cluster))[119]).toMatchObject({ cpu_cores: 2, memory_bytes: 2, file_bytes: null });
});

test('hours that the server says it keeps nothing of are given up', async () => {
  const work = importing(later());
  fake.behaviour.series = [];
  fake.behaviour.values = (expression, fromMs) =>
    expression.includes('lowest_timestamp')
      ? [{ labels: {}, samples: [{ atMs: fromMs, value: (H9 + HOUR_MS) / 1_000 }] }]
      : [];
  expect(await importHours(work)).toMatchObject([{ imported: { givenUp: true, rows: 0 } }]);
  expect(await windowsOf(work.cluster)).toMatchObject([{ state: 'given-up' }]);
});

test('where nothing of CPU and memory ever came, it is the settings that are wrong; later it is nothing', async () => {
  const work = importing(later(), { headers: { 'X-Scope-OrgID': 'tenant-7' }, matchers: { cluster: 'x' } });
  fake.behaviour.series = [];
  fake.behaviour.values = () => [];
  expect(await importHours(work)).toMatchObject([{ error: { code: 'prometheus_nothing' } }]);
  const [window] = await windowsOf(work.cluster);
  expect(window).toMatchObject({ state: 'failed', tries: 1 });
  expect(window?.error).toMatch(/matchers \{cluster="x"\}, headers X-Scope-OrgID;/);
  expect(window?.error).not.toContain('tenant-7');
  const other = importing(later());
  await importHours(other);
  fake.behaviour.series = [];
  fake.behaviour.values = () => [];
  expect(await importHours(other, { fromMs: H9 - HOUR_MS, toMs: H9 })).toMatchObject([
    { error: { code: 'prometheus_nothing' } },
  ]);
  const [empty] = await windowsOf(other.cluster);
  expect(empty).toMatchObject({ state: 'failed', rows: 0, imported_to: null });
  expect(empty?.error).not.toMatch(/never did/);
});

/** The journal knows the pod for as long as there is one. */
const recordCart1 = (cluster: string, node = 'n1') =>
  store.command(
    `INSERT INTO pod_resources_versions
      (id, cluster, namespace, pod, workload_kind, workload, node, started_at, observed_at, cpu_request_cores, version)
    SELECT {id:String}, {cluster:String}, 'shop', {pod:String}, 'Deployment', 'cart', {node:String},
      fromUnixTimestamp64Milli({at:Int64}, 'UTC'), fromUnixTimestamp64Milli({at:Int64}, 'UTC'), 2, 1`,
    { id: `${cluster}-${node}`, cluster, pod: node === '' ? 'waits' : 'cart-1', node, at: H9 - HOUR_MS },
  );

test('what the server has forgotten stays as it was imported, and is done', async () => {
  const work = importing(later());
  await importHours(work);
  const [rows, [window]] = [await rowsOf(work.cluster), await windowsOf(work.cluster)];
  await recordCart1(work.cluster);
  const lowest = (at: number): void => {
    fake.behaviour.values = (expression, fromMs) =>
      expression.includes('lowest_timestamp') ? [{ labels: {}, samples: [{ atMs: fromMs, value: at / 1_000 }] }] : [];
  };
  for (const at of [H9, H9 + HOUR_MS]) {
    fake.behaviour.series = [];
    lowest(at);
    expect(await importHours(work, { force: true })).toMatchObject([{ imported: { kept: true, givenUp: false } }]);
    expect(await rowsOf(work.cluster)).toEqual(rows);
    const { pods, rows: count, samples, missing, imported_to } = window!;
    expect(await windowsOf(work.cluster)).toMatchObject([
      { state: 'done', pods, rows: count, samples, missing, imported_to },
    ]);
  }
  // What is as much as before is written, with what the journal has told since.
  fake.behaviour.series = SERIES;
  fake.behaviour.values = counts;
  expect(await importHours(work, { force: true })).toMatchObject([{ imported: { kept: false } }]);
  expect((await rowsOf(work.cluster))[0]).toMatchObject({ cpu_cores: 0.25, cpu_request_cores: 2, node: 'n1' });
});

test('of hours that are imported together those of which nothing came fail alone', async () => {
  const work = importing(later());
  await importHours(work);
  const series = SERIES.map((each) => ({ ...each, samples: each.samples.filter(({ atMs }) => atMs >= H9) }));
  fake.behaviour.series = series;
  await store.command(
    `ALTER TABLE usage_windows_versions DELETE WHERE cluster = {cluster:String}
    SETTINGS mutations_sync = 1`,
    { cluster: work.cluster },
  );
  expect(await importHours(work, { fromMs: H9 - HOUR_MS })).toMatchObject([
    { imported: { rows: 236, withoutUse: [H9 - HOUR_MS] } },
  ]);
  expect(await windowsOf(work.cluster)).toMatchObject([
    { state: 'failed', error_code: 'prometheus_nothing', imported_to: null },
    { state: 'done', rows: 236 },
  ]);
});

test('a pod that waits for a node has no rows', async () => {
  const work = importing(later());
  await recordCart1(work.cluster, '');
  await importHours(work);
  expect(new Set((await rowsOf(work.cluster)).map(({ pod }) => pod))).toEqual(new Set(['cart-1', 'cart-2']));
});
