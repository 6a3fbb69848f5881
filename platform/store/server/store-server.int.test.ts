import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { brotliCompressSync, deflateSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deadLettersTable, type DeadLetterRow } from '../../../schemas/journal.ts';
import { silentLogger } from '../../log.ts';
import { createMetrics } from '../../metrics.ts';
import { createStore } from '../create-store.ts';
import { migrate } from '../migrate.ts';
import type { Store } from '../store.ts';

let dir: string;
let child: ChildProcess;
let url: string;
let store: Store;
const metrics = createMetrics();

async function start(port: string, password = ''): Promise<void> {
  child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), join(dir, 'db'), port, password], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout! })) {
    url = line;
    return;
  }
  throw new Error('the store server ended before it listened');
}
async function stop(signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
const letter = (topic: string, offset: number): DeadLetterRow => ({
  topic,
  log_id: 'l',
  offset,
  group: 'g',
  reason: 'not_json',
  message: 'm',
  value: '',
  observed_at: '2026-11-22T14:58:00.123Z',
});
const count = async (topic: string): Promise<number> =>
  (
    await store.query<{ n: number }>('SELECT count() AS n FROM dead_letters WHERE topic = {topic:String}', { topic })
  )[0]!.n;
const post = (search: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${url}/?${search}`, { method: 'POST', body, headers });
const query = (params: Record<string, string>) => fetch(`${url}/?${new URLSearchParams(params).toString()}`);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'store-server-'));
  await start('0');
  store = createStore({ target: { url }, log: silentLogger, metrics, limits: { insertAttempts: 200, backoffMs: 200 } });
  await migrate(store, { dir: join(import.meta.dirname, '../../../schemas/clickhouse') }, silentLogger);
});
afterAll(async () => {
  await store.close();
  await stop('SIGTERM');
  await rm(dir, { recursive: true, force: true });
});

describe('through the client', () => {
  test('the same token is written once', async () => {
    const rows = Array.from({ length: 700 }, (_, i) => letter('once', i));
    await store.insert(deadLettersTable, rows, { token: 'once' });
    await store.insert(deadLettersTable, rows, { token: 'once' });
    expect(await count('once')).toBe(700);
  });

  test('tokens leave nothing behind for inserts without one, on the same few connections', async () => {
    const plain = createClient({ url });
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        await store.insert(deadLettersTable, [letter('mixed', i)], { token: `mixed-${i}` });
        await plain.insert({ table: 'dead_letters', values: [{ topic: 'plain', offset: i }], format: 'JSONEachRow' });
      }),
    );
    await plain.close();
    expect([await count('mixed'), await count('plain')]).toEqual([60, 60]);
  });

  test('parameters and rows survive quotes, newlines and unicode', async () => {
    const topic = 'quotes \' " ` \\ \n\n\t ünïcödé \u{1F600}; SELECT 1';
    await store.insert(deadLettersTable, [letter(topic, 2 ** 53 - 1)], { token: 'verbatim' });
    expect(
      await store.query('SELECT * FROM dead_letters WHERE topic IN {topics:Array(String)}', { topics: [topic] }),
    ).toEqual([letter(topic, 2 ** 53 - 1)]);
    expect(await count(topic)).toBe(1);
  });

  test('errors keep their number', async () => {
    await expect(store.query('SELECT * FROM no_such_table')).rejects.toMatchObject({
      code: 'store_error',
      details: { clickhouse_code: 60, clickhouse_type: 'UNKNOWN_TABLE' },
    });
  });

  test('a large result streams, and an error within it is one', async () => {
    const client = createClient({ url, log: { level: 127 } });
    const rows = await client.query({ query: 'SELECT number FROM numbers(2000000)', format: 'JSONEachRow' });
    let seen = 0;
    for await (const batch of rows.stream()) seen += batch.length;
    expect(seen).toBe(2_000_000);
    const broken = await client.query({
      query: 'SELECT throwIf(number = 1500000) FROM numbers(2000000)',
      format: 'JSONEachRow',
      clickhouse_settings: { max_threads: 1 },
    });
    await expect(broken.json()).rejects.toMatchObject({ code: '395' });
    await client.close();
  });

  test('text comes as it is, and an error within it is one', async () => {
    const rows = await store.queryTextAfterWrite(
      'SELECT toString(number) AS key, repeat({unit:String}, number % 300) AS value FROM numbers(100000) ORDER BY number',
      { unit: 'é"\n\\' },
      2,
    );
    const wanted = (at: number) => [String(at), 'é"\n\\'.repeat(at % 300)];
    let same = 0;
    for (const row of rows) if (row.join() === wanted(same).join()) same++;
    expect(same).toBe(100_000);
    const broken = 'SELECT toString(number), toString(throwIf(number = 900000)) FROM numbers(1000000)';
    const error = await store.queryTextAfterWrite(broken, {}, 2).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'store_error', details: { clickhouse_code: 395 } });
  });

  test('a result that cannot be streamed is bounded', async () => {
    const answer = await post('', 'SELECT number FROM numbers(60000000) FORMAT JSONCompact');
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([500, '396']);
  });

  test('compression both ways', async () => {
    const client = createClient({ url, compression: { request: true, response: true } });
    await client.insert({ table: 'dead_letters', values: [{ topic: 'zipped', offset: 1 }], format: 'JSONEachRow' });
    const rows = await client.query({ query: "SELECT topic FROM dead_letters WHERE topic = 'zipped'", format: 'JSON' });
    expect((await rows.json()).data).toEqual([{ topic: 'zipped' }]);
    await client.close();
  });
});

describe('the HTTP interface', () => {
  test('ping, a GET, and the headers of an answer', async () => {
    expect(await (await fetch(`${url}/ping`)).text()).toBe('Ok.\n');
    const answer = await query({
      query: 'SELECT {x:String} AS v, 1 AS n',
      param_x: 'a\\tb',
      default_format: 'JSONEachRow',
      query_id: 'mine',
    });
    expect(await answer.text()).toBe('{"v":"a\\tb","n":1}\n');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-clickhouse-format': 'JSONEachRow',
      'x-clickhouse-query-id': 'mine',
      'x-clickhouse-timezone': 'UTC',
    });
  });

  test('a GET cannot write', async () => {
    const answer = await query({ query: "INSERT INTO dead_letters (topic) VALUES ('got')" });
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([500, '164']);
    expect(await count('got')).toBe(0);
  });

  test.each([
    ['SELECT * FROM nowhere', 404, '60', 'UNKNOWN_TABLE'],
    ['SELEC 1', 400, '62', 'SYNTAX_ERROR'],
    ['SELECT throwIf(1)', 500, '395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ['', 400, '62', 'SYNTAX_ERROR'],
  ])('%j is status %i', async (sql, status, code, type) => {
    const answer = await post('', sql);
    expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([status, code]);
    expect(await answer.text()).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: [\\s\\S]+\\. \\(${type}\\)\\n$`));
  });

  test('an unknown setting is refused', async () => {
    expect((await query({ query: 'SELECT 1', no_such_setting: '1' })).status).toBe(404);
  });

  test('settings and parameters of one request are not those of the next', async () => {
    const max = async (extra: Record<string, string>) => {
      const answer = await query({ query: "SELECT toString(getSetting('max_block_size'))", ...extra });
      return (await answer.text()).trim();
    };
    const usual = await max({});
    expect(await max({ max_block_size: '777' })).toBe('777');
    expect(await max({})).toBe(usual);
    await post('', 'SET max_block_size = 778');
    expect(await max({})).toBe(usual);
    await (await query({ query: 'SELECT {x:String}', param_x: 'secret' })).text();
    expect((await query({ query: 'SELECT {x:String}' })).headers.get('x-clickhouse-exception-code')).toBe('456');
  });

  test('a session keeps its temporary table and settings, and is its own', async () => {
    await post('session_id=one', 'CREATE TEMPORARY TABLE mine (a UInt8)');
    await post('session_id=one&query=INSERT+INTO+mine+FORMAT+CSV', '7\n');
    expect(await (await post('session_id=one', 'SELECT a FROM mine')).text()).toBe('7\n');
    expect((await post('session_id=two', 'SELECT a FROM mine')).status).toBe(404);
    expect(
      (await post('session_id=three&session_check=1', 'SELECT 1')).headers.get('x-clickhouse-exception-code'),
    ).toBe('372');
  });

  test('a database of its own', async () => {
    await post('', 'CREATE DATABASE IF NOT EXISTS other');
    await post('database=other', 'CREATE TABLE IF NOT EXISTS here (a UInt8) ENGINE = MergeTree ORDER BY a');
    expect(await (await post('database=other', 'SELECT count() FROM here')).text()).toBe('0\n');
    expect((await post('', 'SELECT count() FROM here')).status).toBe(404);
    expect((await post('database=nowhere', 'SELECT 1')).status).toBe(404);
  });

  test('data with a blank line is data to its end, and what follows it is never run', async () => {
    await post('query=INSERT+INTO+dead_letters+(topic)+FORMAT+TSV', 'blank\n\nblank\n');
    await post('', 'INSERT INTO dead_letters (topic) FORMAT TSV\nblank\n\nDROP TABLE dead_letters\n');
    expect(await count('blank')).toBe(3);
    expect(await count('DROP TABLE dead_letters')).toBe(1);
  });

  test('binary data', async () => {
    await post('', 'CREATE TABLE IF NOT EXISTS bytes (a String) ENGINE = MergeTree ORDER BY a');
    const head = Buffer.from('INSERT INTO bytes FORMAT RowBinary\n');
    await post('', Buffer.concat([head, Buffer.from([3, 0xff, 0x0a, 0x00])]));
    expect(await (await post('', 'SELECT hex(a) FROM bytes')).text()).toBe('FF0A00\n');
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('a body in %s', async (encoding, compress) => {
    const body = new Uint8Array(compress(`${encoding}\n`));
    const answer = await post('query=INSERT+INTO+dead_letters+(topic)+FORMAT+TSV', body, {
      'content-encoding': encoding,
    });
    expect(answer.status).toBe(200);
    expect(await count(encoding)).toBe(1);
  });

  test('a result in gzip', async () => {
    const asked = request(`${url}/?enable_http_compression=1&query=SELECT+42`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(Buffer.concat(chunks)).toString()).toBe('42\n');
  });

  test('a query whose client went away ends', async () => {
    const gone = new AbortController();
    const slow = fetch(`${url}/`, {
      method: 'POST',
      body: 'SELECT sleepEachRow(0.1) FROM numbers(900) SETTINGS max_block_size = 1 FORMAT JSON',
      signal: gone.signal,
    });
    slow.catch(() => undefined);
    const running = async () =>
      (
        await (
          await post(
            '',
            "SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow(0.1)%' AND query NOT LIKE '%processes%'",
          )
        ).text()
      ).trim();
    await expect.poll(running, { timeout: 30_000 }).toBe('1');
    gone.abort();
    await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(running, { timeout: 30_000 }).toBe('0');
  });
});

test('only a POST writes, whatever settings a link carries', async () => {
  for (const method of ['GET', 'HEAD']) {
    for (const readonly of ['', '&readonly=0', '&readonly=']) {
      const made = await fetch(`${url}/?query=CREATE+TABLE+linked+(a+String)+ENGINE+Memory${readonly}`, { method });
      expect([method, readonly, made.ok]).toEqual([method, readonly, false]);
    }
  }
  expect(await (await query({ query: 'EXISTS linked' })).text()).toBe('0\n');
});

test('no result goes to a file of the server', async () => {
  const file = join(dir, 'out.txt');
  for (const method of ['GET', 'POST']) {
    const asked = new URLSearchParams({ query: `SELECT 1 INTO /* */ outfile '${file}'` });
    const answer = await fetch(`${url}/?${asked.toString()}`, { method });
    expect([method, answer.headers.get('x-clickhouse-exception-code')]).toEqual([method, '358']);
  }
  expect(existsSync(file)).toBe(false);
  expect(await (await post('', "SELECT 'into outfile'")).text()).toBe('into outfile\n');
});

test('an address that is none is refused, and the server lives', async () => {
  const asked = request(url, { path: '//' }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(404);
  expect((await fetch(`${url}/ping`)).status).toBe(200);
});

test('killed and started again: nothing is lost or doubled, and inserts wait meanwhile', async () => {
  const port = new URL(url).port;
  const insert = (i: number) => store.insert(deadLettersTable, [letter('kept', i)], { token: `kept-${i}` });
  for (let i = 0; i < 10; i++) await insert(i);
  await stop('SIGKILL');
  const meanwhile = [10, 11, 12].map(insert);
  await expect
    .poll(async () =>
      (await metrics.registry.metrics()).includes('tidemark_store_insert_retries_total{table="dead_letters"}'),
    )
    .toBe(true);
  await start(port);
  await Promise.all(meanwhile);
  for (let i = 0; i < 13; i++) await insert(i);
  expect(await count('kept')).toBe(13);
});

test('a password is asked for, and taken in each of its forms', async () => {
  const port = new URL(url).port;
  await stop('SIGTERM');
  await start(port, 'se:cret');
  const search = '?query=SELECT+1';
  const status = async (suffix: string, headers: Record<string, string> = {}) =>
    (await fetch(`${url}/${search}${suffix}`, { headers })).status;
  expect(await status('')).toBe(403);
  expect(await status('&user=default&password=wrong')).toBe(403);
  expect(await status('&user=default&password=se:cret')).toBe(200);
  expect(await status('', { 'x-clickhouse-user': 'default', 'x-clickhouse-key': 'se:cret' })).toBe(200);
  expect(await status('', { authorization: `Basic ${Buffer.from('default:se:cret').toString('base64')}` })).toBe(200);
  expect(await status('', { authorization: `Basic ${Buffer.from('other:se:cret').toString('base64')}` })).toBe(403);
  const right = { 'x-clickhouse-user': 'default', 'x-clickhouse-key': 'se:cret' };
  const named = request(`${url}/${search}`, { headers: { ...right, host: 'store.example' } }).end();
  const [answer] = (await once(named, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(200);
  expect(await status('', { ...right, 'sec-fetch-site': 'cross-site' })).toBe(403);
});
