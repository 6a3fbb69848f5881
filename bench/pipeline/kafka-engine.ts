import { literal } from '../../platform/store/sql.ts';
import { journalTable, JournalRow } from '../../schemas/journal.ts';
import { CLUSTER, TOPIC } from './journal.ts';
import { openStore, shared, type Place } from './parts.ts';

// ClickHouse's own consumer, in the same embedded engine: how far the way through JavaScript lies from what the store can do
// by itself. It reads, cuts the entry's fields out of the JSON and keeps them; like the bare reader it folds nothing.

const POLL_MS = 20;

const FROM_ENTRY: Readonly<Record<string, string>> = {
  cluster: literal(CLUSTER),
  log_id: literal('engine'),
  offset: '_offset',
  observed_at: "parseDateTime64BestEffort(JSONExtractString(message, 'observed_at'), 3, 'UTC')",
  epoch: "JSONExtractUInt(message, 'epoch')",
  seq: "JSONExtractUInt(message, 'seq')",
  object: "JSONExtractRaw(message, 'object')",
};

const tablesOf = ({ brokers }: Place): string[] => {
  const settings = {
    kafka_broker_list: brokers.join(),
    kafka_topic_list: TOPIC,
    kafka_group_name: `engine-${process.pid}`,
    kafka_format: 'JSONAsString',
    kafka_num_consumers: 1,
    kafka_max_block_size: 20_000,
    kafka_poll_max_batch_size: 20_000,
    kafka_flush_interval_ms: 500,
  };
  const set = Object.entries(settings).map(([name, value]) => `${name} = ${literal(String(value))}`);
  const columns = Object.keys(JournalRow.properties).map(
    (name) => `${FROM_ENTRY[name] ?? `JSONExtractString(message, ${literal(name)})`} AS ${name}`,
  );
  return [
    `CREATE TABLE queue (message String) ENGINE = Kafka SETTINGS ${set.join(', ')}`,
    `CREATE MATERIALIZED VIEW queue_rows TO ${journalTable.name} AS SELECT ${columns.join(', ')} FROM queue`,
  ];
};

/**
 * Keeps a whole journal; answers the seconds that it would take at the rate from the first block to the last row: the time
 * to join the group, which is librdkafka's, is not its rate.
 */
export async function keepByEngine(place: Place): Promise<number> {
  const store = await openStore(place);
  for (const sql of tablesOf(place)) await store.command(sql);
  const count = async () => {
    const [found] = await store.query<{ rows: number }>(`SELECT count() AS rows FROM ${journalTable.name}`);
    return found?.rows ?? 0;
  };
  let first: { rows: number; at: number } | undefined;
  for (let rows = 0; rows < place.entries;) {
    await shared.clock.sleep(POLL_MS);
    rows = await count();
    if (rows > 0) first ??= { rows, at: performance.now() };
  }
  if (!first || first.rows >= place.entries) throw new Error('the journal came in one block: there is no rate');
  const seconds = (performance.now() - first.at) / 1000;
  for (const table of ['queue_rows', 'queue']) await store.command(`DROP TABLE ${table}`);
  await store.close();
  return (seconds * place.entries) / (place.entries - first.rows);
}
