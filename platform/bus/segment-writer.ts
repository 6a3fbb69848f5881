import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AppendBatch, Known } from './local-log.ts';
import { createSegment, nextOffset, openForWriting, pageBytes, segmentPath, type SegmentFile } from './segment.ts';

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
  close(): void;
}

function prepare(db: DatabaseSync): Record<'entry' | 'put' | 'forget' | 'meta' | 'known' | 'getMeta', StatementSync> {
  return {
    entry: db.prepare('INSERT INTO entries (offset, timestamp, value) VALUES (?, ?, ?)'),
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

function writerOf(db: DatabaseSync, file: SegmentFile): SegmentWriter {
  const sql = prepare(db);
  let next = nextOffset(db, file.first);
  const base = next === file.first ? pageBytes(db) : 0;

  const write = (batch: AppendBatch, first: number): number => {
    let offset = first;
    for (const value of batch.values) sql.entry.run(offset++, batch.timestamp, value);
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
    close: () => db.close(),
  };
}

export const continueSegment = (file: SegmentFile): SegmentWriter => {
  const db = openForWriting(file);
  try {
    return writerOf(db, file);
  } catch (error) {
    db.close();
    throw error;
  }
};

export const beginSegment = (dir: string, first: number, previous: SegmentFile | undefined): SegmentWriter =>
  writerOf(createSegment(dir, first, previous), { first, path: segmentPath(dir, first) });
