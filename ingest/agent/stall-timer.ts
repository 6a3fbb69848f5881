import type { Clock } from '../../platform/clock.ts';

/** Fires when nothing has come for `ms`; the time in which the reader itself is busy does not count. */
export function stallTimer(clock: Clock, ms: number, onStall: () => void) {
  let lastAt = clock.now();
  let busy = false;
  let fired = false;
  let cancel = clock.after(ms, check);
  function check(): void {
    lastAt = Math.min(lastAt, clock.now());
    const quietMs = busy ? 0 : clock.now() - lastAt;
    if (quietMs < ms) {
      cancel = clock.after(ms - quietMs, check);
      return;
    }
    fired = true;
    onStall();
  }
  return {
    busy() {
      busy = true;
    },
    rest() {
      busy = false;
      lastAt = clock.now();
    },
    fired: () => fired,
    cancel: () => cancel(),
  };
}
