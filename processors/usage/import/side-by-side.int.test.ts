import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { FakeClock, realClock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import { migrate } from '../../../platform/store/migrate.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { PodUsageRow, UsageWindowRow } from '../../../schemas/usage.ts';
import { resourceOptions } from '../../journal/resources/options.ts';
import { usageOptions } from '../options.ts';
import { createPrometheus } from '../prometheus/prometheus.ts';
import { startFakePrometheus, type FakePrometheus } from '../prometheus/testing/fake-prometheus.ts';
import { recountGroups, recountPods } from '../roll-ups/testing/recount.ts';
import type { Progress } from './cluster-import.ts';
import { createImporter, type Importer } from './importer.ts';
import { DAY_MS, HOUR_MS } from './plan.ts';
import { countsOf, shopSeries } from './testing/shop.ts';

const DAY = Date.UTC(2026, 10, 22);
const quiet = new AbortController().signal;
let dir: string;
let store: Store;
let fake: FakePrometheus;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'import-'));
  store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: join(import.meta.dirname, '../../../schemas/clickhouse') }, silentLogger);
  const series = shopSeries({ fromMs: DAY, count: DAY_MS / 60_000, everyMs: 60_000 });
  fake = await startFakePrometheus({ series, values: countsOf(() => series) });
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  fake.behaviour.fault = undefined;
});
afterAll(async () => {
  await fake.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

function importerOf(cluster: string, nowMs: number, options: object = {}): Importer {
  const server = { cluster, url: fake.url, connect_timeout_ms: 2_000, ...options };
  const importer = createImporter(usageOptions({ prometheus: [server], catch_up_days: 1 }), {
    store,
    clock: new FakeClock(nowMs),
    log: silentLogger,
    metrics: createMetrics(),
    gpuResources: resourceOptions().gpu_resources,
    random: () => 0,
    connect: (given, deps) => createPrometheus(given, { ...deps, clock: realClock }),
  });
  closers.push(() => importer.close());
  return importer;
}

const rowsOf = <T extends object>(cluster: string, from: string): Promise<T[]> =>
  store.queryAfterWrite<T>(`SELECT * FROM ${from} WHERE cluster = {cluster:String}`, { cluster });
const keyOf = (row: object): string => {
  const { by, namespace, workload_kind, name, pod, at } = row as Record<string, unknown>;
  return JSON.stringify([by, namespace, workload_kind, name, pod, at]);
};
const plain = (rows: readonly object[]): object[] =>
  rows.map((row): object => ({ ...row, version: 0 })).toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)));

/** The day's hours are done, each once, and the day is rolled up of all of them. */
async function expectWholeDay(cluster: string): Promise<void> {
  const windows = await rowsOf<UsageWindowRow>(cluster, 'usage_windows');
  expect(windows).toHaveLength(24);
  expect(new Set(windows.map(({ state, rows, pods }) => `${state} ${rows} ${pods}`))).toEqual(new Set(['done 240 2']));
  const rows = await rowsOf<PodUsageRow>(cluster, 'pod_usage');
  expect(rows).toHaveLength(24 * 240);
  expect(plain(await rowsOf(cluster, 'pod_usage_1h'))).toEqual(plain(recountPods(rows, HOUR_MS, 0)));
  expect(plain(await rowsOf(cluster, 'pod_usage_1d'))).toEqual(plain(recountPods(rows, DAY_MS, 0)));
  expect(plain(await rowsOf(cluster, 'group_usage_1d'))).toEqual(plain(recountGroups(rows, DAY_MS, 0)));
}

async function importDay(importer: Importer, cluster: string): Promise<Progress[]> {
  const told: Progress[] = [];
  const day = { fromMs: DAY, toMs: DAY + DAY_MS, force: false };
  await importer.of(cluster).importRange(day, (progress) => void told.push(progress), quiet);
  return told;
}

test('a day is rolled up of its hours when they are done', async () => {
  const importer = importerOf('day', DAY + DAY_MS + HOUR_MS);
  const told = await importDay(importer, 'day');
  // Hours alone until one has told how many pods there are, then four at a time.
  const lengths = told.map(({ job }) => (job.toMs - job.fromMs) / HOUR_MS);
  expect(lengths[0]).toBe(1);
  expect(lengths).toContain(4);
  expect(lengths.reduce((sum, hours) => sum + hours, 0)).toBe(24);
  // Two at a time, from the newest on.
  expect(told.slice(0, 2).map(({ job }) => job.toMs)).toContain(DAY + DAY_MS);
  await expectWholeDay('day');
});

test('two importers side by side come to what one comes to', async () => {
  const [one, other] = [0, 1].map((ms) => importerOf('two', DAY + DAY_MS + HOUR_MS + ms)) as [Importer, Importer];
  const told = await Promise.all([importDay(one, 'two'), importDay(other, 'two')]);
  // Neither found the other's work done: both did all of it.
  const hoursOf = (each: Progress[]) => each.reduce((sum, { job }) => sum + (job.toMs - job.fromMs) / HOUR_MS, 0);
  expect(told.map(hoursOf)).toEqual([24, 24]);
  await expectWholeDay('two');
});

test('a token that is rotated in its file lets a running import go on', async () => {
  const file = join(dir, 'token');
  await writeFile(file, 'old');
  let good = 'old';
  fake.behaviour.fault = ({ headers }) =>
    headers.authorization === `Bearer ${good}` ? undefined : { kind: 'answer', status: 401 };
  const importer = importerOf('token', DAY + DAY_MS + HOUR_MS, { token_file: file });
  const hour = (index: number) => ({ fromMs: DAY + index * HOUR_MS, toMs: DAY + (index + 1) * HOUR_MS, force: false });
  const told: Progress[] = [];
  const next = (index: number) =>
    importer.of('token').importRange(hour(index), (progress) => void told.push(progress), quiet);
  await next(0);
  good = 'new';
  await next(1);
  await writeFile(file, 'new\n');
  await next(1);
  expect(told).toMatchObject([
    { imported: { rows: 240 } },
    { error: { code: 'prometheus_denied' } },
    { imported: { rows: 240 } },
  ]);
});
