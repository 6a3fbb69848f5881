import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTime } from '../../platform/clock.ts';
import type { UsageItem, UsagePage, UsageSeries } from '../../schemas/api/usage.ts';
import { exceptionsTable } from '../../schemas/exceptions.ts';
import { podResourcesTable } from '../../schemas/resources.ts';
import { SET, usageWindowsTable, type Measure, type PodUsageRow, type UsageGroup } from '../../schemas/usage.ts';
import { at, exceptionRow, NOON } from '../testing/rows.ts';
import { serviceApp, type ServiceApp } from '../testing/service-app.ts';
import { DAY_MS, gather, groupOf, insertUsage, summary, sumsByInstant, windowRow } from '../testing/usage-rows.ts';
import { resourcesRow } from '../testing/resource-rows.ts';
import { usageHistory } from '../testing/usage-history.ts';

const HOUR_MS = 3_600_000;

const rows = usageHistory();
let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(async (store) => {
    await insertUsage(store, rows);
    const kills = [
      exceptionRow({ id: 'k1', observed_at: at(-600), finished_at: at(-600) }),
      exceptionRow({ id: 'k2', observed_at: at(-60), finished_at: at(-60), verdict: 'suppressed', rule: 'x' }),
      exceptionRow({ id: 'k3', pod: 'web-2', observed_at: at(-60), finished_at: at(-60) }),
      exceptionRow({ id: 'k4', pod: 'web-2', observed_at: at(-60), reason: 'Error' }),
    ];
    await store.insert(exceptionsTable, kills, { token: 'kills' });
    const containers = JSON.stringify([{ name: 'app', kind: 'app', memory_limit_bytes: 5e7 }]);
    const resources = [
      resourcesRow({ id: 'r1', pod: 'web-1', started_at: at(-9000), ended_at: at(-300), memory_limit_bytes: 1e8 }),
      resourcesRow({ id: 'r2', pod: 'web-1', started_at: at(-300), memory_limit_bytes: 6e7, containers }),
    ];
    await store.insert(podResourcesTable, resources, { token: 'resources' });
    const windows = [1, 2, 3].map((hour) => windowRow({ window_start: at(-3600 * hour) }));
    const open = windowRow({ window_start: at(0), state: 'open', imported_to: at(1800) });
    await store.insert(usageWindowsTable, [...windows, open], { token: 'windows' });
  });
});
afterAll(() => api.close());

const inRange = (fromMs: number, toMs: number, of: readonly PodUsageRow[] = rows) =>
  of.filter((row) => row.at >= toTime(fromMs) && row.at < toTime(toMs));
const range = (fromMs: number, toMs: number) => `from=${toTime(fromMs)}&to=${toTime(toMs)}`;
const get = (query: string) => api.get<UsagePage>(`/usage/pods?${query}`);

function close(actual: number | null, expected: number | null): void {
  const known = expected !== null && actual !== null;
  const same = known ? Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)) : actual === expected;
  expect({ actual, expected, same }).toMatchObject({ same: true });
}

/** Holds an item against what the rows of it give from scratch. */
function expectItem(item: UsageItem, own: readonly PodUsageRow[], options: { exact: boolean; instants: number }): void {
  const grouped = item.pod === '';
  const of = (measure: Measure) => summary(grouped ? sumsByInstant(own, measure) : own.map((row) => row[measure]));
  for (const [figure, measure] of [
    [item.cpu, 'cpu_cores'],
    [item.memory, 'memory_bytes'],
    [item.gpu.memory, 'gpu_memory_bytes'],
  ] as const) {
    const expected = of(measure);
    close(figure.avg, expected.avg);
    close(figure.max, expected.max);
    close(figure.p95, options.exact ? expected.p95 : expected.p95Of(measure));
    close(figure.known, expected.count / options.instants);
  }
  close(item.cpu.request, of('cpu_request_cores').max);
  close(item.cpu.limit, of('cpu_limit_cores').max);
  close(item.memory.limit, of('memory_limit_bytes').max);
  close(item.gpu.request, of('gpu_request').max);
  // Shares are not summed, and the others of a group are told from the hours of its pods.
  const share = summary(own.map((row) => row.cpu_throttled));
  close(item.throttled.avg, share.avg);
  close(item.throttled.max, share.max);
  close(item.gpu.utilisation.max, summary(own.map((row) => row.gpu_utilisation)).max);
  if (!grouped) {
    close(item.network.receive, of('network_receive_bytes_per_second').avg);
    close(item.file_system.bytes, of('file_bytes').avg);
    close(
      item.gpu.utilisation.p95,
      options.exact ? of('gpu_utilisation').p95 : of('gpu_utilisation').p95Of('gpu_utilisation'),
    );
  }
  const waste = item.cpu.request === null || item.cpu.p95 === null ? null : item.cpu.request - item.cpu.p95;
  close(item.waste.cpu, waste);
}

const MIDNIGHT = NOON - DAY_MS / 2;
const RANGES = [
  ['whole days', MIDNIGHT - 2 * DAY_MS, MIDNIGHT, '1d', 'days'],
  ['whole hours', NOON - 9 * HOUR_MS, NOON - HOUR_MS, '1h', 'hours'],
  ['up to now', NOON - 3 * DAY_MS, NOON, '1d', 'edges'],
  ['with edges of instants', NOON - 2.2 * DAY_MS - 1_234_567, NOON - 754_321, '1d', 'edges'],
  ['hours with edges', NOON - 7 * HOUR_MS - 90_000, NOON - 90_000, '1h', 'edges'],
  ['every instant', NOON - 2 * HOUR_MS - 45_000, NOON - 15_000, '30s', 'short'],
] as const;

const instantsOf = (fromMs: number, toMs: number) => Math.ceil(toMs / 30_000) - Math.ceil(fromMs / 30_000);

describe.each(RANGES)('%s', (_name, from, to, step, why) => {
  const options = { exact: step === '30s', instants: instantsOf(from, to) };

  it('pods are as their rows say', async () => {
    const found = await get(`${range(from, to)}&sort=name&order=asc`);
    expect(found.resolution).toMatchObject({ step, why, exact: true });
    const expected = gather(inRange(from, to), (row) => [row.cluster, row.namespace, row.pod]);
    expect(found.total).toBe(expected.length);
    for (const own of expected) {
      const { cluster, namespace, pod, workload, node, team } = own[0]!;
      const item = found.items.find((one) => one.cluster === cluster && one.namespace === namespace && one.pod === pod);
      expect(item).toMatchObject({ workload, node, team });
      expectItem(item!, own, options);
    }
  });

  it.each(['workload', 'namespace', 'team', 'node', 'cluster'] as const)('by %s', async (by) => {
    const found = await get(`by=${by}&${range(from, to)}&sort=cpu_p95`);
    const expected = gather(inRange(from, to), (row) => groupOf(by, row));
    expect(found.total).toBe(expected.length);
    for (const own of expected) {
      const item = found.items.find((one) => isOf(one, by, own[0]!));
      expectItem(item!, own, options);
      expect(item!.pods).toBe(Math.max(...gather(own, (row) => row.at).map((now) => now.length)));
    }
  });
});

function isOf(item: UsageItem, by: UsageGroup, row: PodUsageRow): boolean {
  const { cluster, namespace, name } = groupOf(by, row);
  const own = by === 'namespace' ? item.namespace : by === 'cluster' ? item.cluster : item[by];
  return item.cluster === cluster && item.namespace === namespace && own === name;
}

describe('what cuts across groups', () => {
  it('is put together from instants up to two days', async () => {
    const [from, to] = [NOON - 8 * HOUR_MS, NOON];
    const found = await get(`by=namespace&team=shop&${range(from, to)}`);
    expect(found.resolution).toMatchObject({ step: '30s', why: 'filter', exact: true });
    const own = inRange(from, to).filter(({ team }) => team === 'shop');
    expect(found.items).toHaveLength(2);
    for (const item of found.items) {
      const ofCluster = own.filter(({ cluster }) => cluster === item.cluster);
      expectItem(item, ofCluster, { exact: true, instants: instantsOf(from, to) });
    }
  });

  it('has averages alone beyond', async () => {
    const found = await get(`by=cluster&namespace=a&node=node-2&${range(NOON - 3 * DAY_MS, NOON)}`);
    expect(found.resolution).toMatchObject({ step: '1h', why: 'filter', exact: false });
    expect(found.items).toHaveLength(1);
    expect(found.items[0]!.cpu).toMatchObject({
      max: null,
      p95: null,
      avg: expect.any(Number),
      request: expect.any(Number),
    });
    expect(found.items[0]).toMatchObject({ pods: null, waste: { cpu: null }, danger: { cpu: null } });
  });
});

const WEEK = `from=${toTime(NOON - 3 * DAY_MS)}&to=${toTime(NOON)}`;
const HOURS = `from=${toTime(NOON - 7 * HOUR_MS)}&to=${toTime(NOON)}`;
const names = ({ items }: UsagePage) => items.map(({ cluster, pod }) => `${cluster}/${pod}`).toSorted();

it.each([
  ['pod=web-*', ['east/web-1', 'east/web-2', 'west/web-1']],
  ['pod=*b-1', ['east/web-1', 'west/web-1']],
  ['pod=!web-*', ['east/job-9', "east/o'db-0"]],
  ['pod=web_1', []],
  ['pod=%25', []],
  ['workload=Deployment/web', ['east/web-1', 'east/web-2', 'west/web-1']],
  ['workload=Stateful*/*', ["east/o'db-0"]],
  ['workload=Job/web', []],
  ["workload=o'db", ["east/o'db-0"]],
  ['workload=!web,!job', ["east/o'db-0"]],
  ['team=(none)', ['east/job-9']],
  ['environment=!prod', ["east/o'db-0"]],
  ['cluster=west', ['west/web-1']],
  ['namespace=b', ['east/job-9']],
  ['node=node-2&cluster=east', ["east/o'db-0", 'east/web-2']],
])('%s finds its pods', async (filter, expected) => {
  expect(names(await get(`${WEEK}&${filter}`))).toEqual(expected);
});

it.each(['%27%20OR%201=1%20--', '%5C%27', '{p0:String}', 'x*%27);%20DROP%20TABLE%20x;--%5C'])(
  'a value is a value and never SQL: %s',
  async (attack) => {
    for (const by of ['pod', 'workload', 'cluster']) {
      for (const fields of [['cluster', 'node'], ['workload'], ['pod', 'team', 'environment'], ['namespace']]) {
        const filters = fields.map((field) => `${field}=${attack}`).join('&');
        expect(await get(`${HOURS}&by=${by}&${filters}`)).toMatchObject({ total: 0, items: [] });
      }
    }
    const series = await api.get<UsageSeries>(`/usage/series?cluster=${attack}&by=team&name=${attack}&${HOURS}`);
    expect(series.used.every(({ avg }) => avg.every((value) => value === null))).toBe(true);
  },
);

const AVERAGED: readonly Measure[] = ['cpu_cores', 'memory_bytes', ...SET];

it('sorts by every figure, what is not known last, and pages', async () => {
  const all = await get(`${WEEK}&sort=gpu_avg&order=asc`);
  expect(all.items.at(-1)).toMatchObject({
    pod: 'job-9',
    gpu: { utilisation: { avg: null, max: null, p95: null, known: 0 } },
  });
  for (const order of ['asc', 'desc']) {
    const { items } = await get(`${WEEK}&sort=waste_memory&order=${order}`);
    const wastes = items.map((item) => item.waste.memory!);
    expect(wastes).toEqual(wastes.toSorted((a, b) => (order === 'asc' ? a - b : b - a)));
  }
  const danger = await get(`${WEEK}&sort=danger_memory`);
  expect(danger.items.at(-1)).toMatchObject({ pod: "o'db-0", danger: { memory: null }, memory: { limit: null } });
  const byName = await get(`${WEEK}&sort=name&order=asc`);
  const second = await get(`${WEEK}&sort=name&order=asc&limit=2&offset=2`);
  expect(second.items).toEqual(byName.items.slice(2, 4));
  expect(second.totals).toEqual(byName.totals);
  const beyond = await get(`${WEEK}&sort=name&order=asc&offset=50`);
  expect(beyond).toMatchObject({ items: [], total: 5, totals: { oom_kills: 3 } });
  // Three hours of east are recorded as imported, fewer than are known; of west nothing is recorded.
  const total = (measure: Measure): number => {
    const [east, west] = ['east', 'west'].map((cluster) => {
      const own = inRange(NOON - 3 * DAY_MS, NOON).filter((row) => row.cluster === cluster);
      const known = gather(own, (row) => row.pod).flatMap((pod) =>
        AVERAGED.map((one) => summary(pod.map((row) => row[one])).count),
      );
      return { sum: own.reduce((sum, row) => sum + (row[measure] ?? 0), 0), most: Math.max(...known) };
    });
    return east!.sum / east!.most + west!.sum / (3 * 2880);
  };
  close(beyond.totals.cpu.avg, total('cpu_cores'));
  close(byName.totals.cpu.request, total('cpu_request_cores'));
  close(byName.totals.memory.limit, total('memory_limit_bytes'));
});

it('tells OOM kills with the limit that was in force', async () => {
  const { items } = await get(`${WEEK}&cluster=east&sort=oom_kills`);
  expect(items[0]).toMatchObject({ pod: 'web-1', oom_kills: 2, oom_limit_bytes: 5e7 });
  // Of web-2 the journal has nothing: as Prometheus had it.
  expect(items[1]).toMatchObject({ pod: 'web-2', oom_kills: 1, oom_limit_bytes: 2e8 });
  expect(items[2]).toMatchObject({ oom_kills: 0, oom_limit_bytes: null });
  const before = await get(`from=${at(-7200)}&to=${at(-300)}&pod=web-1&cluster=east`);
  expect(before.items[0]).toMatchObject({ oom_kills: 1, oom_limit_bytes: 1e8 });
  const ofGroup = await get(`${WEEK}&by=workload&workload=web&cluster=east`);
  expect(ofGroup.items[0]).toMatchObject({ oom_kills: 3 });
  expect((await get(`${WEEK}&by=team`)).items[0]).toMatchObject({ oom_kills: null, oom_limit_bytes: null });
});

it('says what is not imported', async () => {
  const found = await get(range(NOON - 5 * HOUR_MS, NOON - HOUR_MS / 2));
  expect(found.complete).toEqual({
    wanted_hours: 4.5,
    imported_hours: 2.5,
    missing: [{ cluster: 'east', imported_hours: 2.5, missing_hours: 2 }],
  });
  expect((await get(range(NOON - 2 * HOUR_MS, NOON))).complete.missing).toEqual([]);
});

it.each([
  'by=what',
  'sort=what',
  'by=team&sort=network_receive',
  'limit=0',
  'limit=501',
  'offset=-1',
  'from=yesterday',
  `from=${toTime(NOON)}&to=${toTime(NOON - 1)}`,
  'nothing=1',
])('refuses %s', async (query) => {
  expect(await api.get(`/usage/pods?${query}`, 400)).toMatchObject({ error: { code: 'bad_request' } });
});

it('makes a CSV of all rows, safe to open', async () => {
  const answer = await api.ask(`/usage/pods.csv?${WEEK}&sort=name&order=asc`);
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
  const [head, ...lines] = answer.body.trimEnd().split('\r\n');
  expect(head).toMatch(/^\uFEFFfrom,to,cluster,namespace,pod,/);
  expect(lines).toHaveLength(5);
  const { items } = await get(`${WEEK}&sort=name&order=asc`);
  expect(lines[0]).toContain(`,${items[0]!.cpu.p95},`);
  expect((await api.ask('/usage/pods.csv?limit=3')).statusCode).toBe(400);
});

describe('series', () => {
  const series = (query: string, status?: number) => api.get<UsageSeries>(`/usage/series?${query}`, status);

  it.each([
    ['30s', 'by=pod&namespace=a&name=web-1', NOON - 3 * HOUR_MS - 10_000, NOON - 5000, 100],
    ['1h', 'by=workload&namespace=a&kind=Deployment&name=web', NOON - 2.5 * DAY_MS, NOON, 30],
    ['1h', 'by=cluster', NOON - 3 * DAY_MS, NOON, 1000],
    ['1d', 'by=namespace&namespace=a', MIDNIGHT - 3 * DAY_MS, NOON, 3],
  ] as const)('of %s rows: %s', async (step, query, from, to, points) => {
    const found = await series(`cluster=east&${query}&${range(from, to)}&points=${points}`);
    expect(found.resolution).toMatchObject({ step, exact: true });
    expect(found.points).toBeLessThanOrEqual(points);
    const slotMs = found.step_seconds * 1000;
    const begin = Date.parse(found.begin);
    const own = rows.filter(
      (row) =>
        row.cluster === 'east' &&
        (query === 'by=cluster' || row.namespace === 'a') &&
        (!query.includes('by=pod') || row.pod === 'web-1') &&
        (!query.includes('workload') || row.workload === 'web'),
    );
    const [cpu] = found.used;
    expect(cpu?.avg).toHaveLength(found.points);
    const limits: (number | null)[] = [];
    for (let index = 0; index < found.points; index++) {
      const first = begin + index * slotMs;
      const [least, most] =
        step === '30s' ? [Math.max(first, from), Math.min(first + slotMs, to)] : [first, first + slotMs];
      const whole = step === '30s' ? least : Math.max(least, Math.floor(from / HOUR_MS) * HOUR_MS);
      const now = inRange(whole, most, own);
      const { avg, max } = summary(sumsByInstant(now, 'cpu_cores'));
      close(cpu!.avg[index]!, avg);
      close(cpu!.max[index]!, max);
      limits.push(summary(sumsByInstant(now, 'cpu_limit_cores')).max);
    }
    const { steps } = found.set.find(({ metric }) => metric === 'cpu_limit_cores')!;
    for (const { at: time, value } of steps) close(value, limits[(Date.parse(time) - begin) / slotMs]!);
    expect(steps.length).toBeLessThanOrEqual(limits.length);
  });

  it.each([
    'by=pod&cluster=east&name=web-1',
    'by=workload&cluster=east&namespace=a',
    'by=node&cluster=east',
    'by=team&name=shop',
    'by=cluster&cluster=east&metrics=file_bytes',
    'by=cluster&cluster=east&metrics=cpu_cores,what',
    'by=cluster&cluster=east&points=1001',
  ])('refuses %s', async (query) => {
    expect(await series(query, 400)).toMatchObject({ error: { code: 'bad_request' } });
  });
});
