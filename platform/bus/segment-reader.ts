import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError, isAppError } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { Bounds, JournalRecord, ReadLimit } from './journal.ts';
import {
  isComplete,
  isCorrupt,
  isHalfMade,
  isMissing,
  listSegments,
  nextOffset,
  setAside,
  toAppError,
  type SegmentFile,
} from './segment.ts';

/** Reads a log's folder, in the writer's process or in another; holds no transaction between two calls. */
export interface SegmentReader {
  bounds(): Bounds;
  /** A page from `from` on; empty at the end. Throws AppError `offset_out_of_range`, `log_corrupt`. */
  page(from: number, limit: Pick<ReadLimit, 'maxRecords' | 'maxBytes'>): JournalRecord[];
  close(): void;
}

interface OpenSegment {
  readonly db: DatabaseSync;
  readonly select: StatementSync;
}

export interface SegmentReaderOptions {
  readonly dir: string;
  readonly clock: Clock;
  /** Called after a sealed segment that cannot be read was moved aside. */
  readonly onCorrupt: (lost: { file: string; first: number; next: number; cause: unknown }) => void;
}

const ATTEMPTS = 10;

/** The file by which a reader asks the writer to check the segment that it writes. */
export const SUSPECT = 'suspect';

/**
 * Keeps read-only connections to the segments it reads. A sealed segment that cannot be read is moved aside, which leaves a
 * hole in the offsets; the newest one is its writer's to move: reading it fails with a retryable `log_corrupt` until it has.
 */
export function createSegmentReader({ dir, clock, onCorrupt }: SegmentReaderOptions): SegmentReader {
  const opened = new Map<string, OpenSegment>();

  const drop = (path: string) => {
    opened.get(path)?.db.close();
    opened.delete(path);
  };

  const open = (segment: SegmentFile): OpenSegment | undefined => {
    const known = opened.get(segment.path);
    if (known) return known;
    const db = new DatabaseSync(segment.path, { readOnly: true, timeout: 5000 });
    try {
      if (!isComplete(db, segment)) {
        db.close();
        return undefined;
      }
      const select = db.prepare(
        'SELECT offset, timestamp, value FROM entries WHERE offset >= ? ORDER BY offset LIMIT ?',
      );
      const fresh = { db, select };
      opened.set(segment.path, fresh);
      return fresh;
    } catch (error) {
      if (db.isOpen) db.close();
      throw error;
    }
  };

  /** Runs `body` on a segment; false when it cannot be used (being made, just unlinked, moved aside). */
  const withSegment = (segments: readonly SegmentFile[], index: number, body: (open: OpenSegment) => void): boolean => {
    const segment = segments[index];
    if (!segment) return false;
    const following = segments[index + 1];
    try {
      const usable = open(segment);
      // The one after it is made after it: nobody is still making this one.
      if (!usable && following) throw new AppError('log_corrupt', `${segment.path} is sealed and has no tables`);
      if (usable) body(usable);
      return usable !== undefined;
    } catch (error) {
      drop(segment.path);
      if (isMissing(error) || isHalfMade(error)) return false;
      if (!isCorrupt(error) || !following) throw error;
      const file = setAside(segment, clock.now());
      onCorrupt({ file, first: segment.first, next: following.first, cause: error });
      return false;
    }
  };

  const list = (): SegmentFile[] => {
    const segments = listSegments(dir);
    const present = new Set(segments.map(({ path }) => path));
    for (const path of opened.keys()) if (!present.has(path)) drop(path);
    return segments;
  };

  const boundsOf = (segments: readonly SegmentFile[]): Bounds | undefined => {
    for (let index = segments.length - 1; index >= 0; index--) {
      let next = 0;
      const first = segments[0]?.first ?? 0;
      const used = withSegment(segments, index, ({ db }) => (next = nextOffset(db, segments[index]?.first ?? 0)));
      if (used) return { first, next };
    }
    return segments.length === 0 ? { first: 0, next: 0 } : undefined;
  };

  const pageOf = (
    segments: readonly SegmentFile[],
    from: number,
    limit: Pick<ReadLimit, 'maxRecords' | 'maxBytes'>,
  ) => {
    const page: JournalRecord[] = [];
    let bytes = 0;
    const start = Math.max(
      0,
      segments.findLastIndex(({ first }) => first <= from),
    );
    for (let index = start; index < segments.length && page.length === 0; index++) {
      const used = withSegment(segments, index, ({ select }) => {
        for (const row of select.iterate(from, limit.maxRecords)) {
          const value = String(row['value']);
          bytes += value.length;
          if (page.length > 0 && bytes > limit.maxBytes) break;
          page.push({ offset: Number(row['offset']), timestamp: Number(row['timestamp']), value });
        }
      });
      if (!used && index < segments.length - 1) return undefined;
    }
    return page;
  };

  /**
   * A folder that is read while a thinned segment takes the place of others can show neither: what seems not to be there is
   * believed when a second look shows the same files.
   */
  const isWhole = (segments: readonly SegmentFile[]): boolean => {
    const again = listSegments(dir);
    return again.length === segments.length && again.every(({ path }, index) => path === segments[index]?.path);
  };

  /** The folder changes under a reader: what could not be used is looked at anew. */
  const attempt = <T>(body: (segments: readonly SegmentFile[]) => T | undefined): T => {
    try {
      for (let tries = 0; tries < ATTEMPTS; tries++) {
        const result = body(list());
        if (result !== undefined) return result;
      }
    } catch (error) {
      const known = toAppError(error, dir);
      if (known.code !== 'log_corrupt') throw known;
      closeSync(openSync(join(dir, SUSPECT), 'a'));
      throw new AppError('log_corrupt', known.message, { cause: error, retryable: true, details: { dir } });
    }
    throw new AppError('unavailable', `the segments in ${dir} cannot be opened`, { retryable: true, details: { dir } });
  };

  return {
    bounds: () => attempt(boundsOf),
    page: (from, limit) =>
      attempt((segments) => {
        const bounds = boundsOf(segments);
        if (!bounds) return undefined;
        if (from < bounds.first || from > bounds.next) {
          if (!isWhole(segments)) return undefined;
          const message = `offset ${from} lies outside of ${bounds.first} to ${bounds.next}`;
          throw new AppError('offset_out_of_range', message, { details: { ...bounds, from } });
        }
        if (from === bounds.next) return [];
        const page = pageOf(segments, from, limit);
        return page && page[0]?.offset !== from && !isWhole(segments) ? undefined : page;
      }),
    close: () => {
      for (const path of opened.keys()) drop(path);
    },
  };
}

/** What wakes a waiting reader before its next look at the folder: the writer, when it lives in the same process. */
export interface Arrivals {
  next(signal: AbortSignal): Promise<void>;
}

const POLL_MS = 100;

export interface WaitingRead {
  readonly reader: SegmentReader;
  readonly clock: Clock;
  readonly arrivals?: Arrivals;
  /** Called with each error that is waited out like an empty log. */
  readonly onTrouble: (error: AppError) => void;
}

/** Reads a page, waiting up to `waitMs` for the first record. Throws AppError `offset_out_of_range`, `aborted`. */
export async function readWaiting(
  { reader, clock, arrivals, onTrouble }: WaitingRead,
  from: number,
  limit: ReadLimit,
  signal?: AbortSignal,
): Promise<readonly JournalRecord[]> {
  const deadline = clock.now() + limit.waitMs;
  for (;;) {
    if (signal?.aborted) throw new AppError('aborted', 'the reading was ended');
    let page: JournalRecord[] = [];
    try {
      page = reader.page(from, limit);
    } catch (error) {
      if (!isAppError(error) || !error.retryable) throw error;
      onTrouble(error);
    }
    const left = deadline - clock.now();
    if (page.length > 0 || left <= 0) return page;
    const wake = new AbortController();
    const either = signal ? AbortSignal.any([signal, wake.signal]) : wake.signal;
    const waits = [clock.sleep(arrivals ? left : Math.min(left, POLL_MS), either)];
    if (arrivals) waits.push(arrivals.next(either));
    await Promise.race(waits);
    wake.abort();
  }
}
