import type { Clock } from '../../platform/clock.ts';

/** The confirmation, once, that a watch stands since it was opened. */
export interface StandingConfirmation {
  /** Whether it has been confirmed, so that what comes is news and no more a backlog. */
  confirmed(): boolean;
  cancel(): void;
  /** Throws what a confirmation by the clock failed with. */
  check(): void;
}

/**
 * Calls a watch standing after `ms`: a server may say 200 and only then that the version is gone, and a watch that is taken up
 * again brings first what came meanwhile. One that breaks before proves nothing about the time until now.
 */
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
    confirmed: () => confirmed !== null,
    cancel,
    check() {
      if (failure !== null) throw failure;
    },
  };
}
