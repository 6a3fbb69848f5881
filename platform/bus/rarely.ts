import type { Clock } from '../clock.ts';

const LINE_MS = 60_000;

/** For log lines about what goes wrong again and again: lets the first of every minute through, by key. */
export function rarely(clock: Clock): (key: string) => boolean {
  const last = new Map<string, number>();
  return (key) => {
    if (clock.now() - (last.get(key) ?? -Infinity) < LINE_MS) return false;
    last.set(key, clock.now());
    return true;
  };
}
