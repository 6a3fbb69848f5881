import { FakeClock } from '../../platform/clock.ts';
import type { Store } from '../../platform/store/store.ts';
import { buildApp } from '../app.ts';
import type { ApiDeps } from '../context.ts';
import { chdbStore } from './chdb-store.ts';
import { fakeDeps } from './fake-deps.ts';
import { NOON } from './rows.ts';

/** The API at noon over the embedded engine with the rows that `fill` writes. */
export async function serviceApp(fill: (store: Store) => Promise<void>, deps: Partial<ApiDeps> = {}) {
  const { store, remove } = await chdbStore();
  await fill(store);
  const clock = new FakeClock(NOON);
  const app = await buildApp(fakeDeps({ store, clock, ...deps }));
  const ask = (
    url: string,
    request: { method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'; token?: string; payload?: object } = {},
  ) =>
    app.inject({
      method: request.method ?? 'GET',
      url: `/api/v1${url}`,
      headers: { host: 'localhost', ...(request.token ? { authorization: `Bearer ${request.token}` } : {}) },
      ...(request.payload ? { payload: request.payload } : {}),
    });
  return {
    store,
    clock,
    ask,
    /** The answer's body; throws where the status is another than expected. */
    async get<T = Record<string, unknown>>(url: string, expected = 200): Promise<T> {
      const answer = await ask(url);
      if (answer.statusCode !== expected) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
      return answer.json<T>();
    },
    async close() {
      await app.close();
      await remove();
    },
  };
}
export type ServiceApp = Awaited<ReturnType<typeof serviceApp>>;
