const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A time without an agent, or without its API server. `upgrade`: it stops in good order and its successor starts. `crash`: it is gone without
 * a word. `connection`: it runs on, and its API server does not answer.
 */
export interface Outage {
  readonly kind: 'upgrade' | 'crash' | 'connection';
  /** From where the history ends to where the outage begins, both in milliseconds since the Unix epoch. */
  startsAt(now: number): number;
  readonly forMs: number;
}

export const ago =
  (ms: number) =>
  (now: number): number =>
    now - ms;

/** Ten past one in the night (UTC), so many days ago. */
export const night =
  (days: number) =>
  (now: number): number =>
    Math.floor(now / DAY) * DAY - days * DAY + 70 * MINUTE;

const upgrade = (ms: number): Outage => ({ kind: 'upgrade', startsAt: ago(ms), forMs: 40_000 });

/** What each of the demo's agents went through. */
export const OUTAGES = {
  'prod-eu': [upgrade(5 * DAY + 3 * HOUR)],
  'prod-us': [upgrade(5 * DAY + 2.6 * HOUR), { kind: 'connection', startsAt: ago(5 * HOUR), forMs: 12 * MINUTE }],
  staging: [upgrade(6 * DAY), { kind: 'crash', startsAt: night(4), forMs: 3 * HOUR }],
} satisfies Record<string, readonly Outage[]>;
