import type { SegmentFile } from './segment.ts';

export interface SizedSegment extends SegmentFile {
  readonly bytes: number;
}

/** A segment to unlink; `unread` are the offsets in it that some reader, or nobody yet, has read. */
export interface Expired {
  readonly segment: SizedSegment;
  readonly next: number;
  readonly unread?: { readonly first: number; readonly next: number };
}

/**
 * Which segments go, oldest first: those that every registered reader has passed, but for the newest `keepSealed` of the
 * sealed ones; and, past `maxBytes`, the oldest though nobody has read them. Without a reader all count as unread. The last
 * segment, the one being written, always stays.
 */
export function expired(
  segments: readonly SizedSegment[],
  options: { readonly positions: readonly number[]; readonly maxBytes: number; readonly keepSealed: number },
): Expired[] {
  const passed = options.positions.length === 0 ? -Infinity : Math.min(...options.positions);
  const sealed = segments.length - 1;
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const out: Expired[] = [];
  for (let index = 0; index < sealed; index++) {
    const segment = segments[index];
    const next = segments[index + 1]?.first;
    if (!segment || next === undefined) break;
    const allRead = next <= passed;
    const mayGo = allRead && index < sealed - options.keepSealed;
    if (!mayGo && bytes <= options.maxBytes) break;
    const unread = allRead ? undefined : { first: Math.max(segment.first, passed), next };
    out.push({ segment, next, ...(unread && { unread }) });
    bytes -= segment.bytes;
  }
  return out;
}
