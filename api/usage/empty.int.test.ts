import { afterAll, beforeAll, expect, it } from 'vitest';
import { at } from '../testing/rows.ts';
import { serviceApp, type ServiceApp } from '../testing/service-app.ts';

let empty: ServiceApp;
beforeAll(async () => {
  empty = await serviceApp(async () => {});
});
afterAll(() => empty.close());

it('answers over an empty store', async () => {
  expect(await empty.get('/usage/pods')).toMatchObject({ items: [], total: 0, totals: { cpu: { avg: null } } });
  expect(await empty.get('/usage/pods?by=team&sort=cpu_p95')).toMatchObject({ items: [], total: 0 });
  expect(await empty.get('/usage/nodes')).toMatchObject({ clusters: [], nodes: [] });
  expect(await empty.get('/imports')).toMatchObject({ items: [], total: 0 });
  expect(await empty.get('/usage/series?by=cluster&cluster=x')).toMatchObject({ points: expect.any(Number) });
  expect((await empty.ask('/usage/pods.csv')).body.split('\r\n')).toHaveLength(2);
  const asked = await empty.ask('/imports', {
    method: 'POST',
    payload: { cluster: 'x', from: at(-7200), to: at(0) },
  });
  expect(asked.statusCode).toBe(404);
});
