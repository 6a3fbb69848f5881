import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nextRelief, type Relief } from './retention.ts';
import { listSegments, removeSegment, replacedSegments, segmentBytes as bytesOf, type SegmentFile } from './segment.ts';
import { isUnfinished, thinnableIn, thinSegments, unreadIn, type Unread } from './segment-thinning.ts';

/** Unread entries that were given up at the bound. */
export interface DroppedRange extends Unread {
  /** Only recoverable entries went: those between them that are not are still there. */
  readonly thinned: boolean;
}

export interface ReliefOptions {
  readonly dir: string;
  readonly segmentBytes: number;
  /** Nothing in this log is worth keeping longer than the rest: it is never thinned. */
  readonly whole: boolean;
  /** Next offsets of the registered readers. */
  readonly positions: () => readonly number[];
  /** Told why a segment could not be thinned; the oldest goes whole then. */
  readonly onTrouble: (error: unknown, file: string) => void;
}

/** Of the segments passed by all readers, so many stay: a store that lost its last minutes can read them again. */
const KEEP_SEALED = 1;
/** A thinned segment of less than this part of a whole one takes the next one in. */
const SMALL = 1 / 2;

/** Makes room in a log's folder; for its writer alone. */
export function createRelief(options: ReliefOptions) {
  const { dir } = options;
  /** Segments in which nothing is left to be thinned, by path. */
  const barren = new Set<string>();

  const canBeThinned = ({ path, next }: SegmentFile): boolean =>
    !options.whole && next === undefined && !barren.has(path);

  const removeAll = (step: Extract<Relief, { kind: 'remove' }>): DroppedRange[] => {
    const gone = step.unread && unreadIn(step.segment, step.unread.first, step.next);
    removeSegment(step.segment);
    barren.delete(step.segment.path);
    return gone ? [{ ...gone, thinned: false }] : [];
  };

  const thin = (
    { segment, next, passed }: Extract<Relief, { kind: 'thin' }>,
    segments: readonly SegmentFile[],
  ): DroppedRange[] => {
    if (thinnableIn(segment, passed) === 0) {
      barren.add(segment.path);
      return [];
    }
    const before = segments[segments.findIndex(({ path }) => path === segment.path) - 1];
    const small = before?.next !== undefined && bytesOf(before) < options.segmentBytes * SMALL;
    const gone = thinSegments(dir, small ? [before, segment] : [segment], { next, passed });
    return gone.map((range) => ({ ...range, thinned: true }));
  };

  return {
    /** Unlinks what kills have left behind. */
    sweep() {
      for (const segment of replacedSegments(dir)) removeSegment(segment);
      for (const name of readdirSync(dir)) if (isUnfinished(name)) rmSync(join(dir, name), { force: true });
    },
    /** Unlinks what is due, and gives way until the segments take no more than `maxBytes`. Returns what went unread. */
    run(maxBytes: number): DroppedRange[] {
      const failed = new Set<string>();
      const dropped: DroppedRange[] = [];
      for (;;) {
        const segments = listSegments(dir);
        const sized = segments.map((segment) => ({
          ...segment,
          bytes: bytesOf(segment),
          canBeThinned: canBeThinned(segment) && !failed.has(segment.path),
        }));
        const step = nextRelief(sized, { positions: options.positions(), maxBytes, keepSealed: KEEP_SEALED });
        if (!step) return dropped;
        if (step.kind === 'remove') dropped.push(...removeAll(step));
        else {
          try {
            dropped.push(...thin(step, segments));
          } catch (error) {
            failed.add(step.segment.path);
            options.onTrouble(error, step.segment.path);
          }
        }
      }
    },
  };
}
