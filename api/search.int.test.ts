import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SearchItem } from '../schemas/api/search.ts';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { at, exceptionRow } from './testing/rows.ts';
import { seededApp, type SeededApp } from './testing/seeded-app.ts';

let api: SeededApp;
const search = async (query: string) => (await api.get<{ items: SearchItem[] }>(`/api/v1/search?${query}`)).items;
const names = (items: SearchItem[]) => items.map(({ kind, name, cluster }) => `${kind} ${name} ${cluster}`.trim());

beforeAll(async () => {
  api = await seededApp();
  await api.store.insert(
    exceptionsTable,
    [
      exceptionRow({
        id: 's1',
        workload: 'Straße',
        pod: 'pod-x1',
        container: 'main',
        node: 'zoo',
        fingerprint: 'abc1',
      }),
      exceptionRow({
        id: 's2',
        workload: 'zoo',
        pod: 'zoo-7',
        container: 'zoom',
        node: 'n',
        fingerprint: 'abc2',
        observed_at: at(-9),
      }),
      exceptionRow({
        id: 's3',
        workload: 'a-zoo',
        pod: 'p',
        container: 'c',
        node: 'n',
        fingerprint: 'abc3',
        observed_at: at(-5),
      }),
      exceptionRow({
        id: 's4',
        workload: 'zoo',
        pod: 'zoo-8',
        container: 'zoom',
        node: 'n',
        fingerprint: 'abc2',
        cluster: 'west',
        reason: 'Last',
        observed_at: at(-1),
      }),
      exceptionRow({ id: 's5', workload: 'relic', observed_at: at(-31 * 24 * 3600) }),
      exceptionRow({
        id: 's6',
        workload: 'calm',
        fingerprint: 'fff',
        pod: 'calm-1',
        verdict: 'suppressed',
        hint: 'a 100%_hint',
      }),
    ],
    { token: 'search rows' },
  );
});
afterAll(() => api.close());

describe('the search', () => {
  it('gives whole names first, then beginnings, then parts, and the newest among equals', async () => {
    expect(names(await search('q=ZOO'))).toEqual([
      'node zoo east',
      'workload zoo west',
      'workload zoo east',
      'container zoom west',
      'group zoo/zoom',
      'pod zoo-8 west',
      'container zoom east',
      'pod zoo-7 east',
      'group a-zoo/c east',
      'workload a-zoo east',
    ]);
  });

  it('says what it found', async () => {
    const items = await search('q=zoo&limit=5');
    expect(items).toHaveLength(5);
    const nothing = { workload_kind: '', fingerprint: null, count: 1 };
    expect(items.filter(({ cluster }) => cluster !== 'east')).toEqual([
      {
        ...nothing,
        kind: 'workload',
        name: 'zoo',
        cluster: 'west',
        namespace: 'a',
        workload_kind: 'Deployment',
        reason: 'Last',
        last_seen: at(-1),
      },
      {
        ...nothing,
        kind: 'container',
        name: 'zoom',
        cluster: 'west',
        namespace: 'a',
        reason: 'Last',
        last_seen: at(-1),
      },
      {
        kind: 'group',
        name: 'zoo/zoom',
        cluster: '',
        namespace: 'a',
        workload_kind: 'Deployment',
        fingerprint: 'abc2',
        reason: 'Last',
        count: 2,
        last_seen: at(-1),
      },
    ]);
    expect(items[0]).toMatchObject({ kind: 'node', namespace: '' });
  });

  it.each([
    ['q=abc1', ['group Straße/main east']],
    ['q=bc1', []],
    ['q=STRASSE', []],
    ['q=strAßE', ['workload Straße east', 'group Straße/main east']],
    ['q=main', ['container main east', 'group Straße/main east']],
    ['q=zoo/zoom', ['group zoo/zoom']],
    ['q=zoo/zoom&cluster=west', ['group zoo/zoom west']],
    ['q=zoo&cluster=!east', ['workload zoo west', 'container zoom west', 'group zoo/zoom west', 'pod zoo-8 west']],
    ['q=calm-', ['pod calm-1 east']],
    ['q=100%25_H', ['group calm/app east']],
    ['q=relic', []],
    [`q=relic&from=${at(-40 * 24 * 3600)}`, ['workload relic east', 'group relic/app east']],
    [`q=zoo-&to=${at(-8)}`, ['pod zoo-7 east']],
    ['q=nothing-at-all', []],
  ])('?%s', async (query, expected) => {
    const found = names(await search(query));
    expect(new Set(found)).toEqual(new Set(expected));
  });

  it.each(['', 'q=', `q=${'x'.repeat(201)}`, 'q=x&limit=101', 'q=a&q=b'])('refuses ?%s', async (query) => {
    const answer = await api.get(`/api/v1/search?${query}`, 400);
    expect(answer).toMatchObject({ error: { code: 'bad_request' } });
  });
});
