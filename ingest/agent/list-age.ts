import type { Clock } from '../../platform/clock.ts';
import { Refused } from './api-refusal.ts';
import { isOlder } from './resource-version.ts';

/** A server may lag behind the one that was read before; one that stays behind so long was restored from a backup. */
const STALE_MS = 300_000;

/** Knows the newest version that was ever seen, and judges lists by it. */
export interface ListAge {
  reached(version: string): void;
  /**
   * Throws Refused (`retry`) where a list shows an older state than was seen before. Once that has lasted it is the truth:
   * answers the version that is no more, else null.
   */
  check(version: string): string | null;
}

export function createListAge(clock: Clock, seen: readonly string[]): ListAge {
  let newest = '';
  let staleSince: number | null = null;
  const reached = (version: string): void => {
    if (isOlder(newest, version)) newest = version;
  };
  seen.forEach(reached);
  return {
    reached,
    check(version) {
      if (!isOlder(version, newest)) {
        staleSince = null;
        return null;
      }
      staleSince ??= clock.now();
      if (clock.now() - staleSince < STALE_MS)
        throw new Refused(200, 'retry', `a stale list: its version ${version} comes before ${newest}`);
      const before = newest;
      newest = '';
      staleSince = null;
      return before;
    },
  };
}
