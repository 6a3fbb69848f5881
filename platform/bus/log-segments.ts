import { rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { LOSSES_TOLD, type AppendBatch } from './local-log.ts';
import { openLosses, type KeptLoss, type LostSegment } from './log-losses.ts';
import { createRelief, type DroppedRange, type ReliefOptions } from './relief.ts';
import {
  asideName,
  isComplete,
  isCorrupt,
  isSound,
  listAside,
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

export interface SegmentsOptions extends Omit<ReliefOptions, 'losses'> {
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly onLost: (lost: LostSegment) => void;
  /** Told of unread entries after they were given up at the bound. */
  readonly onDropped: (range: DroppedRange) => void;
  /** Whether somebody tells of what is lost: then it is kept until that is done. */
  readonly keepLosses: boolean;
  /** Told at the opening of what earlier lives have lost and not told. */
  readonly onUntold: (kept: KeptLoss) => void;
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
  const losses = openLosses({ dir, clock, keep: options.keepLosses, onTrouble: options.onTrouble });
  const relief = createRelief({ ...options, losses });
  relief.sweep();

  const abandon = (segment: SegmentFile, atLeast: number): number => {
    const next = Math.max(boundPast(segment), atLeast, ...options.positions());
    const { fromMs } = segmentTimes(segment);
    const now = clock.now();
    const lost = losses.lost({ file: asideName(segment, now), first: segment.first, next, fromMs, toMs: now });
    setAside(segment, now);
    reported.add(segment.first);
    onLost(lost);
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
        let complete: boolean;
        try {
          complete = isComplete(db, newest);
          if (complete) db.prepare('SELECT count(*) FROM known').get();
        } finally {
          db.close();
        }
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
    const lost = losses.lost({ ...cut, ...segmentTimes(writer.file) });
    const fresh = follow(writer.file, read);
    writer.close();
    writer = fresh;
    onLost(lost);
  }
  let known: readonly SegmentFile[] = [];
  let sealedBytes = 0;
  /** Whether the last relief has left something for the next commit to do. */
  let unfinished = false;
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
    unfinished = true;
  };

  const noteLost = (lost: Pick<LostSegment, 'file' | 'first' | 'next'>) => {
    if (reported.has(lost.first)) return;
    reported.add(lost.first);
    const path = join(dir, lost.file);
    const times = statSync(path, { throwIfNoEntry: false })
      ? segmentTimes({ first: lost.first, path })
      : { fromMs: null, toMs: clock.now() };
    onLost(losses.lost({ ...lost, ...times }));
  };

  /** What readers have moved aside, of this process or of others, in this life or while nobody wrote. */
  const noteAside = (present: readonly SegmentFile[]) => {
    for (const { file, first, next } of listAside(dir)) {
      if (losses.knows(file)) continue;
      const end = next ?? present.find((segment) => segment.first > first)?.first ?? writer.next();
      noteLost({ file, first, next: end });
    }
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
    const maxBytes = options.maxBytes - copyBytes - moreBytes;
    const given = relief.run({ aimBytes: maxBytes - growthBytes, maxBytes });
    unfinished = given.unfinished;
    remember(listSegments(dir));
    for (const range of given.dropped) options.onDropped(range);
  };

  /** An append stands in the write-ahead log and in the file, and in pages that its values may fill by half. */
  const makeRoom = (batches: readonly AppendBatch[]) => {
    let moreBytes = 0;
    for (const { values } of batches) for (const value of values) moreBytes += 4 * value.length;
    if (unfinished || sealedBytes + bytesOf(writer.file) + moreBytes > options.maxBytes - copyBytes) relieve(moreBytes);
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
    const present = listSegments(dir);
    noteAside(present);
    noteMissing(present);
    relieve(0);
    losses.save();
  };

  const toldBy = (batches: readonly AppendBatch[]) => {
    for (const { meta } of batches) if (meta?.[LOSSES_TOLD]) losses.told(Number(meta[LOSSES_TOLD]));
  };

  losses.told(Number(writer.meta(LOSSES_TOLD) ?? 0));
  losses.untold().forEach(options.onUntold);

  return {
    current: () => writer,
    commit: (batches) => {
      let firsts: number[];
      try {
        roll();
        makeRoom(batches);
        firsts = writer.commit(batches);
      } catch (error) {
        if (!isCorrupt(error)) throw error;
        replaceLost();
        firsts = writer.commit(batches);
      }
      toldBy(batches);
      return firsts;
    },
    tidy,
    noteLost,
    close: () => writer.close(),
  };
}
