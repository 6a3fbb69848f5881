import type { Clock } from '../../platform/clock.ts';

const TICK_MS = 2;

interface Timer {
  at: number;
  readonly order: number;
  readonly callback: () => void;
}

export interface FastClockOptions {
  /** Default now: the store's own clock is the real one, and it forgets what is old. */
  readonly start?: number;
  /** How many times as fast as the real one it runs. */
  readonly factor: number;
  /** It never jumps further than this at once, however long the process was held up. */
  readonly stepMs?: number;
}

/**
 * A clock for tests that goes faster than the real one. It moves in small steps, and the event loop turns between two of them:
 * on a busy machine it goes slower, so that what is measured by it is what the code waits for, not what the machine lacks.
 */
export class FastClock implements Clock {
  #now: number;
  #timers: Timer[] = [];
  #order = 0;
  #realAt = performance.now();
  readonly #ticker: NodeJS.Timeout;
  readonly factor: number;

  constructor({ start = Date.now(), factor, stepMs = 50 }: FastClockOptions) {
    this.#now = start;
    this.factor = factor;
    this.#ticker = setInterval(() => this.#tick(stepMs), TICK_MS);
  }

  now(): number {
    return Math.floor(this.#now);
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback };
    this.#timers.push(timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.after(ms, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  #tick(stepMs: number): void {
    const real = performance.now();
    const end = this.#now + Math.min(stepMs, (real - this.#realAt) * this.factor);
    this.#realAt = real;
    const due = this.#timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at || a.order - b.order);
    for (const timer of due) {
      const index = this.#timers.indexOf(timer);
      if (index < 0) continue;
      this.#timers.splice(index, 1);
      this.#now = Math.max(this.#now, timer.at);
      timer.callback();
    }
    this.#now = end;
  }
}
