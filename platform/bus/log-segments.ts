import { rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { AppendBatch } from './local-log.ts';
import { expired } from './retention.ts';
import {
  isComplete,
  isCorrupt,
  isSound,
  listSegments,
  openForWriting,
  removeSegment,
  segmentBytes as bytesOf,
  segmentTimes,
  setAside,
  type SegmentFile,
} from './segment.ts';
import { SUSPECT } from './segment-reader.ts';
import { beginSegment, continueSegment, type SegmentWriter } from './segment-writer.ts';

/** Offsets first ≤ offset < next can no longer be read; `file` is what was kept of them. */
export interface LostSegment {
  readonly file: string;
  readonly first: number;
  readonly next: number;
  /** Between when its entries were appended, milliseconds since the Unix epoch; null where that cannot be told. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Entries that were given up at the bound, and about when they had been appended. */
export interface DroppedRange {
  readonly first: number;
  readonly next: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The segments of a log as its writer sees them. */
export interface Segments {
  current(): SegmentWriter;
  /** Appends; a full segment is followed by a new one, and what is due then is unlinked. Returns each batch's first offset. */
  commit(batches: readonly AppendBatch[]): number[];
  /** Unlinks what is due. */
  tidy(): void;
  /** A reader in this process moved a sealed segment aside. */
  noteLost(lost: Pick<LostSegment, 'file' | 'first' | 'next'>): void;
  close(): void;
}

export interface SegmentsOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly segmentBytes: number;
  readonly maxBytes: number;
  /** Next offsets of the registered readers. */
  readonly positions: () => readonly number[];
  readonly onLost: (lost: LostSegment) => void;
  readonly onDropped: (range: DroppedRange) => void;
}

/** Of the segments passed by all readers, so many stay: a store that lost its last minutes can read them again. */
const KEEP_SEALED = 1;

const fileBytes = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/**
 * No entry takes less than a byte, so a segment cannot have held offsets past its first plus its size: whatever comes after
 * a segment that cannot be read starts there, and no offset is ever given out twice.
 */
const boundPast = (segment: SegmentFile): number =>
  segment.first + fileBytes(segment.path) + fileBytes(`${segment.path}-wal`) + 1;

export function openSegments(options: SegmentsOptions): Segments {
  const { dir, clock, onLost, onDropped } = options;
  const reported = new Set<number>();

  const abandon = (segment: SegmentFile, atLeast: number): number => {
    const next = Math.max(boundPast(segment), atLeast, ...options.positions());
    const { fromMs } = segmentTimes(segment);
    const file = setAside(segment, clock.now());
    reported.add(segment.first);
    onLost({ file, first: segment.first, next, fromMs, toMs: clock.now() });
    return next;
  };

  /** The newest segment that can be written to; one whose making was cut short, or that cannot be read, gives way. */
  const openNewest = (): SegmentWriter => {
    let first = 0;
    for (;;) {
      const newest = listSegments(dir).at(-1);
      if (!newest) return beginSegment(dir, first, undefined);
      try {
        const db = openForWriting(newest);
        const complete = isComplete(db);
        if (complete) db.prepare('SELECT count(*) FROM known').get();
        db.close();
        if (!complete) removeSegment(newest);
        else if (first > 0) return follow(newest, first);
        else return continueSegment(newest);
      } catch (error) {
        if (!isCorrupt(error)) throw error;
        first = Math.max(first, abandon(newest, 0));
      }
    }
  };

  /** A new segment after a lost one, with what the last readable one knows where that can still be had. */
  const follow = (previous: SegmentFile | undefined, first: number): SegmentWriter => {
    try {
      return beginSegment(dir, first, previous);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      return beginSegment(dir, first, undefined);
    }
  };

  let writer = openNewest();
  // A write-ahead log that is gone or damaged cuts entries off without an error: what readers have passed is not given out again.
  const read = Math.max(0, ...options.positions());
  if (writer.next() < read) {
    const cut = { file: basename(writer.file.path), first: writer.next(), next: read };
    const { fromMs, toMs } = segmentTimes(writer.file);
    const fresh = follow(writer.file, read);
    writer.close();
    writer = fresh;
    onLost({ ...cut, fromMs, toMs });
  }
  let known: readonly SegmentFile[] = listSegments(dir);

  const replaceLost = () => {
    const { file } = writer;
    const next = writer.next();
    try {
      writer.close();
    } finally {
      const first = abandon(file, next);
      writer = follow(listSegments(dir).at(-1), first);
      known = listSegments(dir);
    }
  };

  const roll = () => {
    if (writer.grown() < options.segmentBytes || writer.next() === writer.file.first) return;
    const fresh = beginSegment(dir, writer.next(), writer.file);
    writer.close();
    writer = fresh;
    known = listSegments(dir);
    tidy();
  };

  const noteLost = (lost: Pick<LostSegment, 'file' | 'first' | 'next'>) => {
    if (reported.has(lost.first)) return;
    reported.add(lost.first);
    onLost({ ...lost, fromMs: null, toMs: null });
  };

  /** Another process's reader moves what it cannot read aside: then a segment is missing that was not unlinked here. */
  const noteMissing = (present: readonly SegmentFile[]) => {
    const paths = new Set(present.map(({ path }) => path));
    for (const [index, { path, first }] of known.entries()) {
      const next = known[index + 1]?.first;
      if (!paths.has(path) && next !== undefined) noteLost({ file: basename(path), first, next });
    }
    known = present;
  };

  /** A reader could not read the segment that is written here. */
  const checkSuspect = () => {
    const suspect = join(dir, SUSPECT);
    if (!statSync(suspect, { throwIfNoEntry: false })) return;
    if (!isSound(writer.file)) replaceLost();
    rmSync(suspect, { force: true });
  };

  const tidy = () => {
    checkSuspect();
    noteMissing(listSegments(dir));
    const sized = known.map((segment) => ({ ...segment, bytes: bytesOf(segment) }));
    const maxBytes = options.maxBytes - options.segmentBytes;
    const gone = expired(sized, { positions: options.positions(), maxBytes, keepSealed: KEEP_SEALED });
    const dropped = gone.flatMap(({ segment, unread }) => (unread ? [{ ...unread, ...segmentTimes(segment) }] : []));
    for (const { segment } of gone) removeSegment(segment);
    known = listSegments(dir);
    for (const range of dropped) onDropped(range);
  };

  return {
    current: () => writer,
    commit: (batches) => {
      try {
        roll();
        return writer.commit(batches);
      } catch (error) {
        if (!isCorrupt(error)) throw error;
        replaceLost();
        return writer.commit(batches);
      }
    },
    tidy,
    noteLost,
    close: () => writer.close(),
  };
}
