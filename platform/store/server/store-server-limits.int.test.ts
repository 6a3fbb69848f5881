import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../log.ts';
import { createStoreServer } from './store-server.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'store-server-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('beyond loopback a password is required', async () => {
  await expect(
    createStoreServer({ path: join(dir, 'never'), host: '0.0.0.0', port: 0, log: silentLogger }),
  ).rejects.toMatchObject({ code: 'config_invalid' });
});

test('a port that is taken is a wrong configuration, and the data folder is let go', async () => {
  const path = join(dir, 'taken');
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const options = { path, host: '127.0.0.1', log: silentLogger };
  await expect(createStoreServer({ ...options, port })).rejects.toMatchObject({ code: 'config_invalid' });
  const free = await createStoreServer({ ...options, port: 0 });
  await free.close();
  other.close();
});

test('bodies, queries and the queue are bounded', async () => {
  const limits = { bodyBytes: 10_000, queryBytes: 1_000, concurrentQueries: 1, waitingQueries: 1 };
  const small = await createStoreServer({
    path: join(dir, 'small'),
    host: '127.0.0.1',
    port: 0,
    log: silentLogger,
    limits,
  });
  const send = async (search: string, body: string) => {
    const answer = await fetch(`${small.url}/${search}`, { method: 'POST', body });
    await answer.text();
    return [answer.status, answer.headers.get('x-clickhouse-exception-code')];
  };
  try {
    expect(await send('', 'CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a')).toEqual([200, null]);
    expect(await send('?query=INSERT+INTO+t+FORMAT+TSV', 'x'.repeat(9_000))).toEqual([200, null]);
    expect(await send('?query=INSERT+INTO+t+FORMAT+TSV', 'x'.repeat(11_000))).toEqual([413, '307']);
    expect(await send('', `SELECT '${'x'.repeat(2_000)}'`)).toEqual([413, '169']);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => send('', 'SELECT sleepEachRow(0.2) FROM numbers(3) FORMAT JSON')),
    );
    expect(answers.filter(([, code]) => code === '202').length).toBe(3);
    expect(answers.filter(([status]) => status === 200).length).toBe(2);
  } finally {
    await small.close();
  }
});
