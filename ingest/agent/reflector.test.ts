import { describe, expect, test } from 'vitest';
import { createFakeApi, reset } from './fake-api.ts';
import { isList, isWatch, last, startReflector as start, versionAsked } from './reflector-subject.ts';
describe('a fresh start', () => {
  test('lists page by page, then watches from the version of the list', async () => {
    const api = createFakeApi();
    for (const name of ['a', 'b', 'c', 'd', 'e']) api.put(name);
    const run = start({ api, options: { pageSize: 2 } });
    await run.watching(1);
    expect(run.told).toEqual(['list a 101', 'list b 102', 'list c 103', 'list d 104', 'list e 105']);
    expect(api.requests.filter((one) => isList(one.path))).toHaveLength(3);
    expect(versionAsked(api)).toBe('105');
    expect(last(api).path).toContain('allowWatchBookmarks=true');
    expect(last(api).path).toContain('timeoutSeconds=20');
    expect(run.coverage).toEqual(['watching 0 … 0']);
  });

  test('tells what the watch brings, and nothing twice', async () => {
    const api = createFakeApi();
    api.put('a');
    const run = start({ api });
    await run.watching(1);
    api.put('a');
    api.put('b');
    api.remove('a');
    last(api).send(`${JSON.stringify({ type: 'MODIFIED', object: api.put('b') })}\n`);
    await run.until(() => run.told.length === 5);
    expect(run.told).toEqual(['list a 101', 'update a 102', 'add b 103', 'delete a 104', 'update b 105']);
  });

  test('a page whose continue token has expired begins the list anew', async () => {
    const api = createFakeApi();
    for (const name of ['a', 'b', 'c']) api.put(name);
    api.refuse((path) => path.includes('continue='), { status: 410, body: { reason: 'Expired' } });
    const run = start({ api, options: { pageSize: 2 } });
    await run.watching(1);
    expect(run.told).toEqual(['list a 101', 'list b 102', 'list c 103']);
    expect(run.counts.relists).toBe(1);
  });

  test('a list that keeps expiring is asked for in one piece', async () => {
    const api = createFakeApi();
    for (const name of ['a', 'b', 'c']) api.put(name);
    api.refuse((path) => path.includes('continue='), { status: 410 }, 2);
    const run = start({ api, options: { pageSize: 2 } });
    await run.watching(1);
    expect(run.told).toHaveLength(3);
    expect(api.requests.findLast((one) => isList(one.path))?.path).not.toContain('limit');
  });

  test('a page too large to hold is asked for in halves', async () => {
    const api = createFakeApi();
    for (let i = 0; i < 40; i++) api.put(`p${i}`);
    const run = start({ api, options: { maxPageBytes: 2_000 } });
    await run.watching(1);
    expect(run.told).toHaveLength(40);
  });
});

describe('a watch that ends', () => {
  test('a clean end goes on from the last version, bookmarks included, and is no news', async () => {
    const api = createFakeApi();
    api.put('a');
    const run = start({ api });
    await run.watching(1);
    api.compact();
    api.bookmark();
    await run.clock.advance(20_000);
    last(api).end();
    await run.watching(2);
    expect(versionAsked(api)).toBe(`${api.version()}`);
    expect(run.counts.relists).toBe(1);
    expect(run.coverage).toEqual(['watching 0 … 0']);
  });

  test('a cut is taken up from the last version: late, and nothing is lost', async () => {
    const api = createFakeApi();
    const run = start({ api });
    await run.watching(1);
    api.put('a');
    await run.until(() => run.told.length === 1);
    await run.clock.advance(20_000);
    api.refuse(isWatch, { error: reset() }, 2);
    last(api).cut();
    await run.until(() => run.tracker.state() === 'late');
    api.put('b');
    await run.clock.advance(10_000);
    await run.watching(2);
    await run.until(() => run.told.length === 2);
    expect(run.told).toEqual(['add a 101', 'add b 102']);
    // 0.8 s, 1.6 s and 3.2 s of backoff after 20 quiet seconds; the open end is closed under the same beginning.
    expect(run.coverage).toEqual(['watching 0 … 0', 'late 0 … 0', 'late 0 25.6 0']);
  });

  test('a cut of less than a second is no news', async () => {
    const api = createFakeApi();
    const run = start({ api });
    await run.watching(1);
    last(api).cut();
    await run.clock.advance(800);
    await run.watching(2);
    expect(run.coverage).toEqual(['watching 0 … 0']);
  });

  test('a watch that ends at once again and again is waited for', async () => {
    const api = createFakeApi();
    const run = start({ api });
    for (let i = 1; i <= 4; i++) {
      await run.until(() => api.watches.length === i);
      last(api).end();
      await run.until(() => run.counts.watch_failures === i);
      const before = api.requests.length;
      await run.clock.advance(800 * 2 ** (i - 1) - 1);
      expect(api.requests.length).toBe(before);
      await run.clock.advance(1);
    }
  });

  test('a stalled watch is given up after its own time and a margin', async () => {
    const api = createFakeApi();
    const run = start({ api, options: { watchSeconds: 300, stallMarginMs: 30_000 } });
    await run.watching(1);
    await run.clock.advance(100_000);
    api.bookmark();
    await run.clock.advance(329_000);
    expect(api.watches).toHaveLength(1);
    api.put('hidden');
    await run.clock.advance(0);
    await run.clock.advance(331_000);
    await run.watching(2);
    expect(api.watches[0]?.open).toBe(false);
    expect(run.told).toEqual(['add hidden 101']);
  });
});

describe('trouble', () => {
  test.each([
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
    [404, 'NotFound'],
  ])('%i is a state, asked about again, until it is allowed', async (status, reason) => {
    const api = createFakeApi();
    api.put('a');
    api.refuse(isList, { status, body: { reason, message: 'no' } }, 7);
    const run = start({ api });
    await run.until(() => run.tracker.state() === 'unreadable');
    expect(run.tracker.reason()).toBe(`HTTP ${status} ${reason}: no`);
    await run.reflector.settled;
    await run.clock.advance(2_000 + 4_000 + 8_000 + 16_000 + 32_000 + 60_000 + 59_999);
    expect(api.requests).toHaveLength(7);
    await run.clock.advance(1);
    await run.watching(1);
    expect(run.told).toEqual(['list a 101']);
    expect(run.coverage).toEqual(['unreadable 0 … 0', 'watching 182 … 0']);
  });

  test('a watch that is denied for a while goes on from its version', async () => {
    const api = createFakeApi();
    const run = start({ api });
    await run.watching(1);
    api.refuse(isWatch, { status: 403 });
    last(api).cut();
    await run.clock.advance(10_000);
    await run.watching(2);
    expect(run.coverage).toEqual(['watching 0 … 0', 'unreadable 0.8 … 0', 'late 0 2.8 0', 'watching 2.8 … 0']);
  });

  test.each([
    ['the header', { status: 429, headers: { 'retry-after': '7' } }],
    ['the status', { status: 503, body: { details: { retryAfterSeconds: 7 } } }],
  ])('Retry-After of %s is kept to', async (_, answer) => {
    const api = createFakeApi();
    api.refuse(isList, answer);
    const run = start({ api });
    await run.until(() => run.counts.watch_failures === 1);
    await run.clock.advance(6_999);
    expect(api.requests).toHaveLength(1);
    await run.clock.advance(1);
    await run.watching(1);
  });

  test('an error in mid-watch other than 410 goes on from the version', async () => {
    const api = createFakeApi();
    const run = start({ api });
    await run.watching(1);
    api.put('a');
    last(api).send(`${JSON.stringify({ type: 'ERROR', object: { code: 500, message: 'etcdserver: no leader' } })}\n`);
    await run.until(() => run.counts.watch_failures === 1);
    await run.clock.advance(800);
    await run.watching(2);
    expect(versionAsked(api)).toBe('101');
    expect(run.counts.relists).toBe(1);
  });

  test('what deliver throws ends the reflector', async () => {
    const api = createFakeApi();
    api.put('a');
    const broken = new Error('disk on fire');
    const run = start({ api, deliver: () => Promise.reject(broken) });
    await expect(run.ended).rejects.toBe(broken);
  });

  test('an abort ends it, whatever it waits for', async () => {
    const api = createFakeApi();
    const run = start({ api });
    await run.watching(1);
    run.controller.abort();
    await run.ended;
    expect(api.watches[0]?.open).toBe(false);
  });

  test('while a delivery waits nothing more is read and the watch does not count as stalled', async () => {
    const api = createFakeApi();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const taken: string[] = [];
    const run = start({
      api,
      options: { stallMs: 1_000 },
      deliver: async (changes) => {
        taken.push(...changes.map((one) => one.name));
        await gate;
      },
    });
    await run.watching(1);
    api.put('a');
    api.put('b');
    await run.clock.advance(60_000);
    expect(taken).toEqual(['a']);
    expect(api.watches).toHaveLength(1);
    release();
    await run.until(() => taken.length === 2);
  });
});
