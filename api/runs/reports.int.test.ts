import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunCheck, RunComparison } from '../../schemas/api/run-comparisons.ts';
import type { RunItem, RunReport } from '../../schemas/api/runs.ts';
import { exceptionsTable } from '../../schemas/exceptions.ts';
import { clustersTable, coverageTable } from '../../schemas/journal.ts';
import { maintenanceTable, outagesTable } from '../../schemas/outages.ts';
import { rolloutsTable } from '../../schemas/rollouts.ts';
import { usageWindowsTable } from '../../schemas/usage.ts';
import { parseTokens } from '../auth.ts';
import { at, clusterRow, coverageRow, exceptionRow } from '../testing/rows.ts';
import { serviceApp, type ServiceApp } from '../testing/service-app.ts';
import { maintenanceRow, outageRow, rolloutRow } from '../testing/service-rows.ts';
import { insertUsage, podUsageRow, windowRow } from '../testing/usage-rows.ts';

/** Everything of namespace b and of cluster west carries this word. */
const SECRET = 'kingfisher';
const TOKENS = parseTokens(
  JSON.stringify({
    tokens: [
      {
        name: 'operator',
        token: 'operator-token-of-a',
        role: 'operator',
        clusters: ['east'],
        namespaces: ['a', 'a-*'],
      },
      { name: 'admin', token: 'admin-token-of-all', role: 'admin' },
    ],
  }),
  'tokens.yaml',
);
const [OPERATOR, ADMIN] = ['operator-token-of-a', 'admin-token-of-all'] as const;
const GB = 1e9;
const PLACES = [
  { cpu_cores: 0.5, memory_bytes: 0.9 * GB },
  { pod: `${SECRET}-1`, namespace: 'b', workload: SECRET, cpu_cores: 2, memory_bytes: 2 * GB },
  { pod: 'web-9', cluster: 'west', cpu_cores: 1, memory_bytes: 0.5 * GB },
];

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(
    async (store) => {
      const usage = [-7200, -3600].flatMap((start) =>
        PLACES.flatMap((place) =>
          [0, 1, 2, 3].map((tick) =>
            podUsageRow({
              memory_limit_bytes: GB,
              cpu_limit_cores: 4,
              cpu_throttled: 0.25,
              ...place,
              memory_bytes: place.memory_bytes * (start === -7200 ? 0.5 : 1),
              at: at(start + 30 * tick),
            }),
          ),
        ),
      );
      await insertUsage(store, usage);
      const windows = ['east', 'west'].flatMap((cluster) =>
        [-7200, -3600].map((start) => windowRow({ cluster, window_start: at(start), imported_to: at(start + 3600) })),
      );
      await store.insert(
        usageWindowsTable,
        [
          ...windows.slice(0, 3),
          windowRow({ cluster: 'west', window_start: at(-3600), state: 'open', imported_to: at(-1800) }),
        ],
        { token: 'w' },
      );
      const exceptions = [
        exceptionRow({ id: 'old-1', fingerprint: 'known', reason: 'Error', observed_at: at(-5000) }),
        exceptionRow({ id: 'old-2', fingerprint: 'known', reason: 'Error', observed_at: at(-3000) }),
        exceptionRow({ id: 'new-2', fingerprint: 'fresh', observed_at: at(-2000) }),
        exceptionRow({ id: 'new-1', fingerprint: 'fresh', observed_at: at(-2500), workload: 'web/☃' }),
        exceptionRow({ id: 'quiet', fingerprint: 'q', verdict: 'suppressed', rule: 'startup', observed_at: at(-100) }),
        exceptionRow({ id: 'end', fingerprint: 'after', observed_at: at(0) }),
        exceptionRow({ id: SECRET, namespace: 'b', workload: SECRET, fingerprint: SECRET, observed_at: at(-1000) }),
        exceptionRow({
          id: 'pull',
          type: 'stuck',
          reason: 'ImagePullBackOff',
          fingerprint: 'known',
          observed_at: at(-900),
          cluster: 'west',
        }),
      ];
      await store.insert(exceptionsTable, exceptions, { token: 'e' });
      const outages = [
        outageRow({ id: 'o1', service: 'web', started_at: at(-3900), ended_at: at(-3540) }),
        outageRow({ id: 'o2', service: 'web', started_at: at(-60), ended_at: null, planned: 1 }),
        outageRow({ id: 'o3', service: 'web', started_at: at(-1000), ended_at: at(-900), kind: 'degraded' }),
        outageRow({ id: 'o4', service: 'web', started_at: at(-800), ended_at: at(-700) }),
        outageRow({ id: 'o5', service: 'web', started_at: at(-500), ended_at: at(-499), blip: 1 }),
        outageRow({ id: 'o6', service: SECRET, namespace: 'b', started_at: at(-500), ended_at: at(-400) }),
      ];
      await store.insert(outagesTable, outages, { token: 'o' });
      await store.insert(
        maintenanceTable,
        [maintenanceRow({ id: 'm', cluster: 'east', from: at(-900), to: at(-600) })],
        { token: 'm' },
      );
      const rollouts = [
        rolloutRow({ id: 'r1' }),
        rolloutRow({
          id: 'r2',
          outcome: 'failed',
          reason: 'too slow',
          failed_at: at(-300),
          started_at: at(-400),
          finished_at: null,
        }),
        rolloutRow({ id: 'r3', outcome: 'failed', failed_at: at(-9000), started_at: at(-9500), finished_at: null }),
      ];
      await store.insert(rolloutsTable, rollouts, { token: 'r' });
      await store.insert(coverageTable, [coverageRow({}), coverageRow({ cluster: 'west', from: at(-3600) })], {
        token: 'c',
      });
      await store.insert(clustersTable, [clusterRow({}), clusterRow({ cluster: 'west' })], { token: 'h' });
    },
    { auth: { tokens: TOKENS } },
  );
});
afterAll(() => api.close());

type Method = 'GET' | 'POST' | 'DELETE';
async function ask<T>(
  url: string,
  request: { method?: Method; token?: string; payload?: object; status?: number } = {},
): Promise<T> {
  const { status = 200, ...rest } = request;
  const answer = await api.ask(url, { token: ADMIN, ...rest });
  if (answer.statusCode !== status) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
  return answer.json<T>();
}
const post = (payload: object, more: object = {}) => ask<RunItem>('/runs', { method: 'POST', payload, ...more });

describe('reports', () => {
  beforeAll(async () => {
    await post({ name: 'before', from: at(-7200), to: at(-3600) });
    await post({ name: 'after', from: at(-3600), to: at(0), clusters: ['east'] });
    await post({ name: 'west', from: at(-3600), to: at(0), clusters: ['west'] });
    await post({
      name: 'mine',
      from: at(-3600),
      to: at(0),
      clusters: ['east', 'west'],
      namespaces: ['a', 'b', `${SECRET}*`],
    });
    await post({ name: SECRET, from: at(-3600), to: at(0), clusters: ['east'], namespaces: ['b'] });
    await post({ name: 'own', from: at(-3600), clusters: ['east'], namespaces: ['a'] }, { token: OPERATOR });
    await post({ name: 'snow', from: at(-3600), to: at(0), namespaces: ['a*'], workloads: ['Deployment/web*'] });
  });

  it('tell what a run came to', async () => {
    const { exceptions, outages, rollouts, usage, complete, watched, sizing, ...rest } =
      await ask<RunReport>('/runs/after/report');
    expect(rest).toMatchObject({ from: at(-3600), to: at(0), hours: 1, going_on: false, whole: true });
    expect(exceptions).toMatchObject({
      deaths: 4,
      others: 0,
      oom_kills: 4,
      groups_total: 3,
      new_groups: 2,
      new_exceptions: 3,
    });
    expect(
      exceptions.groups.map(({ fingerprint, count, new: fresh, first_id: first }) => [
        fingerprint,
        count,
        fresh,
        first,
      ]),
    ).toEqual([
      ['fresh', 2, true, 'new-1'],
      [SECRET, 1, true, SECRET],
      ['known', 1, false, 'old-2'],
    ]);
    expect(exceptions.by_workload.map(({ workload, reason, count }) => [workload, reason, count])).toContainEqual([
      'web',
      'Error',
      1,
    ]);
    expect(outages).toMatchObject({
      down: 4,
      unplanned: 2,
      degraded: 1,
      downtime_s: 60 + 60 + 100 + 100,
      unplanned_s: 160,
      degraded_s: 100,
    });
    expect(outages.items.find(({ id }) => id === 'o4')).toMatchObject({ announced: true, within_s: 100 });
    expect(rollouts).toMatchObject({ total: 3, failed: 1 });
    expect(rollouts.items.map(({ id, failed }) => [id, failed])).toEqual([
      ['r2', true],
      ['r3', false],
      ['r1', false],
    ]);
    expect(usage.total).toBe(2);
    expect(sizing).toMatchObject({ total: 2, items: [{ name: SECRET }, { name: 'web' }] });
    expect(usage.items[0]).toMatchObject({ workload: SECRET, danger: { memory: 2, cpu: 0.5 } });
    expect(complete).toEqual({ share: 1, clusters: [{ cluster: 'east', imported_hours: 1, missing_hours: 0 }] });
    expect(watched).toEqual({ share: 1, clusters: [{ cluster: 'east', unwatched_s: 0, spans: [] }] });
  });

  it('are of the namespaces and workloads that the run names', async () => {
    const { exceptions, outages, usage } = await ask<RunReport>('/runs/snow/report');
    expect(exceptions).toMatchObject({ deaths: 3, others: 1 });
    expect(outages.down).toBe(3);
    expect(usage.items.map(({ cluster, workload }) => `${cluster} ${workload}`).toSorted()).toEqual([
      'east web',
      'west web',
    ]);
  });

  it('say what is missing', async () => {
    const { complete, watched } = await ask<RunReport>('/runs/west/report');
    expect(complete).toEqual({ share: 0.5, clusters: [{ cluster: 'west', imported_hours: 0.5, missing_hours: 0.5 }] });
    const early = await ask<RunReport>('/runs/before/report');
    expect(watched.share).toBe(1);
    expect(early.watched).toMatchObject({
      share: 0,
      clusters: [
        { cluster: 'east', unwatched_s: 0 },
        { cluster: 'west', unwatched_s: 3600 },
      ],
    });
  });

  it('take nothing to be watched before the agent was heard of after it', async () => {
    const watchedTo = async (seconds: number) => {
      const { checks } = await ask<RunCheck>(`/check?from=${at(-105)}&to=${at(seconds)}&cluster=east`);
      return checks.find(({ name }) => name === 'watched')?.found;
    };
    expect(await watchedTo(-5)).toBe(1);
    expect(await watchedTo(-1)).toBeCloseTo(100 / 104, 6);
  });

  it('show a reader what they may see, and say that it is not all', async () => {
    const { items } = await ask<{ items: RunItem[] }>('/runs', { token: OPERATOR });
    expect(items.map(({ name, whole }) => [name, whole]).toSorted()).toEqual([
      ['after', false],
      ['before', false],
      ['mine', false],
      ['own', true],
      ['snow', false],
    ]);
    await ask(`/runs/${SECRET}`, { token: OPERATOR, status: 404 });
    await ask('/runs/west/report', { token: OPERATOR, status: 404 });
    const report = await ask<RunReport>('/runs/mine/report', { token: OPERATOR });
    expect(report).toMatchObject({ whole: false, run: { clusters: ['east'], namespaces: ['a'] } });
    expect(JSON.stringify(report)).not.toContain(SECRET);
    expect(JSON.stringify(report)).not.toContain('west');
    expect(report.exceptions.deaths).toBe(3);
    for (const url of ['/runs/compare?a=after&b=mine', '/runs/mine/check', `/check?from=${at(-3600)}`]) {
      expect(JSON.stringify(await ask(url, { token: OPERATOR }))).not.toMatch(new RegExp(`${SECRET}|west`));
    }
    await ask('/runs/mine', { method: 'DELETE', token: OPERATOR, status: 403 });
    await ask('/runs/mine/stop', { method: 'POST', token: OPERATOR, status: 403 });
    await ask(`/check?from=${at(-60)}&cluster=west`, { token: OPERATOR, status: 403 });
  });

  it('are compared', async () => {
    const compared = await ask<RunComparison>('/runs/compare?a=before&b=after');
    expect(compared.counts).toContainEqual(
      expect.objectContaining({ name: 'deaths', a: 1, b: 4, difference: 3, ratio: 4, b_per_hour: 4 }),
    );
    const web = compared.usage.find(({ workload, cluster_b: cluster }) => workload === 'web' && cluster === 'east');
    expect(web?.memory.max).toEqual({ a: 0.45 * GB, b: 0.9 * GB, difference: 0.45 * GB, ratio: 2 });
    expect(compared).toMatchObject({ only_a: 1, only_b: 0, cut: false });
    const across = await ask<RunComparison>('/runs/compare?a=west&b=own');
    expect(across.usage).toMatchObject([{ cluster_a: 'west', cluster_b: 'east', workload: 'web' }]);
    await ask('/runs/compare?a=before&b=nothing', { status: 404 });
  });

  it('are held against thresholds', async () => {
    const failed = ({ checks }: RunCheck) => checks.filter(({ ok }) => !ok).map(({ name }) => name);
    const strict = await ask<RunCheck>('/runs/after/check');
    expect(strict.ok).toBe(false);
    expect(failed(strict)).toEqual(['new_exceptions', 'oom_kills', 'outages', 'failed_rollouts']);
    expect(strict.checks.find(({ name }) => name === 'new_exceptions')?.what[0]).toEqual({
      text: expect.stringMatching(/^east\/a Deployment\/web\/☃ app: OOMKilled \(exit code 137\), 2 times/),
      link: '/exceptions/new-1',
    });
    const mild =
      'max_new_exceptions=3&max_oom_kills=4&max_outages=2&max_failed_rollouts=1&max_memory_ratio=2&max_cpu_ratio=0.5&max_throttled=0.25&max_downtime_s=160';
    expect(await ask(`/runs/after/check?${mild}`)).toMatchObject({ ok: true });
    expect(
      failed(await ask<RunCheck>(`/runs/after/check?${mild.replace('ratio=2', 'ratio=1.99').replace('160', '159')}`)),
    ).toEqual(['downtime_s', 'memory_ratio']);
    expect(failed(await ask<RunCheck>(`/runs/west/check?max_new_exceptions=9&max_memory_ratio=1`))).toEqual([
      'complete',
    ]);
    expect(await ask('/runs/west/check?min_complete=0.5&max_new_exceptions=1')).toMatchObject({ ok: true });
    expect(failed(await ask<RunCheck>(`/check?from=${at(-10_000)}&to=${at(-8900)}`))).toEqual([
      'watched',
      'complete',
      'failed_rollouts',
    ]);
    expect(failed(await ask<RunCheck>(`/check?from=${at(-3600)}&cluster=nowhere`))).toEqual(['watched', 'complete']);
    const named = async (query: string) => {
      const { checks } = await ask<RunCheck>(`/check?from=${at(-3600)}&cluster=east&${query}`);
      return checks.find(({ name }) => name === 'found')?.what.map(({ text }) => text);
    };
    expect(await named('namespace=a&workload=Deployment/web&workload=Deployment/web/*')).toEqual([]);
    expect(await named('namespace=typo&workload=deployment/web')).toEqual([
      'no namespace typo is known in the range',
      expect.stringMatching(/^no workload deployment\/web is known/),
    ]);
    expect(await named(`namespace=a&workload=${SECRET}`)).toEqual([`no workload ${SECRET} is known in the range`]);
    const partly = await ask<RunCheck>('/runs/mine/check', { token: OPERATOR });
    expect(failed(partly)).toContain('found');
    const held = await ask<RunCheck>('/runs/after/check?baseline=own&max_memory_ratio=0.8');
    expect(held.baseline).toMatchObject({ name: 'own' });
    expect(held.checks.find(({ name }) => name === 'memory_ratio')?.what.map(({ text }) => text)).toEqual([
      `east/b Deployment/${SECRET}: memory / limit 200 %`,
    ]);
  });

  it.each([
    ['/check', 'from is needed'],
    [`/check?from=${at(60)}`, 'from must lie before now'],
    [`/check?from=${at(-93 * 86_400)}`, '92 days'],
    [`/check?from=${at(-60)}&namespace=!a`, 'takes no !'],
    ['/runs/after/check?max_throttled=2', 'max_throttled'],
    ['/runs/after/check?nonsense=2', 'nonsense'],
  ])('refuse %s', async (url, words) => {
    expect(JSON.stringify(await ask(url, { status: 400 }))).toContain(words);
  });
});
