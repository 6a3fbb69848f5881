import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kafkaMissing } from '../../deploy/testkafka/kafka-gate.ts';
import { startKafka, type TestKafka } from '../../deploy/testkafka/test-kafka.ts';
import { realClock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { createForwarder } from './forwarder.ts';
import type { JournalPartition, JournalReader } from './journal.ts';
import { createKafkaBus, type KafkaBus } from './kafka-bus.ts';
import { openLocalLog } from './sqlite-log.ts';

const PAGE = { maxRecords: 1000, maxBytes: 1024 * 1024, waitMs: 2_000 };
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
const until = async (what: string, condition: () => boolean | Promise<boolean>) => {
  for (const deadline = Date.now() + 120_000; !(await condition()); await realClock.sleep(50)) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
  }
};

describe.skipIf(kafkaMissing())('the journal on Kafka', () => {
  let kafka: TestKafka;
  let bus: KafkaBus;
  let metrics: Metrics;
  let topic: string;
  let dir: string;
  let count = 0;
  const running: Promise<void>[] = [];
  const buses: KafkaBus[] = [];

  const newBus = (clientId: string) => {
    metrics = createMetrics();
    const made = createKafkaBus({ brokers: kafka.brokers, clientId, clock: realClock, log: silentLogger, metrics });
    buses.push(made);
    return made;
  };
  const run = (reader: JournalReader, work: (partition: JournalPartition) => Promise<void>) => {
    const ended = reader.run(work);
    ended.catch(() => undefined);
    running.push(ended);
    return ended;
  };
  /** Each assignment as it comes; the work stays until its signal aborts. */
  const assignments = (from: KafkaBus, accepts: (name: string) => boolean, group = 'g') => {
    const seen: JournalPartition[] = [];
    const reader = from.reader({ group, accepts });
    void run(reader, async (partition) => {
      seen.push(partition);
      await untilAborted(partition.signal);
    });
    return { seen, reader };
  };
  const partitionOf = async (name: string): Promise<JournalPartition> => {
    const { seen } = assignments(bus, (found) => found === name);
    await until('an assignment', () => seen.length > 0);
    return seen[0] as JournalPartition;
  };
  const publish = async (name: string, values: readonly string[]) => {
    const publisher = await bus.publisher();
    await publisher.publish(
      name,
      values.map((value) => ({ key: 'k', value })),
    );
    await publisher.close();
  };
  const admin = async <T>(body: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> => {
    const made = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
    await made.connect();
    try {
      return await body(made);
    } finally {
      await made.disconnect();
    }
  };

  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka?.stop();
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tidemark-bus-'));
    topic = `t.${++count}`;
    bus = newBus('test');
  });
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((one) => one.close()));
    await Promise.allSettled(running.splice(0));
    rmSync(dir, { recursive: true, force: true });
  });

  it('gives what was published in order, reads back and forth, and refuses what is out of range', async () => {
    await publish(
      topic,
      Array.from({ length: 50 }, (_, index) => `v${index}`),
    );
    const partition = await partitionOf(topic);
    expect(await partition.bounds()).toEqual({ first: 0, next: 50 });
    const all = await partition.read(0, PAGE);
    expect(all.map(({ value }) => value)).toEqual(Array.from({ length: 50 }, (_, index) => `v${index}`));
    expect(all.map(({ offset }) => offset)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(Math.abs((all[0]?.timestamp ?? 0) - Date.now())).toBeLessThan(600_000);
    expect((await partition.read(40, { ...PAGE, maxRecords: 3 })).map(({ offset }) => offset)).toEqual([40, 41, 42]);
    expect((await partition.read(43, { ...PAGE, maxRecords: 2 })).map(({ offset }) => offset)).toEqual([43, 44]);
    expect((await partition.read(7, { ...PAGE, maxRecords: 1 }))[0]?.value).toBe('v7');
    expect(await partition.read(50, { ...PAGE, waitMs: 50 })).toEqual([]);
    await expect(partition.read(51, PAGE)).rejects.toMatchObject({
      code: 'offset_out_of_range',
      details: { first: 0, next: 50 },
    });
    await admin(async (made) => {
      await made.fetchTopicOffsets(topic);
      await made.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '20' }] });
    });
    await expect(partition.read(5, PAGE)).rejects.toMatchObject({
      code: 'offset_out_of_range',
      details: { first: 20, next: 50 },
    });
    expect((await partition.read(20, PAGE))[0]?.value).toBe('v20');
    await partition.saved(50);
    await until('the commit', async () => {
      const [found] = await admin((made) => made.fetchOffsets({ groupId: `g.${topic}`, topics: [topic] }));
      return found?.partitions[0]?.offset === '50';
    });
  });

  it('ends a waiting read when the reader closes', async () => {
    await bus.ensureTopic(topic);
    const { seen, reader } = assignments(bus, (name) => name === topic);
    await until('an assignment', () => seen.length > 0);
    const waiting = seen[0]?.read(0, { ...PAGE, waitMs: 100_000 });
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'aborted' }), reader.close()]);
  });

  it('ends its run with the error of its work', async () => {
    await bus.ensureTopic(topic);
    const reader = bus.reader({ group: 'g', accepts: (name) => name === topic });
    const work = async () => {
      throw new Error('the work failed');
    };
    await expect(run(reader, work)).rejects.toThrow('the work failed');
  });

  it('follows a topic from its end', async () => {
    await publish(topic, ['old']);
    const seen: string[] = [];
    const tail = await bus.tail(topic, ({ value }) => seen.push(value));
    await publish(topic, ['new', 'newer']);
    await until('the tail', () => seen.length === 2);
    expect(seen).toEqual(['new', 'newer']);
    await tail.close();
  });

  it('knows a topic that was deleted and made anew by another life, and takes the old one away', async () => {
    await publish(topic, ['a', 'b']);
    const { seen } = assignments(bus, (name) => name === topic);
    await until('an assignment', () => seen.length === 1);
    const old = seen[0] as JournalPartition;
    expect(await old.read(0, PAGE)).toHaveLength(2);
    await admin((made) => made.deleteTopics({ topics: [topic] }));
    await until('the topic made anew', () =>
      publish(topic, ['c', 'd', 'e']).then(
        () => true,
        () => false,
      ),
    );
    await expect(old.read(2, { ...PAGE, waitMs: 60_000 })).rejects.toMatchObject({ code: 'aborted' });
    expect(old.signal.aborted).toBe(true);
    await until('the new life', () => seen.length === 2);
    expect(seen[1]?.logId).not.toBe(old.logId);
    expect((await seen[1]?.read(0, PAGE))?.map(({ value }) => value)).toEqual(['c', 'd', 'e']);
  });

  it('publishes on when its topic was deleted meanwhile: it makes it anew', async () => {
    const publisher = await bus.publisher();
    await publisher.publish(topic, [{ key: 'k', value: 'a' }]);
    await admin((made) => made.deleteTopics({ topics: [topic] }));
    await until('the deletion', () => admin((made) => made.listTopics()).then((topics) => !topics.includes(topic)));
    await publisher.publish(topic, [{ key: 'k', value: 'b' }]);
    await publisher.close();
    const partition = await partitionOf(topic);
    expect((await partition.read(0, PAGE)).map(({ value }) => value)).toEqual(['b']);
  });

  it('refuses a topic of two partitions and reads the others on', async () => {
    const bad = `${topic}.bad`;
    await admin((made) => made.createTopics({ topics: [{ topic: bad, numPartitions: 2 }], waitForLeaders: true }));
    await expect(bus.ensureTopic(bad)).rejects.toMatchObject({ code: 'too_many_partitions' });
    await expect(publish(bad, ['a'])).rejects.toMatchObject({ code: 'too_many_partitions' });
    await expect(bus.tail(bad, () => undefined)).rejects.toMatchObject({ code: 'too_many_partitions' });
    await publish(topic, ['a']);
    const { seen } = assignments(bus, (name) => name.startsWith(topic));
    await until('an assignment', () => seen.length > 0);
    expect(seen.map((partition) => partition.topic)).toEqual([topic]);
    expect(await metrics.registry.getSingleMetricAsString('tidemark_journal_topics_refused')).toContain(' 1');
  });

  it('shares topics between the readers of a group, each topic one reader, and hands over what a reader leaves', async () => {
    const topics = Array.from({ length: 3 }, (_, index) => `${topic}.${index}`);
    for (const name of topics) await bus.ensureTopic(name);
    const accepts = (name: string) => name.startsWith(`${topic}.`);
    const held = (seen: readonly JournalPartition[]) =>
      seen.filter(({ signal }) => !signal.aborted).map((one) => one.topic);
    const one = assignments(bus, accepts);
    await until('all topics', () => held(one.seen).length === 3);
    const before = [...one.seen];
    const two = assignments(newBus('second'), accepts);
    await until('the rebalance to abort the signals', () => before.every(({ signal }) => signal.aborted));
    await until('each topic held once', () => {
      const both = [...held(one.seen), ...held(two.seen)].toSorted();
      return JSON.stringify(both) === JSON.stringify(topics);
    });
    await one.reader.close();
    expect(held(one.seen)).toEqual([]);
    await until('the handover', () => held(two.seen).length === 3);
  });

  it('forwards a local log in order through a restart of the broker, and goes on where it was', async () => {
    const common = { dir, topic, clock: realClock, log: silentLogger, metrics };
    const localLog = openLocalLog(common);
    const forward = () =>
      createForwarder({ ...common, localLog, sender: bus.sender(), ensureTopic: (name) => bus.ensureTopic(name) });
    const first = forward();
    void first.run();
    const partition = { current: undefined as JournalPartition | undefined };
    const seen: number[] = [];
    let next = 0;
    const reader = bus.reader({ group: 'g', accepts: (name) => name === topic });
    void run(reader, async (given) => {
      partition.current = given;
      while (!given.signal.aborted) {
        const records = await given.read(next, PAGE).catch(() => []);
        for (const { offset, value } of records) {
          next = offset + 1;
          seen.push(Number(value.split(':')[0]));
        }
      }
    });
    const append = async (from: number, to: number) => {
      const values = Array.from({ length: to - from }, (_, index) => `${from + index}:${'x'.repeat(20_000)}`);
      await localLog.append({ values, timestamp: Date.now() });
    };
    await append(0, 200);
    await until('the first entries', () => seen.length >= 100);
    await kafka.kill();
    await append(200, 400);
    await kafka.restart();
    await append(400, 500);
    await until('the last entry', () => seen.at(-1) === 499);
    await until('no lag', () => first.lag() === 0);
    await first.close();
    await append(500, 600);
    const second = forward();
    void second.run();
    await until('the entries after', () => seen.at(-1) === 599);
    await second.close();
    await localLog.close();
    const unique = seen.filter((value, index) => index === 0 || value > Math.max(...seen.slice(0, index)));
    expect(unique).toEqual(Array.from({ length: 600 }, (_, index) => index));
  });

  it('carries an entry of 512 kB and refuses one that no batch can hold', async () => {
    await publish(topic, ['a'.repeat(512 * 1024), 'b'.repeat(512 * 1024)]);
    const partition = await partitionOf(topic);
    const first = await partition.read(0, { ...PAGE, maxBytes: 1 });
    expect(first.map(({ value }) => value.length)).toEqual([512 * 1024]);
    await expect(publish(topic, ['c'.repeat(2_000_000)])).rejects.toMatchObject({ code: 'entry_too_large' });
  });

  it('says which brokers cannot be reached', async () => {
    await expect(bus.check()).resolves.toBeUndefined();
    const lost = createKafkaBus({
      brokers: ['127.0.0.1:1'],
      clientId: 'x',
      clock: realClock,
      log: silentLogger,
      metrics,
    });
    await expect(lost.check()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    await lost.close();
  });
});
