import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { SizingItem, SizingOne, SizingPage } from '../../schemas/api/sizing.ts';
import { BUCKET_BASES } from '../../schemas/usage-buckets.ts';
import { parseTokens } from '../auth.ts';
import { bucketPercentile } from '../testing/bucket-percentile.ts';
import { at } from '../testing/rows.ts';
import { serviceApp, type ServiceApp } from '../testing/service-app.ts';
import { fillSizing, SECRET, USAGE } from './testing/workloads.ts';

const TOKENS = parseTokens(
  JSON.stringify({
    tokens: [
      { name: 'reader', token: 'reader-token-of-a', role: 'viewer', clusters: ['ea*t'], namespaces: ['a'] },
      { name: 'viewer', token: 'viewer-token-of-all', role: 'viewer' },
    ],
  }),
  'tokens.yaml',
);
const [READER, VIEWER] = ['reader-token-of-a', 'viewer-token-of-all'] as const;
const MIB = 1024 * 1024;

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(fillSizing, { auth: { tokens: TOKENS } });
}, 120_000);
afterAll(() => api.close());

async function get<T>(url: string, token: string = VIEWER): Promise<T> {
  const answer = await api.ask(url, { token });
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
  return answer.json<T>();
}
const list = (query = '', token: string = VIEWER) =>
  get<SizingPage>(`/usage/sizing?cluster=east&namespace=a&${query}`, token);
const one = async (kind: string, name: string): Promise<SizingItem> =>
  (await get<SizingOne>(`/usage/sizing/east/a/${kind}/${name}`)).item;

/** From scratch: the value of the rank, as far as its bucket tells. */
function percentile(name: string, measure: 'cpu_cores' | 'memory_bytes', percent: number): number {
  const values = USAGE.get(name)!
    .map((row) => row[measure]!)
    .toSorted((a, b) => a - b);
  return bucketPercentile(values, percent, BUCKET_BASES[measure]);
}
const most = (name: string): number => Math.max(...USAGE.get(name)!.map((row) => row.memory_bytes!));
function upTo(value: number, step: number): number {
  let reached = step;
  while (reached < value - 1e-9) reached += step;
  return reached;
}
const cpuStep = (cores: number): number => upTo(cores * 1000, cores > 1 ? 50 : 10) / 1000;
const memoryStep = (bytes: number): number => upTo(bytes, 16 * MIB);

it('gives every workload its verdicts, the most pressing first', async () => {
  const { items, total, verdicts } = await list('sort=name&order=asc');
  expect(total).toBe(6);
  expect(items.map(({ kind, name, verdicts: own }) => [`${kind}/${name}`, own])).toEqual([
    ['CronJob/nightly', ['no-limit']],
    ['DaemonSet/young', ['too-little-data']],
    ['Deployment/scaled', ['hpa-driven']],
    ['Deployment/web', ['over-provisioned']],
    ['Job/train', ['no-request', 'over-provisioned', 'no-limit']],
    ['StatefulSet/db', ['oom-killed', 'throttled', 'under-provisioned', 'no-request', 'no-limit']],
  ]);
  expect(verdicts).toContainEqual({ verdict: 'over-provisioned', workloads: 2, first: 1 });
  expect(verdicts).toContainEqual({ verdict: 'fine', workloads: 0, first: 0 });
});

it('has totals of the verdicts that are asked for, and counts of all', async () => {
  const all = await list();
  const found = await list('verdict=over-provisioned');
  expect(found.items.map(({ name }) => name).toSorted()).toEqual(['train', 'web']);
  expect(found.verdicts).toEqual(all.verdicts);
  for (const { items, totals } of [all, found]) {
    for (const resource of ['cpu', 'memory', 'gpu'] as const) {
      const savings = items.map((item) => item[resource].saving ?? 0);
      const sum = (sign: 1 | -1) => savings.reduce((whole, saving) => whole + Math.max(0, sign * saving), 0);
      expect(totals[resource].give_back).toBeCloseTo(sum(1), 6);
      expect(totals[resource].add).toBeCloseTo(sum(-1), 6);
    }
  }
  expect(found.totals.cpu.give_back).toBeGreaterThan(0);
  expect(found.totals.cpu.add).toBeLessThan(all.totals.cpu.add);
});

it('recommends what an independent count of the rows comes to', async () => {
  const web = await one('Deployment', 'web');
  const cpu = percentile('web', 'cpu_cores', 95) * 1.15;
  const memory = percentile('web', 'memory_bytes', 99) * 1.15;
  const shares = [cpuStep(cpu * 0.75), cpuStep(cpu * 0.25)] as const;
  const memories = [memoryStep(memory * 0.75), memoryStep(memory * 0.25)] as const;
  expect(web.containers.map((row) => row.recommended_cpu_request)).toEqual(shares);
  expect(web.containers.map((row) => row.recommended_memory_request)).toEqual(memories);
  expect(web.cpu).toMatchObject({ request: 2, limit: 4, limit_change: 'remove', recommended_limit: null });
  expect(web.cpu.recommended_request).toBeCloseTo(shares[0] + shares[1], 12);
  // 26 hours of two pods in 52 imported: one pod on average.
  expect(web.pods).toBeCloseTo(1, 12);
  expect(web.cpu.saving).toBeCloseTo(2 - shares[0] - shares[1], 12);
  expect(web.memory.saving).toBeCloseTo(2048 * MIB - memories[0] - memories[1], 3);
  const whole = memoryStep(most('web') * 1.2);
  expect(web.containers.map((row) => row.recommended_memory_limit)).toEqual([whole, Math.max(64 * MIB, memories[1])]);
  const { spread } = await get<SizingOne>('/usage/sizing/east/a/Deployment/web');
  for (const percent of [50, 90, 95, 99] as const) {
    expect(spread.cpu[`p${percent}`]).toBeCloseTo(percentile('web', 'cpu_cores', percent), 12);
    expect(spread.memory[`p${percent}`]).toBeCloseTo(percentile('web', 'memory_bytes', percent), 3);
  }
});

it('takes the nearest rank, and counts a job for the time that it runs', async () => {
  const nightly = await one('CronJob', 'nightly');
  expect(nightly.memory.recommended_request).toBe(96 * MIB);
  expect(nightly.memory.recommended_request).toBe(memoryStep(percentile('nightly', 'memory_bytes', 99) * 1.15));
  expect(nightly.pods).toBeCloseTo(1.5 / 52, 12);
});

it('puts memory above the limit of the newest kill', async () => {
  const db = await one('StatefulSet', 'db');
  expect(db.oom).toEqual({ kills: 2, last_at: at(-3600), container: 'on', limit_bytes: 256 * MIB });
  expect(db.memory.recommended_limit).toBe(384 * MIB);
  expect(db.memory.recommended_request).toBe(memoryStep(percentile('db', 'memory_bytes', 99) * 1.15));
  expect(db.danger).toBe(1);
  expect(db.reasons).toContainEqual({
    code: 'limit-raised-after-oom',
    verdict: null,
    resource: 'memory',
    values: { kills: 2, limit_at_kill: 256 * MIB, raise_percent: 50, container: 'on', least: 384 * MIB },
    text: 'The container on was OOM-killed at a limit of 256 MiB: its limit is at least 50 % above that, 384 MiB.',
  });
  const limit = db.reasons.find(({ code }) => code === 'limit-from-maximum');
  expect(limit?.values).toMatchObject({ limit: null, used: most('db'), margin_percent: 20 });
  expect(db.cpu.saving).toBeLessThan(0);
});

it('leaves the request to an autoscaler, and an autoscaler that has gone out of it', async () => {
  const scaled = await one('Deployment', 'scaled');
  expect(scaled.autoscaler).toMatchObject({ name: 'scaled-hpa', cpu_target_percent: 60, at_min: false, at_max: false });
  expect(scaled.cpu).toMatchObject({ request: 1, recommended_request: 1, saving: 0 });
  expect(scaled.reasons.map(({ code }) => code)).toContain('request-kept-for-autoscaler');
  expect((await one('Deployment', 'web')).autoscaler).toBeNull();
});

it('leaves one GPU, and writes patches that say what it recommends', async () => {
  const train = await one('Job', 'train');
  expect(train.gpu).toMatchObject({ request: 2, recommended_request: 1, saving: 0.5, max: 0.03 });
  expect(parse(train.patch!)).toMatchObject({
    spec: { template: { spec: { containers: [{ resources: { limits: { 'nvidia.com/gpu': 1 } } }] } } },
  });
  const { containers, patch } = await one('Deployment', 'web');
  const web = parse(patch!) as { spec: { template: { spec: Record<string, { name: string }[]> } } };
  expect(web.spec.template.spec['containers']!.map(({ name }) => name)).toEqual(['app']);
  expect(web.spec.template.spec['initContainers']!.map(({ name }) => name)).toEqual([containers[1]!.name]);
  expect((await one('DaemonSet', 'young')).patch).toBeNull();
});

it('does not take a request for missing where nothing tells of requests', async () => {
  const young = await one('DaemonSet', 'young');
  expect(young.cpu).toMatchObject({ request: null, asked_known: false, recommended_request: null, saving: null });
  expect(young.reasons.map(({ code }) => code)).toEqual(['too-short']);
});

it('sorts, pages, filters and sums up', async () => {
  const byCpu = await list();
  const savings = byCpu.items.map(({ cpu }) => cpu.saving);
  expect(byCpu.items[0]!.name).toBe('web');
  expect(savings.at(-1)).toBeNull();
  const known = savings.filter((value) => value !== null);
  expect(known).toEqual(known.toSorted((a, b) => b - a));
  expect(byCpu.totals.cpu.give_back).toBeCloseTo(
    known.filter((value) => value > 0).reduce((a, b) => a + b, 0),
    9,
  );
  expect(byCpu.totals.cpu.add).toBeCloseTo(-known.filter((value) => value < 0).reduce((a, b) => a + b, 0), 9);
  const rising = await list('order=asc&limit=2&offset=1');
  expect(rising.items.map(({ cpu }) => cpu.saving)).toEqual(known.toSorted((a, b) => a - b).slice(1, 3));
  expect(rising.total).toBe(6);
  const risky = await list('sort=danger');
  expect(risky.items[0]!.name).toBe('db');
  const throttled = await list('verdict=throttled,hpa-driven&sort=name&order=asc');
  expect(throttled.items.map(({ name }) => name)).toEqual(['scaled', 'db']);
  expect(throttled.verdicts).toEqual(byCpu.verdicts);
  expect((await list('verdict=!no-limit')).items.map(({ name }) => name).toSorted()).toEqual([
    'scaled',
    'web',
    'young',
  ]);
  expect((await list('team=data')).items.map(({ name }) => name)).toEqual(['db']);
  expect((await list('workload=Deployment/*')).total).toBe(2);
});

it('judges the range that is asked for, and tells it', async () => {
  const week = await list();
  expect([week.from, week.to]).toEqual([at(-7 * 86_400), at(0)]);
  expect(week.complete.imported_hours).toBe(52);
  const short = await list(`from=${at(-7200)}`);
  expect(short.items.find(({ name }) => name === 'web')).toMatchObject({
    verdict: 'too-little-data',
    known_hours: 2,
    known_share: 1,
    pods: 2,
    patch: null,
  });
});

describe('what a reader may not see', () => {
  it.each(['', 'sort=danger', `workload=${SECRET}`, `team=${SECRET}`])('is not in ?%s', async (query) => {
    const answer = await api.ask(`/usage/sizing?${query}`, { token: READER });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain(SECRET);
    expect((await api.ask(`/usage/sizing?${query}`, { token: VIEWER })).body).toContain(SECRET);
  });

  it.each([`east/b/Deployment/${SECRET}`, `west/a/Deployment/${SECRET}`, 'east/a/Deployment/nobody'])(
    'is not there: %s',
    async (path) => {
      const answer = await api.ask(`/usage/sizing/${path}`, { token: READER });
      expect(answer.statusCode).toBe(404);
      expect(answer.body).not.toContain(SECRET);
    },
  );
});

it('takes patterns in a path for names', async () => {
  const answer = await api.ask('/usage/sizing/east/a/Deployment/*', { token: VIEWER });
  expect(answer.statusCode).toBe(404);
});

it.each([`x' OR 1=1 --`, '{p0:String}', String.raw`\' UNION ALL SELECT 1`])('takes %s for a name', async (name) => {
  const text = encodeURIComponent(name.replaceAll(/[\\,!]/g, String.raw`\$&`));
  for (const filter of ['workload', 'namespace', 'team', 'environment']) {
    expect((await get<SizingPage>(`/usage/sizing?${filter}=${text}`)).total).toBe(0);
  }
  const answer = await api.ask(`/usage/sizing/east/a/Deployment/${encodeURIComponent(name)}`, { token: VIEWER });
  expect(answer.statusCode).toBe(404);
});

it.each([
  'verdict=wasteful',
  'sort=cpu',
  'limit=0',
  'offset=-1',
  'from=yesterday',
  'pod=x',
  `from=${at(0)}&to=${at(-1)}`,
])('refuses ?%s', async (query) => {
  const answer = await api.ask(`/usage/sizing?${query}`, { token: VIEWER });
  expect(answer.statusCode).toBe(400);
});
