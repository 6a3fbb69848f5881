import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import { migrate } from '../../../platform/store/migrate.ts';
import type { Store } from '../../../platform/store/store.ts';
import { MEASURE_NAMES, podUsageTable, type PodUsageRow } from '../../../schemas/usage.ts';
import { buryUnused, rollUpDay, rollUpHour, rollUpHours } from './index.ts';
import { recountGroups, recountPods } from './testing/recount.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const from = Date.UTC(2026, 10, 22, 20);
const to = Date.UTC(2026, 10, 23, 3);
const days = [Date.UTC(2026, 10, 22), Date.UTC(2026, 10, 23)];

let dir: string;
let store: Store;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'roll-ups-'));
  store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: join(import.meta.dirname, '../../../schemas/clickhouse') }, silentLogger);
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PODS = [
  ...['a', 'b', 'c'].map((pod) => ['shop', pod, 'Deployment', 'cart', 'checkout']),
  ['shop', 'd', 'Deployment', 'web', 'front'],
  ['shop', 'e', 'StatefulSet', 'cart', ''],
  ['pay', 'a', 'Deployment', 'cart', 'checkout'],
  ['pay', 'lone', '', '', ''],
  ['pay', 'strange', 'Job', '', 'front'],
] as const;

/** A row of each pod at random instants. Values are such that sums are exact in any order. */
function randomRows(cluster: string, version: number, share: number, next: () => number): PodUsageRow[] {
  const rows: PodUsageRow[] = [];
  for (let at = from; at < to; at += 30_000) {
    for (const [namespace, pod, workload_kind, workload, team] of PODS) {
      if (next() > share) continue;
      const node = ['', 'n1', 'n2'][Math.floor(next() * 3)]!;
      const never = pod === 'd' ? 1 : 0;
      const values = MEASURE_NAMES.map((name) => {
        const known = next() > 0.4 && !(never && name === 'cpu_cores');
        const value = next() < 0.1 ? 0 : Math.floor(next() * 2 ** 20) / 1024;
        return [name, known ? (name.endsWith('bytes') ? value * 2 ** 20 : value) : null];
      });
      const owner = { cluster, namespace, pod, workload_kind, workload, node, team, environment: node && 'live' };
      rows.push({
        ...owner,
        at: new Date(at).toISOString(),
        ...(Object.fromEntries(values) as Pick<PodUsageRow, (typeof MEASURE_NAMES)[number]>),
        version,
        deleted: 0,
      });
    }
  }
  return rows;
}

const newest = (rows: readonly PodUsageRow[]): PodUsageRow[] => {
  const found = new Map(rows.map((row) => [JSON.stringify([row.namespace, row.pod, row.at]), row]));
  return [...found.values()];
};

const byText = (rows: readonly object[]): object[] => rows.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
const sortKey = (row: object): string => {
  const { by, namespace, workload_kind, name, pod, at } = row as Record<string, unknown>;
  return JSON.stringify(name === undefined ? [namespace, pod, at] : [by, namespace, workload_kind, name, at]);
};
const read = async (view: string, cluster: string) =>
  byText(await store.query<object>(`SELECT * FROM ${view} WHERE cluster = {cluster:String}`, { cluster }));

describe('roll-ups are what a recount says', () => {
  const next = random(7);
  const first = randomRows('main', 1, 0.8, next);
  const corrected = randomRows('main', 2, 0.3, next).filter(({ at }) => Date.parse(at) >= from + 5 * HOUR_MS);
  const rows = newest([...first, ...corrected]);

  beforeAll(async () => {
    await store.insert(podUsageTable, first, { token: 'first' });
    await store.insert(podUsageTable, randomRows('other', 9, 0.5, next), { token: 'other' });
  });

  test('of hours', async () => {
    await rollUpHours(store, { cluster: 'main', fromMs: from, toMs: to, version: 1 });
    expect(await read('pod_usage_1h', 'main')).toEqual(byText(recountPods(first, HOUR_MS, 1)));
    expect(await read('group_usage_1h', 'main')).toEqual(byText(recountGroups(first, HOUR_MS, 1)));
    expect(await read('pod_usage_1h', 'other')).toEqual([]);
  });

  test('of days', async () => {
    for (const dayMs of days) await rollUpDay(store, { cluster: 'main', dayMs, version: 1 });
    expect(await read('pod_usage_1d', 'main')).toEqual(byText(recountPods(first, DAY_MS, 1)));
    expect(await read('group_usage_1d', 'main')).toEqual(byText(recountGroups(first, DAY_MS, 1)));
  });

  test('of an hour whose rows were replaced', async () => {
    await store.insert(podUsageTable, corrected, { token: 'corrected' });
    for (const hourMs of [from + 5 * HOUR_MS, from + 6 * HOUR_MS]) {
      await rollUpHour(store, { cluster: 'main', hourMs, version: 2 });
      await rollUpHour(store, { cluster: 'main', hourMs, version: 2 });
    }
    const of = (hours: typeof recountPods) =>
      byText(
        hours(rows, HOUR_MS, 1).map((row) => ({
          ...row,
          version: Date.parse(String(row['at'])) >= from + 5 * HOUR_MS ? 2 : 1,
        })),
      );
    expect(await read('pod_usage_1h', 'main')).toEqual(of(recountPods));
    expect(await read('group_usage_1h', 'main')).toEqual(of(recountGroups));
    await rollUpDay(store, { cluster: 'main', dayMs: days[1]!, version: 2 });
    const today = rows.filter(({ at }) => Date.parse(at) >= days[1]!);
    const isToday = (row: object) => Reflect.get(row, 'version') === 2;
    expect((await read('pod_usage_1d', 'main')).filter(isToday)).toEqual(byText(recountPods(today, DAY_MS, 2)));
    expect((await read('group_usage_1d', 'main')).filter(isToday)).toEqual(byText(recountGroups(today, DAY_MS, 2)));
  });

  test('a repeat writes nothing, and an older version replaces nothing', async () => {
    const parts = () =>
      store.queryAfterWrite(
        "SELECT table, max(max_block_number) AS last FROM system.parts WHERE table LIKE '%usage_1%' AND active GROUP BY table ORDER BY table",
      );
    const before = [await parts(), await read('pod_usage_1h', 'main')];
    await rollUpHours(store, { cluster: 'main', fromMs: from, toMs: to, version: 1 });
    for (const dayMs of days) await rollUpDay(store, { cluster: 'main', dayMs, version: 1 });
    expect([await parts(), await read('pod_usage_1h', 'main')]).toEqual(before);
    const versions = async () =>
      store.queryAfterWrite(
        "SELECT version, count() AS rows FROM group_usage_1h WHERE cluster = 'main' GROUP BY version ORDER BY version",
      );
    const replaced = await versions();
    await rollUpHour(store, { cluster: 'main', hourMs: from + 5 * HOUR_MS, version: 0 });
    expect(await versions()).toEqual(replaced);
  });
});

test('what a later import has no more is gone, but for what was used', async () => {
  const owner = { namespace: 'a', workload_kind: '', workload: '', node: '', team: '', environment: '' };
  const nothing = Object.fromEntries(MEASURE_NAMES.map((name) => [name, null]));
  const row = (pod: string, at: number, cpu: number | null, version: number) =>
    ({
      cluster: 'gone',
      pod,
      ...owner,
      ...nothing,
      cpu_request_cores: 1,
      cpu_cores: cpu,
      version,
      deleted: 0,
      at: new Date(from + at * 30_000).toISOString(),
    }) as PodUsageRow;
  const of = { cluster: 'gone', fromMs: from, toMs: from + HOUR_MS };
  const rowsOf = async (view: string) =>
    (
      await store.queryAfterWrite<{ pod: string; n: string }>(
        `SELECT pod, toUInt32(count()) AS n FROM ${view} WHERE cluster = 'gone' GROUP BY pod ORDER BY pod`,
      )
    ).map(({ pod, n }) => `${pod} ${n}`);

  // Of `over` only the journal told, which did not know its end; `forgotten` was measured, and the server has it no more.
  const first = ['over', 'forgotten', 'stays'].flatMap((pod) =>
    [0, 1].map((at) => row(pod, at, pod === 'over' ? null : 2, 1)),
  );
  await store.insert(podUsageTable, [...first, row('over', 120, null, 1)], { token: 'gone 1' });
  await rollUpHours(store, { ...of, version: 1 });
  expect(await rowsOf('pod_usage_1h')).toEqual(['forgotten 1', 'over 1', 'stays 1']);

  await store.insert(podUsageTable, [row('stays', 0, 2, 2), row('stays', 1, 2, 2)], { token: 'gone 2' });
  await buryUnused(store, { ...of, version: 2 });
  await rollUpHours(store, { ...of, version: 2 });
  expect(await rowsOf('pod_usage')).toEqual(['forgotten 2', 'over 1', 'stays 2']);
  expect(await rowsOf('pod_usage_1h')).toEqual(['forgotten 1', 'stays 1']);
  const groups = await store.queryAfterWrite<{ by: string; name: string }>(
    "SELECT by, name FROM group_usage_1h WHERE cluster = 'gone' AND by IN ('workload', 'team') ORDER BY by, name",
  );
  expect(groups.map(({ by, name }) => `${by} ${name}`)).toEqual(['team ', 'workload forgotten', 'workload stays']);

  // Found again, it is there again.
  await store.insert(podUsageTable, [row('over', 0, 1, 3)], { token: 'gone 3' });
  await rollUpHours(store, { ...of, version: 3 });
  expect(await rowsOf('pod_usage_1h')).toEqual(['forgotten 1', 'over 1', 'stays 1']);
});

test('bounds within an hour or a day are refused', async () => {
  const of = { cluster: 'main', version: 1 };
  await expect(rollUpHours(store, { ...of, fromMs: from + 1, toMs: to })).rejects.toMatchObject({ code: 'internal' });
  await expect(rollUpHour(store, { ...of, hourMs: from + 30_000 })).rejects.toMatchObject({ code: 'internal' });
  await expect(rollUpDay(store, { ...of, dayMs: from })).rejects.toMatchObject({ code: 'internal' });
});
