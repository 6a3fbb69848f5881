import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EndpointSteps, ServiceDetail, ServicePage } from '../schemas/api/services.ts';
import type { ServiceGroups } from '../schemas/api/sla.ts';
import { clustersTable, coverageTable } from '../schemas/journal.ts';
import { maintenanceTable, outagesTable, serviceEndpointsTable, servicesTable } from '../schemas/outages.ts';
import { at, clusterRow, coverageRow } from './testing/rows.ts';
import { serviceApp, type ServiceApp } from './testing/service-app.ts';
import { endpointsRow, maintenanceRow, outageRow, serviceRow } from './testing/service-rows.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

const SERVICES = [
  serviceRow({ service: 'web', team: 'shop', environment: 'live', objective: 99 }),
  serviceRow({ service: 'quiet', namespace: 'b', team: 'shop', environment: 'live' }),
  serviceRow({ service: 'half', namespace: 'b', state: 'degraded', team: 'data', ready: 1 }),
  serviceRow({ service: 'outside', type: 'ExternalName', state: 'external', first_ready_at: null, workloads: [] }),
  serviceRow({
    service: 'anew',
    service_uid: 'first',
    first_seen_at: at(-DAY),
    deleted_at: at(-12 * HOUR),
    state: 'gone',
  }),
  serviceRow({ service: 'anew', service_uid: 'second', first_seen_at: at(-6 * HOUR), first_ready_at: at(-6 * HOUR) }),
  serviceRow({
    service: 'long-gone',
    first_seen_at: at(-90 * DAY),
    first_ready_at: at(-90 * DAY),
    deleted_at: at(-60 * DAY),
    state: 'gone',
  }),
  serviceRow({ service: 'web', cluster: 'silent', state: 'down' }),
];
const OUTAGES = [
  outageRow({
    id: 'web-1',
    service: 'web',
    started_at: at(-10 * HOUR),
    started_earliest: at(-10 * HOUR - 60),
    started_latest: at(-10 * HOUR + 60),
    ended_at: at(-9 * HOUR),
    cause: 'crash',
    cause_facts: '{"pod":"web-1","exit_code":137}',
  }),
  outageRow({ id: 'web-2', service: 'web', started_at: at(-1800), ended_at: at(-900), cause: 'rollout', planned: 1 }),
  outageRow({ id: 'web-blip', service: 'web', started_at: at(-3 * HOUR), ended_at: at(-2 * HOUR), blip: 1 }),
  outageRow({ id: 'web-off', service: 'web', kind: 'off', started_at: at(-20 * HOUR), ended_at: at(-18 * HOUR) }),
  outageRow({ id: 'web-port', service: 'web', kind: 'port', port: 'grpc', started_at: at(-100), ended_at: at(-50) }),
  outageRow({ id: 'half-1', service: 'half', namespace: 'b', kind: 'degraded', started_at: at(-600), ended_at: null }),
  outageRow({
    id: 'anew-1',
    service: 'anew',
    service_uid: 'first',
    started_at: at(-14 * HOUR),
    ended_at: at(-13 * HOUR),
  }),
  outageRow({ id: 'anew-2', service: 'anew', service_uid: 'second', started_at: at(-2 * HOUR), ended_at: at(-HOUR) }),
  outageRow({
    id: 'quiet-1',
    service: 'quiet',
    namespace: 'b',
    started_at: at(-5 * HOUR),
    ended_at: at(-5 * HOUR + 600),
  }),
];

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(async (store) => {
    await store.insert(servicesTable, SERVICES, { token: 'services' });
    await store.insert(outagesTable, OUTAGES, { token: 'outages' });
    const windows = [
      maintenanceRow({ id: 'm1', namespace: 'b', from: at(-5 * HOUR - 60), to: at(-5 * HOUR + 300) }),
      maintenanceRow({
        id: 'm2',
        cluster: 'east',
        namespace: 'b',
        service: 'quiet',
        from: at(-5 * HOUR + 200),
        to: at(-4 * HOUR),
      }),
      maintenanceRow({ id: 'm3', from: at(-9.5 * HOUR), to: at(-9 * HOUR), deleted: 1 }),
    ];
    await store.insert(maintenanceTable, windows, { token: 'windows' });
    const spans = [
      coverageRow({ kind: 'endpointslice', state: 'gap', from: at(-8 * HOUR), to: at(-8 * HOUR + 120) }),
      coverageRow({ kind: 'service', namespace: 'b', state: 'gap', from: at(-7 * HOUR), to: at(-7 * HOUR + 60) }),
      coverageRow({ kind: 'pod', state: 'gap', from: at(-7 * HOUR), to: at(-6 * HOUR) }),
    ];
    await store.insert(coverageTable, spans, { token: 'spans' });
    const beats = [clusterRow({}), clusterRow({ cluster: 'silent', last_heartbeat_at: at(-2 * HOUR) })];
    await store.insert(clustersTable, beats, { token: 'beats' });
    const steps = Array.from({ length: 5000 }, (_, index) =>
      endpointsRow({ service: 'quiet', namespace: 'b', at: at(-5000 + index), ready: index === 2500 ? 9 : index % 3 }),
    );
    const few = [
      endpointsRow({ at: at(-7200), ready: 3 }),
      endpointsRow({ at: at(-1800), ready: 0 }),
      endpointsRow({ at: at(-900), ready: 2 }),
    ];
    await store.insert(serviceEndpointsTable, [...steps, ...few], { token: 'steps' });
  });
});
afterAll(() => api.close());

const names = (page: ServicePage) => page.items.map(({ service, cluster }) => (cluster === 'east' ? service : cluster));
const range = `from=${at(-DAY)}&to=${at(0)}`;
const one = async (service: string, query = '', namespace = 'a') =>
  api.get<ServiceDetail>(`/services/east/${namespace}/${service}?${range}${query}`);

describe('figures', () => {
  it('tells what is certain, what is likely and what is allowed', async () => {
    const web = await one('web');
    const counted = DAY - 2 * HOUR;
    expect(web).toMatchObject({
      counted_s: counted,
      off_s: 2 * HOUR,
      unknown_s: 120,
      maintenance_s: 0,
      outages: 2,
      longest_s: HOUR,
      mttr_s: (HOUR + 900) / 2,
      objective: 99,
      objective_from: 'annotation',
      ports: ['grpc'],
      downtime: {
        likely_s: HOUR + 900,
        best_s: HOUR - 60 + 900,
        worst_s: HOUR + 60 + 900 + 120,
        planned_s: 900,
        unplanned_s: HOUR,
        by_cause: [
          { cause: 'crash', seconds: HOUR, outages: 1 },
          { cause: 'rollout', seconds: 900, outages: 1 },
        ],
      },
      budget: { total_s: counted / 100, left_s: counted / 100 - HOUR - 900 },
      last_outage: { id: 'web-2', planned: true, duration_s: 900 },
      elsewhere: [{ cluster: 'silent', namespace: 'a', state: 'down' }],
    });
    expect(web.availability.best).toBeCloseTo(100 * (1 - (HOUR - 60 + 900) / counted), 9);
    expect(web.burn['1h']).toBeCloseTo(900 / HOUR / 0.01, 9);
    expect(web.burn['6h']).toBeCloseTo(900 / (6 * HOUR) / 0.01, 9);
  });

  it('leaves out maintenance, also where windows overlap, and tells it beside', async () => {
    const quiet = await one('quiet', '', 'b');
    expect(quiet).toMatchObject({
      outages: 0,
      maintenance_s: HOUR + 60,
      counted_s: DAY - HOUR - 60,
      unknown_s: 120 + 60,
      downtime: { likely_s: 0, by_cause: [] },
    });
    expect(quiet.availability.best).toBe(100);
    expect(quiet.availability_with_maintenance.best).toBeCloseTo(100 * (1 - 600 / DAY), 9);
  });

  it('is one service over what was deleted and made anew', async () => {
    expect(await one('anew')).toMatchObject({
      service_uid: 'second',
      counted_s: 12 * HOUR + 6 * HOUR,
      outages: 2,
      downtime: { likely_s: 2 * HOUR },
      last_outage: { id: 'anew-2' },
    });
  });

  it('knows nothing of a cluster whose agent is silent', async () => {
    const web = await api.get<ServiceDetail>(`/services/silent/a/web?${range}`);
    expect(web).toMatchObject({ unknown_s: 2 * HOUR, downtime: { worst_s: 2 * HOUR, best_s: 0 } });
  });

  it('has none where nothing was ever ready', async () => {
    expect(await one('outside')).toMatchObject({
      counted_s: 0,
      availability: { worst: null, best: null },
      burn: { '1h': null },
      last_outage: null,
    });
  });
});

describe('the list', () => {
  it('begins with the worst and counts all', async () => {
    const page = await api.get<ServicePage>(`/services?${range}`);
    expect(names(page)).toEqual(['anew', 'web', 'silent', 'half', 'quiet', 'outside']);
    expect(page).toMatchObject({
      total: 6,
      next: null,
      tz: 'UTC',
      states: { up: 3, degraded: 1, down: 1, off: 0, other: 1, budget_spent: 2 },
      without_figures: 1,
    });
  });

  it.each([
    ['team=shop', ['web', 'quiet']],
    ['team=(none)', ['anew', 'silent', 'outside']],
    ['environment=live&namespace=!b', ['web']],
    ['state=degraded,external', ['half', 'outside']],
    ['cause=crash', ['web']],
    ['cause=!crash', ['anew', 'web', 'quiet']],
    ['q=HAL', ['half']],
    ['q=%25', []],
    ['workload=Deployment/half,quiet', ['half', 'quiet']],
    ['workload=(none)', ['outside']],
    ['cluster=silent', ['silent']],
    ['service=web&cluster=east', ['web']],
    ['sort=name', ['anew', 'half', 'outside', 'quiet', 'web', 'silent']],
    ['sort=name&order=desc&limit=2', ['web', 'silent']],
    ['sort=outages', ['anew', 'web', 'silent', 'half', 'quiet', 'outside']],
    ['sort=state', ['silent', 'half', 'anew', 'web', 'quiet', 'outside']],
    ['sort=burn', ['anew', 'web', 'silent', 'half', 'quiet', 'outside']],
    ['sort=budget&order=desc&limit=1', ['silent']],
    ['limit=2&offset=1', ['web', 'silent']],
  ])('by %s', async (query, wanted) => {
    expect(names(await api.get<ServicePage>(`/services?${range}&${query}`))).toEqual(wanted);
  });

  it('has the days asked for, whatever the beginning of the range', async () => {
    const page = await api.get<ServicePage>(`/services?from=${at(-60)}&to=${at(0)}&days=3&service=web&cluster=east`);
    expect(page.items[0]?.days).toMatchObject([
      { date: '2026-11-20', counted_s: 0, availability: { worst: null, best: null } },
      { date: '2026-11-21', counted_s: 12 * HOUR - 2 * HOUR, down_s: 0, outages: 0 },
      { date: '2026-11-22', counted_s: 12 * HOUR, unknown_s: 120, down_s: HOUR + 900, outages: 2 },
    ]);
    const berlin = await api.get<ServicePage>(`/services?${range}&days=2&tz=Europe/Berlin&q=web&cluster=east`);
    expect(berlin.items[0]?.days).toMatchObject([
      { date: '2026-11-21', counted_s: 11 * HOUR - 2 * HOUR },
      { date: '2026-11-22', counted_s: 13 * HOUR },
    ]);
  });

  it('names a zone that nobody knows', async () => {
    const answer = await api.ask(`/services?tz=Europe/Atlantis`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      error: {
        code: 'bad_request',
        details: { problems: [{ parameter: 'tz', message: expect.stringContaining('Atlantis') }] },
      },
    });
  });

  it('ends at now, and is empty in times to come', async () => {
    expect(await api.get<ServicePage>(`/services?from=${at(-60)}&to=${at(900)}`)).toMatchObject({ to: at(0) });
    const later = await api.get<ServicePage>(`/services?from=${at(60)}&to=${at(900)}`);
    expect(later).toMatchObject({ from: at(0), to: at(0), without_figures: later.total });
  });

  it('has no days that have not come, or that no calendar of the store has', async () => {
    const dates = async (query: string) => {
      const { items } = await api.get<ServicePage>(`/services?${query}&q=web&cluster=east`);
      return items.map(({ days }) => days.map(({ date }) => date));
    };
    const ahead = await dates('from=2261-01-01T00:00:00Z&to=2261-12-31T00:00:00Z&days=2');
    expect(ahead).not.toEqual([]);
    expect(ahead).toEqual(ahead.map(() => ['2026-11-21', '2026-11-22']));
    const first = await dates('from=1970-01-01T00:00:00Z&to=1970-01-04T00:00:00Z&days=5');
    expect(first).toEqual(first.map(() => ['1970-01-02', '1970-01-03']));
    const { days } = await api.get<ServiceDetail>(
      '/services/east/a/web?to=1970-01-04T00:00:00Z&days=5&tz=Pacific/Kiritimati',
    );
    expect(days.map(({ date }) => date)).toEqual(['1970-01-02', '1970-01-03']);
    const future = await api.get<ServiceDetail>('/services/east/a/web?from=2261-01-01T00:00:00Z&days=1');
    expect(future.days).toMatchObject([{ date: '2026-11-22', counted_s: 12 * HOUR }]);
  });
});

it('gathers by team, the worst first', async () => {
  const groups = await api.get<ServiceGroups>(`/services/groups?${range}&by=team`);
  expect(groups.items.map(({ team, services, missed }) => [team, services, missed])).toEqual([
    ['', 3, 1],
    ['shop', 2, 1],
    ['data', 1, 0],
  ]);
  expect(groups.items[1]).toMatchObject({
    cluster: 'east',
    namespace: '',
    service: '',
    environment: 'live',
    counted_s: DAY - 2 * HOUR + DAY - HOUR - 60,
    outages: 2,
    longest_s: HOUR,
    objective: 99.9,
  });
  expect((await api.ask('/services/groups?by=pod')).statusCode).toBe(400);
});

describe('endpoints', () => {
  it('begin with what held when the range began', async () => {
    const steps = await api.get<EndpointSteps>(`/services/east/a/web/endpoints?from=${at(-3600)}&to=${at(0)}`);
    expect(steps).toEqual({
      from: at(-3600),
      to: at(0),
      thinned: false,
      steps: [
        { at: at(-3600), ready: 3, serving: 0, wanted: 2 },
        { at: at(-1800), ready: 0, serving: 0, wanted: 2 },
        { at: at(-900), ready: 2, serving: 0, wanted: 2 },
      ],
    });
  });

  it('are thinned to the extremes of each span', async () => {
    const { steps, thinned } = await api.get<EndpointSteps>(`/services/east/b/quiet/endpoints?${range}`);
    expect(thinned).toBe(true);
    expect(steps.length).toBeLessThanOrEqual(2000);
    expect(steps.length).toBeGreaterThan(100);
    expect(steps.map(({ at: time }) => time)).toEqual(steps.map(({ at: time }) => time).toSorted());
    expect(Math.max(...steps.map(({ ready }) => ready))).toBe(9);
    expect(steps.at(-1)).toMatchObject({ at: at(-1), ready: 4999 % 3 });
  });
});

it.each(['/services/east/a/nothing', '/services/east/a/nothing/endpoints'])('%s is not found', async (url) => {
  expect((await api.ask(url)).statusCode).toBe(404);
});
