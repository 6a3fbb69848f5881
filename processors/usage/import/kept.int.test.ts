import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { FakeClock, realClock, toTime } from '../../../platform/clock.ts';
import { AppError } from '../../../platform/errors.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import { migrate } from '../../../platform/store/migrate.ts';
import { applyRetention } from '../../../platform/store/retention.ts';
import type { Store } from '../../../platform/store/store.ts';
import { resourceOptions } from '../../journal/resources/options.ts';
import { usageOptions } from '../options.ts';
import { createPrometheus } from '../prometheus/prometheus.ts';
import { startFakePrometheus, type FakePrometheus } from '../prometheus/testing/fake-prometheus.ts';
import type { Progress } from './cluster-import.ts';
import { createImporter, type Importer } from './importer.ts';
import { sumUpDays, type DayPauses } from './days.ts';
import { DAY_MS, HOUR_MS } from './plan.ts';
import { createTurns } from './turns.ts';
import { countsOf, shopSeries } from './testing/shop.ts';

// The engine drops what has expired by its own clock, so these hours are counted from now.
const NOW = Math.floor(Date.now() / DAY_MS) * DAY_MS + 5 * HOUR_MS;
const OLD = NOW - 5 * HOUR_MS - 60 * DAY_MS;
const YESTERDAY = NOW - 5 * HOUR_MS - DAY_MS;
const kept = {
  exceptionsDays: 0,
  servicesDays: 0,
  logsDays: 0,
  journalDays: 0,
  coverageDays: 0,
  deadLettersDays: 0,
  usageDays: 35,
  usageHourlyDays: 400,
  usageDailyDays: 1825,
  resourcesDays: 0,
};
const quiet = new AbortController().signal;
let dir: string;
let store: Store;
let fake: FakePrometheus;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'import-'));
  store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: join(import.meta.dirname, '../../../schemas/clickhouse') }, silentLogger);
  await applyRetention(store, kept, silentLogger);
  const hours = (fromMs: number) => shopSeries({ fromMs: fromMs - HOUR_MS, count: 26 * 60, everyMs: 60_000 });
  const series = [...hours(OLD), ...hours(YESTERDAY)];
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

function importing(cluster: string, given: object = {}, clock = new FakeClock(NOW)): Importer {
  const prometheus = [{ cluster, url: fake.url, connect_timeout_ms: 2_000, ...given }];
  const importer = createImporter(usageOptions({ prometheus, catch_up_days: 0 }), {
    store,
    clock,
    log: silentLogger,
    metrics: createMetrics(),
    gpuResources: resourceOptions().gpu_resources,
    retention: kept,
    random: () => 0,
    connect: (server, deps) => createPrometheus(server, { ...deps, clock: realClock }),
  });
  closers.push(() => importer.close());
  return importer;
}

async function importRange(importer: Importer, cluster: string, fromMs: number, hours: number, force = false) {
  const told: Progress[] = [];
  const range = { fromMs, toMs: fromMs + hours * HOUR_MS, force };
  const left = await importer.of(cluster).importRange(range, (progress) => void told.push(progress), quiet);
  return { told, ...left };
}

const read = <Row>(cluster: string, from: string, columns: string): Promise<Row[]> =>
  store.queryAfterWrite<Row>(`SELECT ${columns} FROM ${from} WHERE cluster = {cluster:String}`, { cluster });
const instantsIn = async (cluster: string, from: string): Promise<[number, number]> => {
  const [row] = await read<{ rows: number; instants: number }>(
    cluster,
    from,
    'toUInt32(count()) AS rows, toUInt32(sum(instants)) AS instants',
  );
  return [row!.rows, row!.instants];
};

test('hours whose rows have expired are summed up whole, and their rows are not kept', async () => {
  const importer = importing('old');
  for (const force of [false, true]) {
    const { told } = await importRange(importer, 'old', OLD, 6, force);
    expect(told.every((each) => 'imported' in each)).toBe(true);
    expect(await instantsIn('old', 'pod_usage_1h')).toEqual([12, 6 * 240]);
    expect(await instantsIn('old', 'pod_usage_1d')).toEqual([2, 6 * 240]);
  }
  expect(await read('old', 'pod_usage_import_versions', '1')).toEqual([]);
  expect(await read('old', 'pod_usage', '1')).toEqual([]);
});

test('an hour that is not summed up whole is not done', async () => {
  const insert = store.insertSelect;
  store.insertSelect = (table, ...rest) =>
    table.name === 'pod_usage_1h_versions' ? Promise.resolve() : insert.call(store, table, ...rest);
  const importer = importing('short');
  const { told } = await importRange(importer, 'short', YESTERDAY, 1).finally(() => (store.insertSelect = insert));
  expect(told).toMatchObject([{ error: { code: 'store_error' } }]);
  expect(await read('short', 'usage_windows', 'state, tries, error_code')).toEqual([
    { state: 'failed', tries: 1, error_code: 'store_error' },
  ]);
});

test('what is not over is refused', async () => {
  await expect(importRange(importing('ahead'), 'ahead', NOW + DAY_MS, 1)).rejects.toThrow('over yet');
});

test('what is older than the hours that are kept is refused, and given up where it was asked for', async () => {
  const importer = importing('ancient');
  const fromMs = YESTERDAY - 400 * DAY_MS;
  await expect(importRange(importer, 'ancient', fromMs, 1)).rejects.toMatchObject({ code: 'bad_request' });
  const columns = `SELECT 'ancient' AS cluster, fromUnixTimestamp64Milli({at:Int64}, 'UTC') AS window_start, 'pending' AS state, now64(3) AS updated_at`;
  await store.command(`INSERT INTO usage_windows_versions (cluster, window_start, state, updated_at) ${columns}`, {
    at: fromMs,
  });
  await importer.of('ancient').step(quiet);
  const windows = await read<{ error: string }>('ancient', 'usage_windows', 'window_start, state, error');
  const given = windows.find((row) => Date.parse((row as unknown as { window_start: string }).window_start) === fromMs);
  expect(given).toMatchObject({ state: 'given-up', error: expect.stringContaining('retention.usage_hourly_days') });
});

test('a day is summed up once its hours rest, also of a cluster that is configured no longer', async () => {
  const due = () => read('gone', 'usage_days_due', 'toUnixTimestamp64Milli(day) AS day');
  const insert = store.insertSelect;
  // The process ends before the day is made.
  store.insertSelect = (table, ...rest) =>
    table.name.includes('_1d_')
      ? Promise.reject(new AppError('store_error', 'no'))
      : insert.call(store, table, ...rest);
  const left = await importRange(importing('gone'), 'gone', YESTERDAY, 4).finally(() => (store.insertSelect = insert));
  expect(left).toMatchObject({ hoursLeft: 0, daysFailed: 1, toMs: YESTERDAY + 4 * 3_600_000 });
  expect(await due()).toEqual([{ day: YESTERDAY }]);
  const deps = { store, log: silentLogger, turns: createTurns(1), by: '', retention: kept, onFailure: () => undefined };
  const days = { ...deps, now: () => NOW + 60_000, nextVersion: () => NOW + 60_000 };
  expect(await sumUpDays(days, { cluster: 'gone', restMs: 120_000 }, quiet)).toBe(0);
  const clock = new FakeClock(NOW + 60_000);
  const running = importing('another', { enabled: false }, clock).run();
  await expect.poll(async () => (await clock.advance(60_000), due()), { timeout: 30_000 }).toEqual([]);
  expect(await instantsIn('gone', 'pod_usage_1d')).toEqual([2, 4 * 240]);
  await closers.at(-1)!();
  await running;
});

test('a day that cannot be summed up rests longer each time, and is tried again', async () => {
  const insert = store.insertSelect;
  let tries = 0;
  let nowMs = NOW + 60_000;
  const pauses: DayPauses = new Map();
  const deps = { store, log: silentLogger, turns: createTurns(1), by: '', retention: kept, onFailure: () => undefined };
  const days = { ...deps, now: () => nowMs, nextVersion: () => nowMs, pauses };
  const sumAfter = (ms: number) => {
    nowMs += ms;
    return sumUpDays(days, { cluster: 'resting', restMs: 0 }, quiet);
  };
  store.insertSelect = (table, ...rest) => {
    if (!table.name.includes('_1d_')) return insert.call(store, table, ...rest);
    tries++;
    return Promise.reject(new AppError('store_error', 'no'));
  };
  try {
    await importRange(importing('resting'), 'resting', YESTERDAY, 1);
    tries = 0;
    for (const [minutes, tried] of [
      [0, 1],
      [1, 1],
      [4, 2],
      [9, 2],
      [1, 3],
    ] as const) {
      expect(await sumAfter(minutes * 60_000)).toBe(0);
      expect(tries).toBe(tried);
    }
  } finally {
    store.insertSelect = insert;
  }
  expect(await sumAfter(HOUR_MS)).toBe(1);
  expect(pauses.size).toBe(0);
});

test('a failure makes no day due; another import does', async () => {
  const importer = importing('again');
  const due = () => read('again', 'usage_days_due', '1');
  await importRange(importer, 'again', YESTERDAY, 1);
  expect(await due()).toEqual([]);
  fake.behaviour.fault = ({ path }) => (path.endsWith('/read') ? { kind: 'answer', status: 503 } : undefined);
  await importRange(importer, 'again', YESTERDAY, 1, true);
  expect(await due()).toEqual([]);
  expect(await read('again', 'usage_windows', 'state')).toEqual([{ state: 'failed' }]);
  expect(await read('again', 'usage_imports', 'imported_version > 0 AS was')).toEqual([{ was: 1 }]);
});

test('a server that fails leaves hours untried, and says how many', async () => {
  fake.behaviour.fault = () => ({ kind: 'answer', status: 503 });
  const { told, hoursLeft } = await importRange(importing('left'), 'left', YESTERDAY, 24);
  expect(told.length).toBeLessThanOrEqual(2);
  expect(hoursLeft).toBe(24 - told.length);
});

test('what was given up is tried again under other settings', async () => {
  const clock = new FakeClock(YESTERDAY + 2 * HOUR_MS);
  await importRange(importing('changed', {}, clock), 'changed', YESTERDAY, 1);
  await store.command(
    `INSERT INTO usage_windows_versions SELECT * REPLACE ('given-up' AS state, version + 10 AS version)
    FROM usage_windows_versions WHERE cluster = 'changed'`,
  );
  const stateOf = async () => {
    const rows = await read<{ at: number; state: string }>(
      'changed',
      'usage_windows',
      'toUnixTimestamp64Milli(window_start) AS at, state',
    );
    return rows.find(({ at }) => at === YESTERDAY)?.state;
  };
  const steps = async (importer: Importer) => {
    for (let turn = 0; turn < 3; turn++) await importer.of('changed').step(quiet);
  };
  await steps(importing('changed', {}, clock));
  expect(await stateOf()).toBe('given-up');
  await steps(importing('changed', { headers: { 'X-Scope-OrgID': 'b' } }, clock));
  expect(await stateOf()).toBe('done');
});

test('an hour that was imported before the journal reached its end is imported again once it does', async () => {
  const beatAt = (ms: number, version: number) =>
    store.command(
      `INSERT INTO clusters_versions (cluster, last_heartbeat_at, version)
      SELECT 'late', fromUnixTimestamp64Milli({ms:Int64}, 'UTC'), {version:UInt64}`,
      { ms, version },
    );
  const clock = new FakeClock(NOW);
  const importer = importing('late', {}, clock);
  await beatAt(YESTERDAY + HOUR_MS / 2, 1);
  await importRange(importer, 'late', YESTERDAY, 1);
  const journalTo = async () => {
    const rows = await read<{ window_start: string; journal_to: string }>('late', 'usage_imports', '*');
    return rows.find((row) => Date.parse(row.window_start) === YESTERDAY)?.journal_to;
  };
  const steps = async () => {
    for (let turn = 0; turn < 3; turn++) await importer.of('late').step(quiet);
  };
  await steps();
  expect(await journalTo()).toBe(toTime(YESTERDAY + HOUR_MS / 2));
  await beatAt(YESTERDAY + HOUR_MS, 2);
  await steps();
  expect(await journalTo()).toBe(toTime(YESTERDAY + HOUR_MS));
});

test('of the hour that goes on nothing is imported while nothing comes', async () => {
  const clock = new FakeClock(YESTERDAY + 10 * 60_000);
  const importer = importing('quiet', {}, clock);
  await store.command(
    `INSERT INTO pod_resources_versions (id, cluster, namespace, pod, node, started_at, observed_at, cpu_request_cores)
    SELECT 'q', 'quiet', 'shop', 'cart-1', 'n1', fromUnixTimestamp64Milli({at:Int64}, 'UTC') AS began, began, 2`,
    { at: YESTERDAY - HOUR_MS },
  );
  const { series, values } = fake.behaviour;
  fake.behaviour.series = [];
  await importer.of('quiet').step(quiet);
  const imported = () =>
    read('quiet', 'usage_windows', 'state, toUnixTimestamp64Milli(imported_to) AS to, rows > 0 AS some');
  expect(await imported()).toEqual([{ state: 'open', to: null, some: 0 }]);
  expect(await read('quiet', 'pod_usage', '1')).toEqual([]);
  Object.assign(fake.behaviour, { series, values });
  await clock.advance(60_000);
  await importer.of('quiet').step(quiet);
  expect(await imported()).toEqual([{ state: 'open', to: YESTERDAY + 630_000, some: 1 }]);
});

test('a day is not summed up of the hours that are left of it, and is once all are imported again', async () => {
  const importer = importing('shortened');
  await importRange(importer, 'shortened', OLD, 6);
  for (const table of ['pod_usage_1h_versions', 'group_usage_1h_versions']) {
    await store.command(`ALTER TABLE ${table} DELETE WHERE cluster = 'shortened' SETTINGS mutations_sync = 1`);
  }
  await importRange(importer, 'shortened', OLD, 1, true);
  expect(await instantsIn('shortened', 'pod_usage_1h')).toEqual([2, 240]);
  expect(await instantsIn('shortened', 'pod_usage_1d')).toEqual([2, 6 * 240]);
  expect(await read('shortened', 'usage_days_due', 'day')).toEqual([]);
  await importRange(importer, 'shortened', OLD, 6, true);
  expect(await instantsIn('shortened', 'pod_usage_1h')).toEqual([12, 6 * 240]);
  expect(await instantsIn('shortened', 'pod_usage_1d')).toEqual([2, 6 * 240]);
});
