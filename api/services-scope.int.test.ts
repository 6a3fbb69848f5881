import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { clustersTable, coverageTable, journalTable } from '../schemas/journal.ts';
import { maintenanceTable, outagesTable, serviceEndpointsTable, servicesTable } from '../schemas/outages.ts';
import { rolloutsTable } from '../schemas/rollouts.ts';
import { parseTokens } from './auth.ts';
import { at, clusterRow, coverageRow, exceptionRow, journalRow } from './testing/rows.ts';
import { serviceApp, type ServiceApp } from './testing/service-app.ts';
import { endpointsRow, maintenanceRow, outageRow, rolloutRow, serviceRow } from './testing/service-rows.ts';

/** Everything of namespace b and of cluster west carries this word; no answer to a reader of east/a may. */
const SECRET = 'kingfisher';
const TOKENS = parseTokens(
  JSON.stringify({
    tokens: [
      { name: 'reader', token: 'reader-token-of-a', role: 'viewer', clusters: ['ea*t'], namespaces: ['a', 'a_*'] },
      { name: 'admin', token: 'admin-token-of-all', role: 'admin' },
    ],
  }),
  'tokens.yaml',
);
const READER = 'reader-token-of-a';
const ADMIN = 'admin-token-of-all';

const PLACES = [
  { cluster: 'east', namespace: 'b' },
  // LIKE's own wildcard: the pattern a_* must not reach the namespace abc.
  { cluster: 'east', namespace: 'abc' },
  { cluster: 'west', namespace: 'a' },
];

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(
    async (store) => {
      const hidden = { team: SECRET, environment: SECRET, workloads: [`Deployment/${SECRET}`] };
      const services = PLACES.flatMap((place) => [
        serviceRow({ service: 'web', ...place, ...hidden, state: 'down' }),
        serviceRow({ service: SECRET, ...place, ...hidden }),
      ]);
      await store.insert(servicesTable, [serviceRow({ service: 'web' }), ...services], { token: 'services' });
      const span = { started_at: at(-7770), ended_at: at(-7000) };
      const outages = PLACES.map((place, index) =>
        outageRow({ id: `${SECRET}-${index}`, service: 'web', ...place, ...span, sentence: SECRET, rollout: 'mine' }),
      );
      const own = { rollout: `${SECRET}-r0`, exceptions: [`${SECRET}-e0`], started_at: at(-60), ended_at: at(0) };
      await store.insert(outagesTable, [outageRow({ id: 'mine', service: 'web', ...own }), ...outages], {
        token: 'outages',
      });
      const rollouts = PLACES.map((place, index) =>
        rolloutRow({ id: `${SECRET}-r${index}`, ...place, workload: SECRET, manager: SECRET, team: SECRET }),
      );
      await store.insert(rolloutsTable, [rolloutRow({ id: 'mine' }), ...rollouts], { token: 'rollouts' });
      const steps = PLACES.map((place) => endpointsRow({ ...place, at: at(-50), ready: 777 }));
      await store.insert(serviceEndpointsTable, [endpointsRow({ at: at(-100) }), ...steps], { token: 'steps' });
      const windows = PLACES.map((place, index) =>
        maintenanceRow({ id: `${SECRET}-${index}`, ...place, from: at(-50), to: at(-40), reason: SECRET }),
      );
      const everywhere = maintenanceRow({
        id: `${SECRET}-b`,
        namespace: 'b',
        from: at(-50),
        to: at(-40),
        reason: SECRET,
      });
      await store.insert(maintenanceTable, [...windows, everywhere], { token: 'windows' });
      const death = exceptionRow({ id: `${SECRET}-e0`, namespace: 'b', reason: SECRET });
      await store.insert(exceptionsTable, [death], { token: 'exceptions' });
      const workload = (place: object, image: string) =>
        journalRow({
          kind: 'workload',
          uid: 'uid-web',
          name: 'web',
          ...place,
          object: { kind: 'Deployment', spec: { image } },
        });
      const entries = PLACES.map((place) => workload(place, SECRET));
      await store.insert(journalTable, [workload({}, 'web:7'), ...entries], { token: 'journal' });
      const spans = [coverageRow({ kind: 'service', namespace: 'b', state: 'gap', from: at(-7000), to: at(-6223) })];
      await store.insert(coverageTable, spans, { token: 'spans' });
      await store.insert(clustersTable, [clusterRow({}), clusterRow({ cluster: 'west' })], { token: 'beats' });
    },
    { auth: { tokens: TOKENS } },
  );
});
afterAll(() => api.close());

const READS = [
  '/services?days=2',
  '/services?sort=name&order=desc&cluster=!east',
  '/services?namespace=b,abc&cluster=east,west',
  `/services?team=${SECRET}`,
  `/services?q=${SECRET}`,
  `/services?workload=${SECRET}`,
  '/services?cause=unknown',
  '/services/groups?by=team',
  '/services/groups?by=namespace',
  '/services/groups?by=cluster',
  '/services/east/a/web?days=2',
  '/services/east/a/web/endpoints',
  '/outages',
  '/outages?blip=true&kind=down,off,degraded,port',
  '/outages?rollout=mine',
  '/outages.csv',
  '/outages/mine',
  '/rollouts',
  '/rollouts?sort=manager',
  '/rollouts/mine',
  '/rollouts/marks',
  '/sla/report',
  '/sla/report?by=team',
  '/sla/report.csv?by=namespace',
  '/sla/report.csv',
  '/maintenance',
  '/maintenance?namespace=b',
  '/workloads/east/a/Deployment/web',
  '/workloads/east/a/Deployment/web/history',
  '/search?q=w',
  `/search?q=${SECRET}`,
  '/overview',
];

describe('a reader of east/a', () => {
  it.each(READS)('sees nothing else through %s', async (url) => {
    const answer = await api.ask(url, { token: READER });
    expect(answer.statusCode).toBe(200);
    // The reader's own outage names what is not to be seen; a name alone leads nowhere.
    const body = answer.body.replaceAll(/kingfisher-(r0|e0)/g, '');
    expect(body).not.toContain(SECRET);
    expect(body).not.toMatch(/"(b|abc|west)"|:777\b|,(b|abc|west),/);
  });

  it.each([
    ...PLACES.map(({ cluster, namespace }) => `/services/${cluster}/${namespace}/web`),
    ...PLACES.map(({ cluster, namespace }) => `/services/${cluster}/${namespace}/web/endpoints`),
    ...PLACES.map(({ cluster, namespace }) => `/workloads/${cluster}/${namespace}/Deployment/web`),
    ...PLACES.map(({ cluster, namespace }) => `/workloads/${cluster}/${namespace}/Deployment/web/history`),
    ...PLACES.map((_place, index) => `/outages/${SECRET}-${index}`),
    ...PLACES.map((_place, index) => `/rollouts/${SECRET}-r${index}`),
  ])('does not find %s', async (url) => {
    expect((await api.ask(url, { token: READER })).statusCode).toBe(404);
    expect((await api.ask(url, { token: ADMIN })).statusCode).toBe(200);
  });

  it('counts only its own', async () => {
    const get = async (url: string) => (await api.ask(url, { token: READER })).json<Record<string, unknown>>();
    expect(await get('/services')).toMatchObject({ total: 1, states: { up: 1, down: 0 } });
    expect(await get('/outages')).toMatchObject({ total: 1 });
    expect(await get('/outages/mine')).toMatchObject({ caused_by: null, deaths: [] });
    expect(await get('/rollouts')).toMatchObject({ total: 1 });
    expect(await get('/rollouts/mine')).toMatchObject({ outages: 0 });
    expect(await get('/rollouts/marks')).toMatchObject({ total: 1 });
    expect(await get('/maintenance')).toMatchObject({ total: 0 });
    expect(await get('/services/east/a/web')).toMatchObject({
      outages: 1,
      unknown_s: 0,
      maintenance_s: 0,
      elsewhere: [],
    });
    expect(await get('/sla/report')).toMatchObject({ total: { services: 1, outages: 1 } });
  });
});

it('shows everything to an admin, so that the table above can fail', async () => {
  for (const url of READS.filter(
    (one) =>
      !/\/east\/a\/web\/endpoints|Deployment|by=(namespace|cluster)|overview|q=w|east\/a\/web|=unknown|mine$/.test(one),
  )) {
    expect(`${url} ${(await api.ask(url, { token: ADMIN })).body}`).toContain(SECRET);
  }
});

const ATTACKS = [`' OR 1=1 --`, `') OR ('1'='1`, `\\' OR 1=1 --`, '{p0:String}', `\u0000'`, '`a`', '\\', '%', 'NULL'];

it.each([
  ...['cluster', 'namespace', 'service', 'team', 'environment', 'workload', 'q'].map((name) => `/services?${name}=`),
  ...['cluster', 'namespace', 'service', 'team', 'environment', 'workload', 'rollout'].map(
    (name) => `/outages?${name}=`,
  ),
  ...['cluster', 'team', 'workload', 'workload_kind', 'service', 'manager'].map((name) => `/rollouts?${name}=`),
])('%s is a value and never SQL', async (url) => {
  for (const attack of ATTACKS) {
    const answer = await api.ask(`${url}${encodeURIComponent(attack)}`, { token: ADMIN });
    expect([attack, answer.statusCode, answer.json()]).toMatchObject([attack, 200, { total: 0 }]);
  }
});

it.each(['tz', 'sort', 'order', 'state', 'cause', 'days', 'limit', 'from'].map((name) => `/services?${name}=`))(
  '%s is refused',
  async (url) => {
    for (const attack of ATTACKS) {
      expect((await api.ask(`${url}${encodeURIComponent(attack)}`, { token: ADMIN })).statusCode).toBe(400);
    }
  },
);

it('a name and an id in the path are values', async () => {
  for (const attack of ATTACKS.map((text) => encodeURIComponent(text))) {
    for (const url of [
      `/services/east/a/${attack}`,
      `/outages/${attack}`,
      `/rollouts/${attack}`,
      `/workloads/east/${attack}/Deployment/web`,
    ]) {
      expect([url, (await api.ask(url, { token: ADMIN })).statusCode]).toEqual([url, 404]);
    }
  }
});
