import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../log.ts';
import { createStoreServer } from './store-server.ts';

let dir: string;
let server: Awaited<ReturnType<typeof createStoreServer>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'store-server-'));
  server = await createStoreServer({ path: join(dir, 'db'), host: '127.0.0.1', port: 0, log: silentLogger });
});
afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

describe('a web page that has a browser ask', () => {
  const from = async (headers: Record<string, string>, method = 'POST') => {
    const search = method === 'GET' ? '?query=SELECT+1' : '';
    const asked = request(`${server.url}/${search}`, { method, headers: { 'content-type': 'text/plain', ...headers } });
    asked.end(method === 'GET' ? '' : 'CREATE TABLE IF NOT EXISTS posted (a String) ENGINE = Memory');
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  const page = 'https://elsewhere.example';

  test.each([
    ['cross-site', { 'sec-fetch-site': 'cross-site', origin: page }, 'POST'],
    ['another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }, 'POST'],
    ['a sandboxed frame, an older browser', { origin: 'null' }, 'POST'],
    ['an older browser', { origin: page }, 'POST'],
    ['an image', { 'sec-fetch-site': 'cross-site' }, 'GET'],
    ['a name rebound to this machine', { host: 'elsewhere.example:8123', 'sec-fetch-site': 'same-origin' }, 'POST'],
    ['a rebound name, nothing else said', { host: 'elsewhere.example' }, 'GET'],
  ])('is refused: %s', async (_who, headers, method) => {
    expect(await from(headers, method)).toBe(403);
    expect(await (await fetch(`${server.url}/?query=EXISTS+posted`)).text()).toBe('0\n');
  });

  test.each([
    ['a person types the address', { 'sec-fetch-site': 'none' }],
    ['localhost', { host: 'localhost:8123' }],
    ['IPv6', { host: '[::1]:8123' }],
  ])('is answered: %s', async (_who, headers) => {
    expect(await from(headers, 'GET')).toBe(200);
  });
});
