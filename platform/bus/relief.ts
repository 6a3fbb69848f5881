import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LossLedger } from './log-losses.ts';
import { nextRelief, type Relief } from './retention.ts';
import { listSegments, removeSegment, replacedSegments, segmentBytes as bytesOf, type SegmentFile } from './segment.ts';
import { isUnfinished, recoverablePart, thinSegments, unreadIn, type Unread } from './segment-thinning.ts';

/** Unread entries that were given up at the bound. */
export interface DroppedRange extends Unread {
  /** Numbers the losses of a log in their order; `LOSSES_TOLD` acknowledges by it. */
  readonly id: number;
  /** Only recoverable entries went: those between them that are not are still there. */
  readonly thinned: boolean;
}

export interface ReliefOptions {
  readonly dir: string;
  readonly segmentBytes: number;
  /** Keeps what goes unread before it goes. */
  readonly losses: Pick<LossLedger, 'dropped' | 'takeBack'>;
  /** Nothing in this log is worth keeping longer than the rest: it is never thinned. */
  readonly whole: boolean;
  /** Next offsets of the registered readers. */
  readonly positions: () => readonly number[];
  /** Told why a segment could not be thinned; the oldest goes whole then. */
  readonly onTrouble: (error: unknown, file: string) => void;
}

/** Of the segments passed by all readers, so many stay: a store that lost its last minutes can read them again. */
const KEEP_SEALED = 1;
/** A segment is thinned where that gives back at least this part of it: less is not worth writing it anew. */
const WORTHWHILE = 1 / 20;
/** A thinning reads and writes a whole segment while nothing else can be done: so many in one run. */
const THINNINGS_A_RUN = 2;
/** A thinned segment of less than this part of a whole one takes the next one in. */
const SMALL = 1 / 2;

/** Makes room in a log's folder; for its writer alone. */
export function createRelief(options: ReliefOptions) {
  const { dir } = options;
  /** Segments that are not worth thinning, by path. */
  const barren = new Set<string>();

  const canBeThinned = ({ path, next }: SegmentFile): boolean =>
    !options.whole && next === undefined && !barren.has(path);

  const removeAll = (step: Extract<Relief, { kind: 'remove' }>): DroppedRange[] => {
    const gone = step.unread && unreadIn(step.segment, step.unread.first, step.next);
    const range = gone && options.losses.dropped({ ...gone, thinned: false });
    removeSegment(step.segment);
    barren.delete(step.segment.path);
    return range ? [range] : [];
  };

  /** Undefined where it is not worth the while. */
  const thin = (
    { segment, next, passed }: Extract<Relief, { kind: 'thin' }>,
    segments: readonly SegmentFile[],
  ): DroppedRange[] | undefined => {
    if (recoverablePart(segment, passed) < WORTHWHILE) {
      barren.add(segment.path);
      return undefined;
    }
    const before = segments[segments.findIndex(({ path }) => path === segment.path) - 1];
    const small = before?.next !== undefined && bytesOf(before) < options.segmentBytes * SMALL;
    let dropped: DroppedRange[] = [];
    const onReady = (gone: readonly Unread[]) => {
      dropped = gone.map((range) => options.losses.dropped({ ...range, thinned: true }));
    };
    try {
      thinSegments(dir, small ? [before, segment] : [segment], { next, passed, onReady });
    } catch (error) {
      options.losses.takeBack(dropped.map(({ id }) => id));
      throw error;
    }
    return dropped;
  };

  return {
    /** Unlinks what kills have left behind. */
    sweep() {
      for (const segment of replacedSegments(dir)) removeSegment(segment);
      for (const name of readdirSync(dir)) if (isUnfinished(name)) rmSync(join(dir, name), { force: true });
    },
    /**
     * Unlinks what is due, and gives way until the segments take no more than `aimBytes`; past its few thinnings only as far
     * as `maxBytes`. Returns what went unread, and whether there is more to be thinned.
     */
    run({ aimBytes, maxBytes }: { aimBytes: number; maxBytes: number }): {
      dropped: DroppedRange[];
      unfinished: boolean;
    } {
      const failed = new Set<string>();
      const dropped: DroppedRange[] = [];
      let thinnings = 0;
      for (;;) {
        const segments = listSegments(dir);
        const sized = segments.map((segment) => ({
          ...segment,
          bytes: bytesOf(segment),
          canBeThinned: canBeThinned(segment) && !failed.has(segment.path),
        }));
        const step = nextRelief(sized, {
          positions: options.positions(),
          aimBytes,
          maxBytes,
          mayThin: thinnings < THINNINGS_A_RUN,
          keepSealed: KEEP_SEALED,
        });
        if (!step || step.kind === 'later') return { dropped, unfinished: step !== undefined };
        if (step.kind === 'remove') dropped.push(...removeAll(step));
        else {
          try {
            const gone = thin(step, segments);
            if (gone) thinnings++;
            dropped.push(...(gone ?? []));
          } catch (error) {
            failed.add(step.segment.path);
            options.onTrouble(error, step.segment.path);
          }
        }
      }
    },
  };
}
