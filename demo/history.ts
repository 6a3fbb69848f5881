import { FakeClock, realClock, type Clock } from '../platform/clock.ts';
import type { Known } from '../platform/bus/local-log.ts';
import type { Entry } from '../schemas/entry.ts';
import type { KubeObject } from './cluster/objects.ts';
import { createSimCluster, type SimCluster } from './cluster/sim-cluster.ts';
import { createRecorder, WATCHED, type Project, type Redact } from './history/recorder.ts';
import { createDirector } from './scenarios/director.ts';

const DAY = 86_400_000;
const HEARTBEAT_MS = 300_000;
/** The pods are up and quiet before the agent's first list. */
const WARM_UP_MS = 300_000;

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
  /** The agent's life in the history; the live agent's must be higher. */
  readonly epoch: number;
}

/** The span's incidents, then live ones; entries come out while the simulation moves on, so memory stays that of the cluster. */
export function createDemoCluster(options: DemoClusterOptions): DemoCluster {
  const {
    now,
    clock = realClock,
    project = (_source, raw) => ({ ...raw }),
    redact = (text) => ({ text, count: 0 }),
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
  });
  const { timeline } = cluster.sim;
  const director = createDirector(cluster);
  cluster.runUntil(from);
  director.operate(now, options.incidentsADay ?? 15, options.releasesADay ?? 6);

  function* history(): IterableIterator<Entry> {
    const recorder = createRecorder(cluster, from, project, redact);
    recorder.listAll();
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
    epoch: from,
    known: (note) =>
      WATCHED.flatMap(({ name: source }) =>
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
      director.perform(options.liveMeanMs ?? 7_000);
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
}

/** The demo's three clusters. */
export const DEMO_CLUSTERS: readonly DemoProfile[] = [
  { name: 'prod-eu', seed: 'tidemark', environment: 'production', share: 1.2, incidentsADay: 17, releasesADay: 6 },
  { name: 'prod-us', seed: 'tidemark', environment: 'production', share: 1, incidentsADay: 13, releasesADay: 6 },
  { name: 'staging', seed: 'tidemark', environment: 'staging', share: 0.7, incidentsADay: 20, releasesADay: 12 },
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
