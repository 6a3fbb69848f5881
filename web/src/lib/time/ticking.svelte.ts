import { createSubscriber } from 'svelte/reactivity';

const STEP_MS = 10_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, STEP_MS);
  return () => clearInterval(timer);
});

/** The present time for what is shown as "3 minutes ago": whatever reads it is shown anew every 10 s. */
export const ticking = {
  get now(): number {
    subscribe();
    return Date.now();
  },
};
