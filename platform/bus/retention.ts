import type { SegmentFile } from './segment.ts';

export interface SizedSegment extends SegmentFile {
  readonly bytes: number;
  /** Whether it may still hold recoverable entries that have not been read. */
  readonly canBeThinned: boolean;
}

/** A segment with the offset at which the one after it begins. */
interface Sealed {
  readonly segment: SizedSegment;
  readonly next: number;
}

/** What is to be done next about a log's size; what goes unread are the offsets that some reader, or nobody yet, has read. */
export type Relief =
  | (Sealed & { readonly kind: 'remove'; readonly unread?: { readonly first: number; readonly next: number } })
  | (Sealed & { readonly kind: 'thin'; readonly passed: number })
  /** There is something to be thinned, and it can wait for the next time. */
  | { readonly kind: 'later' };

export interface RetentionOptions {
  /** Next offsets of the registered readers. Without a reader all counts as unread. */
  readonly positions: readonly number[];
  /** Where giving way ends. */
  readonly aimBytes: number;
  /** What the log may take until the next time. */
  readonly maxBytes: number;
  /** Whether a segment may still be thinned this time. */
  readonly mayThin: boolean;
  /** Of the segments passed by all readers, so many stay while there is room. */
  readonly keepSealed: number;
}

/**
 * Which segment gives way next: one that every registered reader has passed, but for the newest `keepSealed` of the sealed
 * ones. Past `aimBytes` these too; then, oldest first, the recoverable entries of each segment; and when none has any left,
 * or too much would have to be thinned to come below `maxBytes`, the oldest segment with all that is in it. The last segment, the one being written, stays as it is.
 */
export function nextRelief(segments: readonly SizedSegment[], options: RetentionOptions): Relief | undefined {
  const passed = options.positions.length === 0 ? 0 : Math.min(...options.positions);
  const sealed: Sealed[] = segments
    .slice(0, -1)
    .map((segment, index) => ({ segment, next: segments[index + 1]!.first }));
  const [oldest] = sealed;
  if (!oldest) return undefined;
  const allRead = oldest.next <= passed;
  if (allRead && sealed.length > options.keepSealed) return { kind: 'remove', ...oldest };
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  if (bytes <= options.aimBytes) return undefined;
  if (allRead) return { kind: 'remove', ...oldest };
  const thinnable = sealed.find(({ segment }) => segment.canBeThinned);
  if (thinnable && options.mayThin) return { kind: 'thin', ...thinnable, passed };
  if (thinnable && bytes <= options.maxBytes) return { kind: 'later' };
  return { kind: 'remove', ...oldest, unread: { first: Math.max(oldest.segment.first, passed), next: oldest.next } };
}
