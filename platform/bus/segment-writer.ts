import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AppendBatch, Known } from './local-log.ts';
import {
  createSegment,
  marksRecoverable,
  nextOffset,
  openForWriting,
  pageBytes,
  segmentPath,
  type SegmentFile,
} from './segment.ts';

/** The connection that appends to one segment. Everything here is synchronous: a commit blocks for its fsync. */
export interface SegmentWriter {
  readonly file: SegmentFile;
  /** Bytes of entries since the segment was made; its copy of what is known does not count. */
  grown(): number;
  next(): number;
  /** One transaction: all of it or nothing. Returns each batch's first offset. */
  commit(batches: readonly AppendBatch[]): number[];
  known(source: string): Known[];
  meta(key: string): string | undefined;
  /** Leaves nothing in the write-ahead log: a reader of another process may keep that file for long. */
  close(): void;
}

function prepare(db: DatabaseSync): Record<'entry' | 'put' | 'forget' | 'meta' | 'known' | 'getMeta', StatementSync> {
  return {
    entry: db.prepare('INSERT INTO entries (offset, timestamp, recoverable, value) VALUES (?, ?, ?, ?)'),
    put: db.prepare(
      'INSERT OR REPLACE INTO known (source, namespace, name, uid, resource_version, note) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    forget: db.prepare('DELETE FROM known WHERE source = ? AND namespace = ? AND name = ?'),
    meta: db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
    known: db.prepare(
      `SELECT source, namespace, name, uid, resource_version AS resourceVersion, note FROM known
       WHERE source = ? ORDER BY namespace, name`,
    ),
    getMeta: db.prepare('SELECT value FROM meta WHERE key = ?'),
  };
}

const WAL_PAGE_BYTES = 4096;

function writerOf(db: DatabaseSync, file: SegmentFile, walBytes: number): SegmentWriter {
  const walPages = Math.min(1000, Math.max(8, Math.floor(walBytes / WAL_PAGE_BYTES)));
  db.exec(`PRAGMA wal_autocheckpoint = ${walPages}; PRAGMA journal_size_limit = ${walBytes}`);
  const sql = prepare(db);
  let next = nextOffset(db, file.first);
  const base = next === file.first ? pageBytes(db) : 0;

  const write = (batch: AppendBatch, first: number): number => {
    let offset = first;
    for (const [index, value] of batch.values.entries())
      sql.entry.run(offset++, batch.timestamp, batch.recoverable?.[index] === true ? 1 : 0, value);
    for (const change of batch.known ?? []) {
      if ('put' in change) {
        const { source, namespace, name, uid, resourceVersion, note } = change.put;
        sql.put.run(source, namespace, name, uid, resourceVersion, note);
      } else sql.forget.run(change.forget.source, change.forget.namespace, change.forget.name);
    }
    for (const [key, value] of Object.entries(batch.meta ?? {})) sql.meta.run(key, value);
    return offset;
  };

  return {
    file,
    grown: () => pageBytes(db) - base,
    next: () => next,
    commit: (batches) => {
      const firsts: number[] = [];
      let offset = next;
      db.exec('BEGIN IMMEDIATE');
      try {
        for (const batch of batches) {
          firsts.push(offset);
          offset = write(batch, offset);
        }
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
      next = offset;
      return firsts;
    },
    known: (source) => sql.known.all(source).map((row) => ({ ...row }) as unknown as Known),
    meta: (key) => {
      const value = sql.getMeta.get(key)?.['value'];
      return typeof value === 'string' ? value : undefined;
    },
    close: () => {
      try {
        db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch {
        // Housekeeping, as closing itself does: what stays in the write-ahead log is read from there.
      }
      db.close();
    },
  };
}

/** Writes on in a segment. `walBytes`: about what the write-ahead log may take of the disk. */
export const continueSegment = (file: SegmentFile, walBytes: number): SegmentWriter => {
  const db = openForWriting(file);
  try {
    if (!marksRecoverable(db)) db.exec('ALTER TABLE entries ADD COLUMN recoverable INTEGER NOT NULL DEFAULT 0');
    return writerOf(db, file, walBytes);
  } catch (error) {
    db.close();
    throw error;
  }
};

/** A new segment with what the one before it knows; `walBytes` as for `continueSegment`. */
export const beginSegment = (
  dir: string,
  first: number,
  previous: SegmentFile | undefined,
  walBytes: number,
): SegmentWriter => writerOf(createSegment(dir, first, previous), { first, path: segmentPath(dir, first) }, walBytes);
