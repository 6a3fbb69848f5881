import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../deploy/testkube/test-kube.ts';
import { realClock, type Clock } from '../../platform/clock.ts';
import type { JournalPartition } from '../../platform/bus/journal.ts';
import { createLocalBus, topicFolder } from '../../platform/bus/local-bus.ts';
import type { LocalLog } from '../../platform/bus/local-log.ts';
import { writePosition } from '../../platform/bus/log-folder.ts';
import { openLocalLog } from '../../platform/bus/sqlite-log.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { gather, readRange } from '../../processors/journal/gather.ts';
import { createJournalProcessor } from '../../processors/journal/runtime.ts';
import { createArchiveFold } from '../../processors/journal/archive.ts';
import { entryOf } from '../../processors/journal/testing/fake-journal.ts';
import { FakeStore } from '../../processors/journal/testing/fake-store.ts';
import { gaps, noStep, offsets, position } from '../../processors/journal/testing/one-process.ts';
import { journalTopic } from '../../schemas/topics.ts';

const TOPIC = journalTopic('holes');
const BOUND = 1_000_000;
const parts = { clock: realClock, log: silentLogger, metrics: createMetrics() };
/** Commits each append at once. */
const eager: Clock = { ...realClock, after: (ms, run) => realClock.after(ms < 1000 ? 0 : ms, run) };
const LIMITS = { maxRecords: 20_000, maxBytes: 1 << 24, intervalMs: 1, settleMs: 1, idleWaitMs: 200 };

let root: string;
let log: LocalLog;
let dropped: number;
let appended: number;

/** Every tenth is to be kept, and is small. */
async function fill(count: number): Promise<void> {
  for (const end = appended + count; appended < end; appended += 5) {
    const numbers = Array.from({ length: 5 }, (_, at) => appended + at);
    await log.append({
      values: numbers.map((each) =>
        JSON.stringify(entryOf(each + 1, { object: { pad: 'x'.repeat(each % 10 === 0 ? 10 : 10_000) } })),
      ),
      recoverable: numbers.map((each) => each % 10 !== 0),
      timestamp: Date.now(),
    });
  }
}

async function offsetsLeft(from: number): Promise<number[]> {
  const records = await log.read(from, { maxRecords: 1, maxBytes: 1, waitMs: 0 });
  const found: number[] = [];
  for (let next = records[0]?.offset ?? log.bounds().next; next < log.bounds().next; next = found.at(-1)! + 1)
    found.push(
      ...(await log.read(next, { maxRecords: 100, maxBytes: 1 << 24, waitMs: 0 })).map(({ offset }) => offset),
    );
  return found;
}

/** What a reader of the local bus finds, and how often it asked. */
async function withPartition<T>(body: (partition: JournalPartition, reads: () => number) => Promise<T>): Promise<T> {
  const bus = createLocalBus({ ...parts, dir: root });
  const reader = bus.reader({ group: 'test', accepts: () => true });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let reads = 0;
  const running = reader.run((partition) =>
    body({ ...partition, read: (...given) => (reads++, partition.read(...given)) }, () => reads).then(resolve, reject),
  );
  try {
    return await promise;
  } finally {
    await reader.close();
    await running;
    await bus.close();
  }
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tidemark-holes-'));
  [dropped, appended] = [0, 0];
  log = openLocalLog({
    ...parts,
    clock: eager,
    dir: topicFolder(root, TOPIC),
    topic: TOPIC,
    maxBytes: BOUND,
    onDropped: ({ recoverable, irrecoverable }) => (dropped += recoverable + irrecoverable),
  });
});
afterEach(async () => {
  await log.close();
  rmSync(root, { recursive: true, force: true });
});

describe('readers of a log with holes', { timeout: 60_000 }, () => {
  it('gather a batch across them, from wherever they begin', async () => {
    await fill(300);
    expect(dropped).toBeGreaterThan(100);
    const left = await offsetsLeft(0);
    const inHole = left.find((offset) => !left.includes(offset + 1))! + 1;
    for (const from of [0, inHole]) {
      const records = await withPartition((partition) => gather(partition, realClock, from, 0, LIMITS));
      expect(records.map(({ offset }) => offset)).toEqual(left.filter((offset) => offset >= from));
    }
  });

  it('read what is left of a range that was claimed before it was thinned, and no more often than there are pages', async () => {
    await fill(300);
    const left = await offsetsLeft(0);
    const holes = Array.from({ length: 200 }, (_, offset) => offset).filter((offset) => !left.includes(offset));
    const [first, last] = [holes[0]!, holes.at(-1)!];
    const whole = { from: holes[3]!, last: holes[3]! };
    expect(left).not.toContain(whole.from);
    await withPartition(async (partition, reads) => {
      const found = await readRange(partition, { from: first, last }, [], LIMITS);
      expect(found.records.map(({ offset }) => offset)).toEqual(left.filter((each) => each >= first && each <= last));
      const empty = await readRange(partition, whole, [], LIMITS);
      expect(empty.records).toEqual([]);
      expect(reads()).toBeLessThan(60);
    });
  });

  it('fold each entry that is left once, though the log is thinned between two lives, and say what is missing', async () => {
    const store = new FakeStore();
    const bus = createLocalBus({ ...parts, dir: root });
    const publisher = await bus.publisher();
    writePosition(topicFolder(root, TOPIC), 'slowest', log.logId, 0);
    const follow = async (done: () => boolean) => {
      const processor = createJournalProcessor({
        ...parts,
        group: 'g',
        version: 1,
        folds: [createArchiveFold],
        reader: (options) => bus.reader({ ...options, accepts: (topic) => topic === TOPIC }),
        store: store.connect(noStep),
        publisher,
        options: { intervalMs: 1, maxRecords: 7, idleWaitMs: 50 },
      });
      const running = processor.run();
      await until('the fold', async () => done());
      await processor.close();
      await running;
    };
    await fill(20);
    await follow(() => offsets(store).length >= 20);
    const before = offsets(store).length;
    await fill(280);
    await follow(() => Number(position(store, log.logId)) >= 299);
    await bus.close();
    const left = await offsetsLeft(before);
    expect(offsets(store).toSorted((a, b) => a - b)).toEqual([
      ...Array.from({ length: before }, (_, index) => index),
      ...left,
    ]);
    expect(gaps(store).length).toBeGreaterThan(0);
    expect(gaps(store).every(({ kind, from, to }) => kind === 'journal/g' && String(from) <= String(to))).toBe(true);
  });
});
