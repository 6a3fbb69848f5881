import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../platform/errors.ts';
import type { Store } from '../platform/store/store.ts';
import { EXCEPTION_FIELDS } from '../schemas/api/exceptions.ts';
import { exceptionLogsTable, exceptionsTable } from '../schemas/exceptions.ts';
import { startApi } from './server.ts';
import { fakeDeps, fakeStore } from './testing/fake-deps.ts';
import { at, exceptionRow, logRow } from './testing/rows.ts';
import { seededApp, type SeededApp } from './testing/seeded-app.ts';

const HEADERS = { host: 'localhost' };
const CSV = '/api/v1/exceptions.csv';

describe('files from the store', () => {
  let api: SeededApp;
  beforeAll(async () => {
    api = await seededApp();
    const odd = { pod: '../"pod"\r\n', container: '.c;é', finished_at: null };
    await api.store.insert(exceptionsTable, [exceptionRow({ id: 'odd', workload: '=odd', ...odd })], { token: 'odd' });
    await api.store.insert(
      exceptionLogsTable,
      [logRow({ exception_id: 'odd', text: 'é\n<b>' }), logRow({ exception_id: 'pull', text: '' })],
      { token: 'odd logs' },
    );
  });
  afterAll(() => api.close());
  const get = (url: string) => api.app.inject({ url, headers: HEADERS });

  it('exports what the filters find', async () => {
    const answer = await get(`${CSV}?verdict=suppressed&rule=startup`);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="tidemark-exceptions-20261122T120000Z.csv"',
    });
    const lines = answer.body.split('\r\n');
    expect(lines[0]).toBe(`\uFEFF${EXCEPTION_FIELDS.join(',')}`);
    expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual(['start-2', 'start-1', '']);
    expect((await get(`${CSV}?q=outofmemory`)).body.split('\r\n')).toHaveLength(3);
    expect((await get(`${CSV}?workload=${encodeURIComponent('=odd')}`)).body).toContain(",'=odd,");
    expect((await get(`${CSV}?limit=1`)).statusCode).toBe(400);
  });

  it('reads every row, however many, newest first', async () => {
    const rows = Array.from({ length: 4500 }, (_, n) =>
      exceptionRow({ id: `many-${n}`, workload: 'many', observed_at: at(-1000 - Math.floor(n / 3)) }),
    );
    await api.store.insert(exceptionsTable, rows, { token: 'many' });
    const lines = (await get(`${CSV}?workload=many`)).body.trimEnd().split('\r\n').slice(1);
    const column = EXCEPTION_FIELDS.indexOf('observed_at');
    expect(new Set(lines.map((line) => line.split(',')[0])).size).toBe(4500);
    const times = lines.map((line) => line.split(',')[column] ?? '');
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it.each([
    ['oom-1', 'web-1_app_20261122T120000Z.log', '2026-11-22T11:59:59Z java.lang.OutOfMemoryError: Straße 100%'],
    ['odd', '___pod____.c___20261122T120000Z.log', 'é\n<b>'],
  ])('gives the log of %s', async (id, name, text) => {
    const answer = await get(`/api/v1/exceptions/${id}/log`);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-disposition': `attachment; filename="${name}"`,
    });
    expect(answer.body).toBe(text);
  });

  it.each(['none', 'oom-0', 'pull'])('has no log of %s', async (id) => {
    const answer = await get(`/api/v1/exceptions/${id}/log`);
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
    expect(answer.headers['content-disposition']).toBeUndefined();
  });
});

describe('an export that does not end well', () => {
  const page = (first: number) => Array.from({ length: 2000 }, (_, n) => exceptionRow({ id: `${first + n}` }));

  /** A server whose store answers the first page at once and the further ones as told. */
  async function serve(further: () => Promise<object[]>) {
    const queries: (AbortSignal | undefined)[] = [];
    const query: Store['query'] = async <Row>(_sql: string, _params: unknown, options?: { signal?: AbortSignal }) => {
      queries.push(options?.signal);
      return (queries.length === 1 ? page(0) : await further()) as Row[];
    };
    const api = await startApi({
      ...fakeDeps({ store: { ...fakeStore().store, query } }),
      host: '127.0.0.1',
      port: 0,
    });
    return { api, queries };
  }

  it('breaks the connection, so that half a file does not look whole', async () => {
    const { api } = await serve(() => Promise.reject(new AppError('store_unavailable', 'gone')));
    const answer = await fetch(api.url + CSV);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow('terminated');
    await api.close();
  });

  it('says what is wrong where nothing was sent yet', async () => {
    const { store } = fakeStore(() => {
      throw new AppError('store_unavailable', 'gone');
    });
    const api = await startApi({ ...fakeDeps({ store }), host: '127.0.0.1', port: 0 });
    const answer = await fetch(api.url + CSV);
    expect([answer.status, answer.headers.get('content-disposition')]).toEqual([503, null]);
    expect(await answer.json()).toMatchObject({ error: { code: 'store_unavailable' } });
    await api.close();
  });

  it('asks for nothing more once the client has gone', async () => {
    const second = Promise.withResolvers<object[]>();
    const { api, queries } = await serve(() => second.promise);
    const gone = new AbortController();
    const answer = await fetch(api.url + CSV, { signal: gone.signal });
    await answer.body?.getReader().read();
    await expect.poll(() => queries.length, { timeout: 20_000 }).toBe(2);
    gone.abort();
    await expect.poll(() => queries[1]?.aborted, { timeout: 20_000 }).toBe(true);
    second.resolve(page(2000));
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
    expect(queries).toHaveLength(2);
    await api.close();
  });
});
