import { describe, expect, it } from 'vitest';
import type { Tail } from '../platform/bus/journal.ts';
import { FakeClock } from '../platform/clock.ts';
import { silentLogger } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { rowFilterOf } from './filter.ts';
import { createLiveExceptions, type LiveSink } from './live.ts';
import { FULL_SCOPE } from './scope.ts';
import { fakeBus } from './testing/fake-deps.ts';
import { exceptionRow } from './testing/rows.ts';

function fakeSink() {
  const state = { text: '', pending: 0, ended: false, destroyed: false };
  const sink: LiveSink = {
    write: (chunk) => void (state.text += chunk),
    pendingBytes: () => state.pending,
    end: () => void (state.ended = true),
    destroy: () => void (state.destroyed = true),
  };
  return Object.assign(state, { sink });
}

function setUp(options: { maxClients?: number; maxClientsEach?: number } = {}) {
  const clock = new FakeClock();
  const fake = fakeBus();
  const live = createLiveExceptions({
    bus: fake.bus,
    clock,
    log: silentLogger,
    metrics: createMetrics(),
    maxClients: options.maxClients ?? 10,
    maxClientsEach: options.maxClientsEach ?? 10,
    maxPendingBytes: 10_000,
  });
  const emit = (row: Parameters<typeof exceptionRow>[0], version: number) =>
    fake.emit({ v: 1, kind: 'exception', key: row.id, version, row: { ...exceptionRow(row), version } });
  return { clock, fake, live, emit };
}

const READER = { name: 'reader', scope: FULL_SCOPE };
const REPORTED = rowFilterOf({});
const idsIn = (text: string) => [...text.matchAll(/"id":"([^"]+)"/g)].map((match) => match[1]);

describe('the live stream', () => {
  it('sends rows as lists show them, and neither repeats nor older versions', async () => {
    const { live, emit } = setUp();
    const client = fakeSink();
    await live.add(READER, REPORTED, client.sink);
    emit({ id: 'a' }, 5);
    emit({ id: 'a' }, 5);
    emit({ id: 'a' }, 4);
    emit({ id: 'b' }, 5);
    emit({ id: 'a', hint: 'changed' }, 6);
    expect(idsIn(client.text)).toEqual(['a', 'b', 'a']);
    const [first = ''] = client.text.split('\n\n');
    expect(first.split('\n').slice(0, 2)).toEqual(['id: 0-5', 'event: exception']);
    expect(JSON.parse(first.split('\n')[2]?.slice('data: '.length) ?? '')).not.toHaveProperty('version');
  });

  it('stands what is not an exception', async () => {
    const { live, fake, emit } = setUp();
    const client = fakeSink();
    await live.add(READER, REPORTED, client.sink);
    for (const bad of [
      '{',
      'null',
      '[]',
      { kind: 'outage', row: {} },
      { kind: 'exception' },
      { kind: 'exception', row: { id: 7 } },
      { kind: 'exception', row: { ...exceptionRow({ id: 'x' }), services: 'web' } },
    ])
      fake.emit(bad);
    emit({ id: 'a' }, 1);
    expect(idsIn(client.text)).toEqual(['a']);
  });

  it.each([
    [{}, ['a', 'c', 'd']],
    [{ verdict: ['suppressed'] }, ['b']],
    [{ verdict: ['reported', 'suppressed'], cluster: ['west'] }, ['c']],
    [{ namespace: ['b'] }, ['c']],
    [{ type: ['stuck'] }, ['d']],
    [{ cluster: ['!west'], type: ['!stuck'] }, ['a']],
  ])('filters by %j', async (query, expected) => {
    const { live, emit } = setUp();
    const client = fakeSink();
    await live.add(READER, rowFilterOf(query), client.sink);
    emit({ id: 'a' }, 1);
    emit({ id: 'b', verdict: 'suppressed' }, 2);
    emit({ id: 'c', cluster: 'west', namespace: 'b' }, 3);
    emit({ id: 'd', type: 'stuck' }, 4);
    expect(idsIn(client.text)).toEqual(expected);
  });

  it('drops a slow client with a word and serves the others', async () => {
    const { live, emit, clock } = setUp();
    const [slow, fast] = [fakeSink(), fakeSink()];
    await live.add(READER, REPORTED, slow.sink);
    await live.add(READER, REPORTED, fast.sink);
    emit({ id: 'a' }, 1);
    slow.pending = 9990;
    emit({ id: 'b' }, 2);
    emit({ id: 'c' }, 3);
    expect(idsIn(slow.text)).toEqual(['a']);
    expect(slow.text).toContain('event: dropped\ndata: {"reason"');
    expect([slow.ended, slow.destroyed, live.clients]).toEqual([true, false, 1]);
    expect(idsIn(fast.text)).toEqual(['a', 'b', 'c']);
    await clock.advance(5000);
    expect(slow.destroyed).toBe(true);
  });

  it('beats every 15 seconds while somebody listens', async () => {
    const { live, clock } = setUp();
    const client = fakeSink();
    const leave = await live.add(READER, REPORTED, client.sink);
    await clock.advance(45_000);
    expect(client.text).toBe(': heartbeat\n\n'.repeat(3));
    leave();
    await clock.advance(60_000);
    expect(client.text).toBe(': heartbeat\n\n'.repeat(3));
  });

  it('shares one tail, opened with the first client and closed with the last', async () => {
    const { live, fake } = setUp();
    const leave = await Promise.all([1, 2, 3].map(() => live.add(READER, REPORTED, fakeSink().sink)));
    expect([fake.open, fake.opened]).toEqual([1, 1]);
    for (const go of leave) {
      go();
      go();
    }
    await expect.poll(() => fake.open).toBe(0);
    await live.add(READER, REPORTED, fakeSink().sink);
    expect([fake.open, fake.opened]).toEqual([1, 2]);
    await live.close();
    expect(fake.open).toBe(0);
  });

  it('leaves room for others where one token has all that it may', async () => {
    const { live } = setUp({ maxClientsEach: 1 });
    const leave = await live.add(READER, REPORTED, fakeSink().sink);
    await expect(live.add(READER, REPORTED, fakeSink().sink)).rejects.toMatchObject({ code: 'unavailable' });
    await live.add({ ...READER, name: 'another' }, REPORTED, fakeSink().sink);
    leave();
    await live.add(READER, REPORTED, fakeSink().sink);
  });

  it('takes no more clients than it may, and none without a tail', async () => {
    const { live } = setUp({ maxClients: 1 });
    await live.add(READER, REPORTED, fakeSink().sink);
    await expect(live.add(READER, REPORTED, fakeSink().sink)).rejects.toMatchObject({ code: 'unavailable' });
    const broken = createLiveExceptions({
      bus: { tail: () => Promise.reject(new Error('no broker')) },
      clock: new FakeClock(),
      log: silentLogger,
      metrics: createMetrics(),
      maxClients: 1,
      maxClientsEach: 1,
      maxPendingBytes: 1,
    });
    for (const _ of [1, 2]) {
      await expect(broken.add(READER, REPORTED, fakeSink().sink)).rejects.toMatchObject({ code: 'unavailable' });
      expect(broken.clients).toBe(0);
    }
  });

  it('refuses a client whose tail opens only after the close, and lets the tail go', async () => {
    const clock = new FakeClock();
    const tail = Promise.withResolvers<Tail>();
    const live = createLiveExceptions({
      bus: { tail: () => tail.promise },
      clock,
      log: silentLogger,
      metrics: createMetrics(),
      maxClients: 1,
      maxClientsEach: 1,
      maxPendingBytes: 1_000,
    });
    const client = fakeSink();
    const added = live.add(READER, REPORTED, client.sink).catch((error: unknown) => error);
    const closed = live.close();
    let tailClosed = false;
    tail.resolve({ close: async () => void (tailClosed = true) });
    await closed;
    expect(await added).toMatchObject({ code: 'unavailable' });
    await clock.advance(60_000);
    expect([live.clients, client.text, tailClosed]).toEqual([0, '', true]);
  });
});
