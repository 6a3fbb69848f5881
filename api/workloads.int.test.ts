import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WorkloadDetail, WorkloadHistory } from '../schemas/api/rollouts.ts';
import { journalTable } from '../schemas/journal.ts';
import { servicesTable } from '../schemas/outages.ts';
import { rolloutsTable } from '../schemas/rollouts.ts';
import { at, journalRow } from './testing/rows.ts';
import { serviceApp, type ServiceApp } from './testing/service-app.ts';
import { rolloutRow, serviceRow } from './testing/service-rows.ts';

const entry = (
  seconds: number,
  image: string,
  generation: number,
  other: {
    op?: 'add' | 'update' | 'delete' | 'vanished';
    uid?: string;
    kind?: string;
    status?: object;
    name?: string;
  } = {},
) => {
  const { kind = 'Deployment', status = {}, op = 'update', uid = 'uid-new', name = 'web' } = other;
  const spec = { replicas: 2, template: { spec: { containers: [{ name: 'app', image, envHash: { KEY: image } }] } } };
  return journalRow({
    kind: 'workload',
    name,
    uid,
    op,
    observed_at: at(seconds),
    resource_version: String(seconds),
    object: op === 'vanished' ? {} : { kind, metadata: { generation }, spec, status },
  });
};

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(async (store) => {
    const rows = [
      entry(-9000, 'web:0', 4, { uid: 'uid-old', op: 'add' }),
      entry(-8000, 'web:0', 4, { uid: 'uid-old', op: 'delete' }),
      entry(-3000, 'web:1', 1, { op: 'add' }),
      entry(-2500, 'web:1', 1, { status: { replicas: 1 } }),
      entry(-2000, 'web:2', 2),
      entry(-1500, 'web:2', 2, { status: { replicas: 2 } }),
      entry(-1000, 'web:1', 3),
      entry(-900, 'web:9', 7, { kind: 'StatefulSet', uid: 'uid-set' }),
      entry(-800, 'job:1', 1, { kind: 'Job', name: 'once', uid: 'uid-job', op: 'add' }),
      entry(-700, '', 0, { name: 'once', uid: 'uid-job', op: 'vanished' }),
      entry(-800, 'back:1', 1, { name: 'back', uid: 'uid-back', op: 'add' }),
      entry(-700, '', 0, { name: 'back', uid: 'uid-back', op: 'vanished' }),
      entry(-600, 'back:1', 1, { name: 'back', uid: 'uid-back', op: 'add' }),
    ];
    await store.insert(journalTable, rows, { token: 'journal' });
    await store.insert(
      servicesTable,
      [
        serviceRow({ service: 'front', workloads: ['Deployment/web', 'Deployment/other'] }),
        serviceRow({ service: 'gone', workloads: ['Deployment/web'], deleted_at: at(-10) }),
        serviceRow({ service: 'set', workloads: ['StatefulSet/web'] }),
      ],
      { token: 'services' },
    );
    const rollouts = [
      rolloutRow({ id: 'r1', team: 'old', started_at: at(-9000) }),
      rolloutRow({ id: 'r2', team: 'shop' }),
    ];
    await store.insert(rolloutsTable, rollouts, { token: 'rollouts' });
  });
});
afterAll(() => api.close());

const web = (query = '') => api.get<WorkloadDetail>(`/workloads/east/a/Deployment/web${query}`);

it('is shown as it is, with the spec before and what changed', async () => {
  const now = await web();
  expect(now).toMatchObject({
    kind: 'Deployment',
    name: 'web',
    uid: 'uid-new',
    team: 'shop',
    environment: '',
    services: ['front'],
    first_seen_at: at(-3000),
    deleted_at: null,
    at: { observed_at: at(-1000), op: 'update', object: { metadata: { generation: 3 } } },
    before: { observed_at: at(-1500) },
  });
  expect(now.changes).toEqual([
    { field: 'containers[app].env[KEY]', before: 'set', after: 'changed' },
    { field: 'containers[app].image', before: 'web:2', after: 'web:1' },
  ]);
});

it.each([
  [-1200, -1500, -2500],
  [-2600, -3000, null],
  [-3000, -3000, null],
])('at %i it is that of %i, before it that of %s', async (seconds, seen, before) => {
  const then = await web(`?at=${at(seconds)}`);
  expect(then.at?.observed_at).toBe(at(seen));
  expect(then.before?.observed_at ?? null).toBe(before === null ? null : at(before));
});

it('is another one at times when there was another of its name', async () => {
  expect(await web(`?at=${at(-8500)}`)).toMatchObject({ uid: 'uid-old', deleted_at: at(-8000), at: { op: 'add' } });
  expect(await web(`?at=${at(-5000)}`)).toMatchObject({ uid: 'uid-old', at: { op: 'delete' } });
  expect(await web(`?at=${at(-9500)}`)).toMatchObject({ uid: 'uid-old', at: null, before: null, changes: [] });
});

it('is found when it was deleted while nobody looked', async () => {
  const once = await api.get<WorkloadDetail>('/workloads/east/a/Job/once');
  expect(once).toMatchObject({ deleted_at: at(-700), at: { observed_at: at(-800) } });
});

it('lives when it was seen again after it had vanished', async () => {
  const back = await api.get<WorkloadDetail>('/workloads/east/a/Deployment/back');
  expect(back).toMatchObject({ first_seen_at: at(-800), deleted_at: null, at: { observed_at: at(-600) } });
});

it('has a history of its specs', async () => {
  const history = await api.get<WorkloadHistory>('/workloads/east/a/Deployment/web/history');
  const changed = ['containers[app].env[KEY]', 'containers[app].image'];
  expect(history.items).toEqual([
    { observed_at: at(-1000), generation: 3, changed },
    { observed_at: at(-2000), generation: 2, changed },
    { observed_at: at(-3000), generation: 1, changed: [] },
  ]);
});

it('has the newest fifty of a longer history, each against the one before', async () => {
  const many = Array.from({ length: 75 }, (_, number) =>
    entry(-7000 + number, `many:${number}`, number, { name: 'many', uid: 'm' }),
  );
  await api.store.insert(journalTable, many, { token: 'many' });
  const { items } = await api.get<WorkloadHistory>('/workloads/east/a/Deployment/many/history');
  expect(items.map(({ generation }) => generation)).toEqual(Array.from({ length: 50 }, (_, index) => 74 - index));
  for (const { changed } of items) expect(changed).toContain('containers[app].image');
});

it.each(['Deployment/none', 'DaemonSet/web', 'Deployment/none/history'])('%s is not found', async (path) => {
  expect((await api.ask(`/workloads/east/a/${path}`)).statusCode).toBe(404);
});
