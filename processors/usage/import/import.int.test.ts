import { afterAll, afterEach, expect, test } from 'vitest';
import { FakeClock } from '../../../platform/clock.ts';
import { podResourcesTable } from '../../../schemas/resources.ts';
import type { PodUsageRow } from '../../../schemas/usage.ts';
import { decodeReadRequest } from '../prometheus/testing/read-encoding.ts';
import { recountGroups, recountPods } from '../roll-ups/testing/recount.ts';
import { HOUR_MS } from './plan.ts';
import { H9, openImports } from './testing/imports.ts';

const { store, fake, counts, importing, importHours, rowsOf, windowsOf, ...imports } = await openImports();
afterEach(imports.rest);
afterAll(imports.close);

const later = () => new FakeClock(H9 + 2 * HOUR_MS);
const quiet = new AbortController().signal;
const plain = (rows: readonly PodUsageRow[]) => rows.map((row) => ({ ...row, version: 0, cluster: '' }));
const keyOf = (row: object): string => {
  const { by, namespace, workload_kind, name, pod } = row as Record<string, unknown>;
  return JSON.stringify([by, namespace, workload_kind, name, pod]);
};
const byText = (rows: readonly object[]): object[] =>
  rows.toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)));

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
