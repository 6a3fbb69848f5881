import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../platform/clock.ts';
import { AppError } from '../../platform/errors.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createLogCatcher, LOG_CATCHER_DEFAULTS } from './log-catcher.ts';
import { at, backOff, ended, line, pod, running, setUp } from './log-catcher/scripted-catcher.ts';
import { scriptedTransport, type ScriptedAnswer } from './log-catcher/scripted-transport.ts';
import { createRedactor } from './redact.ts';

describe('where a dead instance is asked for', () => {
  it.each<[string, object, string, number]>([
    ['terminated', { state: ended('a') }, 'web/app', 0],
    ['in back-off', { restartCount: 2, state: backOff, lastState: ended('a') }, 'web/app', 2],
    ['running again', { restartCount: 1, state: running(), lastState: ended('a') }, 'web/app previous', 0],
  ])('%s', async (_name, status, question, ordinal) => {
    const { catcher, clock, transport, written } = setUp(() => ({ body: line(4, 'boom token=abc123') }));
    catcher.onPod('update', pod(status));
    catcher.onPod('update', pod(status));
    await clock.advance(5000);
    expect(transport.asked).toEqual([question]);
    expect(written).toEqual([
      {
        namespace: 'shop',
        name: 'web',
        uid: 'u1',
        object: {
          pod_uid: 'u1',
          container: 'app',
          container_kind: 'app',
          ordinal,
          container_id: 'a',
          started_at: '2026-01-01T00:00:01.000Z',
          finished_at: '2026-01-01T00:00:05.000Z',
          status: 'caught',
          detail: '',
          text: '2026-01-01T00:00:04.5Z boom token=[redacted:secret]',
          lines: 1,
          bytes: 51,
          truncated: false,
          redactions: 1,
        },
      },
    ]);
    expect(transport.destroyed).toBe(1);
  });
});

describe('what becomes of a log', () => {
  const refusal = (status: number, message = 'no') => ({ status, body: JSON.stringify({ kind: 'Status', message }) });
  const stuck: ScriptedAnswer = { held: new Promise(() => undefined) };
  const silent = async function* (): AsyncGenerator<Uint8Array> {
    await new Promise(() => undefined);
    yield new Uint8Array();
  };
  it.each<[string, ScriptedAnswer, string, number]>([
    ['caught', { body: line(4, 'boom') }, 'caught', 1],
    ['empty', { body: '' }, 'empty', 2],
    ['404', refusal(404, 'pods "web" not found'), 'gone', 1],
    ['the kubelet lost it', { body: 'unable to retrieve container logs for containerd://a' }, 'gone', 1],
    ['401', refusal(401), 'denied', 1],
    ['403', refusal(403), 'denied', 1],
    ['400 for good', refusal(400, 'container "app" is waiting to start'), 'gone', 5],
    ['500 for good', refusal(500, 'dial tcp: no route'), 'timeout', 5],
    ['no connection', { error: new AppError('unavailable', 'refused', { retryable: true }) }, 'timeout', 5],
    ['a transport timeout', { error: new AppError('timeout', 'slow') }, 'timeout', 1],
    ['no body within the timeout', { body: silent() }, 'timeout', 1],
    ['foreign lines in both', { body: line(9, 'other') }, 'mismatch', 2],
  ])('%s', async (_name, answer, status, asked) => {
    const { catcher, clock, transport, told, written } = setUp(() => answer);
    catcher.onPod('update', pod({ state: ended('a') }, { restartPolicy: 'Never' }));
    await clock.advance(60_000);
    expect(told()).toEqual([[0, status, status === 'caught' ? line(4, 'boom').trim() : '']]);
    expect(transport.asked).toHaveLength(asked);
    expect(written[0]?.object.detail === '').toBe(status === 'caught');
    expect(catcher.pending).toBe(0);
  });

  it.each(['StartError', 'ContainerCannotRun'])('none without asking: %s', async (reason) => {
    const { catcher, clock, transport, told } = setUp(() => ({ body: 'x' }));
    catcher.onPod('update', pod({ state: ended('a', 1, 5, { reason, startedAt: '1970-01-01T00:00:00Z' }) }));
    await clock.advance(0);
    expect(told()).toEqual([[0, 'none', '']]);
    expect(transport.asked).toEqual([]);
  });

  it('caught at the second try after a transient refusal', async () => {
    let calls = 0;
    const { catcher, clock, told } = setUp(() => (++calls === 1 ? refusal(503) : { body: line(4, 'boom') }));
    catcher.onPod('update', pod({ state: ended('a') }));
    await clock.advance(2000);
    expect(told()).toEqual([[0, 'caught', line(4, 'boom').trim()]]);
  });

  it('keeps what had come of a body that does not end', async () => {
    const body = async function* () {
      yield Buffer.from(line(4, 'boom'));
      await new Promise(() => undefined);
    };
    const { catcher, clock, written } = setUp(() => ({ body: body() }));
    catcher.onPod('update', pod({ state: ended('a') }));
    await clock.advance(20_000);
    expect(written[0]?.object).toMatchObject({ status: 'caught', truncated: true, text: line(4, 'boom').trim() });
  });

  it('stops reading a log of 50 MB in one line at the bound and keeps an entry-sized end', async () => {
    let chunks = 0;
    const body = function* () {
      yield Buffer.from(`${at(4)} `);
      for (; chunks < 800; chunks += 1) yield Buffer.alloc(65_536, 'x');
    };
    const { catcher, clock, written } = setUp(() => ({ body: body() }), { maxReadBytes: 10_000_000 });
    catcher.onPod('update', pod({ state: ended('a') }));
    await clock.advance(5000);
    expect(chunks).toBeLessThan(160);
    expect(written[0]?.object).toMatchObject({ status: 'caught', truncated: true, lines: 1 });
    expect(written[0]?.object.text.startsWith(`${at(4)} … xxx`)).toBe(true);
    expect(written[0]?.object.bytes).toBeLessThan(262_144);
  });

  it('a write that fails is counted, and the next death is caught', async () => {
    const metrics = createMetrics();
    const clock = new FakeClock();
    const catcher = createLogCatcher({
      transport: scriptedTransport(() => stuck),
      clock,
      redact: createRedactor({ extra: [] }),
      log: silentLogger,
      metrics,
      options: { ...LOG_CATCHER_DEFAULTS, cluster: 'c' },
      write: () => Promise.reject(new Error('disk full')),
    });
    catcher.onPod('update', pod({ state: ended('a', 1, 5, { reason: 'StartError' }) }));
    await clock.advance(0);
    expect(await metrics.registry.metrics()).toContain('tidemark_agent_log_write_failures_total{cluster="c"} 1');
  });
});

describe('bounds', () => {
  it('a crash loop is asked for ten times, then once a minute; the others say budget', async () => {
    const { catcher, clock, told } = setUp(() => ({ body: '' }));
    const crash = (count: number) =>
      catcher.onPod('update', pod({ restartCount: count, state: backOff, lastState: ended(`c${count}`) }));
    for (let count = 0; count < 13; count += 1) {
      crash(count);
      await clock.advance(1000);
    }
    expect(told().map(([, status]) => status)).toEqual([...Array(10).fill('empty'), 'budget', 'budget', 'budget']);
    await clock.advance(60_000);
    crash(13);
    await clock.advance(1000);
    crash(14);
    await clock.advance(1000);
    expect(
      told()
        .slice(13)
        .map(([ordinal, status]) => [ordinal, status]),
    ).toEqual(
      expect.arrayContaining([
        [13, 'empty'],
        [14, 'budget'],
      ]),
    );
  });

  it('asks for so many at once, lets so many wait, and says budget for the rest', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { catcher, clock, transport, told } = setUp(() => ({ held, body: line(4, 'x') }), {
      concurrency: 2,
      maxWaiting: 3,
    });
    for (let i = 0; i < 7; i += 1) catcher.onPod('update', pod({ state: ended('a') }, { uid: `u${i}` }));
    await clock.advance(0);
    expect(transport.open).toBe(2);
    expect(told().map(([, status]) => status)).toEqual(['budget', 'budget']);
    release();
    await clock.advance(1000);
    expect(told().filter(([, status]) => status === 'caught')).toHaveLength(5);
  });

  it('a fresh death goes before those found at the first list', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { catcher, clock, written } = setUp(() => ({ held, body: line(4, 'x') }), { concurrency: 1 });
    for (const uid of ['l0', 'l1', 'l2']) catcher.onPod('list', pod({ state: ended('a') }, { uid }));
    catcher.onPod('update', pod({ state: ended('a') }, { uid: 'fresh' }));
    release();
    await clock.advance(1000);
    expect(written.map(({ uid }) => uid)).toEqual(['l0', 'fresh', 'l1', 'l2']);
  });

  it('init containers that ended well do not crowd out a death', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const { catcher, clock, written } = setUp(() => ({ held, body: line(4, 'x') }), { concurrency: 1, maxWaiting: 1 });
    for (const uid of ['i0', 'i1', 'i2'])
      catcher.onPod('update', pod({ state: ended('a', 1, 5, { exitCode: 0 }) }, { uid }));
    catcher.onPod('update', pod({ state: ended('a') }, { uid: 'died' }));
    release();
    await clock.advance(1000);
    expect(written.map(({ uid, object }) => [uid, object.status])).toEqual(
      ['i0', 'died', 'i1', 'i2'].map((uid) => [uid, 'caught']),
    );
  });

  it('close aborts what runs, drops what waits and writes nothing more', async () => {
    const { catcher, clock, written } = setUp(
      () => ({
        body: (async function* () {
          await new Promise(() => undefined);
          yield new Uint8Array();
        })(),
      }),
      { concurrency: 1 },
    );
    for (const uid of ['a', 'b']) catcher.onPod('update', pod({ state: ended('x') }, { uid }));
    await clock.advance(0);
    await catcher.close();
    catcher.onPod('update', pod({ state: ended('x') }, { uid: 'c' }));
    expect(catcher.pending).toBe(0);
    expect(written).toEqual([]);
  });
});

it.each([null, 3, {}, { metadata: null }, pod({ state: null, lastState: 'x', restartCount: -1 })])(
  '%j is taken in without a word',
  async (raw) => {
    const { catcher, clock, told } = setUp(() => ({ body: 'x' }));
    catcher.onPod('update', raw);
    catcher.onPodGone('nobody');
    await clock.advance(0);
    expect(told()).toEqual([]);
  },
);
