import { TIME_PATTERN } from '../schemas/column.ts';

/** Time as a dependency, so that timers can be tested without waiting. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
}

/** The longest that a timer of the platform takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = realClock.after(ms, done);
      signal?.addEventListener('abort', done, { once: true });
    }),
  after: (ms, callback) => {
    let leftMs = ms;
    const start = (): ReturnType<typeof setTimeout> => {
      const partMs = Math.min(leftMs, LONGEST_TIMER_MS);
      leftMs -= partMs;
      return setTimeout(() => (leftMs > 0 ? void (timer = start()) : callback()), partMs);
    };
    let timer = start();
    return () => clearTimeout(timer);
  },
};

/** RFC 3339, UTC, milliseconds. */
export const toTime = (ms: number): string => new Date(ms).toISOString();

const TIME = new RegExp(TIME_PATTERN);

/** Milliseconds of a time as it stands on the wire, NaN for what is none. Second 60 is the one after 59. */
export function fromTime(time: string): number {
  if (!TIME.test(time)) return Number.NaN;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? Date.parse(`${time.slice(0, 17)}59${time.slice(19)}`) + 1_000 : ms;
}

/** A clock whose time stands until `advance` moves it; timers fire in order as it passes them. */
export class FakeClock implements Clock {
  #now: number;
  #timers: { at: number; order: number; callback: () => void }[] = [];
  #order = 0;

  constructor(now = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, order: this.#order++, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const cancel = this.after(ms, resolve);
      signal?.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Moves time on, firing what becomes due and letting promises settle between timers. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#timers.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!next || next.at > end) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
