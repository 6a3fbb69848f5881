import { rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { AppendBatch } from './local-log.ts';
import { createRelief, type DroppedRange, type ReliefOptions } from './relief.ts';
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

export interface SegmentsOptions extends ReliefOptions {
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly onLost: (lost: LostSegment) => void;
  /** Told of unread entries after they were given up at the bound. */
  readonly onDropped: (range: DroppedRange) => void;
}

const fileBytes = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/**
 * No entry takes less than a byte, so a segment cannot have held offsets past its first plus its size: whatever comes after
 * a segment that cannot be read starts there, and no offset is ever given out twice.
 */
const boundPast = (segment: SegmentFile): number =>
  segment.first + fileBytes(segment.path) + fileBytes(`${segment.path}-wal`) + 1;

export function openSegments(options: SegmentsOptions): Segments {
  const { dir, clock, onLost } = options;
  const reported = new Set<number>();
  const walBytes = Math.ceil(options.segmentBytes / 4);
  const relief = createRelief(options);
  relief.sweep();

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
      if (!newest) return beginSegment(dir, first, undefined, walBytes);
      if (newest.next !== undefined) return follow(newest, Math.max(first, newest.next));
      try {
        const db = openForWriting(newest);
        const complete = isComplete(db);
        if (complete) db.prepare('SELECT count(*) FROM known').get();
        db.close();
        if (!complete) removeSegment(newest);
        else if (first > 0) return follow(newest, first);
        else return continueSegment(newest, walBytes);
      } catch (error) {
        if (!isCorrupt(error)) throw error;
        first = Math.max(first, abandon(newest, 0));
      }
    }
  };

  /** A new segment after a lost one, with what the last readable one knows where that can still be had. */
  const follow = (previous: SegmentFile | undefined, first: number): SegmentWriter => {
    try {
      return beginSegment(dir, first, previous, walBytes);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      return beginSegment(dir, first, undefined, walBytes);
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
  let known: readonly SegmentFile[] = [];
  let sealedBytes = 0;
  const remember = (present: readonly SegmentFile[]) => {
    known = present;
    sealedBytes = known.reduce((sum, segment) => (segment.path === writer.file.path ? sum : sum + bytesOf(segment)), 0);
  };
  remember(listSegments(dir));

  const replaceLost = () => {
    const { file } = writer;
    const next = writer.next();
    try {
      writer.close();
    } finally {
      const first = abandon(file, next);
      writer = follow(listSegments(dir).at(-1), first);
      remember(listSegments(dir));
    }
  };

  const roll = () => {
    if (writer.grown() < options.segmentBytes || writer.next() === writer.file.first) return;
    const fresh = beginSegment(dir, writer.next(), writer.file, walBytes);
    writer.close();
    writer = fresh;
    remember(listSegments(dir));
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
    remember(present);
  };

  /** A segment that is thinned stands there twice for an instant, and the newest may grow by a whole one. */
  const [copyBytes, growthBytes] = [options.segmentBytes, options.segmentBytes];
  const relieve = (moreBytes: number) => {
    const dropped = relief.run(options.maxBytes - copyBytes - growthBytes - moreBytes);
    remember(listSegments(dir));
    for (const range of dropped) options.onDropped(range);
  };

  /** An append stands in the write-ahead log and in the file, and in pages that its values may fill by half. */
  const makeRoom = (batches: readonly AppendBatch[]) => {
    let moreBytes = 0;
    for (const { values } of batches) for (const value of values) moreBytes += 4 * value.length;
    if (sealedBytes + bytesOf(writer.file) + moreBytes > options.maxBytes - copyBytes) relieve(moreBytes);
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
    relieve(0);
  };

  return {
    current: () => writer,
    commit: (batches) => {
      try {
        roll();
        makeRoom(batches);
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
