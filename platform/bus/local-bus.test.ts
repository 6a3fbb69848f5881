import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { Bus, JournalPartition } from './journal.ts';
import type { LocalLog } from './local-log.ts';
import { createLocalBus, topicFolder } from './local-bus.ts';
import { readPosition } from './log-folder.ts';
import { SUSPECT } from './segment-reader.ts';
import { listSegments, SEGMENT_VERSION } from './segment.ts';
import { openLocalLog } from './sqlite-log.ts';

const PAGE = { maxRecords: 100, maxBytes: 1024 * 1024, waitMs: 30_000 };
const common = { clock: realClock, log: silentLogger, metrics: createMetrics() };

let dir: string;
let bus: Bus;
let logs: LocalLog[];
const openTopic = (topic: string) => {
  const log = openLocalLog({ ...common, dir: topicFolder(dir, topic), topic });
  logs.push(log);
  return log;
};
const until = async (what: string, condition: () => boolean) => {
  for (const deadline = Date.now() + 30_000; !condition(); await realClock.sleep(20)) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
  }
};
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-bus-'));
  bus = createLocalBus({ ...common, dir });
  logs = [];
});
afterEach(async () => {
  await bus.close();
  for (const log of logs) await log.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the local bus', { timeout: 60_000 }, () => {
  it('gives a reader the topics it accepts, new ones too, and registers its position', async () => {
    const first = openTopic('a.one');
    openTopic('b.other');
    mkdirSync(join(dir, 'a.no-log'));
    await first.append({ values: ['x', 'y'], timestamp: 5 });
    const seen: JournalPartition[] = [];
    const reader = bus.reader({ group: 'g', accepts: (topic) => topic.startsWith('a.') });
    const ended = reader.run(async (partition) => {
      seen.push(partition);
      await untilAborted(partition.signal);
    });
    await until('the first topic', () => seen.length === 1);
    const [partition] = seen;
    expect(partition?.logId).toBe(first.logId);
    expect(await partition?.bounds()).toEqual({ first: 0, next: 2 });
    expect(await partition?.read(1, PAGE)).toEqual([{ offset: 1, timestamp: 5, value: 'y' }]);
    const waiting = partition?.read(2, PAGE);
    await first.append({ values: ['z'], timestamp: 6 });
    expect((await waiting)?.map(({ value }) => value)).toEqual(['z']);
    expect(readPosition(topicFolder(dir, 'a.one'), 'g', first.logId)).toBe(0);
    await partition?.saved(3);
    expect(readPosition(topicFolder(dir, 'a.one'), 'g', first.logId)).toBe(3);
    openTopic('a.two');
    await until('the new topic', () => seen.length === 2);
    expect(seen[1]?.topic).toBe('a.two');
    await reader.close();
    await ended;
    expect(seen.every(({ signal }) => signal.aborted)).toBe(true);
    await expect(partition?.read(0, PAGE)).rejects.toMatchObject({ code: 'aborted' });
  });

  it('gives a topic made anew to new work, after the old work has ended', async () => {
    const log = openTopic('a');
    const seen: JournalPartition[] = [];
    const ended: string[] = [];
    void bus.reader({ group: 'g', accepts: () => true }).run(async (partition) => {
      seen.push(partition);
      await untilAborted(partition.signal);
      ended.push(partition.logId);
    });
    await until('the topic', () => seen.length === 1);
    await log.close();
    rmSync(topicFolder(dir, 'a'), { recursive: true });
    const anew = openTopic('a');
    await until('its new life', () => seen.length === 2);
    expect(ended).toEqual([log.logId]);
    expect(seen[1]?.logId).toBe(anew.logId);
  });

  it('waits for a log that cannot be read yet', async () => {
    const log = openTopic('a');
    await log.append({ values: ['x'], timestamp: 5 });
    await log.close();
    const setVersion = (version: number) => {
      const db = new DatabaseSync(listSegments(topicFolder(dir, 'a')).at(-1)!.path);
      db.exec(`PRAGMA user_version = ${version}`);
      db.close();
    };
    setVersion(0);
    const seen: JournalPartition[] = [];
    const reader = bus.reader({ group: 'g', accepts: () => true });
    const ended = reader.run(async (partition) => {
      seen.push(partition);
      await untilAborted(partition.signal);
    });
    await until('trouble', () => existsSync(join(topicFolder(dir, 'a'), SUSPECT)));
    setVersion(SEGMENT_VERSION);
    await until('the topic', () => seen.length === 1);
    expect(await seen[0]?.bounds()).toEqual({ first: 0, next: 1 });
    await reader.close();
    await ended;
  });

  it('closes all and throws the same error when work fails', async () => {
    openTopic('a');
    openTopic('b');
    const signals: AbortSignal[] = [];
    const run = bus.reader({ group: 'g', accepts: () => true }).run(async (partition) => {
      signals.push(partition.signal);
      if (partition.topic === 'b') throw new Error('the work failed');
      await untilAborted(partition.signal);
    });
    await expect(run).rejects.toThrow('the work failed');
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('publishes to logs of its own and follows from the end', async () => {
    const publisher = await bus.publisher();
    await publisher.publish('derived', [{ key: 'a', value: 'old' }]);
    const seen: string[] = [];
    const tail = await bus.tail('derived', ({ value }) => seen.push(value));
    await publisher.publish('derived', [
      { key: 'a', value: 'new' },
      { key: 'a', value: 'newer' },
    ]);
    await until('the tail', () => seen.length === 2);
    expect(seen).toEqual(['new', 'newer']);
    await tail.close();
    const early: string[] = [];
    await bus.tail('later', ({ value }) => early.push(value));
    await publisher.publish('later', [{ key: 'a', value: 'first' }]);
    await until('the topic that came later', () => early.length === 1);
  });

  it('says when its folder cannot be used', async () => {
    await expect(bus.check()).resolves.toBeUndefined();
    const file = join(dir, 'file');
    writeFileSync(file, '');
    const broken = createLocalBus({ ...common, dir: join(file, 'below') });
    await expect(broken.check()).rejects.toMatchObject({ code: 'unavailable' });
    await broken.close();
  });
});
