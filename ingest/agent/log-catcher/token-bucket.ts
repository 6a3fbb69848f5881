/** Allows `burst` at once and one more each `refillMs`, also after the clock was set back. */
export class TokenBucket {
  readonly #burst: number;
  readonly #refillMs: number;
  #tokens: number;
  #at: number;

  constructor(burst: number, refillMs: number, now: number) {
    this.#burst = burst;
    this.#refillMs = refillMs;
    this.#tokens = burst;
    this.#at = now;
  }

  take(now: number): boolean {
    this.#at = Math.min(this.#at, now);
    const gained = Math.floor((now - this.#at) / this.#refillMs);
    if (gained > 0) {
      this.#tokens = Math.min(this.#burst, this.#tokens + gained);
      this.#at += gained * this.#refillMs;
    }
    if (this.#tokens === 0) return false;
    // A full bucket gains nothing, so its time begins with the first one taken.
    if (this.#tokens === this.#burst) this.#at = now;
    this.#tokens -= 1;
    return true;
  }
}
