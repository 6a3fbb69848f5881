import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../deploy/testkube/test-kube.ts';
import { firstSeed, limitMs, runs } from '../soak.ts';
import { checkAbsence, EXACT_MS, type Absence } from './absence.ts';
import { startCrashingCluster, type CrashingCluster } from './downtime/crashing-cluster.ts';
import { startLife, type Life } from './downtime/killable-recording.ts';
import { startScraper, type Scraped } from './downtime/scraper.ts';
import { FastClock } from './fast-clock.ts';
import { readDeaths, readSpans, type DeathRow } from './recorded-rows.ts';
import { startEngine, type Engine } from './watch/recording.ts';

const SEED = firstSeed(1);
const RUNS = Math.min(runs(1), 20);
const FACTOR = 20;
const CRASHES = 1_000;
const TURN_MS = 20;
/** Pods that are deleted in each stretch of time, and followed by one that lives for seconds only. */
const COME_AND_GO = 2;
const PRESENT_MS = 12_000;

const ABSENCES: readonly (Pick<Absence, 'end' | 'history'> & { readonly ms: number })[] = [
  { ms: 2_000, end: 'stop', history: 'kept' },
  { ms: 5_000, end: 'kill', history: 'kept' },
  { ms: 12_000, end: 'stop', history: 'compacted' },
  { ms: 30_000, end: 'kill', history: 'kept' },
  { ms: 45_000, end: 'stop', history: 'kept' },
  { ms: 20_000, end: 'kill', history: 'compacted' },
  { ms: 8_000, end: 'stop', history: 'kept' },
];

let dir: string;
let engine: Engine;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-downtime-'));
  engine = await startEngine(dir);
});
afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

const isAway = (crash: { at: number }, aways: readonly Absence[]): boolean =>
  aways.some(({ left, back }) => crash.at >= left && crash.at < (back.get('pod') ?? Infinity));

/** Whether nobody could know of it: it fell into an absence, or was on its way when one began, whose history is gone. */
const isForgotten = (crash: { at: number }, aways: readonly Absence[]): boolean =>
  isAway(
    crash,
    aways.filter(({ history }) => history === 'compacted').map((away) => ({ ...away, left: away.left - EXACT_MS })),
  );

/** Makes so many crashes, spread over so long. */
async function crashFor(clock: FastClock, cluster: CrashingCluster, ms: number, crashes: number): Promise<void> {
  const [start, before] = [clock.now(), cluster.crashes().length];
  const made = () => cluster.crashes().length - before;
  while (made() < crashes || clock.now() - start < ms) {
    const due = Math.min(crashes, Math.ceil(((clock.now() - start) / ms) * crashes));
    while (made() < due && cluster.crash());
    await clock.sleep(TURN_MS);
  }
}

/** Lives with absences between them, crashes throughout; answers the absences. */
async function liveThrough(
  options: Parameters<typeof startLife>[0] & { clock: FastClock },
  cluster: CrashingCluster,
): Promise<{ aways: Absence[]; life: Life }> {
  const { clock } = options;
  const aways: Absence[] = [];
  const goOn = async (ms: number, crashes: number) => {
    for (let at = 0; at < COME_AND_GO; at++) cluster.comeAndGo();
    await crashFor(clock, cluster, ms, crashes);
  };
  const shares = (parts: number): number => Math.ceil(CRASHES / 2 / parts);
  let life = startLife(options);
  await life.standing();
  for (const absence of ABSENCES) {
    await goOn(PRESENT_MS, shares(ABSENCES.length + 1));
    const left = clock.now();
    await life[absence.end]();
    await goOn(absence.ms, shares(ABSENCES.length));
    if (absence.history === 'compacted') cluster.forget();
    const returning = clock.now();
    life = startLife(options);
    await life.standing();
    const back = cluster.askedAfter(absence.history === 'kept' ? 'watch' : 'list', returning);
    aways.push({ ...absence, left, back });
  }
  await goOn(PRESENT_MS, shares(ABSENCES.length + 1));
  await until('all pods run', async () => cluster.allRunning());
  return { aways, life };
}

interface Outcome {
  readonly cluster: CrashingCluster;
  readonly aways: readonly Absence[];
  readonly deaths: readonly DeathRow[];
  readonly scraped: Scraped;
}

const keyOf = (uid: string, container: string, ordinal: number): string => `${uid}/${container}#${ordinal}`;

function report(seed: number, { cluster, aways, deaths, scraped }: Outcome): string {
  const crashes = cluster.crashes();
  const there = cluster.restarts();
  const restarts = [...there.values()].reduce((sum, count) => sum + count, 0);
  const told = new Set(deaths.map((row) => keyOf(row.pod_uid, row.container, row.ordinal)));
  const ofThose = deaths.filter(({ pod_uid: uid }) => there.has(uid));
  const gone = crashes.filter(({ uid }) => !there.has(uid));
  const goneTold = gone.filter(({ uid, container, ordinal }) => told.has(keyOf(uid, container, ordinal)));
  const known = ofThose.filter(({ reason }) => reason !== 'Unknown').length;
  const unseen = new Set(gone.map(({ uid }) => uid).filter((uid) => !scraped.pods.has(uid)));
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  return [
    `downtime, seed ${seed}: ${crashes.length} crashes, ${crashes.filter((crash) => isAway(crash, aways)).length} of them in ` +
      `${aways.length} absences; of the pods still there ${ofThose.length} rows for ${restarts} restarts ` +
      `(${percent(ofThose.length, restarts)}), ${known} with reason and exit code; of pods that are gone ` +
      `${goneTold.length} of ${gone.length} deaths`,
    `a scrape every 15 s, never away: ${scraped.restarts} restarts in ${scraped.increases} increases that it can tell apart ` +
      `(${percent(scraped.increases, crashes.length)} of the crashes), without reason or exit code; ` +
      `${unseen.size} pods that crashed, came and went unseen`,
  ].join('\n');
}

describe('an agent that is away', () => {
  it.each(Array.from({ length: RUNS }, (_, run) => SEED + run))(
    'accounts for every restart and tells each absence to the second (seed %i)',
    { timeout: limitMs(400_000) },
    async (seed) => {
      const clock = new FastClock({ factor: FACTOR });
      const name = `away-${seed}`;
      const cluster = await startCrashingCluster({ name, seed: String(seed), dir, clock });
      const scraper = startScraper(clock, cluster.restarts);
      try {
        const { kubeconfig } = cluster;
        const { aways, life } = await liveThrough({ cluster: name, kubeconfig, dir, clock }, cluster);
        const scraped = scraper();
        await engine.folded(life.localLog);
        await life.stop();
        const deaths = await readDeaths(engine.store, name);
        const spans = await readSpans(engine.store, name);
        process.stdout.write(`${report(seed, { cluster, aways, deaths, scraped })}\n`);

        const crashes = cluster.crashes();
        expect(crashes.length).toBeGreaterThanOrEqual(CRASHES);
        expect(crashes.filter((crash) => isAway(crash, aways)).length).toBeGreaterThanOrEqual(CRASHES / 2);
        expect(scraped.increases).toBeLessThan(crashes.length);
        expect(aways.flatMap((away) => checkAbsence(away, spans))).toEqual([]);
        expect(new Set(deaths.map(({ id }) => id)).size).toBe(deaths.length);
        const there = cluster.restarts();
        for (const [uid, restarts] of there) {
          const ordinals = deaths.filter(({ pod_uid: pod }) => pod === uid).map(({ ordinal }) => ordinal);
          expect({ uid, ordinals: ordinals.toSorted((a, b) => a - b) }).toEqual({
            uid,
            ordinals: Array.from({ length: restarts }, (_, ordinal) => ordinal),
          });
        }
        const made = new Set(cluster.ends.map(({ uid, container, ordinal }) => keyOf(uid, container, ordinal)));
        const told = new Set(deaths.map((row) => keyOf(row.pod_uid, row.container, row.ordinal)));
        const untold = crashes.filter(({ uid, container, ordinal }) => !told.has(keyOf(uid, container, ordinal)));
        expect(untold.filter((crash) => !isForgotten(crash, aways))).toEqual([]);
        const invented = deaths.filter((row) => !made.has(keyOf(row.pod_uid, row.container, row.ordinal)));
        expect(invented).toEqual([]);
      } finally {
        scraper();
        await cluster.close();
        clock.stop();
      }
    },
  );
});
