import type { Clock } from '../../platform/clock.ts';

/** The confirmation, once, that a watch stands since it was opened. */
export interface StandingConfirmation {
  /** Confirms now, unless that has been done. */
  confirm(): Promise<void>;
  cancel(): void;
  /** Throws what a confirmation by the clock failed with. */
  check(): void;
}

/** Calls a watch standing after `ms`, or at its first good event: a server may say 200 and only then that the version is gone. */
export function confirmLater(
  clock: Clock,
  ms: number,
  standing: (at: number) => Promise<void>,
  onFailure: () => void,
): StandingConfirmation {
  const at = clock.now();
  let confirmed: Promise<void> | null = null;
  let failure: unknown = null;
  const confirm = (): Promise<void> => (confirmed ??= standing(at));
  const cancel = clock.after(ms, () => {
    confirm().catch((error: unknown) => {
      failure = error;
      onFailure();
    });
  });
  return {
    confirm,
    cancel,
    check() {
      if (failure !== null) throw failure;
    },
  };
}
