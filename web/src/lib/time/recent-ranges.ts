import { presetOf } from './presets.ts';
import type { TimeText } from './range.ts';

const STORED = 'tidemark.recent-ranges';
const KEPT = 4;

export interface RecentRange {
  readonly from: TimeText;
  readonly to: TimeText;
}

const isRecent = (value: unknown): value is RecentRange =>
  typeof value === 'object' &&
  value !== null &&
  'from' in value &&
  typeof value.from === 'string' &&
  'to' in value &&
  typeof value.to === 'string';

/** The ranges with times of their own that were chosen last in this browser, the newest first. */
export function recentRanges(): RecentRange[] {
  try {
    const stored: unknown = JSON.parse(globalThis.localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isRecent).slice(0, KEPT) : [];
  } catch {
    // What another program or version left there is worth nothing.
    return [];
  }
}

/** Remembers a range; presets are always there and need not be. */
export function rememberRange({ from, to }: RecentRange): void {
  if (presetOf(from, to)) return;
  const others = recentRanges().filter((one) => one.from !== from || one.to !== to);
  globalThis.localStorage.setItem(STORED, JSON.stringify([{ from, to }, ...others].slice(0, KEPT)));
}
