import { FakeClock, realClock, type Clock } from '../platform/clock.ts';
import type { Known } from '../platform/bus/local-log.ts';
import type { Entry } from '../schemas/entry.ts';
import type { KubeObject } from './cluster/objects.ts';
import type { App } from './cluster/app.ts';
import { createSimCluster, type SimCluster } from './cluster/sim-cluster.ts';
import { OUTAGES, type Outage } from './history/outages.ts';
import {
  createRecorder,
  readableSources,
  type HistoryRecorder,
  type Project,
  type Redact,
} from './history/recorder.ts';
import { createDirector } from './scenarios/director.ts';
import { createOddServices, LANDSCAPES } from './scenarios/landscape.ts';
import { LOADS } from './scenarios/loads.ts';
import { STORIES, type Scene } from './scenarios/story.ts';

const DAY = 86_400_000;
const HEARTBEAT_MS = 300_000;
/** So long after its beginning a cut counts as one that lasts: at the agent's next try past ten seconds. */
const LASTING_CUT_MS = 12_400;
const UNREACHABLE = 'unavailable: the API server https://10.96.0.1:443 cannot be reached: ETIMEDOUT';
/** The pods are up and quiet before the agent's first list. */
const WARM_UP_MS = 900_000;

export interface DemoClusterOptions {
  readonly name: string;
  readonly seed: string;
  readonly historyDays: number;
  /** Where the history ends, milliseconds since the Unix epoch. */
  readonly now: number;
  /** Which the cluster follows once it is started. */
  readonly clock?: Clock;
  readonly project?: Project;
  readonly redact?: Redact;
  readonly environment?: string;
  readonly share?: number;
  readonly incidentsADay?: number;
  readonly releasesADay?: number;
  /** What happens at its own time, beside what happens by chance. */
  readonly story?: readonly Scene[];
  readonly outages?: readonly Outage[];
  /** Applications beside those of the catalogue. */
  readonly apps?: readonly App[];
  /** Whether there are services without pods, too. */
  readonly oddServices?: boolean;
  /** Plural names of the resources that the agent may not read. */
  readonly forbidden?: readonly string[];
  /** Live: the mean time between incidents. */
  readonly liveMeanMs?: number;
}

export interface DemoCluster {
  /** The journal of the days before `now`, as an agent would have written it. Read once, to its end: reading moves the simulation on. */
  history(): IterableIterator<Entry>;
  /** The same cluster; after the history, `start` lets it go on in real time. */
  readonly cluster: SimCluster;
  /** Runs whatever is left of the history without its entries, catches up and goes live. */
  start(): void;
  /** What the agent knows once the history has been read, and before `start`; `note` makes the source's own note of an object. */
  known(note: (source: string, object: KubeObject) => string): Known[];
  /** The agent's newest life in the history; the live agent's must be higher. */
  readonly epoch: number;
}

/** The span's incidents, then live ones; entries come out while the simulation moves on, so memory stays that of the cluster. */
export function createDemoCluster(options: DemoClusterOptions): DemoCluster {
  const {
    now,
    clock = realClock,
    project = (_source, raw) => ({ ...raw }),
    redact = (text) => ({ text, count: 0 }),
    forbidden = [],
  } = options;
  const from = now - options.historyDays * DAY;
  const born = new FakeClock(from - WARM_UP_MS);
  let live = false;
  const following: Clock = {
    now: () => (live ? clock.now() : born.now()),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    after: (ms, callback) => clock.after(ms, callback),
  };
  const cluster = createSimCluster({
    name: options.name,
    seed: options.seed,
    clock: following,
    ...(options.environment ? { environment: options.environment } : {}),
    ...(options.share ? { share: options.share } : {}),
    ...(options.apps ? { apps: options.apps } : {}),
  });
  if (options.oddServices) createOddServices(cluster);
  const { timeline } = cluster.sim;
  const director = createDirector(cluster);
  cluster.runUntil(from);
  director.operate(now, options.incidentsADay ?? 15, options.releasesADay ?? 6);
  for (const scene of options.story ?? []) {
    const startsAt = scene.startsAt(now);
    if (startsAt > from) timeline.after(startsAt - from, () => scene.play(director, cluster));
  }
  const recorder = createRecorder({ cluster, project, redact, forbidden }, from);

  function plan({ kind, forMs }: Outage, startsAt: number, agent: HistoryRecorder): void {
    if (startsAt <= from) return;
    const beginning = startsAt - timeline.now();
    if (kind === 'connection') {
      timeline.after(beginning, () => agent.loseConnection());
      timeline.after(beginning + LASTING_CUT_MS, () => agent.stayCut(UNREACHABLE));
      timeline.after(beginning + forMs, () => agent.reconnect(UNREACHABLE));
    } else {
      timeline.after(beginning, () => agent.leave(kind === 'upgrade'));
      timeline.after(beginning + forMs, () => agent.comeBack());
    }
  }

  function* history(): IterableIterator<Entry> {
    recorder.listAll();
    for (const outage of options.outages ?? []) plan(outage, outage.startsAt(now), recorder);
    const unsubscribe = cluster.store.subscribe(recorder.change);
    cluster.sim.died.add(recorder.death);
    let beating = true;
    const beat = () => {
      if (!beating) return;
      recorder.heartbeat();
      timeline.after(HEARTBEAT_MS, beat);
    };
    beat();
    try {
      while (timeline.step(now)) yield* recorder.drain();
      recorder.heartbeat();
      recorder.stopped();
      yield* recorder.drain();
    } finally {
      beating = false;
      unsubscribe();
      cluster.sim.died.delete(recorder.death);
    }
  }

  return {
    history,
    cluster,
    get epoch() {
      return recorder.epoch();
    },
    known: (note) =>
      readableSources(forbidden).flatMap(({ name: source }) =>
        cluster.list(source).map((object) => ({
          source,
          namespace: object.metadata.namespace ?? '',
          name: object.metadata.name,
          uid: object.metadata.uid,
          resourceVersion: object.metadata.resourceVersion,
          note: note(source, object),
        })),
      ),
    start() {
      cluster.runUntil(now);
      director.perform(options.liveMeanMs ?? 60_000);
      live = true;
      cluster.start();
    },
  };
}

export interface DemoProfile {
  readonly name: string;
  readonly seed: string;
  readonly environment: string;
  readonly share: number;
  readonly incidentsADay: number;
  readonly releasesADay: number;
  readonly story: readonly Scene[];
  readonly outages: readonly Outage[];
  readonly apps: readonly App[];
  readonly oddServices?: boolean;
  readonly forbidden: readonly string[];
}

const profile = (
  name: keyof typeof STORIES,
  more: Omit<DemoProfile, 'name' | 'seed' | 'story' | 'outages' | 'apps'>,
): DemoProfile => ({
  name,
  seed: 'tidemark',
  story: STORIES[name],
  outages: OUTAGES[name],
  apps: [...LANDSCAPES[name], ...LOADS[name]],
  ...more,
});

/** The demo's three clusters. */
export const DEMO_CLUSTERS: readonly DemoProfile[] = [
  profile('prod-eu', {
    environment: 'production',
    share: 1.2,
    incidentsADay: 15,
    releasesADay: 6,
    oddServices: true,
    forbidden: [],
  }),
  profile('prod-us', { environment: 'production', share: 1, incidentsADay: 12, releasesADay: 6, forbidden: [] }),
  profile('staging', {
    environment: 'staging',
    share: 0.7,
    incidentsADay: 17,
    releasesADay: 10,
    // No row is made of autoscalers, so a reader misses nothing but what they would have explained.
    forbidden: ['horizontalpodautoscalers'],
  }),
];

/** Only the entries: the history of a cluster between two instants. */
export const generateHistory = (options: {
  name: string;
  seed: string;
  from: number;
  to: number;
  project: Project;
  redact: Redact;
}): IterableIterator<Entry> =>
  createDemoCluster({ ...options, historyDays: (options.to - options.from) / DAY, now: options.to }).history();
