import { setImmediate as nextTurn } from 'node:timers/promises';

/** So long may a computation keep others from being heard. */
const HOLD_MS = 10;

/** A long computation calls it between its steps: where it has held the event loop for some time, others have their turn. */
export function createTurns(): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    if (performance.now() - sinceMs < HOLD_MS) return;
    await nextTurn();
    sinceMs = performance.now();
  };
}
