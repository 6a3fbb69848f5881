import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTime } from '../../platform/clock.ts';
import type { Store } from '../../platform/store/store.ts';
import type { RunReport } from '../../schemas/api/runs.ts';
import type { SizingPage } from '../../schemas/api/sizing.ts';
import type { UsagePage, UsageSeries } from '../../schemas/api/usage.ts';
import { runsTable } from '../../schemas/runs.ts';
import { usageDaysTable, usageImportsTable } from '../../schemas/usage.ts';
import { createConditions } from '../queries/conditions.ts';
import { listUsage } from '../queries/usage/figures.ts';
import { FULL_SCOPE } from '../scope.ts';
import { at, NOON } from '../testing/rows.ts';
import { serviceApp, type ServiceApp } from '../testing/service-app.ts';
import { DAY_MS, insertUsage, podUsageRow, summary } from '../testing/usage-rows.ts';
import { planRange, type RowsKept } from './parts.ts';

const HOUR_MS = 3_600_000;
const MIDNIGHT = NOON - DAY_MS / 2;
/** A day of which the hours are there and the day is not. */
const DUE = MIDNIGHT - 2 * DAY_MS;
/** Of these days the instants are gone; of the second one the hours as well. */
const OLD = MIDNIGHT - 40 * DAY_MS;
const OLDEST = MIDNIGHT - 420 * DAY_MS;
/** Days that would be kept by now: of the first one the instants of its first hour are gone, of the second one hours and instants. */
const RAISED = MIDNIGHT - 20 * DAY_MS;
const RAISED_MORE = MIDNIGHT - 25 * DAY_MS;

/** Two hours from ten on, each minute. */
const rowsOf = (day: number, pod: string) =>
  Array.from({ length: 120 }, (_, minute) =>
    podUsageRow({
      pod,
      at: toTime(day + 10 * HOUR_MS + minute * 60_000),
      cpu_cores: 1,
      memory_bytes: 1e8 * (1 + (minute % 40) / 1000),
      cpu_request_cores: 2,
    }),
  );
const DAYS = [
  [DUE, 'due'],
  [OLD, 'old'],
  [OLDEST, 'oldest'],
  [RAISED, 'raised'],
  [RAISED_MORE, 'raised-more'],
] as const;

const gone = async (store: Store, table: string, day: number, lengthMs = DAY_MS): Promise<void> => {
  const conditions = createConditions();
  const from = conditions.bind('Int64', day);
  await store.command(
    `DELETE FROM ${table}_versions WHERE at >= fromUnixTimestamp64Milli(${from}) AND at < fromUnixTimestamp64Milli(${from} + ${lengthMs})`,
    conditions.params,
  );
};

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(async (store) => {
    await insertUsage(
      store,
      DAYS.flatMap(([day, pod]) => rowsOf(day, pod)),
    );
    for (const table of ['pod_usage_1d', 'group_usage_1d']) await gone(store, table, DUE);
    for (const day of [OLD, OLDEST]) await gone(store, 'pod_usage', day);
    for (const table of ['pod_usage_1h', 'group_usage_1h']) await gone(store, table, OLDEST);
    await gone(store, 'pod_usage', RAISED, 10.5 * HOUR_MS);
    for (const table of ['pod_usage', 'pod_usage_1h', 'group_usage_1h']) await gone(store, table, RAISED_MORE);
    const imports = [DUE, OLD].map((day) => ({
      cluster: 'east',
      window_start: toTime(day + 10 * HOUR_MS),
      imported_version: 5,
      settings: '',
      journal_to: null,
      version: 5,
    }));
    await store.insert(usageImportsTable, imports, { token: 'imports' });
    await store.insert(usageDaysTable, [{ cluster: 'east', day: toTime(OLD), version: 6 }], { token: 'days' });
    const run = {
      id: 'r1',
      name: 'load',
      started_at: toTime(OLD + 10.25 * HOUR_MS),
      ended_at: toTime(OLD + 11.75 * HOUR_MS),
      clusters: [],
      namespaces: [],
      workloads: [],
      note: '',
      created_by: 'somebody',
      updated_at: at(0),
      deleted: 0 as const,
      version: 1,
    };
    await store.insert(runsTable, [run], { token: 'run' });
  });
});
afterAll(() => api.close());

const range = (fromMs: number, toMs: number) => `from=${toTime(fromMs)}&to=${toTime(toMs)}`;
const table = (fromMs: number, toMs: number, more = '') =>
  api.get<UsagePage>(`/usage/pods?${range(fromMs, toMs)}${more}`);

describe('a day that is due', () => {
  it.each(['pod', 'workload', 'cluster'])('is read from its hours: by %s', async (by) => {
    const { items, resolution } = await table(DUE - DAY_MS, DUE + DAY_MS, `&by=${by}`);
    expect(items).toMatchObject([{ cpu: { avg: 1, max: 1, request: 2 } }]);
    expect(resolution.parts.map(({ step }) => step)).toEqual(['1d', '1h']);
  });

  it('is in series, in sizing and on nodes', async () => {
    const { used } = await api.get<UsageSeries>(
      `/usage/series?by=pod&cluster=east&namespace=a&name=due&metrics=cpu_cores,memory_bytes&points=3&${range(DUE - DAY_MS, DUE + DAY_MS)}`,
    );
    expect(used.map(({ metric }) => metric)).toEqual(['cpu_cores', 'memory_bytes']);
    expect(used[0]!.avg).toEqual([null, 1]);
    const { items } = await api.get<SizingPage>(`/usage/sizing?${range(DUE - DAY_MS, DUE + DAY_MS)}`);
    expect(items).toMatchObject([{ cpu: { max: 1, request: 2 } }]);
    const { clusters } = await api.get<{ clusters: { cpu: { avg: number } }[] }>(
      `/usage/nodes?${range(DUE - DAY_MS, DUE + DAY_MS)}`,
    );
    expect(clusters).toMatchObject([{ cpu: { avg: 1 } }]);
  });
});

describe('instants that are gone', () => {
  const [from, to] = [OLD + 10.25 * HOUR_MS, OLD + 11.75 * HOUR_MS];
  const read = { from: toTime(OLD + 10 * HOUR_MS), to: toTime(OLD + 12 * HOUR_MS) };

  it.each(['pod', 'workload', 'team'])('leave the hours that they lie in: by %s', async (by) => {
    const found = await table(from, to, `&by=${by}`);
    expect(found.items).toMatchObject([{ cpu: { avg: 1, max: 1, known: 0.5 } }]);
    expect(found).toMatchObject({
      ...read,
      resolution: { step: '1h', why: 'retention', exact: false, p95: 'buckets', parts: [{ step: '1h', ...read }] },
    });
  });

  it('leave hours of a series', async () => {
    const found = await api.get<UsageSeries>(`/usage/series?by=cluster&cluster=east&${range(from, to)}`);
    expect(found).toMatchObject({
      resolution: { why: 'retention', exact: false },
      begin: read.from,
      step_seconds: 3600,
    });
    expect(found.used[0]!.avg).toEqual([1, 1]);
    expect(found.used[0]!.max).toEqual([1, 1]);
  });

  it('leave the usage and the sizing of a run', async () => {
    const { usage, sizing } = await api.get<RunReport>('/runs/load/report');
    expect(usage.items).toMatchObject([{ workload: 'web', cpu: { max: 1, request: 2 } }]);
    expect(usage.resolution).toMatchObject({ why: 'retention', exact: false, parts: [{ step: '1h', ...read }] });
    expect(sizing?.items).toMatchObject([{ name: 'web', cpu: { max: 1 } }]);
  });
});

describe('instants that went before they were to be kept for longer', () => {
  const [from, to] = [RAISED + 10.25 * HOUR_MS, RAISED + 11.75 * HOUR_MS];

  it.each(['pod', 'workload', 'team'])('leave the hours that they lie in: by %s', async (by) => {
    const found = await table(from, to, `&by=${by}`);
    expect(found.items).toMatchObject([{ cpu: { avg: 1, max: 1, request: 2 } }]);
    expect(found).toMatchObject({
      from: toTime(RAISED + 10 * HOUR_MS),
      to: toTime(to),
      resolution: { why: 'retention', exact: false },
    });
    expect(found.resolution.parts.map(({ step }) => step)).toEqual(['1h', '30s']);
  });

  it('are not missed where the hours are asked for, nor after them', async () => {
    const whole = await table(RAISED + 10 * HOUR_MS, RAISED + 12 * HOUR_MS);
    expect(whole).toMatchObject({ items: [{ pod: 'raised' }], resolution: { step: '1h', why: 'hours', exact: true } });
    const later = await table(RAISED + 11 * HOUR_MS, to);
    expect(later).toMatchObject({ items: [{ pod: 'raised' }], resolution: { step: '30s', why: 'short', exact: true } });
  });

  it('leave hours of a series', async () => {
    const about = 'by=pod&cluster=east&namespace=a&name=raised';
    const found = await api.get<UsageSeries>(`/usage/series?${about}&${range(from, to)}`);
    expect(found).toMatchObject({ resolution: { why: 'retention' }, step_seconds: 3600 });
    expect(found.used[0]!.avg).toEqual([1, 1]);
  });

  it('leave days where the hours went as well', async () => {
    const [begin, end] = [RAISED_MORE + 10.25 * HOUR_MS, RAISED_MORE + 11.75 * HOUR_MS];
    const found = await table(begin, end);
    expect(found).toMatchObject({ items: [{ pod: 'raised-more' }], from: toTime(RAISED_MORE) });
    expect(found.resolution).toMatchObject({ step: '1d', why: 'retention', exact: false });
    const cut = await table(RAISED_MORE - DAY_MS, RAISED_MORE + 2 * DAY_MS, '&by=workload&team=shop');
    expect(cut.items).toMatchObject([{ cpu: { avg: 1 } }]);
  });
});

it('reads days where hours are gone', async () => {
  const found = await table(OLDEST + 10 * HOUR_MS, OLDEST + 12 * HOUR_MS);
  expect(found.items).toMatchObject([{ pod: 'oldest', cpu: { avg: 1 } }]);
  expect(found.resolution).toMatchObject({ step: '1d', why: 'retention', exact: false });
});

describe('percentiles from buckets', () => {
  it('are the value itself of what never changes, and not below the average in one bucket', async () => {
    const { items } = await table(DUE - DAY_MS, DUE + DAY_MS);
    expect(items[0]!.cpu.p95).toBe(1);
    const values = rowsOf(DUE, 'due').map(({ memory_bytes: bytes }) => bytes);
    const { avg, p95, max } = summary(values);
    const { memory } = items[0]!;
    expect(memory.p95).toBeGreaterThanOrEqual(avg!);
    expect(memory.p95).toBeLessThanOrEqual(max!);
    expect(Math.abs(memory.p95! / p95! - 1)).toBeLessThan(0.025);
  });

  it('are told of instants where these are too many to hold', async () => {
    const asked = { from: DUE + 10 * HOUR_MS, to: DUE + 12 * HOUR_MS };
    const kept: RowsKept = {
      nowMs: NOON,
      dueDays: new Set(),
      instantsSinceMs: Number.NEGATIVE_INFINITY,
      hoursSinceMs: Number.NEGATIVE_INFINITY,
      hoursWithoutInstants: new Set(),
      daysWithoutHours: new Set(),
    };
    const plan = planRange(asked, kept);
    const read = (limit: number, mostValues: number, by: 'pod' | 'workload' = 'pod') =>
      listUsage(
        FULL_SCOPE,
        api.store,
        { by, filter: {}, plan, sort: 'cpu_p95', order: 'desc', limit, offset: 0, mostValues },
        {},
      );
    const [few, many, ofWorkloads] = [await read(10, 240), await read(10, 239), await read(1000, 1, 'workload')];
    expect([few.plan.bucketed, many.plan.bucketed, ofWorkloads.plan.bucketed]).toEqual([undefined, true, true]);
    const exact = few.rows[0]!.p_memory_bytes!;
    for (const { rows } of [many, ofWorkloads]) {
      expect(rows).toHaveLength(1);
      expect(rows[0]!.p_memory_bytes).not.toBe(exact);
      expect(Math.abs(rows[0]!.p_memory_bytes! / exact - 1)).toBeLessThan(0.025);
    }
  });
});
