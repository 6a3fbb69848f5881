import { formatInstant } from '../../time/format.ts';

export const STAMP_MODES = ['absolute', 'relative', 'hidden'] as const;
export type StampMode = (typeof STAMP_MODES)[number];

/** How long before (or after) the end: `-1.2 s`, `-3:05`, `0.0 s`, `+0.4 s`, `-2:03:05`. */
export function formatBefore(ms: number): string {
  const tenths = Math.round(Math.abs(ms) / 100);
  const sign = tenths === 0 ? '' : ms > 0 ? '+' : '-';
  if (tenths < 600) return `${sign}${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(Math.abs(ms) / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const padded = String(rest).padStart(2, '0');
  return hours > 0 ? `${sign}${hours}:${String(minutes).padStart(2, '0')}:${padded}` : `${sign}${minutes}:${padded}`;
}

/** Milliseconds from the end. A kubelet cuts its times to the second: a line within that second is one at the end. */
function fromEnd(at: number, end: number): number {
  const apart = at - end;
  return end % 1000 === 0 && apart > 0 && apart < 1000 ? 0 : apart;
}

/** A line's stamp as it is shown; `end`: when the container died, milliseconds. */
export function stampText(at: number | null, mode: StampMode, end: number | null, zone: string): string {
  if (at === null || mode === 'hidden') return '';
  return mode === 'relative' && end !== null ? formatBefore(fromEnd(at, end)) : formatInstant(at, zone, true);
}
