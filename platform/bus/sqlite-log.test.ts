import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, realClock } from '../clock.ts';
import { AppError } from '../errors.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { Known, LocalLog } from './local-log.ts';
import { writePosition } from './log-folder.ts';
import type { DroppedRange } from './relief.ts';
import { createSegment, listSegments, removeSegment, segmentPath, toAppError } from './segment.ts';
import { openLocalLog, type LocalLogOptions } from './sqlite-log.ts';

const MIB = 1024 * 1024;
const all = { maxRecords: 100_000, maxBytes: 1024 * MIB, waitMs: 0 };
const pod = (name: string, note = ''): Known => ({
  source: 'pod',
  namespace: 'shop',
  name,
  uid: `u-${name}`,
  resourceVersion: '7',
  note,
});

let dir: string;
let logs: LocalLog[];
const open = (options: Partial<LocalLogOptions> = {}): LocalLog => {
  const log = openLocalLog({
    dir,
    topic: 't',
    clock: realClock,
    log: silentLogger,
    metrics: createMetrics(),
    ...options,
  });
  logs.push(log);
  return log;
};
const values = async (log: LocalLog, from: number) => (await log.read(from, all)).map(({ value }) => value);
const code = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof AppError ? error.code : error;
};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-log-'));
  logs = [];
});
afterEach(async () => {
  for (const log of logs) await log.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('appending and reading', { timeout: 60_000 }, () => {
  it('keeps the order and gives consecutive offsets to appends that were gathered', async () => {
    const log = open();
    const firsts = await Promise.all(
      [['a', 'b'], [], ['c'], ['d', 'e']].map((entries, index) =>
        log.append({ values: entries, timestamp: 1000 + index }),
      ),
    );
    expect(firsts).toEqual([0, 2, 2, 3]);
    expect(await log.read(0, all)).toEqual([
      { offset: 0, timestamp: 1000, value: 'a' },
      { offset: 1, timestamp: 1000, value: 'b' },
      { offset: 2, timestamp: 1002, value: 'c' },
      { offset: 3, timestamp: 1003, value: 'd' },
      { offset: 4, timestamp: 1003, value: 'e' },
    ]);
    expect(log.bounds()).toEqual({ first: 0, next: 5 });
  });

  it('bounds a page by records and by bytes, and always returns one record', async () => {
    const log = open();
    await log.append({ values: ['x'.repeat(100), 'y'.repeat(100), 'z'.repeat(100)], timestamp: 1 });
    const sizes = async (maxRecords: number, maxBytes: number) =>
      (await log.read(0, { maxRecords, maxBytes, waitMs: 0 })).length;
    expect(await sizes(2, 10_000)).toBe(2);
    expect(await sizes(10, 250)).toBe(2);
    expect(await sizes(10, 1)).toBe(1);
  });

  it('refuses offsets outside of what there is, with the bounds', async () => {
    const log = open();
    await log.append({ values: ['a'], timestamp: 1 });
    await expect(log.read(2, all)).rejects.toMatchObject({
      code: 'offset_out_of_range',
      details: { first: 0, next: 1 },
    });
    expect(await log.read(1, all)).toEqual([]);
  });

  it('wakes a waiting read, and ends it when its signal aborts', async () => {
    const log = open();
    const waiting = log.read(0, { ...all, waitMs: 60_000 });
    await log.append({ values: ['late'], timestamp: 1 });
    expect((await waiting).map(({ value }) => value)).toEqual(['late']);
    const stop = new AbortController();
    const ended = code(log.read(1, { ...all, waitMs: 60_000 }, stop.signal));
    stop.abort();
    expect(await ended).toBe('aborted');
  });

  it('commits what is known and the facts with the entries, and finds all of it again', async () => {
    const log = open();
    await log.append({
      values: ['a'],
      timestamp: 1,
      known: [{ put: pod('a') }, { put: pod('b') }],
      meta: { epoch: '4' },
    });
    await log.append({
      values: ['b'],
      timestamp: 2,
      known: [{ forget: pod('a') }, { put: pod('b', '{"r":1}') }],
      meta: { epoch: '5' },
    });
    await log.close();
    const again = open();
    expect(again.logId).toBe(log.logId);
    expect(again.known('pod')).toEqual([pod('b', '{"r":1}')]);
    expect(again.known('node')).toEqual([]);
    expect(again.meta('epoch')).toBe('5');
    expect(await again.append({ values: ['c'], timestamp: 3 })).toBe(2);
    expect(await values(again, 0)).toEqual(['a', 'b', 'c']);
  });

  it('keeps nothing of a commit that fails: neither entries nor what is known', async () => {
    const log = open();
    await log.append({ values: ['a'], timestamp: 1, known: [{ put: pod('a') }] });
    const broken = { ...pod('c'), uid: null as unknown as string };
    const odd = { ...pod('c'), namespace: {} as unknown as string };
    for (const put of [broken, odd]) {
      const refused = log.append({ values: ['b'], timestamp: 2, known: [{ put: pod('b') }, { put }] });
      await expect(refused).rejects.toMatchObject({ code: 'internal', retryable: false });
    }
    expect(log.known('pod')).toEqual([pod('a')]);
    expect(await log.append({ values: ['c'], timestamp: 3 })).toBe(1);
    expect(await values(log, 0)).toEqual(['a', 'c']);
  });

  it('refuses a second writer, and a folder of another topic', async () => {
    const log = open();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'conflict' }));
    await log.close();
    expect(() => open({ topic: 'other' })).toThrow(expect.objectContaining({ code: 'conflict' }));
    expect(await open().append({ values: ['a'], timestamp: 1 })).toBe(0);
  });
});

describe('rolling and retention', { timeout: 60_000 }, () => {
  const fill = async (log: LocalLog, count: number) => {
    for (let index = 0; index < count; index++)
      await log.append({ values: [`${index}:${'x'.repeat(100_000)}`], timestamp: index });
  };

  it('rolls with all that is known, reads across segments, and keeps what a reader has not passed', async () => {
    const log = open({ segmentBytes: 250_000 });
    await log.append({ values: ['first'], timestamp: 0, known: [{ put: pod('kept') }], meta: { epoch: '9' } });
    writePosition(dir, 'slow', log.logId, 0);
    await fill(log, 12);
    expect(listSegments(dir).length).toBeGreaterThan(2);
    expect(log.known('pod')).toEqual([pod('kept')]);
    expect(log.meta('epoch')).toBe('9');
    const seen: number[] = [];
    for (let from = 0; from < 13; from = (seen.at(-1) ?? 0) + 1)
      seen.push(...(await log.read(from, all)).map(({ offset }) => offset));
    expect(seen).toEqual(Array.from({ length: 13 }, (_, index) => index));

    writePosition(dir, 'slow', log.logId, 13);
    writePosition(dir, 'of-another-life', 'other', 0);
    const before = log.bytes();
    await fill(log, 3);
    expect(log.bounds().first).toBeGreaterThan(0);
    expect(log.bytes()).toBeLessThan(before);
    expect(await code(log.read(0, all))).toBe('offset_out_of_range');
  });

  it('drops the oldest at its bound, counted and reported by offsets', async () => {
    const dropped: DroppedRange[] = [];
    const metrics = createMetrics();
    const log = open({ maxBytes: 1_000_000, metrics, onDropped: (range) => dropped.push(range) });
    writePosition(dir, 'reader', log.logId, 1);
    await fill(log, 30);
    expect(log.bytes()).toBeLessThanOrEqual(1_000_000);
    expect([...dropped.map(({ first }) => first), log.bounds().first]).toEqual([1, ...dropped.map(({ next }) => next)]);
    const counted = await metrics.registry.getSingleMetricAsString('tidemark_local_log_dropped_total');
    const entries = dropped.reduce((sum, { irrecoverable }) => sum + irrecoverable, 0);
    expect(entries).toBe(log.bounds().first - 1);
    expect(counted).toContain(`kind="irrecoverable"} ${entries}`);
  });

  it('drops from an expendable log without a word', async () => {
    const dropped: unknown[] = [];
    const log = open({ maxBytes: 1_000_000, expendable: true, onDropped: (range) => dropped.push(range) });
    await fill(log, 30);
    expect(log.bounds().first).toBeGreaterThan(0);
    expect(dropped).toEqual([]);
  });
});

describe('damage', { timeout: 60_000 }, () => {
  const damage = (path: string) => {
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    writeFileSync(path, 'this is no database, and has never been one '.repeat(200));
  };

  it('moves an unreadable newest segment aside at opening and goes on past every offset it can have held', async () => {
    const log = open();
    await log.append({ values: ['a', 'b', 'c'], timestamp: 1 });
    await log.close();
    damage(segmentPath(dir, 0));
    const lost: { first: number; next: number }[] = [];
    const again = open({ onCorrupt: (segment) => lost.push(segment) });
    const next = await again.append({ values: ['d'], timestamp: 2 });
    expect(next).toBeGreaterThanOrEqual(3);
    expect(lost).toMatchObject([{ first: 0, next: expect.any(Number) }]);
    expect(again.logId).toBe(log.logId);
    expect(again.bounds()).toEqual({ first: next, next: next + 1 });
    expect(readdirSync(dir).some((name) => name.includes('.corrupt-'))).toBe(true);
  });

  it('moves an unreadable sealed segment aside while reading, reports it once and reads on behind it', async () => {
    const log = open({ segmentBytes: 100_000 });
    for (let index = 0; index < 3; index++)
      await log.append({ values: ['x'.repeat(200_000), `${index}`], timestamp: index });
    await log.close();
    const [, second, third] = listSegments(dir);
    damage(second?.path ?? '');
    const lost: { first: number; next: number }[] = [];
    const again = open({ segmentBytes: 100_000, onCorrupt: (segment) => lost.push(segment) });
    expect((await again.read(second?.first ?? 0, all))[0]?.offset).toBe(third?.first);
    expect(lost).toMatchObject([{ first: second?.first, next: third?.first }]);
    expect((await again.read(0, all)).map(({ offset }) => offset)).toEqual([0, 1]);
    expect(lost).toHaveLength(1);
  });

  it('replaces the segment that it writes once a reader has found it unreadable', async () => {
    const clock = new FakeClock();
    const lost: { first: number; next: number }[] = [];
    const log = open({ clock, onCorrupt: (segment) => lost.push(segment) });
    const appended = log.append({ values: ['a'.repeat(100_000), 'b'], timestamp: 1 });
    await clock.advance(100);
    await appended;
    damage(segmentPath(dir, 0));
    expect(await log.read(0, all)).toEqual([]);
    await clock.advance(6_000);
    expect(lost).toMatchObject([{ first: 0 }]);
    const again = log.append({ values: ['c'], timestamp: 2 });
    await clock.advance(100);
    expect(await again).toBe(lost[0]?.next);
    expect((await log.read(await again, all)).map(({ value }) => value)).toEqual(['c']);
  });

  it('keeps the older knowledge when the newest segment is cut short', async () => {
    const log = open({ segmentBytes: 100_000 });
    await log.append({ values: ['x'.repeat(200_000)], timestamp: 1, known: [{ put: pod('a') }] });
    await log.append({ values: ['y'.repeat(50_000)], timestamp: 2, known: [{ put: pod('b') }] });
    await log.close();
    const newest = listSegments(dir).at(-1)?.path ?? '';
    truncateSync(newest, Math.floor(statSync(newest).size / 2));
    expect(
      open()
        .known('pod')
        .map(({ name }) => name),
    ).toEqual(['a']);
  });

  it('takes up the segment before one whose making was cut short', async () => {
    const log = open();
    await log.append({ values: ['a'], timestamp: 1, known: [{ put: pod('a') }] });
    await log.close();
    new DatabaseSync(segmentPath(dir, 1)).exec('PRAGMA journal_mode = WAL');
    const again = open();
    expect(again.known('pod')).toEqual([pod('a')]);
    expect(await again.append({ values: ['b'], timestamp: 2 })).toBe(1);
    expect(await values(again, 0)).toEqual(['a', 'b']);
  });

  it('survives a damaged lock and a damaged log.json', async () => {
    const log = open();
    await log.append({ values: ['a'], timestamp: 1 });
    await log.close();
    writeFileSync(join(dir, 'lock.sqlite'), 'x'.repeat(5000));
    writeFileSync(join(dir, 'log.json'), '{');
    const again = open();
    expect(again.logId).not.toBe(log.logId);
    expect(await values(again, 0)).toEqual(['a']);
  });

  it('tells a full disk from damage', () => {
    const db = createSegment(dir, 0, undefined);
    db.exec('PRAGMA max_page_count = 10');
    let thrown: unknown;
    try {
      db.prepare('INSERT INTO entries VALUES (0, 0, 0, ?)').run('x'.repeat(1_000_000));
    } catch (error) {
      thrown = toAppError(error, dir);
    }
    db.close();
    removeSegment({ first: 0, path: segmentPath(dir, 0) });
    expect(thrown).toMatchObject({ code: 'disk_full', retryable: true });
  });
});
