import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { column, table } from '../../schemas/column.ts';
import { deadLettersTable, journalTable, type DeadLetterRow } from '../../schemas/journal.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createStore } from './create-store.ts';
import { migrate } from './migrate.ts';
import { applyRetention } from './retention.ts';
import type { Store } from './store.ts';

const migrations = join(import.meta.dirname, '../../schemas/clickhouse');
let dir: string;
let store: Store;

const letter = (offset: number, message = 'm'): DeadLetterRow => ({
  topic: 't',
  log_id: 'l',
  offset,
  group: 'g',
  reason: 'not_json',
  message,
  value: '',
  observed_at: '2026-11-22T14:58:00.123Z',
});
const count = async (topic: string): Promise<number> =>
  (
    await store.query<{ n: number }>('SELECT count() AS n FROM dead_letters WHERE topic = {topic:String}', { topic })
  )[0]!.n;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'store-'));
  store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

describe('migrations', () => {
  test('are applied once, by two at a time too', async () => {
    const applied = await Promise.all([
      migrate(store, { dir: migrations }, silentLogger),
      migrate(store, { dir: migrations }, silentLogger),
    ]);
    expect(applied[0]).toContain('0001_road.sql');
    expect(await migrate(store, { dir: migrations }, silentLogger)).toEqual([]);
  });

  test('an edited one is refused', async () => {
    const copy = join(dir, 'edited');
    await cp(migrations, copy, { recursive: true });
    const first = join(copy, '0001_road.sql');
    await writeFile(first, `${await readFile(first, 'utf8')}\n-- one more word`);
    await expect(migrate(store, { dir: copy }, silentLogger)).rejects.toMatchObject({
      code: 'migration_edited',
      message: expect.stringContaining('0001_road.sql'),
    });
  });

  test('views are readable', async () => {
    for (const view of ['exceptions', 'exception_logs', 'coverage', 'clusters']) {
      expect(await store.query(`SELECT * FROM ${view}`)).toEqual([]);
    }
  });
});

describe('inserts and queries', () => {
  test('the same token is written once', async () => {
    const rows = Array.from({ length: 700 }, (_, offset) => ({ ...letter(offset), topic: 'once' }));
    await store.insert(deadLettersTable, rows, { token: 'once-1' });
    await store.insert(deadLettersTable, rows, { token: 'once-1' });
    expect(await count('once')).toBe(700);
    await store.insert(deadLettersTable, rows, { token: 'once-2' });
    expect(await count('once')).toBe(1400);
  });

  test('one batch may reach more months than the engine takes by default', async () => {
    const months = Array.from({ length: 240 }, (_, month) => ({
      ...letter(month),
      topic: 'months',
      observed_at: new Date(Date.UTC(2030, month)).toISOString(),
    }));
    await store.insert(deadLettersTable, months, { token: 'months' });
    expect(await count('months')).toBe(240);
  });

  test('a token leaves nothing behind for statements without one', async () => {
    for (let i = 0; i < 20; i++) {
      await store.insert(deadLettersTable, [{ ...letter(i), topic: 'mixed' }], { token: `mixed-${i}` });
      await store.command("INSERT INTO dead_letters (topic, offset, observed_at) VALUES ('plain', 1, now64(3))");
    }
    expect([await count('mixed'), await count('plain')]).toEqual([20, 20]);
  });

  test('rows come back as they went in', async () => {
    const message = 'quotes \' " ` \\ \n\t\u0000 newline, ünïcödé \u{1F600};\n\nSELECT 1';
    await store.insert(deadLettersTable, [{ ...letter(2 ** 53 - 1, message), topic: message }], { token: 'verbatim' });
    const rows = await store.query('SELECT * FROM dead_letters WHERE topic = {topic:String}', { topic: message });
    expect(rows).toEqual([{ ...letter(2 ** 53 - 1, message), topic: message }]);
    const lists = await store.query<{ n: number }>(
      'SELECT count() AS n FROM dead_letters WHERE topic IN {topics:Array(String)}',
      {
        topics: [message, "it's"],
      },
    );
    expect(lists).toEqual([{ n: 1 }]);
  });

  test('every type of column comes back as it went in', async () => {
    const types: Readonly<Record<string, string>> = {
      t: 'String',
      w: 'LowCardinality(String)',
      u8: 'UInt8',
      u32: 'UInt32',
      i: 'Nullable(Int32)',
      u64: 'UInt64',
      at: "DateTime64(3, 'UTC')",
      to: "Nullable(DateTime64(3, 'UTC'))",
      ws: 'Array(LowCardinality(String))',
      objects: 'Map(LowCardinality(String), UInt32)',
      counts: 'Map(LowCardinality(String), Float64)',
    };
    const fields = Object.entries(types).map(([name, type]) => [name, column(Type.Unknown(), type, name)]);
    const every = table('every_type', Type.Object(Object.fromEntries(fields)));
    const columns = Object.entries(types).map(([name, type]) => `${name} ${type}`);
    await store.command(`CREATE TABLE every_type (${columns.join(', ')}) ENGINE = MergeTree ORDER BY t`);
    const rows = [
      { t: '', w: '', u8: 0, u32: 0, i: null, u64: 0, to: null, ws: [], objects: {}, counts: {} },
      { t: 'é'.repeat(300), w: "'", u8: 255, u32: 2 ** 32 - 1, i: -(2 ** 31), u64: 2 ** 53 - 1, ws: ['a', ''] },
    ].map((row, i) => ({
      at: i === 0 ? '1900-01-01T00:00:00.000Z' : '2299-12-31T23:59:59.999Z',
      to: '2026-02-28T10:11:12.000Z',
      objects: { pod: 1, ü: 2 },
      counts: { a: -0.25, b: 1e300 },
      ...row,
    }));
    await store.insert(every, rows, { token: 'every type' });
    expect(await store.query('SELECT * FROM every_type ORDER BY t')).toEqual(rows);
  });

  test('parameters of queries at the same time stay apart', async () => {
    const asked = Array.from({ length: 30 }, (_, i) => `value ${i}`);
    const got = await Promise.all(asked.map((v) => store.query<{ v: string }>('SELECT {v:String} AS v', { v })));
    expect(got.map((rows) => rows[0]!.v)).toEqual(asked);
  });

  test('an unknown column is an error, not a loss', async () => {
    const odd = { ...journalTable, columns: ['cluster', 'no_such_column'] };
    await expect(store.insert(odd, [{ cluster: 'c', no_such_column: 1 }], { token: 'x' })).rejects.toMatchObject({
      code: 'store_error',
      retryable: false,
    });
    await expect(store.insert(deadLettersTable, [{ ...letter(1), extra: 1 }], { token: 'y' })).rejects.toMatchObject({
      code: 'store_error',
    });
  });

  test('errors keep the number ClickHouse gave', async () => {
    await expect(store.query('SELECT * FROM no_such_table')).rejects.toMatchObject({
      code: 'store_error',
      retryable: false,
      details: { clickhouse_code: 60, clickhouse_type: 'UNKNOWN_TABLE' },
    });
    await expect(
      store.query('SELECT sleepEachRow(0.5) FROM numbers(20) SETTINGS max_block_size = 1', {}, { timeoutMs: 1000 }),
    ).rejects.toMatchObject({
      code: 'store_unavailable',
      details: { clickhouse_code: 159 },
    });
  });

  test('a query cannot write', async () => {
    await expect(store.query('CREATE TABLE written (a UInt8) ENGINE = Memory')).rejects.toMatchObject({
      details: { clickhouse_code: 164 },
    });
  });

  test('an abandoned query ends in the engine', async () => {
    const gone = new AbortController();
    const slow = store.query(
      'SELECT sleepEachRow(0.1) FROM numbers(600) SETTINGS max_block_size = 1',
      {},
      { signal: gone.signal },
    );
    const running = () =>
      store.query<{ n: number }>(
        "SELECT count() AS n FROM system.processes WHERE query LIKE '%sleepEachRow(0.1)%' AND query NOT LIKE '%processes%'",
      );
    await expect.poll(async () => (await running())[0]!.n, { timeout: 20_000 }).toBe(1);
    gone.abort();
    await expect(slow).rejects.toMatchObject({ code: 'aborted' });
    await expect.poll(async () => (await running())[0]!.n, { timeout: 20_000 }).toBe(0);
  });
});

test('retention is set where it differs', async () => {
  const retention = {
    exceptionsDays: 400,
    servicesDays: 1095,
    logsDays: 90,
    journalDays: 30,
    coverageDays: 400,
    deadLettersDays: 0,
    usageDays: 35,
    usageHourlyDays: 400,
    usageDailyDays: 0,
    resourcesDays: 400,
  };
  expect(await applyRetention(store, retention, silentLogger)).toHaveLength(8);
  expect(await applyRetention(store, retention, silentLogger)).toEqual([]);
  expect(await applyRetention(store, { ...retention, journalDays: 0, logsDays: 60 }, silentLogger)).toEqual([
    'exception_logs_versions',
    'journal',
  ]);
});

describe('retention of what ends', () => {
  const days = (ago: number) => `toDateTime64(today() - ${ago}, 3, 'UTC')`;
  const others = { exceptionsDays: 0, logsDays: 0, journalDays: 0, coverageDays: 0, deadLettersDays: 0 };
  const usage = { usageDays: 0, usageHourlyDays: 0, usageDailyDays: 0 };
  const keep = (ended: number) =>
    applyRetention(store, { ...others, ...usage, servicesDays: ended, resourcesDays: ended }, silentLogger);

  test.each([
    ['outages', 'id, started_at, observed_at', 'ended_at', 'id'],
    ['rollouts', 'id, started_at, observed_at', 'finished_at', 'id'],
    ['services', 'service_uid, since, first_seen_at', 'deleted_at', 'service_uid'],
    ['pod_resources', 'id, started_at, observed_at', 'ended_at', 'id'],
    ['node_resources', 'id, started_at, observed_at', 'ended_at', 'id'],
    ['autoscalers', 'id, started_at, observed_at', 'ended_at', 'id'],
  ])('of %s is counted from the end, with every version', async (view, columns, end, key) => {
    const insert = (name: string, ended: string, version: number) =>
      store.command(
        `INSERT INTO ${view}_versions (${columns}, ${end}, version)
         VALUES ('${name}', ${days(400)}, ${days(400)}, ${ended}, ${version})`,
      );
    const kept = () =>
      store.queryAfterWrite(`SELECT ${key} AS name, isNull(${end}) AS lasts FROM ${view} ORDER BY name`);
    const lasting = { name: 'lasting', lasts: 1 };
    // Each insert makes a part of its own, and the older version of what ended is in another one than the newest.
    for (const name of ['ended', 'lasting', 'late']) await insert(name, 'NULL', 1);
    await insert('ended', days(200), 2);
    await insert('late', days(50), 2);
    await keep(0);
    expect(await kept()).toHaveLength(3);
    await keep(100);
    expect(await kept()).toEqual([lasting, { name: 'late', lasts: 0 }]);
    await keep(30);
    expect(await kept()).toEqual([lasting]);
    await store.command(`OPTIMIZE TABLE ${view}_versions FINAL`);
    expect(await kept()).toEqual([lasting]);
  });
});

test('text comes as it is, from the engine in this process too', async () => {
  const text = 'é"\n\\{}';
  const rows = await store.queryTextAfterWrite("SELECT '', {text:String} UNION ALL SELECT 'b', ''", { text }, 2);
  expect([...rows].toSorted()).toEqual([
    ['', text],
    ['b', ''],
  ]);
  const broken = store.queryTextAfterWrite('SELECT toString(throwIf(number = 9)) FROM numbers(10)', {}, 1);
  await expect(broken).rejects.toMatchObject({ code: 'store_error', details: { clickhouse_code: 395 } });
});

test('slow readers do not hold up a writer', async () => {
  const slow = Array.from({ length: 6 }, () =>
    store.query('SELECT sleepEachRow(0.5) FROM numbers(6) SETTINGS max_block_size = 1'),
  );
  let reading = slow.length;
  for (const each of slow) void each.finally(() => reading--);
  await store.insert(deadLettersTable, [{ ...letter(1), topic: 'beside' }], { token: 'beside' });
  expect(await store.queryAfterWrite("SELECT count() AS n FROM dead_letters WHERE topic = 'beside'")).toEqual([
    { n: 1 },
  ]);
  expect(reading).toBeGreaterThan(0);
  await Promise.all(slow);
});

test('a closed store takes no more statements, and its folder can be opened again', async () => {
  await store.close();
  await expect(count('t')).rejects.toMatchObject({ code: 'aborted' });
  const insert = store.insert(deadLettersTable, [letter(1)], { token: 'after the close' });
  await expect(insert).rejects.toMatchObject({ code: 'aborted' });
  store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
  expect(await store.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
