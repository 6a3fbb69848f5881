import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { createStore } from '../platform/store/create-store.ts';
import { migrate } from '../platform/store/migrate.ts';
import type { Store } from '../platform/store/store.ts';
import type { ColumnAnnotation } from './column.ts';
import { TABLES } from './tables.ts';

let dir: string;
let store: Store;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tables-'));
  store = createStore({ target: { path: dir }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: join(import.meta.dirname, 'clickhouse') }, silentLogger);
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

test.each(TABLES.map((table) => [table.name, table] as const))(
  '%s has the columns of its schema',
  async (name, table) => {
    const columns = await store.query(
      'SELECT name, type, comment FROM system.columns WHERE database = currentDatabase() AND table = {name:String} ORDER BY position',
      { name },
    );
    const { properties } = table.row as unknown as { properties: Record<string, ColumnAnnotation> };
    expect(columns).toEqual(
      Object.entries(properties).map(([key, field]) => ({
        name: key,
        type: field.clickhouse,
        comment: field.description,
      })),
    );
  },
);

test('every table the migrations make is known here', async () => {
  const rows = await store.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name",
  );
  const known = [...TABLES.map((table) => table.name), 'schema_migrations'].sort();
  expect(rows.map((row) => row.name)).toEqual(known);
});
