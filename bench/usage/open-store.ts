import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createStore, type StoreTarget } from '../../platform/store/create-store.ts';
import { migrate } from '../../platform/store/migrate.ts';
import type { Store } from '../../platform/store/store.ts';

/** A store with all tables. */
export async function openBenchStore(target: StoreTarget): Promise<Store> {
  const limits = { queryTimeoutMs: 600_000, insertTimeoutMs: 600_000 };
  const store = createStore({ target, log: silentLogger, metrics: createMetrics(), limits });
  await migrate(store, { dir: fileURLToPath(new URL('../../schemas/clickhouse', import.meta.url)) }, silentLogger);
  return store;
}
