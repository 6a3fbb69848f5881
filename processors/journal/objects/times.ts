import { TIME_BOUNDS_MS } from '../../../schemas/column.ts';

/** Milliseconds of a Kubernetes or journal time; null where it is missing, unreadable, Kubernetes' zero time or beyond the store's last. */
export function millis(time: string | null | undefined): number | null {
  if (!time) return null;
  const at = Date.parse(time);
  return Number.isNaN(at) || at <= 0 || at > TIME_BOUNDS_MS.last ? null : at;
}

/** The wire's form of a time: RFC 3339, UTC, milliseconds. */
export const stamp = (at: number): string => new Date(at).toISOString();

export const maybeStamp = (at: number | null): string | null => (at === null ? null : stamp(at));

export const MINUTE_MS = 60_000;
