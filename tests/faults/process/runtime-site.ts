import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { startKafka, type TestKafka } from '../../../deploy/testkafka/test-kafka.ts';
import { until } from '../../../deploy/testkube/test-kube.ts';
import type { JournalReader, JournalReaderOptions } from '../../../platform/bus/journal.ts';
import { createKafkaBus, type KafkaBus } from '../../../platform/bus/kafka-bus.ts';
import { realClock } from '../../../platform/clock.ts';
import { silentLogger, type Logger } from '../../../platform/log.ts';
import { createMetrics, type Metrics } from '../../../platform/metrics.ts';
import type { Store } from '../../../platform/store/store.ts';
import { createArchiveFold } from '../../../processors/journal/archive.ts';
import { createJournalProcessor, type JournalProcessor } from '../../../processors/journal/runtime.ts';
import { createCountFold } from '../../../processors/journal/testing/count-fold.ts';
import { openTestStore } from '../../../processors/journal/testing/open-test-store.ts';
import { entryOf } from '../../../processors/journal/testing/fake-journal.ts';
import type { Entry } from '../../../schemas/entry.ts';

export interface Reader {
  readonly processor: JournalProcessor;
  readonly bus: KafkaBus;
  readonly metrics: Metrics;
  /** Rejects with what stopped it. */
  readonly done: Promise<void>;
}

export interface ReaderOptions {
  readonly topics: readonly string[];
  readonly store?: Store;
  readonly log?: Logger;
  /** Puts something between the runtime and its reader of the journal. */
  readonly wrap?: (reader: JournalReader) => JournalReader;
}

export type Admin = ReturnType<Kafka['admin']>;

/** The real runtime in this process, on a real broker and the embedded engine. */
export interface RuntimeSite {
  readonly kafka: TestKafka;
  readonly store: Store;
  /** A processor of its own: another member of the same groups. */
  start(options: ReaderOptions): Reader;
  publish(topic: string, entries: readonly Entry[]): Promise<void>;
  /** Throws what the broker answers. */
  admin<T>(body: (admin: Admin) => Promise<T>): Promise<T>;
  /** Ends what `start` started. */
  endReaders(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a broker and opens a store in a folder of their own; no reader yet. */
export async function openRuntimeSite(): Promise<RuntimeSite> {
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-runtime-'));
  const kafka = await startKafka();
  const store = await openTestStore(join(dir, 'store'));
  const readers: Reader[] = [];
  const busOf = (clientId: string, log: Logger, metrics: Metrics) =>
    createKafkaBus({ brokers: kafka.brokers, clientId, clock: realClock, log, metrics });
  const own = busOf('writer', silentLogger, createMetrics());
  const publisher = await own.publisher();

  const start = (options: ReaderOptions): Reader => {
    const { topics, log = silentLogger, wrap = (reader) => reader } = options;
    const metrics = createMetrics();
    const bus = busOf(`reader-${readers.length}`, log, metrics);
    const reader = ({ group }: JournalReaderOptions) =>
      wrap(bus.reader({ group, accepts: (topic) => topics.includes(topic) }));
    const processor = createJournalProcessor({
      group: 'journal',
      version: 1,
      folds: [createArchiveFold, createCountFold],
      reader,
      store: options.store ?? store,
      publisher,
      clock: realClock,
      log,
      metrics,
      options: { intervalMs: 100 },
    });
    const done = processor.run();
    done.catch(() => undefined);
    const started = { processor, bus, metrics, done };
    readers.push(started);
    return started;
  };
  const endReaders = async () => {
    for (const { processor, bus } of readers.splice(0)) {
      await processor.close();
      await bus.close();
    }
  };
  return {
    kafka,
    store,
    start,
    endReaders,
    publish: (topic, entries) =>
      publisher.publish(
        topic,
        entries.map((entry) => ({ key: '', value: JSON.stringify(entry) })),
      ),
    admin: async (body) => {
      const made = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
      await made.connect();
      try {
        return await body(made);
      } finally {
        await made.disconnect();
      }
    },
    close: async () => {
      await endReaders();
      await own.close();
      await store.close();
      await kafka.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Entries numbered first to last, one a second. */
export const entriesOf = (first: number, last: number): Entry[] =>
  Array.from({ length: last - first + 1 }, (_, index) => entryOf(first + index));

export interface Whole {
  readonly rows: number;
  readonly entries: number;
  /** What the fold counted: wrong as soon as an entry is folded twice or not at all. */
  readonly counted: number;
}

/** What the store holds of a cluster's numbered entries. */
export async function wholeOf(store: Store, cluster: string): Promise<Whole> {
  const [journal] = await store.query<{ rows: number; entries: number }>(
    'SELECT count() AS rows, uniqExact(epoch, seq) AS entries FROM journal WHERE cluster = {cluster:String}',
    { cluster },
  );
  const [counts] = await store.query<{ counted: number }>(
    "SELECT sum(vanished) AS counted FROM coverage WHERE cluster = {cluster:String} AND kind LIKE 'count/%'",
    { cluster },
  );
  return { rows: journal?.rows ?? 0, entries: journal?.entries ?? 0, counted: counts?.counted ?? 0 };
}

export const wholeIs = (store: Store, cluster: string, count: number): Promise<unknown> =>
  until(`${count} entries of ${cluster} in the store`, async () => (await wholeOf(store, cluster)).rows >= count);

export const gapsOf = (store: Store, cluster: string): Promise<{ reason: string; from: string; to: string }[]> =>
  store.query(
    'SELECT reason, `from`, `to` FROM coverage ' +
      "WHERE cluster = {cluster:String} AND state = 'gap' AND kind = 'journal' ORDER BY `from`",
    { cluster },
  );
