import { describe, expect, test } from 'vitest';
import { createFakeApi, reset, type FakeApi } from './fake-api.ts';
import { START, isList, isWatch, last, startReflector as start, versionAsked } from './reflector-subject.ts';
import type { Known } from '../../platform/bus/local-log.ts';

const known = (name: string, uid: string, resourceVersion: string): Known => ({
  source: 'pod',
  namespace: 'shop',
  name,
  uid,
  resourceVersion,
  note: '',
});

describe('a relist', () => {
  const relists: [string, (api: FakeApi) => void][] = [
    [
      'after 410 as an HTTP status',
      (api) => {
        api.refuse(isWatch, { status: 410, body: { reason: 'Expired' } });
        last(api).cut();
      },
    ],
    [
      'after 410 in mid-watch',
      (api) =>
        last(api).send(
          `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })}\n`,
        ),
    ],
    [
      'after a version from the future',
      (api) => {
        const body = { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } };
        api.refuse(isWatch, { status: 504, body });
        last(api).cut();
      },
    ],
  ];
  test.each(relists)('%s finds what is new, changed, replaced and gone, in a gap', async (_, trouble) => {
    const api = createFakeApi();
    for (const name of ['same', 'changed', 'replaced', 'gone']) api.put(name);
    const run = start({ api });
    await run.watching(1);
    run.told.length = 0;
    await run.clock.advance(5_000);
    api.bookmark();
    await run.clock.advance(2_000);
    const open = api.watches.splice(0);
    api.put('changed');
    api.replace('replaced');
    api.remove('gone');
    api.put('new');
    api.watches.push(...open);
    trouble(api);
    await run.clock.advance(3_000);
    await run.watching(2);
    expect(run.told).toEqual([
      'update changed 105',
      'vanished replaced 103',
      'add replaced 107',
      'add new 109',
      'vanished gone 104',
    ]);
    expect(run.coverage[1]).toMatch(/^gap [57] (7|7\.8) 2$/);
    expect(run.coverage[2]).toMatch(/^watching (7|7\.8) … 0$/);
    expect(run.coverage).toHaveLength(3);
  });

  test('a bad line is kept and counted, and asked for again from what came before it: nothing is lost', async () => {
    const api = createFakeApi();
    const run = start({ api });
    await run.watching(1);
    api.put('x');
    last(api).send('{"type":"MODI\n');
    await run.watching(2);
    expect(versionAsked(api)).toBe('101');
    expect(run.told).toEqual(['add x 101']);
    expect(run.bad).toEqual([{ reason: 'not_json', bytes: 13, head: '{"type":"MODI' }]);
    expect(run.counts).toMatchObject({ bad_lines: 1, relists: 1 });
    expect(run.coverage).toHaveLength(1);
  });

  test.each([
    ['no JSON', '{"type":"MODIFIED","object":{"meta\n'],
    ['of an unknown type', '{"type":"NEWS","object":{}}\n'],
  ])('a line that is %s twice makes a relist', async (_, line) => {
    const api = createFakeApi();
    api.put('a');
    const run = start({ api });
    await run.watching(1);
    last(api).send(line);
    await run.watching(2);
    last(api).send(line);
    await run.clock.advance(3_000);
    await run.watching(3);
    expect(run.counts).toMatchObject({ bad_lines: 2, relists: 2 });
    expect(run.coverage.filter((one) => one.startsWith('gap'))).toHaveLength(1);
  });

  test('a line over the bound is a bad line', async () => {
    const api = createFakeApi();
    const run = start({ api, options: { maxLineBytes: 1_000 } });
    await run.watching(1);
    last(api).send('x'.repeat(900));
    last(api).send(`${'x'.repeat(900)}\n`);
    await run.watching(2);
    expect(run.bad[0]).toMatchObject({ reason: 'too_long', bytes: 1800 });
  });

  test('a half line at the end of a body is no loss: the watch goes on from its version', async () => {
    const api = createFakeApi();
    const run = start({ api });
    await run.watching(1);
    last(api).send('{"type":"MODI');
    last(api).end();
    await run.until(() => run.bad.length === 1);
    await run.clock.advance(800);
    await run.watching(2);
    expect(run.bad[0]?.reason).toBe('truncated');
    expect(run.counts.relists).toBe(1);
  });

  test('410 again and again is waited for', async () => {
    const api = createFakeApi();
    api.refuse(isWatch, { status: 410 }, Infinity);
    const run = start({ api });
    await run.until(() => run.counts.watch_failures === 2);
    const before = api.requests.length;
    await run.clock.advance(1_500);
    expect(api.requests.length).toBe(before);
    await run.clock.advance(200);
    expect(api.requests.length).toBeGreaterThan(before);
  });
});

describe('a list older than what was seen', () => {
  const stale = { status: 200, body: { metadata: { resourceVersion: '100' }, items: [] } };

  test('is not believed: it is asked for again', async () => {
    const api = createFakeApi();
    for (const name of ['a', 'b']) api.put(name);
    const run = start({ api });
    await run.watching(1);
    api.refuse(isList, stale, 2);
    api.refuse(isWatch, { status: 410, body: { reason: 'Expired' } });
    last(api).cut();
    await run.clock.advance(6_000);
    await run.watching(2);
    expect(run.told).toEqual(['list a 101', 'list b 102']);
    expect(run.coverage.filter((one) => one.startsWith('gap'))).toHaveLength(1);
  });

  test('is not believed at a start either, by what is known', async () => {
    const api = createFakeApi();
    api.put('a');
    api.refuse(isList, stale);
    const run = start({ api, lastProofAt: START - 1, known: [known('a', 'uid-1', '101')] });
    await run.clock.advance(2_000);
    await run.watching(1);
    expect(run.told).toEqual([]);
  });

  test('is the truth once it has lasted: the cluster was restored', async () => {
    const api = createFakeApi();
    api.put('a');
    const run = start({
      api,
      lastProofAt: START - 1,
      known: [known('a', 'uid-1', '900'), known('b', 'uid-2', '901')],
      options: { stallMs: 10_000_000 },
    });
    await run.clock.advance(400_000);
    await run.watching(1);
    expect(run.told).toEqual(['update a 101', 'vanished b ']);
    api.put('a');
    await run.until(() => run.told.length === 3);
  });
});

test('a server that answers 200 and then 410 leaves one gap, from the last true proof', async () => {
  const api = createFakeApi();
  const run = start({ api });
  await run.watching(1);
  api.put('a');
  await run.until(() => run.told.length === 1);
  await run.clock.advance(20_000);
  api.refuse(isWatch, { error: reset() }, 3);
  last(api).cut();
  await run.until(() => run.tracker.state() === 'late');
  await run.clock.advance(12_000);
  expect(api.watches).toHaveLength(2);
  last(api).send(`${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`);
  await run.watching(3);
  await run.clock.advance(3_000);
  expect(run.coverage.filter((one) => one.startsWith('late'))).toEqual(['late 0 … 0']);
  expect(run.coverage.slice(2)).toEqual([
    expect.stringMatching(/^gap 0 \d+(\.\d)? 0$/),
    expect.stringMatching(/^watching .* … 0$/),
  ]);
});

describe('a restart with the version that was reached', () => {
  test('takes the watch up there: what came meanwhile is told as it happened', async () => {
    const api = createFakeApi();
    for (const name of ['same', 'changed', 'gone']) api.put(name);
    api.put('changed');
    api.remove('gone');
    api.put('short-lived');
    api.remove('short-lived');
    const run = start({
      api,
      lastProofAt: START - 60_000,
      resumeFrom: '103',
      known: [known('same', 'uid-1', '101'), known('changed', 'uid-2', '102'), known('gone', 'uid-3', '103')],
    });
    await run.watching(1);
    await run.until(() => run.told.length === 4);
    expect(run.told).toEqual([
      'update changed 104',
      'delete gone 105',
      'add short-lived 106',
      'delete short-lived 107',
    ]);
    expect(run.coverage).toEqual(['late -60 0 0']);
    expect(run.reached.at(-1)).toBe('107');
  });

  test('relists in a gap where the server has let go of that version', async () => {
    const api = createFakeApi();
    api.put('a');
    api.compact();
    const run = start({ api, lastProofAt: START - 60_000, resumeFrom: '101', known: [known('a', 'uid-1', '101')] });
    await run.watching(1);
    expect(run.told).toEqual([]);
    expect(run.coverage).toEqual(['gap -60 0 0', 'watching 0 … 0']);
  });

  test.each([
    ['a few times', 2, ['late']],
    ['again and again: then it lists anew', 9, ['gap']],
  ])('asks a server that fails %s', async (_, times, states) => {
    const api = createFakeApi();
    api.put('a');
    api.refuse((path) => path.includes('Exact'), { status: 500 }, times);
    const run = start({
      api,
      lastProofAt: START - 60_000,
      resumeFrom: '101',
      known: [known('a', 'uid-1', '101')],
      options: { stallMs: 10_000_000 },
    });
    await run.clock.advance(60_000);
    await run.watching(1);
    const ended = run.coverage.filter((one) => !one.includes('…'));
    expect(ended.map((one) => one.split(' ')[0])).toEqual(states);
  });
});

describe('a restart', () => {
  test('tells what has changed, come and gone since the last proof of life, and nothing else', async () => {
    const api = createFakeApi();
    for (const name of ['same', 'changed', 'other']) api.put(name);
    const run = start({
      api,
      lastProofAt: START - 60_000,
      known: [
        known('same', 'uid-1', '101'),
        known('changed', 'uid-2', '90'),
        known('other', 'uid-x', '91'),
        known('gone', 'uid-y', '92'),
      ],
    });
    api.put('new');
    await run.watching(1);
    expect(run.told).toEqual([
      'update changed 102',
      'vanished other 91',
      'add other 103',
      'add new 104',
      'vanished gone 92',
    ]);
    expect(run.coverage).toEqual(['gap -60 0 2', 'watching 0 … 0']);
  });

  test('a first list that was broken off goes on as a list', async () => {
    const api = createFakeApi();
    for (const name of ['a', 'b']) api.put(name);
    const run = start({ api, known: [known('a', 'uid-1', '101')] });
    await run.watching(1);
    expect(run.told).toEqual(['list b 102']);
  });

  test('once a day every object is told again, without a gap', async () => {
    const api = createFakeApi();
    for (const name of ['a', 'b']) api.put(name);
    const run = start({ api, options: { fullListEveryMs: 3_600_000, stallMs: 10_000_000 } });
    await run.watching(1);
    await run.clock.advance(3_600_000);
    last(api).end();
    await run.watching(2);
    expect(run.told).toEqual(['list a 101', 'list b 102', 'list a 101', 'list b 102']);
    expect(run.coverage).toEqual(['watching 0 … 0']);
    expect(versionAsked(api)).toBe('102');
  });

  test('a full list that cannot be had at the version reached becomes a relist', async () => {
    const api = createFakeApi();
    api.put('a');
    const run = start({
      api,
      lastFullAt: START - 1,
      lastProofAt: START - 1,
      options: { fullListEveryMs: 3_600_000, stallMs: 10_000_000 },
    });
    await run.watching(1);
    expect(run.told).toEqual(['add a 101']);
    const [open] = api.watches.splice(0);
    api.put('b');
    await run.clock.advance(3_600_000);
    api.watches.push(open as (typeof api.watches)[number]);
    open?.end();
    await run.watching(2);
    expect(run.told).toEqual(['add a 101', 'list a 101', 'add b 102']);
  });
});
