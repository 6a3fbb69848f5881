import { describe, expect, test } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { HeartbeatObject } from '../../schemas/objects.ts';
import Value from 'typebox/value';
import { createAgent, type AgentOptions, type LogCatcher, type WriteLog } from './agent.ts';
import { createFakeApi, reset } from './fake-api.ts';
import { createFakeLocalLog, diskFull, type FakeLocalLog } from './fake-local-log.ts';
import { SettlingClock } from './settling-clock.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

function setUp(
  options: Partial<AgentOptions> = {},
  given: { localLog?: FakeLocalLog; api?: ReturnType<typeof createFakeApi>; clock?: SettlingClock } = {},
) {
  const api = given.api ?? createFakeApi();
  const localLog = given.localLog ?? createFakeLocalLog();
  const clock = given.clock ?? new SettlingClock(START);
  const metrics = createMetrics();
  const pods: string[] = [];
  let writeLog: WriteLog = () => Promise.resolve();
  const catcher: LogCatcher = {
    onPod: (op, pod) => void pods.push(`${op} ${pod.metadata.name}`),
    onPodGone: (uid) => void pods.push(`gone ${uid}`),
    close: () => Promise.resolve(),
  };
  const agent = createAgent({
    cluster: 'test',
    transport: api,
    localLog,
    project: (source, raw) => {
      if (raw.metadata.name === 'odd') throw new Error('odd object');
      return { kind: source.apiKind, name: raw.metadata.name };
    },
    redact: (text) => ({ text: text.replaceAll('hunter2', '***'), count: 0 }),
    createLogCatcher: (write) => {
      writeLog = write;
      return catcher;
    },
    clock,
    random: () => 0,
    log: silentLogger,
    metrics,
    options: { sources: ['pod'], identity: 'me', version: '1.2.3', lease: { mode: 'off' }, ...options },
  });
  const stop = new AbortController();
  const ended = agent.run(stop.signal);
  ended.catch(() => undefined);
  const written = (): string[] => localLog.entries().map((one) => `${one.kind} ${one.op} ${one.name}`.trim());
  return { api, localLog, clock, metrics, pods, agent, stop, ended, written, log: () => writeLog };
}

describe('the agent', () => {
  test('lists, watches, beats and closes in good order', async () => {
    const run = setUp();
    run.api.put('a');
    await run.clock.advance(0);
    run.api.put('b');
    await run.clock.advance(10_000);
    run.stop.abort();
    await run.clock.advance(0);
    await run.ended;
    expect(run.written()).toEqual([
      'heartbeat add',
      'pod list a',
      'coverage add',
      'pod add b',
      'heartbeat add',
      'coverage add',
    ]);
    const entries = run.localLog.entries();
    expect(entries.map((one) => one.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(entries.filter((one) => one.kind === 'coverage').map((one) => one.object.state)).toEqual([
      'watching',
      'closed',
    ]);
    const beat = entries[4]?.object as HeartbeatObject;
    expect(Value.Check(HeartbeatObject, beat)).toBe(true);
    expect(beat).toMatchObject({
      agent_version: '1.2.3',
      identity: 'me',
      kinds: [{ kind: 'pod', state: 'watching', objects: 2 }],
    });
    expect(run.agent.status()).toMatchObject({ cluster: 'test', watches: [{ state: 'closed' }] });
  });

  test('no watch is shown as standing once the agent has ended', async () => {
    const run = setUp();
    await run.clock.advance(10_000);
    const shown = async (): Promise<string | undefined> =>
      /agent_watching\{.*\} (\d)$/m.exec(await run.metrics.registry.metrics())?.[1];
    expect(await shown()).toBe('1');
    run.stop.abort();
    await run.clock.advance(0);
    await run.ended;
    expect(await shown()).toBe('0');
  });

  /** One life, a minute in which an object changes and another goes, and a second life; answers what the second wrote. */
  async function twoLives(meanwhile: (api: ReturnType<typeof createFakeApi>) => void) {
    const first = setUp();
    for (const name of ['same', 'changed', 'gone']) first.api.put(name);
    await first.clock.advance(5_000);
    first.stop.abort();
    await first.clock.advance(0);
    await first.ended;
    const before = first.localLog.entries().length;
    first.api.put('changed');
    first.api.remove('gone');
    meanwhile(first.api);
    await first.clock.advance(60_000);
    const second = setUp({}, first);
    await second.clock.advance(3_000);
    second.stop.abort();
    await second.clock.advance(0);
    await second.ended;
    return { first, second, entries: second.localLog.entries().slice(before) };
  }

  test('the next life goes on where the last one stood: late, and nothing is lost', async () => {
    const { second, entries } = await twoLives(() => undefined);
    expect(entries.map((one) => `${one.kind} ${one.op} ${one.name}`.trim())).toEqual([
      'heartbeat add',
      'pod update changed',
      'pod delete gone',
      'coverage add',
      'coverage add',
    ]);
    expect(entries[3]?.object).toMatchObject({
      state: 'late',
      from: '2026-01-01T00:00:05.000Z',
      to: '2026-01-01T00:01:05.000Z',
    });
    expect(second.pods).toEqual(['update changed', 'delete gone']);
  });

  test('the next life tells only what has changed, says the gap, and has a higher epoch', async () => {
    const { first, second, entries } = await twoLives((api) => api.compact());
    expect(entries.map((one) => `${one.kind} ${one.op} ${one.name}`.trim())).toEqual([
      'heartbeat add',
      'pod update changed',
      'pod vanished gone',
      'coverage add',
      'coverage add',
      'coverage add',
    ]);
    expect(entries[3]?.object).toMatchObject({
      state: 'gap',
      from: '2026-01-01T00:00:05.000Z',
      to: '2026-01-01T00:01:05.000Z',
      vanished: 1,
    });
    expect(entries[0]?.epoch).toBeGreaterThan(first.localLog.entries()[0]?.epoch ?? Infinity);
    expect(entries[0]?.seq).toBe(1);
    expect(second.pods).toEqual(['update changed', expect.stringMatching(/^gone uid-/)]);
  });

  test('a recent death whose pod has not changed is shown to the log catcher again', async () => {
    const first = setUp();
    const died = (name: string, finishedAt: string): void => {
      const terminated = { exitCode: 1, finishedAt };
      first.api.put(name, { status: { containerStatuses: [{ name: 'app', state: { terminated } }] } });
    };
    died('recent', '2025-12-31T23:59:58Z');
    died('old', '2025-12-31T20:00:00Z');
    first.api.put('alive');
    await first.clock.advance(1_000);
    first.stop.abort();
    await first.clock.advance(0);
    await first.ended;
    const second = setUp({}, first);
    await second.clock.advance(1_000);
    expect(second.pods).toEqual(['list recent']);
    second.stop.abort();
    await second.clock.advance(0);
    await second.ended;
  });

  test('pods wait for what they refer to, events for the pods, but not for ever', async () => {
    const run = setUp({ sources: [], settleMs: 30_000 });
    run.api.refuse((path) => path.includes('replicasets'), { error: reset() }, 1);
    await run.clock.advance(0);
    const order = run.api.requests
      .filter((one) => !one.path.includes('watch='))
      .map((one) => one.path.split('?')[0]?.split('/').at(-1));
    expect(order.slice(0, 14)).toContain('replicasets');
    expect(order.slice(14)).toEqual(['pods', 'events']);
    run.stop.abort();
    await run.clock.advance(0);
    await run.ended;
  });

  test('a server that is away from the beginning is a gap, told once; the heartbeats go on', async () => {
    const run = setUp();
    run.api.refuse(() => true, { error: reset() }, Infinity);
    await run.clock.advance(60_000);
    expect(run.written().filter((one) => one === 'heartbeat add')).toHaveLength(7);
    expect(run.written().filter((one) => one !== 'heartbeat add')).toEqual(['coverage add']);
    expect(run.agent.status().watches[0]?.reason).toContain('connection reset');
    run.stop.abort();
    await run.clock.advance(0);
    await run.ended;
  });

  test('an event that the server expires is forgotten, not called vanished', async () => {
    const run = setUp({ sources: ['event'] });
    run.api.put('e1');
    await run.clock.advance(0);
    run.api.remove('e1');
    await run.clock.advance(0);
    expect(run.written().filter((one) => one.startsWith('event'))).toEqual(['event list e1']);
    expect(run.localLog.known('event')).toEqual([]);
    run.stop.abort();
    await run.clock.advance(0);
    await run.ended;
  });

  test('an object that cannot be projected is counted and its entry kept', async () => {
    const run = setUp();
    run.api.put('odd');
    await run.clock.advance(0);
    expect(run.localLog.entries().find((one) => one.name === 'odd')?.object).toEqual({ truncated: true });
    expect(run.agent.status().counters.projection_errors).toBe(1);
    run.stop.abort();
    await run.clock.advance(0);
    await run.ended;
  });

  test('each namespace has its own watch; what is watched no longer is forgotten', async () => {
    const localLog = createFakeLocalLog();
    const put = { source: 'pod', namespace: 'elsewhere', name: 'x', uid: 'u', resourceVersion: '1', note: '' };
    await localLog.append({ values: [], timestamp: 0, known: [{ put }] });
    const run = setUp({ namespaces: ['shop', 'bar'] }, { localLog });
    await run.clock.advance(0);
    expect(run.api.watches.map((one) => one.path.split('?')[0])).toEqual([
      '/api/v1/namespaces/shop/pods',
      '/api/v1/namespaces/bar/pods',
    ]);
    expect(localLog.known('pod')).toEqual([]);
    expect(run.written()).not.toContain('pod vanished x');
    run.stop.abort();
    await run.clock.advance(0);
    await run.ended;
  });

  test('a full disk shows in the status and a stop still ends', async () => {
    const run = setUp();
    run.api.put('a');
    run.localLog.broken = diskFull();
    await run.clock.advance(60_000);
    expect(run.agent.status().blockedSince).toBe(START);
    expect(run.agent.status().counters.heartbeats_skipped).toBeGreaterThan(3);
    run.stop.abort();
    await run.clock.advance(10_000);
    await run.ended;
  });

  test('a log that has failed for good ends the run with its error', async () => {
    const run = setUp();
    const corrupt = new AppError('log_corrupt', 'corrupt');
    run.localLog.broken = corrupt;
    await run.clock.advance(1_000);
    await expect(run.ended).rejects.toBe(corrupt);
  });

  test('keeps a watch line that it could not read, without its secrets', async () => {
    const run = setUp();
    run.api.put('a');
    await run.clock.advance(0);
    run.api.watches[0]?.send('{"type":"MODIFIED" "password=hunter2"}\n');
    await run.clock.advance(1_000);
    expect(run.api.watches).toHaveLength(2);
    const kept = run.localLog.entries().filter((one) => one.kind === 'dead_letter');
    expect(kept).toMatchObject([{ op: 'add', object: { reason: 'watch_line_not_json' } }]);
    expect(kept[0]?.object.value).toContain('password=***');
    expect(run.agent.status().counters.relists).toBe(1);
  });

  test('tells the journal what its local log has lost, found before or while it records', async () => {
    const run = setUp();
    run.agent.lost({ fromMs: START - 5_000, toMs: START - 1_000, reason: 'not readable' });
    await run.clock.advance(10_000);
    run.agent.lost({ fromMs: null, toMs: null, reason: 'at its bound' });
    await run.clock.advance(10_000);
    const told = run.localLog.entries().filter((one) => one.object.kind === 'journal');
    expect(told.map(({ object }) => [object.state, object.from, object.to, object.reason])).toEqual([
      ['gap', '2025-12-31T23:59:55.000Z', '2025-12-31T23:59:59.000Z', 'not readable'],
      ['gap', '2026-01-01T00:00:10.000Z', '2026-01-01T00:00:10.000Z', 'at its bound'],
    ]);
    expect(run.agent.status().counters.losses).toBe(2);
  });

  test('tells every object again after a loss, once the local log has room', async () => {
    const run = setUp();
    const log: { roomy(): boolean } = run.localLog;
    run.api.put('a');
    await run.clock.advance(0);
    log.roomy = () => false;
    run.agent.lost({ fromMs: null, toMs: null, reason: 'at its bound' });
    for (const watches of [1, 2]) {
      run.api.watches.at(-1)?.end();
      await run.clock.advance(2_000);
      expect(run.api.watches).toHaveLength(watches + 1);
    }
    const told = () => run.written().filter((one) => one === 'pod list a').length;
    expect(told()).toBe(1);
    log.roomy = () => true;
    run.api.watches.at(-1)?.end();
    await run.clock.advance(2_000);
    expect(told()).toBe(2);
  });
});
