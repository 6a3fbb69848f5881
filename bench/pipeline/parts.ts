import { fileURLToPath } from 'node:url';
import { createKafkaBus } from '../../platform/bus/kafka-bus.ts';
import { createLocalBus } from '../../platform/bus/local-bus.ts';
import type { Bus } from '../../platform/bus/journal.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createStore } from '../../platform/store/create-store.ts';
import { migrate } from '../../platform/store/migrate.ts';
import type { Store } from '../../platform/store/store.ts';

// What every turn is put together from.

const MIGRATIONS = fileURLToPath(new URL('../../schemas/clickhouse', import.meta.url));

export const shared = { clock: realClock, log: silentLogger, metrics: createMetrics() };

/** Where a turn reads and writes. `brokers` is empty where the journal is the local log. */
export interface Place {
  readonly journal: string;
  readonly store: string;
  readonly brokers: readonly string[];
  readonly entries: number;
}

export const openBus = ({ journal, brokers }: Place): Bus =>
  brokers.length > 0
    ? createKafkaBus({ ...shared, brokers: [...brokers], clientId: 'bench' })
    : createLocalBus({ ...shared, dir: journal });

/** The store, with its tables. */
export async function openStore({ store: path }: Place): Promise<Store> {
  const store = createStore({ ...shared, target: { path } });
  await migrate(store, { dir: MIGRATIONS }, silentLogger);
  return store;
}

/** Throws unless the table `journal` holds every entry once. */
export async function checkKept(place: Place): Promise<void> {
  const store = await openStore(place);
  const [found] = await store.query<{ rows: number; offsets: number }>(
    'SELECT count() AS rows, uniqExact(offset) AS offsets FROM journal',
  );
  await store.close();
  if (found?.rows !== place.entries || found.offsets !== place.entries) {
    throw new Error(`${found?.rows} rows of ${found?.offsets} entries were kept of ${place.entries}`);
  }
}
