import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Facets } from '../schemas/api/exceptions.ts';
import { FILTER_FIELDS } from '../schemas/api/filters.ts';
import { EXCEPTION_SORTS } from '../schemas/api/parameters.ts';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { at, exceptionRow } from './testing/rows.ts';
import { passes, rowFilterOf } from './filter.ts';
import { parseQuerystring } from './querystring.ts';
import { seededApp, type List, type SeededApp } from './testing/seeded-app.ts';

const OOM_HINT = 'Killed (SIGKILL): not out of memory, by its word';
const ROWS = [
  exceptionRow({ id: 'x1', workload: 'x', node: 'n1', exit_code: 1, signal: '', services: [], restart_count: 0 }),
  exceptionRow({
    id: 'x2',
    workload: 'x',
    node: 'n2',
    exit_code: -1,
    signal: 'SIGKILL',
    hint: OOM_HINT,
    restart_count: 3,
  }),
  exceptionRow({
    id: 'x3',
    workload: 'x',
    node: '',
    exit_code: null,
    signal: '',
    container_kind: 'init',
    restart_count: 9,
  }),
  exceptionRow({
    id: 'x4',
    workload: 'x',
    type: 'job',
    container: '',
    container_kind: '',
    exit_code: null,
    image: 'r/a:1,2',
  }),
  exceptionRow({ id: 'x5', workload: 'x', exit_code: 137, services: ['a', 'b'], log_status: 'gone', reason: '!odd' }),
  exceptionRow({ id: 'x6', workload: 'x', services: ['b'], reason: '(none)', hint: 'a\\b' }),
].map((row, index) => ({ ...row, observed_at: at(100 - Math.floor(index / 2)) }));

let api: SeededApp;
beforeAll(async () => {
  api = await seededApp();
  await api.store.insert(exceptionsTable, ROWS, { token: 'filter rows' });
});
afterAll(() => api.close());

const value = encodeURIComponent;
const ids = (list: List) => list.items.map((item) => String(item['id']));

describe('every filter holds alike in SQL and in memory', () => {
  const CASES: [string, string[]][] = [
    ['', ['x2', 'x1', 'x4', 'x3', 'x6', 'x5']],
    ['node=n1,n2', ['x2', 'x1']],
    ['node=!n1', ['x2', 'x4', 'x3', 'x6', 'x5']],
    ['node=n1,n2,!n2', ['x1']],
    ['node=(none)', ['x3']],
    ['node=!(none),!node-1', ['x2', 'x1']],
    ['exit_code=1,-1', ['x2', 'x1']],
    ['exit_code=none', ['x4', 'x3']],
    ['exit_code=!none,!137', ['x2', 'x1']],
    ['exit_code=!1', ['x2', 'x4', 'x3', 'x6', 'x5']],
    ['signal=(none)', ['x1', 'x3']],
    ['image=!web:7', ['x4']],
    [`image=${value(String.raw`r/a:1\,2`)}`, ['x4']],
    ['image=r/a:1,2', []],
    ['log_status=gone', ['x5']],
    ['log_status=!gone,!none&exit_code=137', ['x6']],
    ['container_kind=init,(none)', ['x4', 'x3']],
    ['container_kind=!app', ['x4', 'x3']],
    ['type=!job', ['x2', 'x1', 'x3', 'x6', 'x5']],
    [`hint=${value(OOM_HINT.replace(',', String.raw`\,`))}`, ['x2']],
    [`hint=${value(String.raw`a\\b`)}`, ['x6']],
    ['service=b', ['x6', 'x5']],
    ['service=a,b', ['x6', 'x5']],
    ['service=b,!a', ['x6']],
    ['service=(none)', ['x1']],
    ['service=!web', ['x1', 'x6', 'x5']],
    ['service=!(none),!web', ['x6', 'x5']],
    [`reason=${value(String.raw`\!odd`)}`, ['x5']],
    [`reason=${value('!!odd')}`, ['x2', 'x1', 'x4', 'x3', 'x6']],
    [`reason=${value(String.raw`!\!odd`)}`, ['x2', 'x1', 'x4', 'x3', 'x6']],
    [`reason=${value(String.raw`\(none)`)}`, ['x6']],
    ['min_restarts=3', ['x2', 'x3']],
    ['min_restarts=0&cluster=!east', []],
    ['verdict=suppressed', []],
  ];

  it.each(CASES)('?%s', async (query, expected) => {
    const list = await api.get<List>(`/api/v1/exceptions?workload=x&${query}`);
    expect([ids(list), list.total]).toEqual([expected, expected.length]);
    const { min_restarts: restarts, ...lists } = parseQuerystring(query);
    const filter = rowFilterOf({
      ...(lists as Record<string, string[]>),
      min_restarts: restarts === undefined ? undefined : Number(restarts),
    });
    const passing = ROWS.filter((row) => passes(filter, row)).map(({ id }) => id);
    expect(new Set(passing)).toEqual(new Set(expected));
  });

  it.each([
    'exit_code=x',
    'exit_code=01',
    'exit_code=(none)',
    'log_status=lost',
    'type=!no',
    'verdict=!reported',
    'min_restarts=-1',
  ])('refuses ?%s', async (query) => {
    const answer = await api.get<{ error: { details: { problems: { parameter: string }[] } } }>(
      `/api/v1/exceptions?${query}`,
      400,
    );
    expect(answer.error.details.problems.map(({ parameter }) => parameter)).toContain(query.split('=')[0]);
  });
});

describe('another order', () => {
  it.each([
    ['', ['x2', 'x1', 'x4', 'x3', 'x6', 'x5']],
    ['order=asc', ['x6', 'x5', 'x4', 'x3', 'x2', 'x1']],
    ['sort=restart_count', ['x3', 'x2', 'x4', 'x6', 'x5', 'x1']],
    ['sort=restart_count&order=asc', ['x1', 'x4', 'x6', 'x5', 'x2', 'x3']],
    ['sort=exit_code', ['x6', 'x5', 'x1', 'x2', 'x4', 'x3']],
    ['sort=exit_code&order=asc', ['x2', 'x1', 'x6', 'x5', 'x4', 'x3']],
    ['sort=type', ['x4', 'x2', 'x1', 'x3', 'x6', 'x5']],
  ])('?%s, equal ones newest first, a page at a time', async (query, expected) => {
    const path = `/api/v1/exceptions?workload=x&${query}`;
    expect(ids(await api.get<List>(path))).toEqual(expected);
    const paged: string[] = [];
    for (let offset = 0; offset < 6; offset += 2) {
      const page = await api.get<List>(`${path}&limit=2&offset=${offset}`);
      expect(page.total).toBe(6);
      paged.push(...ids(page));
    }
    expect(paged).toEqual(expected);
  });

  it.each(EXCEPTION_SORTS)('by %s', async (sort) => {
    const list = await api.get<List>(`/api/v1/exceptions?sort=${sort}&limit=2`);
    expect([list.items.length, list.total, list.next === null]).toEqual([2, 10, sort !== 'observed_at']);
  });

  it('has no next where none can be used', async () => {
    for (const query of ['order=asc', 'offset=1', 'sort=pod']) {
      expect((await api.get<List>(`/api/v1/exceptions?limit=2&${query}`)).next).toBeNull();
    }
  });

  it.each([
    ['exceptions', 'sort=pod', ['sort']],
    ['exceptions', 'order=asc&offset=1', ['order', 'offset']],
    ['exceptions/groups', 'sort=count&order=asc', ['sort', 'order']],
  ])('/%s?%s goes with no cursor', async (list, query, parameters) => {
    const { next } = await api.get<List>(`/api/v1/${list}?limit=1`);
    const answer = await api.get<{ error: { code: string; details: { problems: { parameter: string }[] } } }>(
      `/api/v1/${list}?limit=1&cursor=${next}&${query}`,
      400,
    );
    expect(answer.error.code).toBe('bad_request');
    expect(answer.error.details.problems.map(({ parameter }) => parameter)).toEqual(parameters);
  });

  it.each(['sort=version', 'sort=id;', 'order=up', 'offset=-1', 'offset=100001'])('refuses ?%s', async (query) => {
    const answer = await api.get(`/api/v1/exceptions?${query}`, 400);
    expect(answer).toMatchObject({ error: { code: 'bad_request' } });
  });
});

describe('facets', () => {
  it.each([
    [
      'field=reason',
      [
        ['OOMKilled', 4],
        ['!odd', 1],
        ['(none)', 1],
      ],
      0,
    ],
    ['field=reason&limit=1', [['OOMKilled', 4]], 2],
    ['field=reason&search=KILL', [['OOMKilled', 4]], 0],
    [
      'field=reason&reason=nothing',
      [
        ['OOMKilled', 4],
        ['!odd', 1],
        ['(none)', 1],
      ],
      0,
    ],
    [
      'field=exit_code&exit_code=1&limit=2',
      [
        ['137', 2],
        ['none', 2],
      ],
      2,
    ],
    [
      'field=service',
      [
        ['web', 3],
        ['b', 2],
        ['', 1],
        ['a', 1],
      ],
      0,
    ],
    ['field=service&service=web&node=n1', [['', 1]], 0],
    [
      'field=node&search=N',
      [
        ['node-1', 3],
        ['n1', 1],
        ['n2', 1],
      ],
      0,
    ],
    ['field=verdict', [['reported', 6]], 0],
    [
      'field=container_kind&min_restarts=3',
      [
        ['app', 1],
        ['init', 1],
      ],
      0,
    ],
    ['field=pod&q=nothing-says-this', [], 0],
  ] as const)('?%s', async (query, items, others) => {
    const facets = await api.get<Facets>(`/api/v1/exceptions/facets?workload=x&${query}`);
    expect(facets.items.map(({ value: name, count }) => [name, count])).toEqual(items);
    expect(facets.others).toBe(others);
  });

  it.each(FILTER_FIELDS)('counts %s', async (field) => {
    const facets = await api.get<Facets>(`/api/v1/exceptions/facets?field=${field}&verdict=reported,suppressed`);
    expect(facets.field).toBe(field);
    expect(facets.items.length).toBeGreaterThan(0);
    expect(facets.others).toBe(0);
  });

  it('looks past the verdict for the verdicts, and refuses what is no filter', async () => {
    const { items } = await api.get<Facets>('/api/v1/exceptions/facets?field=verdict&verdict=reported');
    expect(items).toEqual([
      { value: 'reported', count: 10 },
      { value: 'suppressed', count: 3 },
    ]);
    await api.get('/api/v1/exceptions/facets', 400);
    await api.get('/api/v1/exceptions/facets?field=message', 400);
    await api.get('/api/v1/exceptions/facets?field=pod&limit=101', 400);
  });
});
