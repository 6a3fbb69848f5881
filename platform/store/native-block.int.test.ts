import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Type from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { column, maybeFloat64, table, text, time, uint64, word } from '../../schemas/column.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { createStore } from './create-store.ts';
import type { Columns } from './native-block.ts';
import type { Store } from './store.ts';

let dir: string;
let store: Store;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'native-'));
  store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

/** A table in the store and its schema, of columns as ClickHouse's types name them. */
async function create(name: string, types: Readonly<Record<string, string>>, key: string) {
  const columns = Object.entries(types).map(([each, type]) => `${each} ${type}`);
  await store.command(
    `CREATE TABLE ${name} (${columns.join(', ')}) ENGINE = ReplacingMergeTree ORDER BY ${key}
     SETTINGS non_replicated_deduplication_window = 100`,
  );
  const fields = Object.entries(types).map(([each, type]) => [each, column(Type.Unknown(), type, each)]);
  return table(name, Type.Object(Object.fromEntries(fields)));
}

describe('insertColumns', () => {
  test('every type of column comes back as it went in', async () => {
    const every = await create(
      'every_type',
      {
        id: 'UInt32',
        plain: 'String',
        chosen: 'String',
        same: 'String',
        word: 'LowCardinality(String)',
        chosen_word: 'LowCardinality(String)',
        same_word: 'LowCardinality(String)',
        u8: 'UInt8',
        i32: 'Int32',
        u64: 'UInt64',
        big: 'UInt64',
        f: 'Float64',
        maybe: 'Nullable(Float64)',
        known: 'Nullable(Float64)',
        unknown: 'Nullable(Float64)',
        at: "DateTime64(3, 'UTC')",
        big_at: "DateTime64(3, 'UTC')",
        same_at: "DateTime64(3, 'UTC')",
      },
      'id',
    );
    const rows = 3;
    const times = ['1900-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '2299-12-31T23:59:59.999Z'];
    const ms = times.map((each) => Date.parse(each));
    await store.insertColumns(
      every,
      {
        id: Uint32Array.of(0, 1, 2 ** 32 - 1),
        plain: ['', "é'\n\0".repeat(100), 'a\u{1F600}'],
        chosen: { dictionary: ['never', 'b', ''], indexes: Uint16Array.of(2, 1, 1) },
        same: 'same',
        word: ['x', '', 'x'],
        chosen_word: { dictionary: ['ü', 'never', 'w'], indexes: Uint32Array.of(2, 0, 2) },
        same_word: '',
        u8: Uint8Array.of(0, 1, 255),
        i32: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1),
        u64: Float64Array.of(0, 2 ** 32, Number.MAX_SAFE_INTEGER),
        big: BigUint64Array.of(0n, 2n ** 32n + 1n, 1n),
        f: Float64Array.of(-0.25, 1e300, 0),
        maybe: Float64Array.of(Number.NaN, 0, -1.5),
        known: Float64Array.of(1, 2, 3),
        unknown: new Float64Array(rows).fill(Number.NaN),
        at: Float64Array.from(ms),
        big_at: BigInt64Array.from(ms, BigInt),
        same_at: ms[1]!,
      },
      { token: 'every type', rows },
    );
    const expected = {
      id: [0, 1, 2 ** 32 - 1],
      plain: ['', "é'\n\0".repeat(100), 'a\u{1F600}'],
      chosen: ['', 'b', 'b'],
      same: ['same', 'same', 'same'],
      word: ['x', '', 'x'],
      chosen_word: ['w', 'ü', 'w'],
      same_word: ['', '', ''],
      u8: [0, 1, 255],
      i32: [-(2 ** 31), 0, 2 ** 31 - 1],
      u64: [0, 2 ** 32, Number.MAX_SAFE_INTEGER],
      big: [0, 2 ** 32 + 1, 1],
      f: [-0.25, 1e300, 0],
      maybe: [null, 0, -1.5],
      known: [1, 2, 3],
      unknown: [null, null, null],
      at: times,
      big_at: times,
      same_at: [times[1], times[1], times[1]],
    };
    const found = await store.query<Record<string, unknown>>('SELECT * FROM every_type ORDER BY id');
    expect(Object.fromEntries(every.columns.map((name) => [name, found.map((row) => row[name])]))).toEqual(expected);
  });

  test('more rows than the engine takes in one block by default are one part, written once', async () => {
    const many = await create('many_rows', { id: 'UInt32', pod: 'String', value: 'Nullable(Float64)' }, 'id');
    const rows = 1_300_000;
    const columns: Columns = {
      id: Uint32Array.from({ length: rows }, (_, id) => id),
      pod: { dictionary: ['a', 'b'], indexes: Uint8Array.from({ length: rows }, (_, id) => id % 2) },
      value: Float64Array.from({ length: rows }, (_, id) => (id % 3 === 0 ? Number.NaN : id)),
    };
    await store.command('SYSTEM STOP MERGES many_rows');
    await store.insertColumns(many, columns, { token: 'many', rows });
    await store.insertColumns(many, columns, { token: 'many', rows });
    const parts = "SELECT sum(rows) AS rows, count() AS parts FROM system.parts WHERE table = 'many_rows' AND active";
    expect(await store.queryAfterWrite(parts)).toEqual([{ rows, parts: 1 }]);
    await store.insertColumns(many, columns, { token: 'many, again', rows });
    expect(await store.queryAfterWrite(parts)).toEqual([{ rows: rows * 2, parts: 2 }]);
    expect(
      await store.query(
        "SELECT countIf(pod != if(id % 2 = 0, 'a', 'b')) AS pods, countIf(value IS DISTINCT FROM if(id % 3 = 0, NULL, id)) AS values FROM many_rows",
      ),
    ).toEqual([{ pods: 0, values: 0 }]);
  });

  test('no rows are no insert, and a token is required', async () => {
    const none = await create('no_rows', { id: 'UInt32' }, 'id');
    await store.insertColumns(none, { id: new Uint32Array(0) }, { token: 'none', rows: 0 });
    expect(await store.query('SELECT * FROM no_rows')).toEqual([]);
    await expect(store.insertColumns(none, { id: new Uint32Array(1) }, { token: '', rows: 1 })).rejects.toMatchObject({
      code: 'store_error',
    });
  });
});

describe('insertSelect', () => {
  const Counted = Type.Object({
    name: text('name'),
    at: time('when'),
    n: column(Type.Number(), 'UInt64', 'count'),
    version: uint64('version'),
  });
  const counted = table('counted', Counted);
  const select = `SELECT toString(number % {names:UInt32}) AS name, fromUnixTimestamp64Milli({at:Int64}, 'UTC') AS at,
    {version:UInt64} AS version, count() AS n FROM numbers({rows:UInt64}) GROUP BY name`;
  const parts = "SELECT count() AS parts, sum(rows) AS rows FROM system.parts WHERE table = 'counted' AND active";
  const found = () =>
    store.queryAfterWrite<{ n: number; version: number }>('SELECT name, n, version FROM counted FINAL ORDER BY name');

  test('is done once under its token, and replaced under another', async () => {
    await store.command(
      `CREATE TABLE counted (name String, at DateTime64(3, 'UTC'), n UInt64, version UInt64)
       ENGINE = ReplacingMergeTree(version) ORDER BY (name, at) SETTINGS non_replicated_deduplication_window = 100`,
    );
    await store.command('SYSTEM STOP MERGES counted');
    const params = { names: 3, at: 1_700_000_000_000, rows: 30, version: 1 };
    await store.insertSelect(counted, select, params, { token: 'once' });
    await store.insertSelect(counted, select, params, { token: 'once' });
    expect(await store.queryAfterWrite(parts)).toEqual([{ parts: 1, rows: 3 }]);
    // The same token stands for what was written, whatever the SELECT would give now.
    await store.insertSelect(counted, select, { ...params, rows: 60 }, { token: 'once' });
    expect(await store.queryAfterWrite(parts)).toEqual([{ parts: 1, rows: 3 }]);
    await store.insertSelect(counted, select, { ...params, rows: 60, version: 2 }, { token: 'twice' });
    expect(await found()).toEqual(['0', '1', '2'].map((name) => ({ name, n: 20, version: 2 })));
    await store.insertSelect(counted, select, { ...params, rows: 90, version: 1 }, { token: 'an old one, late' });
    expect((await found()).map(({ version }) => version)).toEqual([2, 2, 2]);
  });

  test('what is many blocks while it is read is one when it is written', async () => {
    await store.command('TRUNCATE TABLE counted');
    const params = { names: 300_000, at: 1_700_000_000_000, rows: 600_000, version: 1 };
    await store.insertSelect(counted, select, params, { token: 'wide' });
    await store.insertSelect(counted, select, params, { token: 'wide' });
    expect(await store.queryAfterWrite(parts)).toEqual([{ parts: 1, rows: 300_000 }]);
  });

  test('a column that is missing is an error, and so is a SELECT that is wrong', async () => {
    for (const wrong of ["SELECT 'a' AS name", 'SELECT * FROM no_such_table']) {
      await expect(store.insertSelect(counted, wrong, {}, { token: wrong })).rejects.toMatchObject({
        code: 'store_error',
        retryable: false,
      });
    }
  });
});

test('both go through a server too', async () => {
  const main = join(import.meta.dirname, 'server/main.ts');
  const child = spawn(process.execPath, [main, join(dir, 'served'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const { value: url } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const served = createStore({ target: { url: String(url) }, log: silentLogger, metrics: createMetrics() });
  try {
    const Pod = Type.Object({ pod: word('pod'), cpu: maybeFloat64('cpu') });
    const [pods, copies] = [table('pods', Pod), table('copies', Pod)];
    for (const { name } of [pods, copies]) {
      await served.command(
        `CREATE TABLE ${name} (pod LowCardinality(String), cpu Nullable(Float64)) ENGINE = MergeTree ORDER BY pod
         SETTINGS non_replicated_deduplication_window = 100`,
      );
    }
    const rows = 200_000;
    const pod = { dictionary: ['a', 'b'], indexes: Uint8Array.from({ length: rows }, (_, row) => row % 2) };
    const cpu = Float64Array.from({ length: rows }, (_, row) => (row % 4 === 0 ? Number.NaN : 0.5));
    for (const _ of ['once', 'again']) {
      await served.insertColumns(pods, { pod, cpu }, { token: 'pods', rows });
      const select = 'SELECT * FROM pods WHERE pod = {pod:String}';
      await served.insertSelect(copies, select, { pod: 'a' }, { token: 'copies' });
    }
    expect(await served.query('SELECT pod, count() AS rows, count(cpu) AS known FROM pods GROUP BY pod')).toEqual(
      expect.arrayContaining([
        { pod: 'a', rows: rows / 2, known: rows / 4 },
        { pod: 'b', rows: rows / 2, known: rows / 2 },
      ]),
    );
    expect(await served.query('SELECT sum(cpu) AS cpu, count() AS rows FROM copies')).toEqual([
      { cpu: rows / 8, rows: rows / 2 },
    ]);
  } finally {
    await served.close();
    child.kill('SIGTERM');
    await ended;
  }
});
