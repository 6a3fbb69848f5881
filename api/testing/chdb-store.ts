import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createStore } from '../../platform/store/create-store.ts';
import { migrate } from '../../platform/store/migrate.ts';
import type { Store } from '../../platform/store/store.ts';

const MIGRATIONS = fileURLToPath(new URL('../../schemas/clickhouse', import.meta.url));

/** The embedded engine with every table, in a folder of its own. */
export async function chdbStore(): Promise<{ store: Store; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-api-'));
  const store = createStore({ target: { path }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: MIGRATIONS }, silentLogger);
  const remove = async () => {
    await store.close();
    await rm(path, { recursive: true, force: true });
  };
  return { store, remove };
}
