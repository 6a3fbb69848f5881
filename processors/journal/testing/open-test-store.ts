import { join } from 'node:path';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import { migrate } from '../../../platform/store/migrate.ts';
import type { Store } from '../../../platform/store/store.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'schemas', 'clickhouse');

/** The embedded engine in `path`, with its tables. */
export async function openTestStore(path: string): Promise<Store> {
  const store = createStore({ target: { path }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: MIGRATIONS }, silentLogger);
  return store;
}
