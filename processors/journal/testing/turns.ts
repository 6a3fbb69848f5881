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

const CRASH_CHANCE = 0.04;
const NAP_CHANCE = 0.03;
/** Some naps end soon, some after the others have read to the end. */
const LONGEST_NAP = 400;

/**
 * Lets several processes take steps one at a time, in an order that a seed determines; crashes some of them, and lets
 * some sleep while the others go on.
 */
export class Turns {
  #waiting = new Map<string, { go: () => void; crash: () => void }>();
  #asleepUntil = new Map<string, number>();
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
  async drive(running: () => number, { crashes, naps }: { crashes: number; naps: number }): Promise<void> {
    let left = { crashes, naps };
    for (let turn = 0; running() > 0; turn++) {
      await settle();
      const actor = this.#next(turn);
      if (actor === undefined) continue;
      if (left.naps > 0 && this.#random() < NAP_CHANCE) {
        left = { ...left, naps: left.naps - 1 };
        this.#asleepUntil.set(actor, turn + Math.floor(this.#random() * LONGEST_NAP));
        continue;
      }
      const { go, crash } = this.#waiting.get(actor)!;
      this.#waiting.delete(actor);
      if (left.crashes > 0 && this.#random() < CRASH_CHANCE) {
        left = { ...left, crashes: left.crashes - 1 };
        crash();
      } else {
        go();
      }
    }
  }

  /** Whose turn it is: one that is awake, or, where all sleep, one of them wakes. */
  #next(turn: number): string | undefined {
    const actors = [...this.#waiting.keys()];
    const awake = actors.filter((actor) => (this.#asleepUntil.get(actor) ?? 0) <= turn);
    const from = awake.length > 0 ? awake : actors;
    return from[Math.floor(this.#random() * from.length)];
  }
}
