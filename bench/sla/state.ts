import { fileURLToPath } from 'node:url';
import type { JournalPartition, JournalRecord } from '../../platform/bus/journal.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createStore } from '../../platform/store/create-store.ts';
import { migrate } from '../../platform/store/migrate.ts';
import type { Store } from '../../platform/store/store.ts';
import { openAssignment } from '../../processors/journal/assignment.ts';
import { foldBatch, type LiveFold } from '../../processors/journal/fold-batch.ts';
import { FoldMemory } from '../../processors/journal/fold-memory.ts';
import { saveState, startPosition } from '../../processors/journal/saved-state.ts';
import { noSequence, type Sequence } from '../../processors/journal/sequence.ts';
import { journalTopic } from '../../schemas/topics.ts';
import { JOURNAL_FOLDS } from '../journal-folds.ts';
import { finish } from '../turn.ts';
import { listCluster } from './lists.ts';

// One turn, in a process of its own: `write` makes the state of all clusters as the folds make it of their first lists, and
// saves it; `restore` opens every cluster's journal as a starting processor does; `lists` folds the same first lists again, which
// is what a start without saved state would have to do once it has them. Both answer the seconds.

const SERVICES = 100_000;
const CLUSTERS = 20;
const LOG_ID = 'bench';
const GROUP = 'journal';

const clusters = Array.from({ length: CLUSTERS }, (_, at) => `c${at}`);
const lifeOf = (cluster: string) => ({ group: GROUP, topic: journalTopic(cluster), logId: LOG_ID });

async function foldLists(cluster: string, records: readonly JournalRecord[]) {
  const folds = JOURNAL_FOLDS.map((create): LiveFold => ({ fold: create(cluster), memory: new FoldMemory() }));
  for (const { fold, memory } of folds) fold.restore?.(memory);
  const { signal } = new AbortController();
  const life = lifeOf(cluster);
  const batch = await foldBatch({ life, cluster, records, folds, sequence: noSequence, gap: '', signal });
  if (batch.deadLetters.length > 0) throw new Error(`dead letters: ${batch.deadLetters[0]?.message}`);
  return { folds, sequence: batch.sequence };
}

async function save(store: Store, cluster: string, folds: readonly LiveFold[], end: number, sequence: Sequence) {
  const changes = new Map(folds.map(({ fold, memory }) => [fold.name, memory.takeChanges()]));
  const position = { ...startPosition(0), offset: end - 1, sequence };
  await saveState(store, lifeOf(cluster), { first: 0, position, changes });
}

/** How many services the folds know, of which all are up. */
function countServices(folds: readonly LiveFold[]): number {
  const outages = folds.find(({ fold }) => fold.name === 'outages');
  const services = [...(outages?.memory.entries<{ row: { state: string } }>('service/') ?? [])];
  return services.filter(([, { row }]) => row.state === 'up').length;
}

function partitionOf(cluster: string): JournalPartition {
  const end = listCluster(0).length + (SERVICES / CLUSTERS) * 6;
  return {
    topic: journalTopic(cluster),
    logId: LOG_ID,
    signal: new AbortController().signal,
    bounds: async () => ({ first: 0, next: end }),
    read: async () => [],
    saved: async () => undefined,
  };
}

async function openStore(path: string): Promise<Store> {
  const store = createStore({ target: { path }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: fileURLToPath(new URL('../../schemas/clickhouse', import.meta.url)) }, silentLogger);
  return store;
}

const ways: Readonly<Record<string, (path: string) => Promise<number>>> = {
  async write(path) {
    const store = await openStore(path);
    let services = 0;
    for (const cluster of clusters) {
      const records = listCluster(SERVICES / CLUSTERS);
      const { folds, sequence } = await foldLists(cluster, records);
      services += countServices(folds);
      await save(store, cluster, folds, records.length, sequence);
    }
    check(services);
    const [found] = await store.query<{ rows: number; bytes: number }>(
      'SELECT count() AS rows, sum(length(state)) AS bytes FROM fold_state',
    );
    console.error(`${found?.rows} values of state, ${Math.round((found?.bytes ?? 0) / 1e6)} MB`);
    await store.close();
    return found?.rows ?? 0;
  },
  async restore(path) {
    const store = await openStore(path);
    const deps = { store, clock: realClock, group: GROUP, folds: JOURNAL_FOLDS };
    const begin = performance.now();
    // All at once, as a processor opens the journals that it finds.
    const open = await Promise.all(clusters.map((cluster) => openAssignment(deps, partitionOf(cluster), cluster)));
    const services = open.reduce((sum, { folds }) => sum + countServices(folds), 0);
    const seconds = (performance.now() - begin) / 1000;
    check(services);
    return seconds;
  },
  async lists() {
    let [services, ms] = [0, 0];
    for (const cluster of clusters) {
      const records = listCluster(SERVICES / CLUSTERS);
      const begin = performance.now();
      services += countServices((await foldLists(cluster, records)).folds);
      ms += performance.now() - begin;
    }
    check(services);
    return ms / 1000;
  },
};

function check(services: number): void {
  if (services !== SERVICES) throw new Error(`${services} services are up of ${SERVICES}`);
}

const [how = '', path = ''] = process.argv.slice(2);
const way = ways[how];
if (!way) throw new Error(`no such turn: ${how}`);
const figure = await way(path);
const [all, own] = [process.cpuUsage(), process.threadCpuUsage()].map(({ user, system }) => (user + system) / 1e6);
console.error(`${how}: CPU ${own?.toFixed(1)} s of the main thread, ${all?.toFixed(1)} s of all`);
finish(figure);
