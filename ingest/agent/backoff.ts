import type { Clock } from '../../platform/clock.ts';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** After so long without a failure the next one counts as the first. */
  readonly resetMs: number;
}

/** client-go's reflector waits 0.8 s to 30 s and starts anew after two quiet minutes. */
export const RETRY_BACKOFF: BackoffOptions = { baseMs: 800, maxMs: 30_000, resetMs: 120_000 };
/** A denial is often a matter of a server's first seconds (its RBAC is not loaded yet), else of a person's next change. */
export const DENIED_BACKOFF: BackoffOptions = { baseMs: 2_000, maxMs: 60_000, resetMs: 180_000 };

export interface Backoff {
  /** How long to wait before the next try, in milliseconds: doubled each time, with up to as much again of jitter. */
  next(): number;
  failures(): number;
}

export function createBackoff(clock: Clock, random: () => number, options: BackoffOptions): Backoff {
  let failures = 0;
  let quietFrom = -Infinity;
  return {
    failures: () => failures,
    next() {
      if (clock.now() - quietFrom > options.resetMs) failures = 0;
      const step = Math.min(options.maxMs, options.baseMs * 2 ** failures);
      failures++;
      const delay = Math.min(options.maxMs, step * (1 + random()));
      quietFrom = clock.now() + delay;
      return Math.round(delay);
    },
  };
}
