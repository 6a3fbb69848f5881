import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { readBody } from './api-refusal.ts';
import { createTransport } from './https-transport.ts';
import type { ClusterAccess } from './kube-config.ts';
import type { KubeTransport } from './kube-transport.ts';

const open: { server?: Server; transport?: KubeTransport }[] = [];
afterEach(() => {
  for (const { server, transport } of open.splice(0)) {
    transport?.close();
    server?.closeAllConnections();
    server?.close();
  }
});

function accessTo(server: string, headers: () => Record<string, string> = () => ({})) {
  const state = { rejected: 0 };
  const access: ClusterAccess = {
    name: 'test',
    context: 'test',
    server,
    credentials: () => Promise.resolve({ headers: headers(), tls: {}, agent: null }),
    rejected: () => void state.rejected++,
  };
  return { access, state };
}

async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  headers?: () => Record<string, string>,
) {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { access, state } = accessTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`, headers);
  const transport = createTransport(access);
  open.push({ server, transport });
  return { transport, state };
}

describe('the transport', () => {
  test('an answer, whatever its status, with its body and headers', async () => {
    const { transport } = await serve((request, response) => {
      response.writeHead(429, { 'retry-after': '3' }).end(`${request.method} ${request.url}`);
    });
    const response = await transport.request({ path: '/api?x=1', timeoutMs: 5_000 });
    expect(response.status).toBe(429);
    expect(response.headers['retry-after']).toBe('3');
    expect(await readBody(response, 1_000)).toBe('GET /prefix/api?x=1');
  });

  test('a body is sent as JSON', async () => {
    const { transport } = await serve((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString()));
      request.on('end', () => response.end(`${request.headers['content-type']} ${text}`));
    });
    const response = await transport.request({ method: 'PUT', path: '/', body: { a: 'ü' }, timeoutMs: 5_000 });
    expect(await readBody(response, 1_000)).toBe('application/json {"a":"ü"}');
  });

  test('a server that is not there, or breaks off, is unavailable', async () => {
    const { transport } = await serve((request) => request.socket.destroy());
    const request = { path: '/', timeoutMs: 5_000 };
    await expect(transport.request(request)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    const nowhere = createTransport(accessTo('http://127.0.0.1:1').access);
    open.push({ transport: nowhere });
    await expect(nowhere.request(request)).rejects.toMatchObject({
      code: 'unavailable',
      details: { code: 'ECONNREFUSED' },
    });
  });

  test('a body that breaks off throws from its iterator', async () => {
    const { transport } = await serve((request, response) => {
      response.write('half');
      setImmediate(() => request.socket.destroy());
    });
    const response = await transport.request({ path: '/', timeoutMs: 5_000 });
    await expect(readBody(response, 1_000)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('a server that does not answer is a timeout, and what streams afterwards is not', async () => {
    let finish: () => void = () => undefined;
    const { transport } = await serve((request, response) => {
      if (request.url?.includes('silent')) return;
      response.write('a');
      finish = () => response.end('b');
    });
    await expect(transport.request({ path: '/silent', timeoutMs: 50 })).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    });
    const response = await transport.request({ path: '/slow?watch=true', timeoutMs: 200 });
    setTimeout(finish, 400);
    expect(await readBody(response, 100)).toBe('ab');
  });

  test('a body that comes to rest is a timeout, a refused watch too', async () => {
    const { transport } = await serve((request, response) => {
      response.writeHead(request.url?.includes('watch') ? 500 : 200).write('half');
    });
    for (const path of ['/list', '/x?watch=true']) {
      const response = await transport.request({ path, timeoutMs: 200 });
      await expect(readBody(response, 100)).rejects.toMatchObject({ code: 'timeout', retryable: true });
    }
  });

  test('an abort gives up before and during the body', async () => {
    const { transport } = await serve((request, response) => {
      if (!request.url?.includes('silent')) response.write('a');
    });
    const stop = new AbortController();
    const waiting = transport.request({ path: '/silent', timeoutMs: 60_000, signal: stop.signal });
    const response = await transport.request({ path: '/', timeoutMs: 60_000, signal: stop.signal });
    const reading = readBody(response, 100);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
  });

  test('credentials are asked for each time; after a 401 they are made anew and the request is sent once more', async () => {
    const seen: (string | undefined)[] = [];
    let token = 0;
    const { transport, state } = await serve(
      (request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(request.headers.authorization === 't2' ? 200 : 401).end();
      },
      () => ({ authorization: `t${++token}` }),
    );
    expect((await transport.request({ path: '/', timeoutMs: 5_000 })).status).toBe(200);
    expect((await transport.request({ path: '/', timeoutMs: 5_000 })).status).toBe(401);
    expect(seen).toEqual(['t1', 't2', 't3', 't4']);
    expect(state.rejected).toBe(2);
  });

  test('what a plugin complains of comes without its secrets', async () => {
    const { access } = accessTo('http://127.0.0.1:1');
    const credentials = () => Promise.reject(new Error('login failed: password=hunter2 is wrong\ntoken=hunter2'));
    const transport = createTransport({ ...access, credentials });
    open.push({ transport });
    await expect(transport.request({ path: '/', timeoutMs: 5_000 })).rejects.toMatchObject({
      message: 'the credentials could not be had: login failed: password=[redacted:password] is wrong',
    });
  });

  test('a kept connection that the server has closed meanwhile is no trouble for a GET', async () => {
    let asked = 0;
    const { transport } = await serve((request, response) => {
      if (++asked === 2) request.socket.destroy();
      else response.end('ok');
    });
    for (let i = 0; i < 2; i++) {
      expect(await readBody(await transport.request({ path: '/', timeoutMs: 5_000 }), 10)).toBe('ok');
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(asked).toBe(3);
  });

  test('many watches do not stand in the way of calls', async () => {
    const { transport } = await serve((request, response) => {
      if (request.url?.includes('watch=true')) response.write('\n');
      else response.end('ok');
    });
    const watches = Array.from({ length: 60 }, () => transport.request({ path: '/x?watch=true', timeoutMs: 5_000 }));
    for (const watch of await Promise.all(watches)) expect(watch.status).toBe(200);
    const calls = Array.from({ length: 60 }, async () =>
      readBody(await transport.request({ path: '/x', timeoutMs: 5_000 }), 10),
    );
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['ok']));
  });
});
