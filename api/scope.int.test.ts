import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../platform/clock.ts';
import type { Store } from '../platform/store/store.ts';
import { exceptionLogsTable, exceptionsTable, groupNotesTable } from '../schemas/exceptions.ts';
import { clustersTable, coverageTable, journalTable } from '../schemas/journal.ts';
import { buildApp } from './app.ts';
import { parseTokens } from './auth.ts';
import { chdbStore } from './testing/chdb-store.ts';
import { fakeBus, fakeDeps } from './testing/fake-deps.ts';
import { listen } from './testing/listen.ts';
import { at, clusterRow, coverageRow, eventRow, exceptionRow, journalRow, logRow, NOON } from './testing/rows.ts';

/** Everything of namespace b and of cluster west carries this word; no answer to a reader of east/a may. */
const SECRET = 'kingfisher';
const digest = createHash('sha256').update('operator-token-of-a').digest('hex');
const TOKENS = parseTokens(
  JSON.stringify({
    tokens: [
      { name: 'viewer-a', token: 'viewer-token-of-a', role: 'viewer', clusters: ['east'], namespaces: ['a'] },
      { name: 'operator-a', token: `sha256:${digest}`, role: 'operator', clusters: ['ea*t'], namespaces: ['a', 'a_*'] },
      { name: 'admin', token: 'admin-token-of-all', role: 'admin' },
    ],
  }),
  'tokens.yaml',
);
const READERS = ['viewer-token-of-a', 'operator-token-of-a'];
const ADMIN = 'admin-token-of-all';

let store: Store;
let remove: () => Promise<void>;
let app: FastifyInstance;
const bus = fakeBus();

const hidden = (id: string, place: { cluster?: string; namespace: string }) =>
  exceptionRow({
    id,
    ...place,
    pod: `${SECRET}-pod`,
    node: `${SECRET}-node`,
    workload: SECRET,
    services: [SECRET],
    reason: SECRET,
    message: SECRET,
    hint: SECRET,
    image: `${SECRET}:1`,
    container: SECRET,
    container_id: SECRET,
    observed_at: at(10),
  });

beforeAll(async () => {
  ({ store, remove } = await chdbStore());
  const rows = [
    exceptionRow({ id: 'mine' }),
    exceptionRow({ id: 'mine-too', observed_at: at(-100), verdict: 'suppressed', rule: 'startup' }),
    hidden('theirs', { namespace: 'b' }),
    // LIKE's own wildcard: the pattern a_* must not reach the namespace abc.
    hidden('like', { namespace: 'abc' }),
    hidden('far', { cluster: 'west', namespace: 'a' }),
    { ...hidden('quiet', { namespace: 'b' }), verdict: 'suppressed' as const, rule: SECRET },
    { ...hidden('alone', { namespace: 'b' }), fingerprint: `fp-${SECRET}` },
    { ...hidden('long-ago', { namespace: 'b' }), observed_at: at(-5 * 24 * 3600) },
  ];
  await store.insert(exceptionsTable, rows, { token: 'exceptions' });
  await store.insert(
    exceptionLogsTable,
    [
      logRow({ exception_id: 'mine', text: 'an ordinary log' }),
      logRow({ exception_id: 'theirs', namespace: 'b', text: SECRET }),
      // The same id in another namespace: a join by id alone would leak it.
      logRow({ exception_id: 'mine', namespace: 'b', text: SECRET, version: 9 }),
    ],
    { token: 'logs' },
  );
  const elsewhere = journalRow({ namespace: 'b', uid: 'uid-web-1', object: { spec: { nodeName: SECRET } } });
  const event = eventRow('web-1', 'b', SECRET, -5);
  await store.insert(journalTable, [elsewhere, event, { ...event, namespace: 'a', cluster: 'west' }], {
    token: 'journal',
  });
  await store.insert(
    coverageTable,
    [
      coverageRow({ vanished: 777 }),
      coverageRow({ namespace: 'b', state: 'gap', reason: SECRET }),
      coverageRow({ cluster: 'west', reason: SECRET }),
    ],
    { token: 'coverage' },
  );
  await store.insert(
    clustersTable,
    [
      clusterRow({ objects: { pod: 777 } }),
      clusterRow({ cluster: 'west', identity: SECRET, last_heartbeat_at: at(-1) }),
    ],
    { token: 'clusters' },
  );
  await store.insert(
    groupNotesTable,
    [
      {
        fingerprint: `fp-${SECRET}`,
        acknowledged: 1,
        owner: SECRET,
        note: SECRET,
        updated_by: SECRET,
        updated_at: at(0),
      },
    ],
    { token: 'notes' },
  );
  app = await buildApp(
    fakeDeps({ store, bus: bus.bus, auth: { tokens: TOKENS }, clock: new FakeClock(NOON + 60_000) }),
  );
});

afterAll(async () => {
  await app.close();
  await remove();
});

const ask = (url: string, token: string, method: 'GET' | 'PATCH' = 'GET', payload?: object) =>
  app.inject({ method, url, headers: { authorization: `Bearer ${token}` }, ...(payload ? { payload } : {}) });

const both = 'verdict=reported,suppressed';
const FACETS = ['cluster', 'namespace', 'node', 'workload', 'service', 'hint', 'image', 'fingerprint', 'rule'];
const READS = [
  ...FACETS.map((field) => `/api/v1/exceptions/facets?${both}&field=${field}`),
  `/api/v1/exceptions/facets?${both}&field=cluster&cluster=west`,
  `/api/v1/exceptions?${both}&cluster=!east`,
  `/api/v1/exceptions?${both}&sort=node&order=asc`,
  `/api/v1/exceptions.csv?${both}`,
  '/api/v1/exceptions/mine/log',
  `/api/v1/exceptions/groups?${both}&sort=count&acknowledged=true`,
  `/api/v1/exceptions/groups?${both}&sort=pods&acknowledged=false`,
  `/api/v1/overview?to=${at(60)}`,
  `/api/v1/overview?to=${at(60)}&cluster=west`,
  `/api/v1/overview?to=${at(60)}&namespace=!a`,
  `/api/v1/search?q=${SECRET.slice(0, 4)}`,
  '/api/v1/search?q=e',
  '/api/v1/exceptions',
  `/api/v1/exceptions?${both}`,
  `/api/v1/exceptions?${both}&namespace=b,abc&cluster=east,west`,
  `/api/v1/exceptions?${both}&q=${SECRET}`,
  '/api/v1/exceptions/mine',
  '/api/v1/exceptions/groups',
  `/api/v1/exceptions/groups?${both}&namespace=b`,
  `/api/v1/exceptions/groups?${both}&q=${SECRET}`,
  ...['reason', 'cluster', 'namespace', 'type', 'verdict'].map(
    (by) => `/api/v1/exceptions/histogram?by=${by}&to=${at(60)}`,
  ),
  `/api/v1/exceptions/histogram?by=reason&q=${SECRET}&to=${at(60)}`,
  '/api/v1/exceptions/suppressed',
  '/api/v1/clusters',
  '/api/v1/clusters?cluster=west',
  '/api/v1/coverage',
  '/api/v1/coverage?namespace=b',
  '/api/v1/coverage?cluster=west',
];
/** Lists that hold nothing for a reader of east/a. */
const LISTS_OF_OTHERS = READS.filter(
  (url) =>
    /q=|namespace=b|cluster=west|cluster=!east|acknowledged=true/.test(url) && !/facets|overview|search/.test(url),
);

describe.each(READERS)('a reader of east/a (%s)', (token) => {
  it.each(READS)('sees nothing else through %s', async (url) => {
    const answer = await ask(url, token);
    expect(answer.statusCode).toBe(200);
    // What was searched for may not come back either.
    expect(answer.body).not.toContain(SECRET);
    expect(answer.body).not.toMatch(/"(b|abc|west|777)"|:777\b|,(b|abc|west),/);
  });

  it.each(LISTS_OF_OTHERS)('finds nothing at all by %s', async (url) => {
    // The span of all namespaces is everybody's.
    const shared = url.startsWith('/api/v1/coverage?namespace') ? 1 : 0;
    expect((await ask(url, token)).json()).toMatchObject({ total: shared });
  });

  it.each(['theirs', 'like', 'far', 'quiet', 'alone'])('does not find %s by its id', async (id) => {
    const answer = await ask(`/api/v1/exceptions/${id}`, token);
    expect([answer.statusCode, answer.json()]).toEqual([
      404,
      (await ask('/api/v1/exceptions/never-was', token)).json(),
    ]);
    expect((await ask(`/api/v1/exceptions/${id}`, ADMIN)).statusCode).toBe(200);
    expect((await ask(`/api/v1/exceptions/${id}/log`, token)).statusCode).toBe(404);
  });

  it('may not read metrics, nor change a group it does not see', async () => {
    expect((await ask('/metrics', token)).statusCode).toBe(403);
    const answer = await ask(`/api/v1/exceptions/groups/fp-${SECRET}`, token, 'PATCH', { owner: 'me' });
    expect(answer.statusCode).toBe(token.startsWith('viewer') ? 403 : 404);
  });

  it('counts only its own', async () => {
    const own = async (url: string) => (await ask(url, token)).json<{ total: number }>().total;
    expect(await own('/api/v1/exceptions')).toBe(1);
    expect(await own('/api/v1/exceptions/suppressed')).toBe(1);
    expect(await own(`/api/v1/exceptions/histogram?to=${at(60)}`)).toBe(1);
    const rows = (await ask(`/api/v1/exceptions.csv?${both}`, token)).body.trimEnd().split('\r\n').slice(1);
    expect(rows.map((line) => line.split(',')[0])).toEqual(['mine', 'mine-too']);
    const [group] = (await ask('/api/v1/exceptions/groups', token)).json<{ items: object[] }>().items;
    const first = { first_seen: at(0), first_seen_ever: at(-100) };
    expect(group).toMatchObject({
      count: 1,
      namespaces: ['a'],
      clusters: ['east'],
      pods: 1,
      sample_id: 'mine',
      ...first,
    });
  });

  it('sees the values, counts and searches of its own alone', async () => {
    const json = async (url: string) => (await ask(url, token)).json<object>();
    for (const [field, value] of Object.entries({ namespace: 'a', service: 'web', node: 'node-1', cluster: 'east' })) {
      expect(await json(`/api/v1/exceptions/facets?${both}&field=${field}`)).toEqual({
        field,
        items: [{ value, count: 2 }],
        others: 0,
      });
    }
    expect(await json(`/api/v1/search?q=${SECRET}`)).toEqual({ items: [] });
    expect(await json('/api/v1/search?q=node-1')).toMatchObject({ items: [{ kind: 'node', count: 2 }] });
    const one = { current: 1, previous: 0 };
    const overview = await json(`/api/v1/overview?to=${at(60)}`);
    // Elsewhere the group is older: not so for this reader.
    expect(overview).toMatchObject({
      recorded_since: at(-7200),
      signals: { deaths: one, oom_kills: one, new_groups: one },
      by_cluster: [{ cluster: 'east', ...one }],
      workloads: [{ namespace: 'a', deaths: 1, groups: 1 }],
      new_groups: [{ fingerprint: 'fp-oom', count: 1 }],
    });
    const none = { current: 0, previous: 0 };
    expect(await json(`/api/v1/overview?to=${at(60)}&cluster=west`)).toMatchObject({
      recorded_since: null,
      signals: { deaths: none, new_groups: none },
      by_reason: [],
      by_cluster: [],
      workloads: [],
      new_groups: [],
    });
  });
});

it('shows everything to an admin, so that the table above can fail', async () => {
  for (const url of READS.filter(
    (one) => !/by=|mine|q=e|exceptions.*q=|cluster=west|field=(cluster|namespace)|namespace=!a/.test(one),
  )) {
    const { body } = await ask(url, ADMIN);
    expect(`${url} ${body}`).toMatch(new RegExp(`${SECRET}|777`));
  }
});

it('streams nothing else', async () => {
  await using server = await listen(app);
  const stream = await server.stream('/api/v1/stream', READERS[0] ?? '');
  await stream.until('event: ready');
  const emit = (row: object, version: number) =>
    bus.emit({ v: 1, kind: 'exception', key: '', version, row: { ...row, version } });
  emit(hidden('theirs', { namespace: 'b' }), 1);
  emit(hidden('far', { cluster: 'west', namespace: 'a' }), 2);
  emit(exceptionRow({ id: 'mine' }), 3);
  const text = await stream.until('"id":"mine"');
  expect(text).not.toContain(SECRET);
  expect(text.match(/event: exception/g)).toHaveLength(1);
});
