import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import { migrate } from '../../../platform/store/migrate.ts';
import type { Store } from '../../../platform/store/store.ts';
import { createJournalReader, JOURNAL_KEYS_SQL } from './journal-pods.ts';

const NOW = Date.UTC(2026, 10, 22, 9);
const HOUR_MS = 3_600_000;
const DAYS = 240;
const PODS_A_DAY = 400;

let dir: string;
let store: Store;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-pods-'));
  store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: join(import.meta.dirname, '../../../schemas/clickhouse') }, silentLogger);
  // Pods of Jobs that run for ten minutes, one after the other, and one that has been there all the time. Each is first told of
  // without its end; by now the engine has replaced those rows.
  await store.command(
    `INSERT INTO pod_resources_versions
      (id, cluster, namespace, pod, workload_kind, workload, node, started_at, ended_at, observed_at, cpu_request_cores, version)
    SELECT concat('j', toString(number)), 'busy', 'jobs', concat('job-', leftPad(toString(number), 9, '0')), 'CronJob', 'job', 'n1',
      began, if(number = 0, NULL, began + INTERVAL 10 MINUTE), began, 0.5, 2
    FROM (
      SELECT number, fromUnixTimestamp64Milli(toInt64({now:Int64} - intDiv((${DAYS * PODS_A_DAY} - number) * 86400000, ${PODS_A_DAY})), 'UTC') AS began
      FROM numbers(${DAYS * PODS_A_DAY}))`,
    { now: NOW },
  );
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const range = { fromMs: NOW - HOUR_MS, toMs: NOW };

test('the pods of a range are found, one that began long before it among them', async () => {
  const pods = await createJournalReader(store, 'busy').pods(range);
  const naive = await store.query<{ pod: string }>(
    `SELECT pod FROM pod_resources WHERE cluster = 'busy' AND toUnixTimestamp64Milli(started_at) < {to:Int64}
      AND ifNull(toUnixTimestamp64Milli(ended_at), {to:Int64}) > {from:Int64} ORDER BY pod`,
    { from: range.fromMs, to: range.toMs },
  );
  expect(naive.length).toBeGreaterThan(10);
  expect(naive.length).toBeLessThan(30);
  expect(pods.spans.map(({ pod }) => pod).toSorted()).toEqual(naive.map(({ pod }) => pod));
  expect(pods.spans.some(({ pod, toMs }) => pod === 'job-000000000' && toMs === null)).toBe(true);
});

test('what was told without its end and ended since is not there any more', async () => {
  const row = (id: string, version: number, ended: string) =>
    store.command(
      `INSERT INTO pod_resources_versions
        (id, cluster, namespace, pod, workload_kind, workload, node, started_at, ended_at, observed_at, version)
      SELECT '${id}', 'two', 'n', 'p', 'Pod', 'p', 'n1', toDateTime64('2026-11-22 06:00:00', 3, 'UTC'), ${ended},
        toDateTime64('2026-11-22 06:00:00', 3, 'UTC'), ${version}`,
    );
  await row('gone', 1, 'NULL');
  await row('gone', 2, "toDateTime64('2026-11-22 07:00:00', 3, 'UTC')");
  const reader = createJournalReader(store, 'two');
  expect((await reader.pods(range)).spans).toEqual([]);
  expect((await reader.pods({ fromMs: NOW - 4 * HOUR_MS, toMs: NOW })).spans).toHaveLength(1);
});

test('spans that were over long before are passed over unread', async () => {
  const plan = await store.query<{ explain: string }>(`EXPLAIN indexes = 1 ${JOURNAL_KEYS_SQL}`, {
    cluster: 'busy',
    from: range.fromMs,
    to: range.toMs,
  });
  const text = plan.map(({ explain }) => explain.trim()).join('\n');
  const [, read, all] = /Name: by_end[\s\S]*?Granules: (\d+)\/(\d+)/.exec(text)!.map(Number);
  expect(all).toBeGreaterThan(10);
  // The newest, and that of the pod which has been there all the time.
  expect(read).toBeLessThanOrEqual(3);
});

test('since when it has been recording is asked once', async () => {
  const asked: string[] = [];
  const counting: Store = {
    ...store,
    query: (sql, ...more) => {
      asked.push(sql);
      return store.query(sql, ...more);
    },
  };
  const reader = createJournalReader(counting, 'busy');
  const knowsAt = async (fromMs: number) => (await reader.pods({ fromMs, toMs: fromMs + 1 })).knows;
  expect(await knowsAt(NOW - 400 * 24 * HOUR_MS)).toBe(false);
  expect(await knowsAt(NOW - HOUR_MS)).toBe(true);
  const before = asked.length;
  expect([await knowsAt(NOW - HOUR_MS), await knowsAt(NOW)]).toEqual([true, true]);
  expect(asked.length - before).toBe(2);
  expect(await knowsAt(NOW - 2 * HOUR_MS)).toBe(true);
  expect((await createJournalReader(store, 'nobody').pods(range)).knows).toBe(false);
});
