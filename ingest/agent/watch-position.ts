import type { Change } from './known-objects.ts';
import type { ListAge } from './list-age.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import { own } from './reflector-errors.ts';

/** Where a reflector stands: the version up to which everything has been taken over. */
export interface WatchPosition {
  /** Null where only a list can tell. */
  version(): string | null;
  /** Why the next list has to be a new one. */
  reason(): string;
  /** Hands changes over; `at` is the version that is reached with them, null in the middle of a list. Throws Undeliverable. */
  deliver(changes: readonly Change[], at: string | null): Promise<void>;
  /** What came before `at` has been taken over. */
  reach(at: string): void;
  /** The version cannot be gone on from. */
  lose(reason: string): void;
  /** As `lose`, but for the version, which stands. */
  because(reason: string): void;
}

export function createWatchPosition(deps: ReflectorDeps, age: ListAge): WatchPosition {
  let version: string | null = null;
  let reason = 'start';
  return {
    version: () => version,
    reason: () => reason,
    async deliver(changes, at) {
      if (changes.length === 0) return;
      deps.count('changes', changes.length);
      await own(deps.deliver(changes, at));
    },
    reach(at) {
      version = at;
      age.reached(at);
      deps.onReached(at);
    },
    lose(why) {
      version = null;
      reason = why;
    },
    because: (why) => void (reason = why),
  };
}
