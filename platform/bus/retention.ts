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
  | (Sealed & { readonly kind: 'thin'; readonly passed: number });

export interface RetentionOptions {
  /** Next offsets of the registered readers. Without a reader all counts as unread. */
  readonly positions: readonly number[];
  readonly maxBytes: number;
  /** Of the segments passed by all readers, so many stay while there is room. */
  readonly keepSealed: number;
}

/**
 * Which segment gives way next: one that every registered reader has passed, but for the newest `keepSealed` of the sealed
 * ones. Past `maxBytes` these too; then, oldest first, the recoverable entries of each segment; and when none has any left,
 * the oldest segment with all that is in it. The last segment, the one being written, stays as it is.
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
  if (segments.reduce((sum, { bytes }) => sum + bytes, 0) <= options.maxBytes) return undefined;
  if (allRead) return { kind: 'remove', ...oldest };
  const thinnable = sealed.find(({ segment }) => segment.canBeThinned);
  if (thinnable) return { kind: 'thin', ...thinnable, passed };
  return { kind: 'remove', ...oldest, unread: { first: Math.max(oldest.segment.first, passed), next: oldest.next } };
}
