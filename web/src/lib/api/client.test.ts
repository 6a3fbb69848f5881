import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import type * as Client from './client.ts';

const JSON_TYPE = { headers: { 'content-type': 'application/json' } };
let client: typeof Client;

// The client takes the page's origin when it is loaded.
beforeAll(async () => {
  vi.stubGlobal('location', { origin: 'http://tidemark.test' });
  client = await import('./client.ts');
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** What a question comes to when it is answered so. */
function ask(answer: typeof globalThis.fetch): Promise<unknown> {
  vi.spyOn(globalThis, 'fetch').mockImplementation(answer);
  return client.body(client.api.GET('/api/v1/clusters'));
}

it('gives the body of a success', async () => {
  expect(await ask(async () => new Response('{"items":[]}', JSON_TYPE))).toEqual({ items: [] });
});

it.each([
  ['a page of a proxy', '<!doctype html><p>Sign in</p>'],
  ['half an object', '{"items":['],
  ['null', 'null'],
  ['a text', '"ok"'],
  ['nothing', ''],
])('cannot read %s', async (_what, text) => {
  await expect(ask(async () => new Response(text, JSON_TYPE))).rejects.toMatchObject({
    name: 'ApiError',
    code: 'unreadable',
  });
});

it('cannot read the error page of a proxy, and says its status', async () => {
  const answer = async () => new Response('<p>Bad gateway</p>', { status: 502 });
  await expect(ask(answer)).rejects.toMatchObject({ code: 'unreadable', status: 502, message: 'HTTP 502' });
});

it('is offline where no answer comes', async () => {
  const answer = () => Promise.reject(new TypeError('Failed to fetch'));
  await expect(ask(answer)).rejects.toMatchObject({ code: 'offline' });
});

it('gives every request a deadline', async () => {
  const deadline = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort(timeout()));
  await expect(ask(async (_request, init) => Promise.reject(init?.signal?.reason))).rejects.toMatchObject({
    code: 'timeout',
  });
  expect(deadline).toHaveBeenCalledExactlyOnceWith(30_000);
});

it('ends with the one who asks', async () => {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (_request, init) => Promise.reject(init?.signal?.reason));
  const asked = client.body(client.api.GET('/api/v1/clusters', { signal: AbortSignal.abort() }));
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});

const timeout = (): DOMException => new DOMException('The operation timed out.', 'TimeoutError');
