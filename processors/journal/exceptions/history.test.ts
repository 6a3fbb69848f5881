import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContainerState, ContainerStatus } from '../../../schemas/objects.ts';
import { firstSeed, limitMs, runs } from '../../../tests/soak.ts';
import { Harness, pod, running, status, terminated, waiting } from './testing.ts';

/**
 * A container's true history against what the fold makes of the statuses that happened to be seen: every death counts
 * once, whatever was missed, repeated or restarted between.
 */
type Step = 'crash' | 'back-off' | 'restart' | 'reset' | 'look';

interface Truth {
  generation: number;
  ordinal: number;
  exit: number;
  shown: boolean;
}

class TrueContainer {
  readonly deaths: Truth[] = [];
  #rc = 0;
  #generation = 0;
  #clock = 1000;
  #start = 1000;
  #state: 'running' | 'terminated' | 'back-off' = 'running';
  #current: ContainerState | undefined;
  #last: ContainerState | undefined;
  #shownRc = 0;
  readonly #ids: boolean;

  constructor(ids: boolean) {
    this.#ids = ids;
  }

  get clock(): number {
    return this.#clock;
  }

  #die(): void {
    this.#clock += 3;
    const exit = 1 + (this.deaths.length % 250);
    this.deaths.push({ generation: this.#generation, ordinal: this.#rc, exit, shown: false });
    this.#current = terminated({
      start: this.#start,
      end: this.#clock,
      exit,
      id: this.#ids ? `c://${this.#clock}` : '',
    });
    this.#state = 'terminated';
  }

  step(step: Step): boolean {
    this.#clock += 2;
    if (step === 'look') return true;
    if (step === 'crash' && this.#state === 'running') this.#die();
    if (step === 'back-off' && this.#state === 'terminated') this.#state = 'back-off';
    if (step === 'restart' && this.#state !== 'running') this.#start_(this.#rc + 1);
    // A reset can be told only where a count was seen that it falls from.
    if (step === 'reset' && this.#rc > 0 && this.#shownRc === this.#rc) {
      if (this.#state === 'running') this.#die();
      this.#start_(0);
      this.#generation += 1;
      return true;
    }
    return false;
  }

  #start_(rc: number): void {
    this.#clock += 1;
    this.#rc = rc;
    this.#last = this.#current;
    this.#start = this.#clock;
    this.#state = 'running';
  }

  look(): ContainerStatus {
    this.#shownRc = this.#rc;
    const dead = this.#state === 'running' ? this.#last : this.#current;
    const shown = [dead, this.#state === 'terminated' ? this.#last : undefined];
    const exits = new Set(shown.map((own) => own?.terminated?.exitCode));
    for (const death of this.deaths.slice(-2)) if (exits.has(death.exit)) death.shown = true;
    if (this.#state === 'running') return status(this.#rc, running(this.#start), this.#last);
    if (this.#state === 'terminated') return status(this.#rc, this.#current ?? {}, this.#last);
    return status(this.#rc, waiting('CrashLoopBackOff'), this.#current);
  }
}

const steps = fc.array(
  fc.tuple(fc.constantFrom<Step>('crash', 'crash', 'back-off', 'restart', 'restart', 'reset'), fc.boolean()),
  { maxLength: 60 },
);

test(
  'every death of the true history is one row, with its own details where they were seen',
  () => {
    fc.assert(
      fc.property(steps, fc.boolean(), fc.boolean(), (history, ids, twice) => {
        const truth = new TrueContainer(ids);
        const plain = new Harness();
        const restarted = new Harness({ restarts: true });
        const show = () => {
          const object = pod([truth.look()]);
          for (const harness of [plain, restarted]) {
            harness.pod(truth.clock, object);
            if (twice) harness.pod(truth.clock, object).beat(truth.clock);
          }
        };
        for (const harness of [plain, restarted]) harness.pod(990, pod([status(0, running(980))]), 'add');
        show();
        for (const [step, seen] of history) if (truth.step(step) || seen) show();
        truth.step('look');
        show();

        const rows = plain.of('death');
        expect(rows.map(({ generation, ordinal }) => [generation, ordinal])).toEqual(
          truth.deaths.map(({ generation, ordinal }) => [generation, ordinal]),
        );
        expect(rows.map(({ exit_code }) => exit_code)).toEqual(
          truth.deaths.map(({ exit, shown }) => (shown ? exit : null)),
        );
        expect([...restarted.rows]).toEqual([...plain.rows]);
        expect(restarted.stateJson).toBe(plain.stateJson);
      }),
      { numRuns: runs(400), seed: firstSeed(20260102) },
    );
  },
  limitMs(20_000),
);
