import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../deploy/testkube/test-kube.ts';
import { firstSeed, limitMs, runs } from '../soak.ts';
import { FastClock } from './fast-clock.ts';
import { startInformers } from './watch/informer-control.ts';
import { startEngine, type Engine } from './watch/recording.ts';
import { checkCluster, recordThroughFaults, startTrialCluster, type TrialOptions } from './watch/trial.ts';

/** A trial; a soak makes many, each with seeds of its own. */
const FAULTS = 500;
const CLUSTERS = 4;
const TRIALS = Math.ceil(runs(1) / 10);
/** A trial takes 25 s on an idle machine. */
const TRIAL_LIMIT_MS = 400_000;
const CONTROL_LIMIT_MS = 150_000;
const FACTOR = 10;
/** By the clock. What an informer has not told after its rest it does not know. */
const CONTROL_MS = 90_000;
const CONTROL_REST_MS = 45_000;
const SEED = firstSeed(1);
const SHOWN = 20;

let dir: string;
let engine: Engine;
let clock: FastClock;
const said: string[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-watch-faults-'));
  engine = await startEngine(dir);
});
beforeEach(() => {
  clock = new FastClock({ factor: FACTOR });
});
afterEach(() => clock.stop());
afterAll(async () => {
  process.stdout.write(`watch faults: ${said.join('; ')}\n`);
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

function countsOf(names: readonly string[]): string {
  const counts = Map.groupBy(names, (name) => name);
  return [...counts]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([name, all]) => `${name} ${all.length}`)
    .join(', ');
}

const optionsOf = (seed: number): TrialOptions => ({
  dir,
  clock,
  seed,
  clusters: CLUSTERS,
  faults: FAULTS,
  limitMs: TRIAL_LIMIT_MS,
});

describe('watches under seeded faults', () => {
  it.each(Array.from({ length: TRIALS }, (_, at) => SEED + at * CLUSTERS))(
    'every transition arrives once, or lies in a gap that is told (seed %i)',
    { timeout: limitMs(TRIAL_LIMIT_MS) },
    async (seed) => {
      const { faults, problems, ...sums } = await recordThroughFaults(optionsOf(seed), engine);
      said.push(
        `seed ${seed}: ${faults.length} faults (${countsOf(faults)}), ${sums.transitions} transitions, ${sums.arrived} arrived, ` +
          `${sums.overtaken} overtaken and ${sums.unseen} unseen in told gaps, ${problems['missed']?.length} missed, ` +
          `${problems['doubled']?.length} doubled, ${sums.deaths} deaths`,
      );
      const shown = Object.entries(problems).map(([rule, lines]) => [rule, lines.slice(0, SHOWN)]);
      expect(faults.length).toBeGreaterThanOrEqual(FAULTS);
      expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(Object.keys(problems).map((rule) => [rule, []])));
    },
  );

  it(
    'the same faults make client-node’s informer miss transitions: the check can fail',
    { timeout: 2 * CONTROL_LIMIT_MS },
    async () => {
      const cluster = await startTrialCluster(optionsOf(SEED), 'control');
      const control = startInformers(cluster, clock);
      try {
        const startedAt = clock.now();
        await until('its time is over', async () => clock.now() - startedAt > CONTROL_MS, CONTROL_LIMIT_MS);
        cluster.calm();
        const calmSince = clock.now();
        await until(
          'the informers have told all they know',
          async () => clock.now() - calmSince > CONTROL_REST_MS,
          CONTROL_LIMIT_MS,
        );
        const { missed, wrongEnd } = checkCluster(cluster, control);
        said.push(
          `the informer through ${cluster.plan.injected.length} of the faults, started again ${control.restarts()} times: ` +
            `${missed.length} of ${cluster.transitions.length} transitions missed, ${wrongEnd.length} objects wrong at the end`,
        );
        expect(missed.length).toBeGreaterThan(0);
      } finally {
        await control.close();
        await cluster.close();
      }
    },
  );
});
