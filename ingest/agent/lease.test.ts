import { describe, expect, test } from 'vitest';
import type { Clock } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import { silentLogger } from '../../platform/log.ts';
import type { KubeRequest, KubeTransport } from './kube-transport.ts';
import { createLease, type Hold, LEASE_DEFAULTS, type LeaseOptions } from './lease.ts';
import { SettlingClock } from './settling-clock.ts';

interface Stored {
  metadata: { resourceVersion: string };
  spec: { holderIdentity: string; leaseTransitions: number };
}

/** One Lease, with the API server's rule that a write must carry the version it was made from. */
function createLeaseServer() {
  const server = { lease: null as Stored | null, refuse: 0, away: false, hangs: false, requests: [] as KubeRequest[] };
  let version = 0;
  const answer = (status: number, body: unknown) => ({
    status,
    headers: {},
    body: [Buffer.from(JSON.stringify(body))] as unknown as AsyncIterable<Uint8Array>,
    destroy: () => undefined,
  });
  const transport: KubeTransport = {
    server: 'http://fake',
    close: () => undefined,
    request(request) {
      server.requests.push(request);
      if (server.away) return Promise.reject(new AppError('unavailable', 'away', { retryable: true }));
      if (server.hangs) {
        return new Promise((_, reject) => {
          request.signal?.addEventListener('abort', () => reject(new AppError('aborted', 'given up')), { once: true });
        });
      }
      if (server.refuse) return Promise.resolve(answer(server.refuse, { reason: 'No' }));
      const sent = structuredClone(request.body) as Stored | undefined;
      if (request.method === 'GET') return Promise.resolve(server.lease ? answer(200, server.lease) : answer(404, {}));
      if (request.method === 'POST' && server.lease) return Promise.resolve(answer(409, {}));
      if (request.method === 'PUT' && sent?.metadata.resourceVersion !== server.lease?.metadata.resourceVersion) {
        return Promise.resolve(answer(409, {}));
      }
      server.lease = { ...(sent as Stored), metadata: { ...sent?.metadata, resourceVersion: String(++version) } };
      return Promise.resolve(answer(200, server.lease));
    },
  };
  return { server, transport };
}

const { durationMs, deadlineMs, retryMs } = LEASE_DEFAULTS;

function contender(
  transport: KubeTransport,
  clock: Clock,
  identity: string,
  options: Partial<LeaseOptions> = {},
  { logId = `log-of-${identity}`, lastEpoch = 0 } = {},
) {
  const lease = createLease({
    transport,
    clock,
    log: silentLogger,
    identity,
    logId,
    lastEpoch: () => lastEpoch,
    options,
  });
  const stop = new AbortController();
  const state = { leading: false, terms: 0 };
  const holds: Hold[] = [];
  const ended = lease.run(stop.signal, async (signal, hold) => {
    holds.push(hold);
    state.leading = true;
    state.terms++;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    state.leading = false;
  });
  return { lease, stop, state, holds, ended };
}

/** Leads once, and stops in good order. */
async function leadOnce(clock: SettlingClock, one: ReturnType<typeof contender>): Promise<Hold | undefined> {
  await clock.advance(0);
  await clock.advance(retryMs);
  one.stop.abort();
  await clock.advance(0);
  await one.ended;
  return one.holds.at(-1);
}

describe('the lease', () => {
  test('tells a log whether it had the last word, and gives each hold a higher epoch, whatever the clock', async () => {
    const { transport } = createLeaseServer();
    const clock = new SettlingClock();
    const hold = (log: string, lastEpoch?: number) =>
      leadOnce(
        clock,
        contender(transport, clock, `pod-of-${log}`, {}, { logId: log, ...(lastEpoch ? { lastEpoch } : {}) }),
      );
    const ahead = clock.now() + 86_400_000;
    expect(await hold('a')).toMatchObject({ wroteLast: false, epoch: expect.any(Number) as number });
    expect(await hold('a')).toMatchObject({ wroteLast: true });
    expect(await hold('b', ahead)).toEqual({ wroteLast: false, epoch: ahead + 1 });
    expect(await hold('a')).toEqual({ wroteLast: false, epoch: ahead + 2 });
    expect(await hold('a')).toEqual({ wroteLast: true, epoch: ahead + 3 });
  });

  test('one leads, the other waits; a good stop hands over at once', async () => {
    const { server, transport } = createLeaseServer();
    const clock = new SettlingClock();
    const a = contender(transport, clock, 'a');
    await clock.advance(0);
    const b = contender(transport, clock, 'b');
    await clock.advance(durationMs * 5);
    expect([a.state.leading, b.state.leading]).toEqual([true, false]);
    expect(b.lease.state()).toMatchObject({ state: 'waiting', holder: 'a' });
    a.stop.abort();
    await clock.advance(retryMs);
    expect([a.state.leading, b.state.leading]).toEqual([false, true]);
    expect(server.lease?.spec.holderIdentity).toBe('b');
    b.stop.abort();
    await Promise.all([a.ended, b.ended]);
  });

  test('the holder that cannot renew stops before another may begin, and leads again later', async () => {
    const { server, transport } = createLeaseServer();
    const clock = new SettlingClock();
    const a = contender(transport, clock, 'a');
    await clock.advance(1_000);
    server.away = true;
    await clock.advance(deadlineMs - retryMs);
    expect(a.state.leading).toBe(true);
    await clock.advance(2 * retryMs);
    expect(a.state.leading).toBe(false);
    server.away = false;
    await clock.advance(retryMs);
    expect(a.state).toEqual({ leading: true, terms: 2 });
    a.stop.abort();
    await a.ended;
  });

  test('a server that hangs keeps nobody: neither the term beyond its deadline, nor a stop', async () => {
    const { server, transport } = createLeaseServer();
    const clock = new SettlingClock();
    const a = contender(transport, clock, 'a');
    await clock.advance(1_000);
    server.hangs = true;
    await clock.advance(deadlineMs);
    expect(a.state.leading).toBe(false);
    a.stop.abort();
    await clock.advance(0);
    await a.ended;
  });

  test('a 401 is no leave to go on without it', async () => {
    const { server, transport } = createLeaseServer();
    server.refuse = 401;
    const clock = new SettlingClock();
    const a = contender(transport, clock, 'a', { mode: 'auto' });
    await clock.advance(1_000);
    expect(a.state.leading).toBe(false);
    server.refuse = 0;
    await clock.advance(retryMs);
    expect([a.state.leading, a.lease.state().state]).toEqual([true, 'held']);
    a.stop.abort();
    await a.ended;
  });

  test('a holder that is gone is followed after its duration, by the clock of the one who waits', async () => {
    const { server, transport } = createLeaseServer();
    const clock = new SettlingClock();
    server.lease = {
      metadata: { resourceVersion: 'x' },
      spec: {
        holderIdentity: 'dead',
        leaseTransitions: 4,
        renewTime: '2000-01-01T00:00:00.000000Z',
        leaseDurationSeconds: 60,
      } as Stored['spec'],
    };
    const a = contender(transport, clock, 'a');
    await clock.advance(durationMs - 1);
    expect(a.state.leading).toBe(false);
    await clock.advance(retryMs + 1);
    expect(a.state.leading).toBe(true);
    expect(server.lease.spec.leaseTransitions).toBe(5);
    a.stop.abort();
    await a.ended;
  });

  test('a system clock that was set back keeps nobody longer', async () => {
    const { server, transport } = createLeaseServer();
    const timers = new SettlingClock();
    let shift = 0;
    const clock: Clock = {
      now: () => timers.now() + shift,
      sleep: (ms, signal) => timers.sleep(ms, signal),
      after: (ms, callback) => timers.after(ms, callback),
    };
    const a = contender(transport, clock, 'a');
    const b = contender(transport, clock, 'b');
    await timers.advance(retryMs);
    const [leader, other] = a.state.leading ? [a, b] : [b, a];
    expect([leader.state.leading, other.state.leading]).toEqual([true, false]);
    shift = -3600_000;
    server.away = true;
    await timers.advance(deadlineMs + 2 * retryMs);
    expect(leader.state.leading).toBe(false);
    server.away = false;
    await timers.advance(durationMs + 2 * retryMs);
    expect([a.state.leading, b.state.leading].filter(Boolean)).toHaveLength(1);
    for (const each of [a, b]) each.stop.abort();
    await Promise.all([a.ended, b.ended]);
  });

  test('a lease taken by another ends the term', async () => {
    const { server, transport } = createLeaseServer();
    const clock = new SettlingClock();
    const a = contender(transport, clock, 'a');
    await clock.advance(0);
    server.lease = { metadata: { resourceVersion: 'stolen' }, spec: { holderIdentity: 'b', leaseTransitions: 1 } };
    await clock.advance(retryMs);
    expect(a.state.leading).toBe(false);
    expect(a.lease.state()).toMatchObject({ state: 'waiting', holder: 'b' });
    a.stop.abort();
    await a.ended;
  });

  test.each([403, 404])('where it may not be used (%i), `auto` goes on and `required` waits', async (status) => {
    const { server, transport } = createLeaseServer();
    server.refuse = status;
    const clock = new SettlingClock();
    const auto = contender(transport, clock, 'a', { mode: 'auto' });
    const required = contender(transport, clock, 'b', { mode: 'required' });
    await clock.advance(1_000);
    expect([auto.state.leading, required.state.leading]).toEqual([true, false]);
    expect(auto.lease.state().state).toBe('unusable');
    expect(required.lease.state().state).toBe('unusable');
    server.refuse = 0;
    await clock.advance(retryMs);
    expect(required.state.leading).toBe(true);
    auto.stop.abort();
    required.stop.abort();
    await clock.advance(0);
    await Promise.all([auto.ended, required.ended]);
  });

  test('`off` asks nobody', async () => {
    const { server, transport } = createLeaseServer();
    const clock = new SettlingClock();
    const a = contender(transport, clock, 'a', { mode: 'off' });
    await clock.advance(100_000);
    expect(a.state.leading).toBe(true);
    expect(server.requests).toHaveLength(0);
    a.stop.abort();
    await a.ended;
  });
});
