import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTime } from '../../platform/clock.ts';
import { DEFAULT_RETENTION, oldestImport } from '../../platform/usage-retention.ts';
import type { ImportAccepted, ImportPage } from '../../schemas/api/imports.ts';
import type { UsageNodes, UsagePage } from '../../schemas/api/usage.ts';
import { exceptionsTable } from '../../schemas/exceptions.ts';
import { nodeResourcesTable, podResourcesTable } from '../../schemas/resources.ts';
import { usageSourcesTable, usageWindowsTable } from '../../schemas/usage.ts';
import { parseTokens } from '../auth.ts';
import { nodeResourcesRow, resourcesRow } from '../testing/resource-rows.ts';
import { at, exceptionRow } from '../testing/rows.ts';
import { serviceApp, type ServiceApp } from '../testing/service-app.ts';
import { insertUsage, podUsageRow, sourceRow, windowRow } from '../testing/usage-rows.ts';

/** Everything of namespace b and of cluster west carries this word. */
const SECRET = 'kingfisher';
/** What tells of all of cluster east. */
const OF_CLUSTER = 'up{job="heron"}';
const TOKENS = parseTokens(
  JSON.stringify({
    tokens: [
      { name: 'reader', token: 'reader-token-of-a', role: 'operator', clusters: ['ea*t'], namespaces: ['a', 'a_*'] },
      { name: 'operator', token: 'operator-token-of-east', role: 'operator', clusters: ['east'] },
      { name: 'viewer', token: 'viewer-token-of-all', role: 'viewer' },
      { name: 'admin', token: 'admin-token-of-all', role: 'admin' },
    ],
  }),
  'tokens.yaml',
);
const [READER, OPERATOR, VIEWER] = ['reader-token-of-a', 'operator-token-of-east', 'viewer-token-of-all'] as const;
const ADMIN = 'admin-token-of-all';

const GB = 1e9;
let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(
    async (store) => {
      const places = [
        { gpu_utilisation: 0.5, gpu_request: 2 },
        { pod: 'web-2', node: 'node-2' },
        { namespace: 'b', pod: SECRET, workload: SECRET, team: SECRET, environment: SECRET },
        { namespace: 'abc', pod: SECRET, workload: SECRET, team: SECRET },
        { cluster: 'west', pod: SECRET, workload: SECRET, node: SECRET, team: SECRET },
      ];
      const usage = places.flatMap((place) =>
        [0, 1, 2, 3].map((tick) =>
          podUsageRow({ ...place, at: at(-1800 + 30 * tick), cpu_cores: 0.5 + tick / 4, memory_bytes: GB }),
        ),
      );
      await insertUsage(store, usage);
      const nodes = [
        nodeResourcesRow({ id: 'n1', cpu_cores: 4, memory_bytes: 16 * GB, gpus: 2 }),
        nodeResourcesRow({ id: 'n2', node: 'node-2', cpu_cores: 2, memory_bytes: 8 * GB }),
        nodeResourcesRow({ id: 'n3', node: 'cordoned', cpu_cores: 64, memory_bytes: null, unschedulable: 1 }),
        nodeResourcesRow({ id: 'n4', node: 'gone', cpu_cores: 64, ended_at: at(-60) }),
        nodeResourcesRow({ id: 'w1', cluster: 'west', node: SECRET }),
      ];
      await store.insert(nodeResourcesTable, nodes, { token: 'nodes' });
      const pods = [
        resourcesRow({
          id: 'p1',
          cpu_request_cores: 1.5,
          cpu_limit_cores: 6,
          memory_request_bytes: 4 * GB,
          gpu_request: 1,
        }),
        resourcesRow({ id: 'p2', pod: 'web-2', node: 'node-2', cpu_request_cores: 0.4 }),
        resourcesRow({ id: 'p3', pod: SECRET, namespace: 'b', node: '', cpu_request_cores: 0.2 }),
        resourcesRow({ id: 'p4', pod: 'old', ended_at: at(-60), cpu_request_cores: 50 }),
      ];
      await store.insert(podResourcesTable, pods, { token: 'pods' });
      const windows = [
        windowRow({
          window_start: at(-7200 * 2),
          state: 'failed',
          imported_to: null,
          tries: 3,
          next_try_at: at(60),
          error_code: 'prometheus_unavailable',
          error: OF_CLUSTER,
          backfill: 1,
        }),
        windowRow({ window_start: at(-10_800) }),
        windowRow({ window_start: at(-7200), missing: ['gpu_utilisation'] }),
        windowRow({ window_start: at(-3600), state: 'open', imported_to: at(-90), missing: ['file_bytes'] }),
        windowRow({ cluster: 'west', window_start: at(-3600), error: SECRET }),
      ];
      await store.insert(usageWindowsTable, windows, { token: 'windows' });
      await store.insert(
        usageSourcesTable,
        [sourceRow({ expression: OF_CLUSTER }), sourceRow({ cluster: 'west', source: SECRET })],
        {
          token: 's',
        },
      );
      const kill = exceptionRow({ id: 'k', namespace: 'b', pod: SECRET, observed_at: at(-900) });
      await store.insert(exceptionsTable, [kill], { token: 'kills' });
    },
    { auth: { tokens: TOKENS }, options: { importedClusters: ['east', 'north'] } },
  );
});
afterAll(() => api.close());

async function get<T>(url: string, token: string = VIEWER): Promise<T> {
  const answer = await api.ask(url, { token });
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
  return answer.json<T>();
}
const HOUR = `from=${at(-3600)}&to=${at(0)}`;

it('holds requests, limits and use against what nodes have', async () => {
  const { clusters, nodes } = await get<UsageNodes>(`/usage/nodes?${HOUR}&cluster=east`);
  expect(nodes.map(({ node }) => node)).toEqual(['cordoned', 'node-1', 'node-2']);
  expect(nodes[1]).toMatchObject({
    unschedulable: false,
    pods: 1,
    cpu: { allocatable: 4, requests: 1.5, limits: 6, max: 3.75, requests_ratio: 0.375, limits_ratio: 1.5 },
    // Two GPUs that the pod asks for, half of the time each.
    gpu: { allocatable: 2, requests: 1, requests_ratio: 0.5, avg: 1, max: 1, p95: null, idle: 0.5 },
  });
  // Three pods on it, each 0.5, 0.75, 1 and 1.25 cores.
  expect(nodes[1]!.cpu.avg).toBeCloseTo(2.625, 12);
  expect(nodes[1]!.cpu.idle).toBeCloseTo(1 - 2.625 / 4, 12);
  expect(nodes[0]).toMatchObject({ unschedulable: true, cpu: { allocatable: 64, requests: 0, avg: null, idle: null } });
  expect(nodes[2]!.gpu).toMatchObject({ avg: null, max: null, idle: null });
  expect(nodes[0]!.memory).toMatchObject({ allocatable: null, requests: 0, requests_ratio: null });
  expect(clusters).toMatchObject([
    {
      cluster: 'east',
      nodes: 3,
      cordoned: 1,
      pods: 3,
      // The cordoned one counts: its pods ask and use as well.
      cpu: { allocatable: 70, limits: 6 },
      gpu: { avg: 1, max: 1, idle: 0.5 },
      // Pods that wait for a node count too: 2.1 cores do not fit into node-2 alone.
      without_largest: {
        cpu: { node: 'node-1', rest: 2, fits: false },
        memory: { node: 'node-1', rest: 8 * GB, fits: true },
        gpu: { node: 'node-1', rest: 0, fits: false },
      },
    },
  ]);
  const days = await get<UsageNodes>(`/usage/nodes?from=${at(-86_400 * 3)}&to=${at(0)}&cluster=east`);
  expect(days.resolution.step).toBe('1d');
  for (const { gpu } of [days.clusters[0]!, days.nodes[1]!]) expect(gpu).toMatchObject({ avg: 1, max: 1, idle: 0.5 });
  const one = await get<UsageNodes>(`/usage/nodes?${HOUR}&cluster=east&node=node-*,!node-1`);
  expect(one.nodes.map(({ node }) => node)).toEqual(['node-2']);
});

it('takes requests from Prometheus where the journal has none, and says null where neither has', async () => {
  const { clusters } = await get<UsageNodes>(`/usage/nodes?${HOUR}&cluster=west`);
  expect(clusters[0]).toMatchObject({
    pods: null,
    cpu: { allocatable: 4, requests: null, max: 1.25 },
    without_largest: { cpu: { fits: null, rest: 0 }, gpu: { node: null, fits: null } },
  });
  const before = await get<UsageNodes>(`/usage/nodes?from=${at(-90_000)}&to=${at(-80_000)}`);
  expect(before).toMatchObject({ clusters: [], nodes: [] });
});

it('shows how imports stand', async () => {
  const { items } = await get<ImportPage>(`/imports?from=${at(-5 * 3600)}&to=${at(0)}&cluster=east`);
  expect(items).toMatchObject([
    {
      cluster: 'east',
      imported_to: at(-90),
      lag_ms: 90_000,
      method: 'remote_read',
      windows: { pending: 0, open: 1, done: 2, failed: 1, given_up: 0 },
      backfill_left: 1,
      rows: 960,
      missing: ['file_bytes'],
      failed: [{ window_start: at(-14_400), tries: 3, next_try_at: at(60), error_code: 'prometheus_unavailable' }],
      sources: [{ measure: 'cpu_cores', chosen: 'found' }],
      hours: [
        { state: 'none', from: at(-18_000), to: at(-14_400) },
        { state: 'failed', from: at(-14_400), to: at(-10_800) },
        { state: 'done', from: at(-10_800), to: at(-3600) },
        { state: 'open', from: at(-3600), to: at(0) },
      ],
    },
  ]);
  expect((await get<ImportPage>('/imports')).items.map(({ cluster }) => cluster)).toEqual(['east', 'west']);
  expect((await api.ask(`/imports?from=${at(-401 * 86_400)}&to=${at(0)}`, { token: VIEWER })).statusCode).toBe(400);
});

describe('a reader of east/a', () => {
  it.each([
    ...['pod', 'workload', 'namespace', 'team', 'node', 'cluster'].map((by) => `/usage/pods?by=${by}&${HOUR}`),
    ...['pod', 'workload', 'team', 'cluster'].map((by) => `/usage/pods?by=${by}&from=${at(-86_400 * 3)}&to=${at(0)}`),
    `/usage/pods?pod=*&cluster=*&namespace=*&${HOUR}`,
    `/usage/pods.csv?${HOUR}`,
    `/usage/series?by=cluster&cluster=east&${HOUR}`,
    `/usage/series?by=pod&cluster=west&namespace=a&name=${SECRET.slice(0, 3)}*&${HOUR}`,
    `/usage/nodes?${HOUR}`,
    '/imports',
  ])('sees nothing else through %s', async (url) => {
    const answer = await api.ask(url, { token: READER });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain(SECRET);
    expect(answer.body).not.toMatch(/"(b|abc|west)"|,(b|abc|west),/);
  });

  it.each([HOUR, `from=${at(-86_400 * 3)}&to=${at(0)}`])('has sums of its own pods alone: %s', async (range) => {
    const { items } = await get<UsagePage>(`/usage/pods?by=cluster&${range}`, READER);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ oom_kills: 0 });
    // Of more than two days an estimate: at how many instants there was any of its pods is not known.
    expect(items[0]!.cpu.avg).toBeCloseTo(range === HOUR ? 2 * 0.875 : 0.875, 12);
    expect((await get<UsagePage>(`/usage/pods?by=cluster&cluster=east&${range}`)).items[0]!.cpu.avg).toBeCloseTo(
      3.5,
      12,
    );
  });

  it('sees how imports stand, and not where from', async () => {
    const [own] = (await get<ImportPage>('/imports', READER)).items;
    expect(own).toMatchObject({
      failed: [{ error_code: 'prometheus_unavailable', error: '' }],
      sources: [{ source: 'cadvisor', expression: '' }],
    });
    const [whole] = (await get<ImportPage>('/imports?cluster=east', OPERATOR)).items;
    expect(whole).toMatchObject({ failed: [{ error: OF_CLUSTER }], sources: [{ expression: OF_CLUSTER }] });
  });

  it('sees what nodes have, and no sums over all namespaces', async () => {
    const { clusters, nodes } = await get<UsageNodes>(`/usage/nodes?${HOUR}`, READER);
    expect(clusters).toMatchObject([
      {
        cluster: 'east',
        pods: null,
        cpu: { allocatable: 70, requests: null, avg: null },
        without_largest: { cpu: { fits: null } },
      },
    ]);
    expect(nodes).toHaveLength(3);
  });
});

describe('asking for the past', () => {
  const post = (payload: object, token: string = OPERATOR) => api.ask('/imports', { method: 'POST', token, payload });

  it.each([
    [{ cluster: 'east', from: at(-86_400 * 401), to: at(0) }, 400],
    [{ cluster: 'east', from: at(-86_400 * 400 - 60), to: at(-86_400 * 399) }, 400],
    [{ cluster: 'east', from: at(-60), to: at(60) }, 400],
    [{ cluster: 'east', from: at(0), to: at(-60) }, 400],
    [{ cluster: 'east', from: at(-60) }, 400],
    [{ cluster: 'east', from: null, to: at(0) }, 400],
    [{ cluster: 'east', from: at(-60), to: at(0), more: 1 }, 400],
    [{ cluster: 'west', from: at(-7200), to: at(0) }, 403],
  ])('refuses %j with %i', async (payload, status) => {
    expect((await post(payload)).statusCode).toBe(status);
  });

  it.each([
    ['north', 200],
    ['west', 409],
    ['nowhere', 404],
  ])('takes only what somebody imports: %s is %i', async (cluster, status) => {
    const answer = await post({ cluster, from: at(-7200), to: at(0) }, ADMIN);
    expect(answer.statusCode).toBe(status);
    const counted = await api.store.query(
      `SELECT count() AS windows FROM usage_windows WHERE cluster = '${cluster}' AND state = 'pending'`,
    );
    expect(counted).toEqual([{ windows: status === 200 ? 2 : 0 }]);
  });

  it('says that nobody imports the cluster any more', async () => {
    const answer = await post({ cluster: 'west', from: at(-7200), to: at(0) }, ADMIN);
    expect(answer.json<{ error: { code: string; message: string } }>().error).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('usage.prometheus') as string,
    });
  });

  it('says from when on', async () => {
    const answer = await post({ cluster: 'east', from: at(-86_400 * 401), to: at(-86_400 * 390) });
    expect(answer.json<{ error: { message: string } }>().error.message).toBe(
      `from must not lie before ${toTime(oldestImport(DEFAULT_RETENTION, Date.parse(at(0))))}: usage by hours is kept for 400 days (retention.usage_hourly_days)`,
    );
  });

  it('needs the role and the whole cluster, and a cluster that is imported', async () => {
    const payload = { cluster: 'east', from: at(-7200), to: at(0) };
    expect((await post(payload, VIEWER)).statusCode).toBe(403);
    expect((await post(payload, READER)).statusCode).toBe(403);
    const nowhere = await post({ ...payload, cluster: 'east' }, 'no-such-token-at-all');
    expect(nowhere.statusCode).toBe(401);
  });

  it('writes the hours that are to be imported, and leaves the others as they are', async () => {
    const ask = async (more: object) =>
      (await post({ cluster: 'east', from: at(-6 * 3600 + 60), to: at(-60), ...more })).json<ImportAccepted>();
    expect(await ask({})).toEqual({ cluster: 'east', from: at(-6 * 3600), to: at(0), hours: 6, pending: 3, kept: 3 });
    const stored = await api.store.query<{ window_start: string; state: string; backfill: number }>(
      `SELECT window_start, state, backfill FROM usage_windows WHERE cluster = 'east' ORDER BY window_start`,
    );
    const [pending, done] = [
      { state: 'pending', backfill: 1 },
      { state: 'done', backfill: 0 },
    ];
    expect(stored).toMatchObject([pending, pending, pending, done, done, { state: 'open' }]);
    expect(await ask({ again: true })).toMatchObject({ pending: 5, kept: 1 });
    const { items } = await get<ImportPage>('/imports?cluster=east');
    expect(items[0]).toMatchObject({ windows: { pending: 5, open: 1, done: 0 }, backfill_left: 5 });
    // What is there of hours that were done stays recorded until they are imported again.
    const [again] = await api.store.query(
      `SELECT state, tries, rows, toUInt8(isNotNull(imported_to)) AS kept FROM usage_windows
      WHERE cluster = 'east' AND has(missing, 'gpu_utilisation')`,
    );
    expect(again).toMatchObject({ state: 'pending', tries: 0, kept: 1, rows: 240 });
  });
});
