import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Overview } from '../schemas/api/overview.ts';
import type { SearchItem } from '../schemas/api/search.ts';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { outagesTable, servicesTable } from '../schemas/outages.ts';
import { rolloutsTable } from '../schemas/rollouts.ts';
import { at, exceptionRow } from './testing/rows.ts';
import { serviceApp, type ServiceApp } from './testing/service-app.ts';
import { outageRow, rolloutRow, serviceRow } from './testing/service-rows.ts';

const DAY = 86_400;
let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(async (store) => {
    const outages = [
      outageRow({ id: 'now', service: 'web', started_at: at(-60), ended_at: null }),
      outageRow({ id: 'now-2', service: 'web', kind: 'degraded', started_at: at(-60), ended_at: null }),
      outageRow({ id: 'blip', service: 'blip', started_at: at(-60), ended_at: null, blip: 1 }),
      outageRow({ id: 'then', service: 'web', started_at: at(-DAY - 60), ended_at: at(-DAY + 60) }),
      outageRow({ id: 'then-2', service: 'api', cluster: 'west', started_at: at(-DAY - 60), ended_at: at(-DAY + 60) }),
      outageRow({ id: 'between', service: 'api', started_at: at(-600), ended_at: at(-300) }),
    ];
    await store.insert(outagesTable, outages, { token: 'outages' });
    const rollouts = [
      rolloutRow({ id: 'failing', outcome: 'failed', failed_at: at(-100), finished_at: null }),
      rolloutRow({ id: 'recovered', outcome: 'failed', failed_at: at(-DAY - 10), finished_at: at(-DAY + 10) }),
      rolloutRow({ id: 'fine', finished_at: null, outcome: 'progressing' }),
    ];
    await store.insert(rolloutsTable, rollouts, { token: 'rollouts' });
    const services = [
      serviceRow({ service: 'web', state: 'down' }),
      serviceRow({ service: 'web', namespace: 'b', since: at(-5) }),
      serviceRow({ service: 'webshop' }),
      serviceRow({ service: 'old-web', deleted_at: at(-10) }),
    ];
    await store.insert(servicesTable, services, { token: 'services' });
    await store.insert(exceptionsTable, [exceptionRow({ id: 'e1', workload: 'web' })], { token: 'exceptions' });
  });
});
afterAll(() => api.close());

const signals = async (query = '') => (await api.get<Overview>(`/overview?${query}`)).signals;

it('compares what is down, degraded and failing with how it was a period before', async () => {
  expect(await signals()).toMatchObject({
    services_down: { current: 1, previous: 2 },
    services_degraded: { current: 1, previous: 0 },
    rollouts_failing: { current: 1, previous: 1 },
  });
  expect(await signals('cluster=west')).toMatchObject({
    services_down: { current: 0, previous: 1 },
    rollouts_failing: { current: 0, previous: 0 },
  });
  expect(await signals('workload=api')).toMatchObject({
    services_down: { current: 0, previous: 1 },
    rollouts_failing: { current: 0 },
  });
});

it('finds live services beside what has exceptions, whole names first', async () => {
  const { items } = await api.get<{ items: SearchItem[] }>('/search?q=WEB&limit=5');
  expect(items.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)).toEqual([
    'service b/web',
    'service a/web',
    'workload a/web',
    'service a/webshop',
    'group a/web/app',
  ]);
  expect(items[1]).toEqual({
    kind: 'service',
    name: 'web',
    cluster: 'east',
    namespace: 'a',
    workload_kind: '',
    fingerprint: null,
    reason: 'down',
    count: 0,
    last_seen: at(-DAY),
  });
  const other = await api.get<{ items: SearchItem[] }>('/search?q=web&namespace=b');
  expect(other.items.map(({ kind, namespace }) => [kind, namespace])).toEqual([['service', 'b']]);
});
