import { setImmediate as settle } from 'node:timers/promises';

/** Numbers in [0, 1) that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class Crash extends Error {
  override readonly name = 'Crash';
}

/** Lets several processes take steps one at a time, in an order that a seed determines, and crashes some of them. */
export class Turns {
  #waiting = new Map<string, { go: () => void; crash: () => void }>();
  #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Waits for the actor's turn; throws Crash when it is to die here. */
  step(actor: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(actor, { go: resolve, crash: () => reject(new Crash(actor)) });
    });
  }

  /** Hands out turns until `running` says that nobody is left. */
  async drive(running: () => number, crashes: number): Promise<void> {
    let left = crashes;
    while (running() > 0) {
      await settle();
      const actors = [...this.#waiting.keys()];
      if (actors.length === 0) continue;
      const actor = actors[Math.floor(this.#random() * actors.length)]!;
      const turn = this.#waiting.get(actor)!;
      this.#waiting.delete(actor);
      if (left > 0 && this.#random() < 0.04) {
        left--;
        turn.crash();
      } else {
        turn.go();
      }
    }
  }
}
