import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstSeed, limitMs, runs } from '../../tests/soak.ts';
import { realClock, type Clock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { JournalRecord } from './journal.ts';
import type { LocalLog } from './local-log.ts';
import { writePosition } from './log-folder.ts';
import type { DroppedRange } from './relief.ts';
import { createSegment, listSegments, segmentPath } from './segment.ts';
import { createSegmentReader } from './segment-reader.ts';
import { thinSegments } from './segment-thinning.ts';
import { openLocalLog, type LocalLogOptions } from './sqlite-log.ts';

const BOUND = 1_000_000;
/** Commits each append at once. */
const eager: Clock = { ...realClock, after: (ms, run) => realClock.after(ms < 1000 ? 0 : ms, run) };

let dir: string;
let log: LocalLog | undefined;
let dropped: DroppedRange[];

const open = (options: Partial<LocalLogOptions> = {}): LocalLog => {
  log = openLocalLog({
    dir,
    topic: 't',
    clock: eager,
    log: silentLogger,
    metrics: createMetrics(),
    maxBytes: BOUND,
    onDropped: (range) => {
      // Nobody acknowledges them here: each opening tells them again.
      if (!dropped.some(({ id }) => id === range.id)) dropped.push(range);
    },
    ...options,
  });
  return log;
};
const bytesIn = (folder: string): number =>
  readdirSync(folder)
    .filter((name) => name.includes('.sqlite') && !name.startsWith('lock'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
const readAll = async (from: Pick<LocalLog, 'read' | 'bounds'>, first = from.bounds().first, maxRecords = 1000) => {
  const records: JournalRecord[] = [];
  for (let at = first; at < from.bounds().next; at = records.at(-1)!.offset + 1) {
    const page = await from.read(at, { maxRecords, maxBytes: 1 << 24, waitMs: 0 });
    if (page.length === 0) throw new Error(`a page at ${at} is empty before the log's end`);
    records.push(...page);
  }
  return records;
};
const gaveWay = () => ({
  recoverable: dropped.reduce((sum, range) => sum + range.recoverable, 0),
  irrecoverable: dropped.reduce((sum, range) => sum + range.irrecoverable, 0),
});

/** Entry `index`: every tenth is to be kept, and is small. */
const entry = (index: number, bytes = 10_000) => ({
  values: [`${index}:${'x'.repeat(index % 10 === 0 ? 1_000 : bytes)}`],
  recoverable: [index % 10 !== 0],
  timestamp: 1_000_000 + index,
});
async function fill(target: LocalLog, from: number, to: number, bytes?: number): Promise<void> {
  for (let index = from; index < to; index += 5) {
    const put = { source: 'pod', namespace: 'n', name: 'last', uid: String(index), resourceVersion: '', note: '' };
    const together = Array.from({ length: Math.min(5, to - index) }, (_, at) => entry(index + at, bytes));
    await Promise.all(together.map((each) => target.append({ ...each, known: [{ put }] })));
    expect(bytesIn(dir)).toBeLessThanOrEqual(BOUND);
  }
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-log-'));
  log = undefined;
  dropped = [];
});
afterEach(async () => {
  await log?.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('a log at its bound', { timeout: 60_000 }, () => {
  it('gives up recoverable entries, oldest first, and keeps every other at its offset', async () => {
    const target = open();
    writePosition(dir, 'away', target.logId, 0);
    await fill(target, 0, 400);
    const left = await readAll(target);
    expect(left.filter(({ offset }) => offset % 10 === 0).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 40 }, (_, index) => index * 10),
    );
    for (const { offset, value, timestamp } of left) {
      expect(value.startsWith(`${offset}:`)).toBe(true);
      expect(timestamp).toBe(1_000_000 + offset);
    }
    expect(gaveWay()).toEqual({ recoverable: 400 - left.length, irrecoverable: 0 });
    expect(dropped.every(({ thinned }) => thinned)).toBe(true);
    expect(dropped.map(({ first }) => first)).toEqual(dropped.map(({ first }) => first).toSorted((a, b) => a - b));
    expect(dropped[0]).toMatchObject({ first: 1, fromMs: 1_000_001 });
    for (const { first, next, fromMs, toMs } of dropped)
      expect([fromMs, toMs]).toEqual([1_000_000 + first, 1_000_000 + next - 1]);
    expect(target.roomy()).toBe(false);
    const newest = left.slice(-20).map(({ offset }) => offset);
    expect(newest).toEqual(Array.from({ length: 20 }, (_, index) => 380 + index));
  });

  it('can be read from every offset on, page by page, with holes wherever they are', async () => {
    const target = open();
    await fill(target, 0, 300);
    const all = await readAll(target);
    const offsets = all.map(({ offset }) => offset);
    for (let from = 0; from < 300; from++) {
      const [first] = await target.read(from, { maxRecords: 1, maxBytes: 1, waitMs: 0 });
      expect(first?.offset).toBe(offsets.find((offset) => offset >= from));
    }
    expect((await readAll(target, 0, 3)).map(({ offset }) => offset)).toEqual(offsets);
  });

  it('drops the oldest segment whole once nothing recoverable is left', async () => {
    const target = open();
    for (let index = 0; index < 200; index++) {
      await target.append({ ...entry(index), recoverable: [false] });
      expect(bytesIn(dir)).toBeLessThanOrEqual(BOUND);
    }
    const left = await readAll(target);
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped.some(({ thinned }) => thinned)).toBe(false);
    expect(left[0]?.offset).toBe(dropped.at(-1)?.next);
    expect(gaveWay()).toEqual({ recoverable: 0, irrecoverable: 200 - left.length });
  });

  it('writes no segment anew for the little that this gives back, nor all of them for one append', async () => {
    const target = open({ maxBytes: 8 * BOUND });
    let most = 0;
    for (let index = 0; index < 300; index++) {
      const before = dropped.length;
      const large = 'x'.repeat(40_000);
      await target.append({ values: [large, 'y'], recoverable: [false, index % 9 === 0], timestamp: index });
      most = Math.max(most, dropped.length - before);
    }
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped.some(({ thinned }) => thinned)).toBe(false);
    expect(most).toBeLessThan(3);
  });

  it('thins a few segments for an append, however much room it needs', async () => {
    const maxBytes = 4 * BOUND;
    const target = open({ maxBytes, segmentBytes: 100_000 });
    const counts: number[] = [];
    for (let index = 0; index < 320; index++) {
      const before = dropped.length;
      const large = index >= 240 && index % 10 === 0 ? 200_000 : 8_000;
      await target.append({ values: ['x'.repeat(large), 'y'.repeat(2_000)], recoverable: [false, true], timestamp: 1 });
      counts.push(dropped.slice(before).filter(({ thinned }) => thinned).length);
      expect(bytesIn(dir)).toBeLessThanOrEqual(maxBytes);
    }
    expect(Math.max(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBeLessThanOrEqual(4);
  });

  it('makes room for a large append before it is made', async () => {
    const maxBytes = 4 * BOUND;
    const target = open({ maxBytes });
    for (let index = 0; index < 20; index++) {
      const values = Array.from({ length: 200 }, () => 'x'.repeat(5_000));
      await target.append({ values, recoverable: values.map(() => true), timestamp: index });
      expect(bytesIn(dir)).toBeLessThanOrEqual(maxBytes);
    }
    expect(gaveWay().recoverable).toBeGreaterThan(0);
  });

  it('never ends in a hole: of a segment that nothing follows yet, the last entry stays', async () => {
    const target = open();
    await fill(target, 0, 39);
    await target.close();
    const last = listSegments(dir).at(-1);
    createSegment(dir, 39, last).close();
    thinSegments(dir, listSegments(dir).slice(0, -1), { next: 39, passed: 0 });
    const again = open();
    expect((await again.read(37, { maxRecords: 1, maxBytes: 1, waitMs: 0 })).map(({ offset }) => offset)).toEqual([38]);
    expect(again.bounds().next).toBe(39);
  });

  it('counts only what was unread, and keeps nothing that was read', async () => {
    const target = open();
    await fill(target, 0, 30);
    writePosition(dir, 'reader', target.logId, 25);
    await fill(target, 30, 200);
    expect(Math.min(...dropped.map(({ first }) => first))).toBeGreaterThanOrEqual(25);
    const left = await readAll(target, 25);
    expect(gaveWay()).toEqual({ recoverable: 175 - left.length, irrecoverable: 0 });
  });

  it('joins what is left of many segments in few files', async () => {
    const target = open();
    await fill(target, 0, 600, 8_000);
    const written = (600 * 8_000) / (BOUND / 8);
    expect(listSegments(dir).length).toBeLessThan(written / 2);
    expect((await readAll(target)).filter(({ offset }) => offset % 10 === 0)).toHaveLength(60);
  });

  it('is read by another reader that had the files open before', async () => {
    const target = open();
    await fill(target, 0, 30);
    const other = createSegmentReader({
      dir,
      clock: realClock,
      onCorrupt: ({ cause }) => {
        throw cause;
      },
    });
    const page = () => other.page(1, { maxRecords: 1000, maxBytes: 1 << 24 }).map(({ offset }) => offset);
    expect(page().slice(0, 3)).toEqual([1, 2, 3]);
    await fill(target, 30, 300);
    expect(page()[0]).toBe((await readAll(target, 1))[0]?.offset);
    expect(page()[0]).toBeGreaterThan(1);
    other.close();
  });
});

describe('what is left behind', { timeout: 60_000 }, () => {
  it('by a kill between the thinned file and the unlinking of the old ones: hidden, then swept', async () => {
    const target = open();
    for (let index = 0; index < 60; index++) await target.append(entry(index));
    await target.close();
    const old = listSegments(dir).filter(({ next }) => next === undefined);
    const aside = mkdtempSync(join(tmpdir(), 'tidemark-aside-'));
    const copies = old.map(({ path }) => [path, join(aside, basename(path))] as const);
    for (const [from, to] of copies) copyFileSync(from, to);
    const again = open();
    await fill(again, 60, 300);
    await again.close();
    const before = listSegments(dir);
    for (const [to, from] of copies) copyFileSync(from, to);
    writeFileSync(`${segmentPath(dir, 0, 7)}.new`, 'half a file');
    rmSync(aside, { recursive: true });
    expect(listSegments(dir)).toEqual(before);
    const swept = open();
    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([]);
    expect(readdirSync(dir).filter((name) => name.endsWith('.sqlite') && name !== 'lock.sqlite')).toHaveLength(
      listSegments(dir).length,
    );
    expect((await readAll(swept)).filter(({ offset }) => offset % 10 === 0)).toHaveLength(30);
  });

  it('goes on behind a thinned segment that has become the newest, with what is known', async () => {
    const target = open();
    await fill(target, 0, 300);
    await target.close();
    const newest = listSegments(dir).findLast(({ next }) => next === undefined);
    for (const { path, next } of listSegments(dir)) if (next === undefined) rmSync(path);
    const last = listSegments(dir).at(-1);
    const again = open();
    expect(again.known('pod')).toHaveLength(1);
    const offset = await again.append(entry(300));
    expect(offset).toBe(last?.next);
    expect(offset).toBeLessThanOrEqual(newest?.first ?? 0);
  });

  it('by an earlier version: its entries count as irrecoverable, and the newest file is written on', async () => {
    const path = segmentPath(dir, 0);
    const old = new DatabaseSync(path);
    old.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE entries (offset INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL, value TEXT NOT NULL) STRICT;
      CREATE TABLE known (
        source TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
        uid TEXT NOT NULL, resource_version TEXT NOT NULL, note TEXT NOT NULL,
        PRIMARY KEY (source, namespace, name)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
      PRAGMA user_version = 1;
      INSERT INTO entries VALUES (0, 7, 'old'), (1, 7, 'older');
    `);
    old.close();
    copyFileSync(path, segmentPath(dir, 2));
    const sealed = new DatabaseSync(segmentPath(dir, 2));
    sealed.exec('UPDATE entries SET offset = offset + 2');
    sealed.close();
    const target = open();
    await fill(target, 4, 200);
    const left = await readAll(target);
    expect(left.slice(0, 4).map(({ offset, value }) => [offset, value])).toEqual([
      [0, 'old'],
      [1, 'older'],
      [2, 'old'],
      [3, 'older'],
    ]);
    expect(gaveWay()).toEqual({ recoverable: 200 - left.length, irrecoverable: 0 });
    expect(dropped.length).toBeGreaterThan(0);
  });
});

describe('any course of appends, reads and restarts', { timeout: limitMs(60_000) }, () => {
  const SEED = firstSeed(1);
  it.each(Array.from({ length: runs(2) }, (_, index) => SEED + index))('adds up (seed %i)', async (seed) => {
    let state = seed >>> 0 || 1;
    const random = (below: number) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
    let target = open();
    writePosition(dir, 'reader', target.logId, 0);
    const appended: boolean[] = [];
    const seen: number[] = [];
    const firsts: [number, number][] = [];
    let next = 0;
    for (let step = 0; step < 200; step++) {
      const what = random(20);
      if (what === 0) {
        await target.close();
        target = open();
      } else if (what < 4) {
        const from = Math.max(next, target.bounds().first);
        const page = await target.read(from, { maxRecords: 1 + random(30), maxBytes: 1 << 24, waitMs: 0 });
        seen.push(...page.map(({ offset }) => offset));
        next = (page.at(-1)?.offset ?? from - 1) + 1;
        writePosition(dir, 'reader', target.logId, next);
      } else {
        const recoverable = Array.from({ length: random(4) }, () => random(3) > 0);
        const values = recoverable.map((_, index) => `${appended.length + index}:${'y'.repeat(random(20_000))}`);
        firsts.push([await target.append({ values, recoverable, timestamp: step }), appended.length]);
        appended.push(...recoverable);
      }
      expect(bytesIn(dir)).toBeLessThanOrEqual(BOUND);
    }
    const from = Math.max(next, target.bounds().first);
    if (from < target.bounds().next) seen.push(...(await readAll(target, from)).map(({ offset }) => offset));
    const missing = appended.flatMap((recoverable, offset) => (seen.includes(offset) ? [] : [recoverable]));
    for (const [first, expected] of firsts) expect(first).toBe(expected);
    expect(new Set(seen).size).toBe(seen.length);
    expect(gaveWay()).toEqual({
      recoverable: missing.filter(Boolean).length,
      irrecoverable: missing.filter((each) => !each).length,
    });
  });
});
