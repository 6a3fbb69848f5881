import { describe, expect, test } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { createFakeApi, type FakeApi } from './fake-api.ts';
import type { KubeRequest, KubeResponse } from './kube-transport.ts';
import { isWatch, last, START, startReflector } from './reflector-subject.ts';

const ENOUGH = 2_000;
const line = (type: string, metadata: object): string => `${JSON.stringify({ type, object: { metadata } })}\n`;
const answer = (text: string): KubeResponse => ({
  status: 200,
  headers: {},
  body: [Buffer.from(text)] as unknown as AsyncIterable<Uint8Array>,
  destroy: () => undefined,
});

/** Lets `other` answer what it wants to; a reader that asks without end is left waiting. */
function intercept(api: FakeApi, other: (request: KubeRequest) => KubeResponse | null): { asked: number } {
  const truth = api.request.bind(api);
  const seen = { asked: 0 };
  api.request = async (request) => {
    await new Promise((resolve) => setImmediate(resolve));
    const said = other(request);
    if (said) seen.asked++;
    return seen.asked > ENOUGH ? new Promise(() => undefined) : (said ?? truth(request));
  };
  return seen;
}

describe('a server that is odd', () => {
  test('keeps a dead watch warm with bytes: it is given up all the same', async () => {
    const api = createFakeApi();
    const run = startReflector({ api });
    await run.watching(1);
    for (let times = 0; times < 10 && api.watches.length === 1; times++) {
      last(api).send('\n');
      await run.clock.advance(10_000);
    }
    expect(api.watches.length).toBeGreaterThan(1);
  });

  test.each([
    ['bookmark', line('BOOKMARK', { resourceVersion: '100' })],
    ['deletion', line('DELETED', { name: 'z', namespace: 'shop', uid: 'uz', resourceVersion: '100' })],
  ])('ends each watch at once with the same %s: it is waited for, and nothing is told', async (_, text) => {
    const api = createFakeApi();
    const seen = intercept(api, ({ path }) => (isWatch(path) ? answer(text) : null));
    const run = startReflector({ api });
    await run.until(() => (run.counts.watch_failures ?? 0) > 0);
    for (let times = 0; times < 100; times++) await run.clock.advance(0);
    expect(seen.asked).toBe(1);
    expect(run.told).toEqual([]);
  });

  test('sends a bookmark that goes back: nothing is told twice', async () => {
    const api = createFakeApi();
    const run = startReflector({ api });
    await run.watching(1);
    api.put('b');
    api.remove('b');
    await run.until(() => run.told.length === 2);
    last(api).send(line('BOOKMARK', { resourceVersion: '100' }));
    await run.clock.advance(0);
    last(api).end();
    await run.watching(2);
    expect(run.told).toEqual(['add b 101', 'delete b 102']);
  });

  test.each(['null', '{"metadata":{"resourceVersion":"101"},"items":{}}', 'timeout'])(
    'cannot list the version to resume with (%s): after some tries it is listed anew',
    async (text) => {
      const api = createFakeApi();
      api.put('a');
      intercept(api, ({ path }) => {
        if (!path.includes('resourceVersionMatch=Exact')) return null;
        if (text === 'timeout') throw new AppError('timeout', 'did not answer', { retryable: true });
        return answer(text);
      });
      const run = startReflector({ api, resumeFrom: '101', lastProofAt: START - 5_000 });
      for (let times = 0; times < 20; times++) await run.clock.advance(10_000);
      expect(run.told).toEqual(['add a 101']);
    },
  );

  test('denies the list to resume with: that is told once, not at every try', async () => {
    const api = createFakeApi();
    api.refuse(() => true, { status: 403, body: { code: 403, reason: 'Forbidden' } }, Infinity);
    const run = startReflector({ api, resumeFrom: '100', lastProofAt: START - 5_000 });
    for (let times = 0; times < 20; times++) await run.clock.advance(10_000);
    expect(run.coverage).toEqual(['unreadable 0 … 0']);
  });
});

describe('a reader that is held up', () => {
  test('calls what it reads afterwards late, and a loss in it a gap from when it was held up', async () => {
    const api = createFakeApi();
    let release: () => void = () => undefined;
    let gate: Promise<void> | null = null;
    const run = startReflector({ api, options: { stallMs: 10_000_000 }, deliver: async () => void (await gate) });
    await run.watching(1);
    await run.clock.advance(5_000);
    gate = new Promise((resolve) => (release = resolve));
    api.put('a');
    await run.clock.advance(2_000);
    api.put('b');
    await run.clock.advance(600_000);
    gate = null;
    release();
    await run.until(() => run.tracker.state() === 'late');
    api.compact();
    last(api).cut();
    await run.clock.advance(10_000);
    await run.watching(2);
    const gap = run.coverage.find((one) => one.startsWith('gap'));
    expect(Number(gap?.split(' ')[1])).toBeLessThanOrEqual(6);
  });
});

test('a full list that was asked for while one was being told is told once more', async () => {
  const api = createFakeApi();
  api.put('a');
  const run = startReflector({ api, options: { stallMs: 10_000_000 } });
  await run.watching(1);
  await run.clock.advance(2_000);
  run.reflector.retellSoon();
  last(api).end();
  await run.until(() => api.requests.some(({ path }) => path.includes('Exact')));
  run.reflector.retellSoon();
  await run.watching(2);
  await run.clock.advance(2_000);
  last(api).end();
  await run.watching(3);
  expect(run.told).toEqual(['list a 101', 'list a 101', 'list a 101']);
});
