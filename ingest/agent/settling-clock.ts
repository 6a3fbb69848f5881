import { FakeClock } from '../../platform/clock.ts';

const TURNS = 25;

async function settle(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** For tests: a FakeClock that lets long chains of promises come to rest at each instant at which a timer fires. */
export class SettlingClock extends FakeClock {
  #due: number[] = [];

  override after(ms: number, callback: () => void): () => void {
    this.#due.push(this.now() + ms);
    return super.after(ms, callback);
  }

  override async advance(ms: number): Promise<void> {
    const end = this.now() + ms;
    await settle();
    for (;;) {
      const next = Math.min(...this.#due.filter((at) => at > this.now()));
      if (next > end) break;
      await super.advance(next - this.now());
      await settle();
    }
    await super.advance(end - this.now());
    await settle();
    this.#due = this.#due.filter((at) => at > this.now());
  }
}
