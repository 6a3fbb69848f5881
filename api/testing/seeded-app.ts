import { FakeClock } from '../../platform/clock.ts';
import { buildApp } from '../app.ts';
import { chdbStore } from './chdb-store.ts';
import { fakeDeps } from './fake-deps.ts';
import { NOON } from './rows.ts';
import { seed } from './seed.ts';

/** A list as any of the endpoints answers it. */
export interface List {
  items: Record<string, unknown>[];
  next: string | null;
  total: number;
}

/** The API, open and at noon, over the embedded engine with the seed's rows. */
export async function seededApp() {
  const { store, remove } = await chdbStore();
  await seed(store);
  const app = await buildApp(fakeDeps({ store, clock: new FakeClock(NOON) }));
  return {
    app,
    store,
    /** The answer's body; throws where the status is another than expected. */
    async get<T = Record<string, unknown>>(url: string, expected = 200): Promise<T> {
      const answer = await app.inject({ url, headers: { host: 'localhost' } });
      if (answer.statusCode !== expected) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
      return answer.json<T>();
    },
    async close() {
      await app.close();
      await remove();
    },
  };
}
export type SeededApp = Awaited<ReturnType<typeof seededApp>>;
