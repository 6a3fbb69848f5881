import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock, type Clock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { LocalLog } from './local-log.ts';
import type { LostSegment } from './log-losses.ts';
import { isComplete, listSegments, segmentPath, TABLES } from './segment.ts';
import { createSegmentReader } from './segment-reader.ts';
import { openLocalLog } from './sqlite-log.ts';

/** Commits each append at once. */
const eager: Clock = { ...realClock, after: (ms, run) => realClock.after(ms < 1000 ? 0 : ms, run) };
let dir: string;
let lost: LostSegment[];
const open = (): LocalLog =>
  openLocalLog({
    dir,
    topic: 't',
    clock: eager,
    log: silentLogger,
    metrics: createMetrics(),
    segmentBytes: 20_000,
    onCorrupt: (segment) => lost.push(segment),
  });
const alter = (index: number, sql: string) => {
  const db = new DatabaseSync(listSegments(dir).at(index)!.path);
  db.exec(sql);
  db.close();
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-versions-'));
  lost = [];
  const log = open();
  for (let index = 0; index < 30; index++) await log.append({ values: ['v'.repeat(3_000)], timestamp: index });
  await log.close();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a segment', () => {
  it('whose making ends between two looks at it is complete', () => {
    const path = segmentPath(dir, 1_000);
    const writer = new DatabaseSync(path);
    writer.exec('PRAGMA journal_mode = WAL');
    const reader = new DatabaseSync(path, { readOnly: true });
    const prepare = reader.prepare.bind(reader);
    reader.prepare = (sql) => {
      if (sql.includes('sqlite_schema')) writer.exec(TABLES);
      return prepare(sql);
    };
    expect(isComplete(reader, { path })).toBe(true);
    reader.close();
    writer.close();
  });

  it('of a newer program is refused with what to do, and stays as it is', () => {
    alter(-1, 'PRAGMA user_version = 2');
    const before = listSegments(dir);
    const refused = { code: 'conflict', retryable: false, message: expect.stringContaining('newer version') as string };
    // Twice: the first refusal must leave no lock behind.
    for (let tries = 0; tries < 2; tries++) expect(open).toThrow(expect.objectContaining(refused));
    expect(listSegments(dir)).toEqual(before);
  });

  it('that is sealed and has lost its version is moved aside and told, and what follows is read', async () => {
    const [, second, third] = listSegments(dir);
    alter(1, 'PRAGMA user_version = 0');
    const log = open();
    const read = async (from: number) => (await log.read(from, { maxRecords: 1, maxBytes: 1, waitMs: 0 }))[0]?.offset;
    expect(await read(second!.first)).toBe(third!.first);
    expect(lost).toMatchObject([{ first: second!.first, next: third!.first }]);
    await log.close();
  });

  it('that is sealed and has no tables is moved aside and told, and what follows is read', async () => {
    const [, second, third] = listSegments(dir);
    alter(1, 'PRAGMA user_version = 0; DROP TABLE entries; DROP TABLE known; DROP TABLE meta');
    const log = open();
    expect((await log.read(second!.first, { maxRecords: 1, maxBytes: 1, waitMs: 0 }))[0]?.offset).toBe(third!.first);
    expect(lost).toMatchObject([{ first: second!.first, next: third!.first }]);
    await log.close();
  });

  it('whose making was cut short before its write-ahead log is passed over by readers', () => {
    const next = 30;
    const making = join(dir, 'making.db');
    const db = new DatabaseSync(making);
    db.exec('PRAGMA cache_size = 1; CREATE TABLE filler (value TEXT); BEGIN');
    const insert = db.prepare('INSERT INTO filler VALUES (?)');
    for (let index = 0; index < 200; index++) insert.run('x'.repeat(3_000));
    for (const suffix of ['', '-journal']) copyFileSync(making + suffix, segmentPath(dir, next) + suffix);
    db.close();
    const reader = createSegmentReader({
      dir,
      clock: realClock,
      onCorrupt: ({ cause }) => {
        throw cause;
      },
    });
    expect(reader.bounds()).toEqual({ first: 0, next });
    expect(reader.page(next - 1, { maxRecords: 9, maxBytes: 1 << 20 })).toHaveLength(1);
    reader.close();
  });

  it('that is the newest and has lost its version is moved aside, not unlinked', async () => {
    const newest = listSegments(dir).at(-1)!;
    alter(-1, 'PRAGMA user_version = 0');
    const log = open();
    expect(lost).toMatchObject([{ first: newest.first }]);
    expect(readdirSync(dir)).toContain(lost[0]!.file);
    expect(await log.append({ values: ['next'], timestamp: 99 })).toBeGreaterThanOrEqual(30);
    await log.close();
  });
});
