import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { marksRecoverable, removeSegment, segmentPath, segmentTimes, TABLES, type SegmentFile } from './segment.ts';

/** Unread entries that are gone, or would be, and about when they had been appended. */
export interface Unread {
  readonly recoverable: number;
  readonly irrecoverable: number;
  readonly first: number;
  readonly next: number;
  readonly fromMs: number;
  readonly toMs: number;
}

const NEW = '.new';

/** Files of thinnings that a kill cut short. */
export const isUnfinished = (name: string): boolean => name.endsWith(`.sqlite${NEW}`);

type Row = Record<string, number | null>;

function countUnread(db: DatabaseSync, schema: string, from: number, where = ''): Unread | undefined {
  const marked = marksRecoverable(db, schema);
  const row = db
    .prepare(
      `SELECT count(*) AS n, ${marked ? 'coalesce(sum(recoverable), 0)' : '0'} AS recoverable,
         min(offset) AS first, max(offset) AS last, min(timestamp) AS fromMs, max(timestamp) AS toMs
       FROM ${schema}.entries WHERE offset >= ? ${where}`,
    )
    .get(from) as Row;
  const { n, recoverable, first, last, fromMs, toMs } = row as Record<string, number>;
  if (!n) return undefined;
  return {
    recoverable: recoverable!,
    irrecoverable: n - recoverable!,
    first: first!,
    next: last! + 1,
    fromMs: fromMs!,
    toMs: toMs!,
  };
}

/** What a segment holds from `from` on; undefined for nothing. Where it cannot be read, what its name and its files tell. */
export function unreadIn(segment: SegmentFile, from: number, next: number): Unread | undefined {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(segment.path, { readOnly: true, timeout: 5000 });
    return countUnread(db, 'main', from);
  } catch {
    return { recoverable: 0, irrecoverable: next - from, first: from, next, ...segmentTimes(segment) };
  } finally {
    db?.close();
  }
}

/** What part of a segment's bytes, 0 to 1, thinning it would give back. */
export function recoverablePart(segment: SegmentFile, passed: number): number {
  const db = new DatabaseSync(segment.path, { readOnly: true, timeout: 5000 });
  try {
    if (!marksRecoverable(db)) return 0;
    const row = db
      .prepare(
        `SELECT sum(octet_length(value)) AS total,
           sum(octet_length(value)) FILTER (WHERE recoverable = 1 AND offset >= ? AND offset < ?) AS recoverable
         FROM entries`,
      )
      .get(passed, lastOffset(db, 'main'));
    return Number(row?.['recoverable'] ?? 0) / Math.max(1, Number(row?.['total'] ?? 0));
  } finally {
    db.close();
  }
}

const lastOffset = (db: DatabaseSync, schema: string): number =>
  Number(db.prepare(`SELECT coalesce(max(offset), -1) AS last FROM ${schema}.entries`).get()?.['last']);

/**
 * Puts one file in the place of a run of sealed segments: what readers have passed and what is recoverable is left out of
 * it. The very last entry stays whatever it is, so that no hole reaches to a log's end. Whoever reads the old files
 * meanwhile goes on doing so; a kill at any instant leaves either the old files or the new one in their place.
 * Tells `onReady` what will go unread before anything has gone.
 */
export function thinSegments(
  dir: string,
  sources: readonly SegmentFile[],
  options: { readonly next: number; readonly passed: number; readonly onReady?: (gone: readonly Unread[]) => void },
): void {
  const { next, passed } = options;
  const path = segmentPath(dir, sources[0]!.first, next);
  const fresh = path + NEW;
  rmSync(fresh, { force: true });
  try {
    const gone = writeThinned(fresh, sources, passed);
    flush(fresh);
    options.onReady?.(gone);
    renameSync(fresh, path);
    flush(dir);
    for (const source of sources) removeSegment(source);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** Not journalled: the file counts for nothing until it is whole, on disk, and has its name. */
function writeThinned(path: string, sources: readonly SegmentFile[], passed: number): Unread[] {
  const db = new DatabaseSync(path, { timeout: 5000 });
  try {
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
    db.exec(TABLES);
    const gone: Unread[] = [];
    for (const [index, source] of sources.entries()) {
      const newest = index === sources.length - 1;
      db.prepare('ATTACH ? AS source').run(source.path);
      const stays = newest ? lastOffset(db, 'source') : -1;
      const recoverable = marksRecoverable(db, 'source') ? 'recoverable' : '0';
      const unread = countUnread(db, 'source', passed, `AND ${recoverable} = 1 AND offset <> ${stays}`);
      if (unread) gone.push(unread);
      db.exec('BEGIN');
      db.prepare(
        `INSERT INTO entries (offset, timestamp, recoverable, value)
         SELECT offset, timestamp, ${recoverable}, value FROM source.entries
         WHERE offset = ? OR (offset >= ? AND ${recoverable} = 0)`,
      ).run(stays, passed);
      if (newest) db.exec('INSERT INTO known SELECT * FROM source.known; INSERT INTO meta SELECT * FROM source.meta;');
      db.exec('COMMIT');
      db.exec('DETACH source');
    }
    return gone;
  } finally {
    db.close();
  }
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
