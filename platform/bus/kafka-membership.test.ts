import type { Kafka } from 'kafkajs';
import { expect, it } from 'vitest';
import { FakeClock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { joinGroup } from './kafka-membership.ts';

type Listener = (event: { payload: unknown }) => void;

/** A consumer that says what the test makes it say, and whose `disconnect` may hang. */
class ScriptedConsumer {
  readonly events = { GROUP_JOIN: 'join', HEARTBEAT: 'beat', REBALANCING: 'rebalance', CRASH: 'crash' };
  readonly listeners = new Map<string, Listener>();
  disconnected = false;
  on = (name: string, listener: Listener) => void this.listeners.set(name, listener);
  say = (name: string, payload: unknown = {}) => this.listeners.get(name)?.({ payload });
  joins = () => this.say('join', { memberAssignment: { t: [0] } });
  connect = () => Promise.resolve();
  subscribe = () => Promise.resolve();
  run = () => Promise.resolve();
  pause = () => undefined;
  disconnect = () => {
    this.disconnected = true;
    return new Promise<void>(() => undefined);
  };
}

function setUp() {
  const clock = new FakeClock(0);
  const consumers: ScriptedConsumer[] = [];
  const kafka = {
    consumer: () => {
      const made = new ScriptedConsumer();
      consumers.push(made);
      return made;
    },
  } as unknown as Kafka;
  const changes: boolean[] = [];
  const stop = new AbortController();
  const onChange = (assigned: boolean) => void changes.push(assigned);
  const { ended } = joinGroup({
    kafka,
    groupId: 'g',
    topic: 't',
    clock,
    log: silentLogger,
    signal: stop.signal,
    onChange,
  });
  return { clock, consumers, changes, stop, ended };
}

it('keeps a consumer that beats', async () => {
  const { clock, consumers, changes, stop, ended } = setUp();
  consumers[0]!.joins();
  for (let second = 0; second < 300; second += 10) {
    consumers[0]!.say('beat');
    await clock.advance(10_000);
  }
  expect(consumers).toHaveLength(1);
  expect(changes).toEqual([true]);
  stop.abort();
  await clock.advance(60_000);
  await ended;
  expect(consumers[0]!.disconnected).toBe(true);
});

it('replaces a consumer that falls silent, though it cannot be ended, and heeds it no more', async () => {
  const { clock, consumers, changes, stop, ended } = setUp();
  consumers[0]!.joins();
  await clock.advance(30_000);
  expect(consumers).toHaveLength(1);
  await clock.advance(30_000);
  expect(consumers).toHaveLength(2);
  expect(changes).toEqual([true, false]);
  consumers[0]!.joins();
  expect(changes).toEqual([true, false]);
  consumers[1]!.joins();
  expect(changes).toEqual([true, false, true]);
  stop.abort();
  await clock.advance(60_000);
  await ended;
});
