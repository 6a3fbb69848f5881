import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { parseTokens } from './auth.ts';
import type { ApiDeps } from './context.ts';
import { startApi } from './server.ts';
import { fakeBus, fakeDeps } from './testing/fake-deps.ts';
import { exceptionRow } from './testing/rows.ts';

async function withApi(given: Partial<ApiDeps>, use: (url: string, close: () => Promise<void>) => Promise<void>) {
  const api = await startApi({ ...fakeDeps(given), host: '127.0.0.1', port: 0 });
  try {
    await use(api.url, () => api.close());
  } finally {
    await api.close();
  }
}

it('streams over HTTP, and closes in good order though somebody listens', async () => {
  const fake = fakeBus();
  await withApi({ bus: fake.bus }, async (url, close) => {
    const answer = await fetch(`${url}/api/v1/stream?namespace=a,b`);
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('event: ready\ndata: {}\n\n');
    fake.emit({ v: 1, kind: 'exception', key: 'x', version: 1, row: exceptionRow({ id: 'x' }) });
    expect((await reader?.read())?.value).toMatch(/^id: 0-1\nevent: exception\ndata: \{"id":"x"/);
    await close();
    expect((await reader?.read())?.done).toBe(true);
    expect(fake.open).toBe(0);
  });
});

it('streams to a browser by its session, filtered', async () => {
  const fake = fakeBus();
  const file = JSON.stringify({ tokens: [{ name: 'v', token: 'viewer-secret-token', role: 'viewer' }] });
  await withApi({ bus: fake.bus, auth: { tokens: parseTokens(file, 't') } }, async (url) => {
    const stream = `${url}/api/v1/stream?reason=!Error&exit_code=!none`;
    expect((await fetch(stream)).status).toBe(401);
    const signedIn = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: 'viewer-secret-token' }),
    });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const answer = await fetch(stream, { headers: { cookie } });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain('event: ready');
    const rows = [{ id: 'x', reason: 'Error' }, { id: 'y', exit_code: null }, { id: 'z' }].map(exceptionRow);
    for (const row of rows) fake.emit({ v: 1, kind: 'exception', key: row.id, version: 1, row });
    expect((await reader?.read())?.value).toContain('data: {"id":"z"');
    await reader?.cancel();
  });
});

it('forgets a client that has gone', async () => {
  const fake = fakeBus();
  await withApi({ bus: fake.bus }, async (url) => {
    const gone = new AbortController();
    await fetch(`${url}/api/v1/stream`, { signal: gone.signal });
    expect(fake.open).toBe(1);
    gone.abort();
    await expect.poll(() => fake.open, { timeout: 20_000 }).toBe(0);
  });
});

it('drops a client that takes nothing, and goes on', async () => {
  const fake = fakeBus();
  await withApi({ bus: fake.bus, options: { streamBufferBytes: 64 * 1024 } }, async (url) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'readable');
    let version = 0;
    const flood = () => {
      version++;
      const row = exceptionRow({ id: `${version}`, message: 'x'.repeat(50_000) });
      fake.emit({ v: 1, kind: 'exception', key: row.id, version, row });
      return fake.open;
    };
    await expect.poll(flood, { timeout: 60_000, interval: 1 }).toBe(0);
    socket.destroy();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

it('answers what is not HTTP with an error of its own form', async () => {
  await withApi({}, async (url) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('nonsense\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({ error: { code: 'bad_request' } });
  });
});

it('says why it cannot listen', async () => {
  await withApi({}, async (url) => {
    const taken = startApi({ ...fakeDeps(), host: '127.0.0.1', port: Number(new URL(url).port) });
    await expect(taken).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
