import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MaintenanceItem } from '../schemas/api/maintenance.ts';
import type { ServiceDetail } from '../schemas/api/services.ts';
import { maintenanceTable, outagesTable, servicesTable } from '../schemas/outages.ts';
import { parseTokens } from './auth.ts';
import { at } from './testing/rows.ts';
import { serviceApp, type ServiceApp } from './testing/service-app.ts';
import { maintenanceRow, outageRow, serviceRow } from './testing/service-rows.ts';

const TOKENS = parseTokens(
  JSON.stringify({
    tokens: [
      { name: 'viewer', token: 'viewer-token-of-all', role: 'viewer' },
      { name: 'operator-a', token: 'operator-token-of-a', role: 'operator', clusters: ['east'], namespaces: ['a'] },
      { name: 'admin', token: 'admin-token-of-all', role: 'admin' },
    ],
  }),
  'tokens.yaml',
);
const [VIEWER, OPERATOR, ADMIN] = ['viewer-token-of-all', 'operator-token-of-a', 'admin-token-of-all'];

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(
    async (store) => {
      await store.insert(servicesTable, [serviceRow({ service: 'web' })], { token: 'services' });
      const outage = outageRow({ id: 'o1', service: 'web', started_at: at(-600), ended_at: at(-300) });
      await store.insert(outagesTable, [outage], { token: 'outages' });
      const windows = [
        maintenanceRow({ id: 'all', from: at(-86_400), to: at(-80_000) }),
        maintenanceRow({ id: 'other', cluster: 'east', namespace: 'b', from: at(-5000), to: at(-4000) }),
        maintenanceRow({ id: 'elsewhere', cluster: 'west', from: at(-3000), to: at(-2000) }),
        maintenanceRow({ id: 'own', cluster: 'east', namespace: 'a', from: at(-2000), to: at(-1000) }),
      ];
      await store.insert(maintenanceTable, windows, { token: 'windows' });
    },
    { auth: { tokens: TOKENS } },
  );
});
afterAll(() => api.close());

const body = (change: object = {}) => ({
  cluster: 'east',
  namespace: 'a',
  service: '',
  from: at(-700),
  to: at(-200),
  reason: 'a new disk',
  ...change,
});
const ids = async (query: string, token = ADMIN) => {
  const answer = await api.ask(`/maintenance?${query}`, { token: token ?? '' });
  return answer.json<{ items: MaintenanceItem[] }>().items.map(({ id }) => id);
};
const post = (payload: object, token = OPERATOR) =>
  api.ask('/maintenance', { method: 'POST', token: token ?? '', payload });
const withdraw = (id: string, token = OPERATOR) =>
  api.ask(`/maintenance/${id}`, { method: 'DELETE', token: token ?? '' });

it.each([
  ['', ['own', 'elsewhere', 'other', 'all']],
  ['namespace=a', ['own', 'elsewhere', 'all']],
  ['cluster=east', ['own', 'other', 'all']],
  [`from=${at(-4500)}&to=${at(-2500)}`, ['elsewhere', 'other']],
])('lists by %s', async (query, wanted) => {
  expect(await ids(query)).toEqual(wanted);
});

it('shows a reader of some namespaces those and what is announced for all', async () => {
  expect(await ids('', OPERATOR)).toEqual(['own', 'all']);
});

it('takes announced time out of the figures until it is withdrawn', async () => {
  const figures = async () =>
    (await api.ask(`/services/east/a/web?from=${at(-3600)}`, { token: ADMIN ?? '' })).json<ServiceDetail>();
  expect(await figures()).toMatchObject({ outages: 1, downtime: { likely_s: 300 } });
  const answer = await post(body({ service: 'web' }));
  expect(answer.statusCode).toBe(200);
  const window = answer.json<MaintenanceItem>();
  expect(window).toMatchObject({ ...body(), service: 'web', updated_by: 'operator-a', updated_at: at(0) });
  expect(await ids('service=web&namespace=a&cluster=east')).toEqual([window.id, 'own', 'all']);
  expect(await figures()).toMatchObject({ outages: 0, maintenance_s: 1500, downtime: { likely_s: 0 } });
  const withdrawn = await withdraw(window.id);
  expect([withdrawn.statusCode, withdrawn.json()]).toMatchObject([200, { id: window.id }]);
  expect(await ids('', OPERATOR)).toEqual(['own', 'all']);
  expect(await figures()).toMatchObject({ outages: 1, downtime: { likely_s: 300 } });
  expect((await withdraw(window.id)).statusCode).toBe(404);
});

describe('refuses', () => {
  it.each([
    ['a reader', body(), VIEWER, 403],
    ['all namespaces from an operator of one', body({ namespace: '' }), OPERATOR, 403],
    ['all clusters from an operator of one', body({ cluster: '' }), OPERATOR, 403],
    ['another namespace', body({ namespace: 'b' }), OPERATOR, 403],
    ['another cluster', body({ cluster: 'west' }), OPERATOR, 403],
    ['an end before the beginning', body({ to: at(-700) }), ADMIN, 400],
    ['more than 31 days', body({ to: at(32 * 86_400) }), ADMIN, 400],
    ['no reason', body({ reason: '' }), ADMIN, 400],
    ['what it does not know', body({ deleted: 1 }), ADMIN, 400],
    ['no cluster', body({ cluster: undefined }), ADMIN, 400],
    ['no namespace', body({ namespace: undefined }), ADMIN, 400],
    ['no service', body({ service: undefined }), ADMIN, 400],
    ['null for all clusters', body({ cluster: null }), ADMIN, 400],
    ['null for all namespaces', body({ namespace: null }), ADMIN, 400],
    ['a list', body({ cluster: ['east'] }), ADMIN, 400],
    ['a number', body({ service: 5 }), ADMIN, 400],
    ['a reason that is no text', body({ reason: 5 }), ADMIN, 400],
    ['a blank reason', body({ reason: ' \u00a0' }), ADMIN, 400],
    ['a reason of two lines', body({ reason: 'a\nb' }), ADMIN, 400],
    ['a reason with an escape', body({ reason: 'a\u001b[31mb' }), ADMIN, 400],
    ['a reason that is turned around', body({ reason: 'a\u202eb' }), ADMIN, 400],
    ['what is far off', body({ from: at(367 * 86_400), to: at(368 * 86_400) }), ADMIN, 400],
    ['what is long past', body({ from: at(-367 * 86_400), to: at(-366 * 86_400) }), ADMIN, 400],
  ])('%s', async (_what, payload, token, status) => {
    expect((await post(payload, token)).statusCode).toBe(status);
    expect(await ids('')).toHaveLength(4);
  });

  it('by the name of what is wrong', async () => {
    const problems = async (change: object) =>
      (await post(body(change), ADMIN)).json<{ error: { details: { problems: object[] } } }>().error.details.problems;
    expect(await problems({ namespace: null })).toMatchObject([{ in: 'body', parameter: 'namespace' }]);
    expect(await problems({ service: undefined })).toMatchObject([{ in: 'body', parameter: 'service' }]);
    expect(await problems({ deleted: 1 })).toMatchObject([{ in: 'body', parameter: 'deleted' }]);
    expect(await problems({ from: 'noon' })).toMatchObject([{ message: expect.stringContaining('RFC 3339') }]);
    expect(await problems({ from: at(367 * 86_400), to: at(368 * 86_400) })).toMatchObject([{ parameter: 'from' }]);
  });

  it('to withdraw what reaches beyond, or is not to be seen', async () => {
    expect((await withdraw('all')).statusCode).toBe(403);
    expect((await withdraw('other')).statusCode).toBe(404);
    expect((await withdraw('own', VIEWER)).statusCode).toBe(403);
    expect(await ids('')).toHaveLength(4);
  });
});

it('shows first what lasts, then what is nearest, however many there are far off', async () => {
  const many = Array.from({ length: 1100 }, (_, number) =>
    maintenanceRow({
      id: `far-${number}`,
      cluster: 'east',
      namespace: 'n',
      service: `s${number}`,
      from: at(86_400 * 300 + number),
      to: at(86_400 * 301),
    }),
  );
  const near = [
    maintenanceRow({ id: 'lasts', cluster: 'east', namespace: 'z', from: at(-10), to: at(10) }),
    maintenanceRow({ id: 'soon', cluster: 'east', namespace: 'z', from: at(500), to: at(900) }),
  ];
  await api.store.insert(maintenanceTable, [...many, ...near], { token: 'many' });
  const listed = await ids('');
  expect(listed.slice(0, 6)).toEqual(['lasts', 'soon', 'own', 'elsewhere', 'other', 'all']);
  expect(listed).toHaveLength(6 + 200);
  expect(await ids('service=s1050')).toContain('far-1050');
});
