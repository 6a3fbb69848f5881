import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLocalBus } from '../../platform/bus/local-bus.ts';
import type { Bus, JournalPartition } from '../../platform/bus/journal.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createStore } from '../../platform/store/create-store.ts';
import { migrate } from '../../platform/store/migrate.ts';
import type { Store } from '../../platform/store/store.ts';
import { ARCHIVE_GROUP, ARCHIVE_VERSION, createArchiveFold } from '../../processors/journal/archive.ts';
import { createCoverageFold } from '../../processors/journal/coverage.ts';
import { createExceptionsFold } from '../../processors/journal/exceptions/fold.ts';
import { exceptionOptions } from '../../processors/journal/exceptions/options.ts';
import type { CreateFold } from '../../processors/journal/fold.ts';
import { createJournalProcessor } from '../../processors/journal/runtime.ts';
import type { Entry } from '../../schemas/entry.ts';
import { journalTable, type JournalRow } from '../../schemas/journal.ts';
import { finish } from '../turn.ts';
import { CLUSTER } from './journal.ts';

// One turn: takes the whole journal of a folder into a fresh store, in one of two ways, and answers entries a second.

const MIGRATIONS = fileURLToPath(new URL('../../schemas/clickhouse', import.meta.url));
const BATCH = { maxRecords: 20_000, maxBytes: 32 * 1024 * 1024, waitMs: 1_000 };
const POLL_MS = 5;

const parts = { clock: realClock, log: silentLogger, metrics: createMetrics() };

/** The first (and only) partition, for as long as `work` takes. */
async function withJournal<T>(bus: Bus, work: (partition: JournalPartition) => Promise<T>): Promise<T> {
  const reader = bus.reader({ group: 'bench', accepts: () => true });
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const running = reader.run((partition) => work(partition).then(resolve, reject));
  const result = await promise;
  await reader.close();
  await running;
  return result;
}

/** As the engine runs them: the exceptions and the coverage in one group, the archive in its own. */
async function folds(bus: Bus, store: Store, last: number): Promise<void> {
  const publisher = await bus.publisher();
  const start = (group: string, version: number, own: readonly CreateFold[]) =>
    createJournalProcessor({
      ...parts,
      group,
      version,
      folds: own,
      store,
      publisher,
      reader: (options) => bus.reader(options),
    });
  const processors = [
    start('journal', 1, [createExceptionsFold(exceptionOptions()), createCoverageFold]),
    start(ARCHIVE_GROUP, ARCHIVE_VERSION, [createArchiveFold]),
  ];
  const failed = Promise.all(processors.map((processor) => processor.run()));
  const done = ({ status }: (typeof processors)[number]) => status().some(({ progress }) => progress.position >= last);
  while (!processors.every(done)) await Promise.race([realClock.sleep(POLL_MS), failed]);
}

async function bare(bus: Bus, store: Store, last: number): Promise<void> {
  await withJournal(bus, async (partition) => {
    for (let next = 0; next <= last;) {
      const page = await partition.read(next, BATCH);
      const rows = page.map(({ offset, value }): JournalRow => {
        const { v: _v, object, ...entry } = JSON.parse(value) as Entry;
        return { ...entry, cluster: CLUSTER, log_id: partition.logId, offset, object: JSON.stringify(object) };
      });
      await store.insert(journalTable, rows, { token: `bare:${next}` });
      next = page[page.length - 1]!.offset + 1;
    }
  });
}

const [how = '', dir = ''] = process.argv.slice(2);
const ways: Record<string, (bus: Bus, store: Store, last: number) => Promise<void>> = { folds, bare };
const way = ways[how];
if (!way) throw new Error(`no such reader: ${how}`);
const store = createStore({ ...parts, target: { path: join(dir, 'store') } });
await migrate(store, { dir: MIGRATIONS }, silentLogger);
const bus = createLocalBus({ ...parts, dir: join(dir, 'journal') });
const { first, next } = await withJournal(bus, (partition) => partition.bounds());
const begin = performance.now();
await way(bus, store, next - 1);
const seconds = (performance.now() - begin) / 1000;
const [{ kept } = { kept: 0 }] = await store.query<{ kept: number }>('SELECT count() AS kept FROM journal');
if (kept !== next - first) throw new Error(`${kept} of ${next - first} entries were kept`);
finish((next - first) / seconds);
