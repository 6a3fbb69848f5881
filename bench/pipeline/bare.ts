import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { Kafka, logLevel } from 'kafkajs';
import type { JournalRecord } from '../../platform/bus/journal.ts';
import { createEngineConnection } from '../../platform/store/engine-connection.ts';
import { createEngine } from '../../platform/store/engine.ts';
import type { Entry } from '../../schemas/entry.ts';
import { journalTable, type JournalRow } from '../../schemas/journal.ts';
import { CLUSTER, TOPIC } from './journal.ts';
import { openBus, openStore, type Place } from './parts.ts';

// The least that keeps a journal: read it, JSON.parse, and one insert a batch into the one table, as rows of JSON by the
// usual client. No folds, no checks, no position, no deduplication. In batches as large as ours.

const BATCH = { maxRecords: 20_000, maxBytes: 32 * 1024 * 1024, waitMs: 1_000 };

type Insert = (records: readonly Pick<JournalRecord, 'offset' | 'value'>[]) => Promise<void>;

function rowOf({ offset, value }: Pick<JournalRecord, 'offset' | 'value'>): JournalRow {
  const { v: _v, object, ...entry } = JSON.parse(value) as Entry;
  return { ...entry, cluster: CLUSTER, log_id: 'bare', offset, object: JSON.stringify(object) };
}

const insertInto =
  (client: ClickHouseClient): Insert =>
  async (records) => {
    await client.insert({ table: journalTable.name, values: records.map(rowOf), format: 'JSONEachRow' });
  };

async function readLocal(place: Place, insert: Insert): Promise<void> {
  const bus = openBus(place);
  const reader = bus.reader({ group: 'bare', accepts: (topic) => topic === TOPIC });
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const running = reader.run(async (partition) => {
    try {
      for (let next = 0; next < place.entries;) {
        const page = await partition.read(next, BATCH);
        await insert(page);
        next = (page.at(-1)?.offset ?? next - 1) + 1;
      }
      resolve();
    } catch (error) {
      reject(error);
    }
  });
  await done;
  await reader.close();
  await running;
  await bus.close();
}

/** kafkajs as it is meant to be used for throughput: whole fetches as large as our batches, handed over batch by batch. */
async function readKafka(place: Place, insert: Insert): Promise<void> {
  const kafka = new Kafka({ brokers: [...place.brokers], clientId: 'bare', logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId: `bare-${process.pid}`,
    minBytes: BATCH.maxBytes / 4,
    maxBytes: BATCH.maxBytes,
    maxBytesPerPartition: BATCH.maxBytes,
    maxWaitTimeInMs: 100,
  });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  await consumer.run({
    eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
      try {
        await insert(
          batch.messages.map(({ offset, value }) => ({ offset: Number(offset), value: value?.toString() ?? '' })),
        );
      } catch (error) {
        reject(error);
        throw error;
      }
      resolveOffset(batch.lastOffset());
      await heartbeat();
      if (Number(batch.lastOffset()) >= place.entries - 1) resolve();
    },
  });
  await done;
  await consumer.disconnect();
}

/** Keeps a whole journal; answers the seconds. */
export async function keepBare(place: Place): Promise<number> {
  await (await openStore(place)).close();
  const engine = createEngine({ path: place.store });
  const client = createClient({ connection: createEngineConnection(engine), log: { level: 127 } });
  const begin = performance.now();
  await (place.brokers.length > 0 ? readKafka : readLocal)(place, insertInto(client));
  const seconds = (performance.now() - begin) / 1000;
  await client.close();
  await engine.close();
  return seconds;
}
