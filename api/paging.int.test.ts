import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { FakeClock } from '../platform/clock.ts';
import type { Store } from '../platform/store/store.ts';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { buildApp } from './app.ts';
import { chdbStore } from './testing/chdb-store.ts';
import { fakeDeps } from './testing/fake-deps.ts';
import { at, exceptionRow, NOON } from './testing/rows.ts';

const ROWS = 10_000;
const GROUPS = 700;
let store: Store;
let remove: () => Promise<void>;
let app: FastifyInstance;

/** Forty rows share each instant, so that pages end in the middle of one. */
const row = (n: number) =>
  exceptionRow({
    id: `row-${n}`,
    namespace: `ns-${n % 7}`,
    pod_uid: `uid-${n % 50}`,
    fingerprint: `fp-${(n * 31) % GROUPS}`,
    observed_at: at(-Math.floor(n / 40) * 3600),
  });

beforeAll(async () => {
  ({ store, remove } = await chdbStore());
  const rows = Array.from({ length: ROWS }, (_, n) => row(n));
  await store.insert(exceptionsTable, rows, { token: 'rows' });
  await store.insert(
    exceptionsTable,
    rows.slice(0, 3000).map((old) => ({ ...old, version: 2 })),
    { token: 'again' },
  );
  app = await buildApp(fakeDeps({ store, clock: new FakeClock(NOON) }));
});
afterAll(async () => {
  await app.close();
  await remove();
});

/** Reads every page; new rows, newer than all, arrive between two pages. */
async function readAll(path: string, key: string, limit: number): Promise<string[]> {
  const seen: string[] = [];
  let cursor = '';
  for (let page = 0; ; page++) {
    const url = `${path}?limit=${limit}${cursor && `&cursor=${cursor}`}`;
    const answer = await app.inject({ url, headers: { host: 'localhost' } });
    expect(answer.statusCode).toBe(200);
    const { items, next } = answer.json<{ items: Record<string, string>[]; next: string | null }>();
    seen.push(...items.map((item) => item[key] ?? ''));
    if (next === null) return seen;
    cursor = next;
    const fresh = exceptionRow({ id: `new-${path}-${page}`, observed_at: at(60 + page), fingerprint: `fp-${page}` });
    await store.insert(exceptionsTable, [fresh], { token: `new-${path}-${page}` });
  }
}

it('reads 10,000 rows page by page, each once, while new ones arrive', async () => {
  const seen = await readAll('/api/v1/exceptions', 'id', 437);
  expect(seen).toHaveLength(ROWS);
  expect(new Set(seen)).toEqual(new Set(Array.from({ length: ROWS }, (_, n) => `row-${n}`)));
});

it('reads every group once, while new rows move groups to the front', async () => {
  const seen = await readAll('/api/v1/exceptions/groups', 'fingerprint', 60);
  expect(seen).toHaveLength(GROUPS);
  expect(new Set(seen).size).toBe(GROUPS);
});
