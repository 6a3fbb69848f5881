import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededApp, type List, type SeededApp } from './testing/seeded-app.ts';

const ATTACKS = [
  `' OR 1=1 --`,
  `') OR ('1'='1`,
  `\\' OR 1=1 --`,
  `a' UNION ALL SELECT * FROM exceptions --`,
  '{p0:String}',
  `'; DROP TABLE exceptions_versions; --`,
  `\u0000'`,
  '`a`',
  `['a','b']`,
  '\\',
  '\n\t',
  '%',
  'NULL',
];
const LISTS = [
  'cluster',
  'namespace',
  'workload',
  'workload_kind',
  'pod',
  'container',
  'reason',
  'rule',
  'fingerprint',
  'node',
  'service',
  'image',
  'hint',
  'signal',
];
const CLOSED = ['from', 'to', 'cursor', 'limit', 'type', 'verdict', 'sort', 'order', 'exit_code', 'log_status'];
const OTHER_PATHS: Record<string, string> = {
  by: 'exceptions/histogram',
  bucket: 'exceptions/histogram',
  field: 'exceptions/facets',
  acknowledged: 'exceptions/groups',
};
const both = 'verdict=reported,suppressed';

// Open to all: what breaks out of a filter would find every row.
let api: SeededApp;
beforeAll(async () => {
  api = await seededApp();
});
afterAll(() => api.close());

/** As a value, behind a backslash within a value, and beside a value that is excluded. */
const asList = (name: string, attack: string) =>
  [attack, `x\\${attack}`, `!x,${attack}`].map((text) => `${name}=${encodeURIComponent(text)}`).join('&');

it.each(LISTS)('%s is a value and never SQL', async (parameter) => {
  for (const attack of ATTACKS) {
    for (const path of ['exceptions', 'exceptions/groups', 'exceptions/suppressed', 'exceptions/histogram']) {
      const found = await api.get(`/api/v1/${path}?${both}&${asList(parameter, attack)}`);
      expect({ attack, path, ...found }).toMatchObject({ total: 0 });
    }
  }
  expect(await api.get<List>('/api/v1/exceptions')).toMatchObject({ total: 4 });
});

it('a text to find is a value', async () => {
  // The seed's log and message hold a % of their own.
  for (const attack of ATTACKS.filter((text) => text !== '%')) {
    const found = await api.get(`/api/v1/exceptions?${both}&q=${encodeURIComponent(attack)}`);
    expect({ attack, ...found }).toMatchObject({ total: 0 });
  }
});

it.each([...CLOSED, ...Object.keys(OTHER_PATHS)])('%s is refused', async (parameter) => {
  for (const attack of ATTACKS) {
    const path = OTHER_PATHS[parameter] ?? 'exceptions';
    const answer = await api.get(`/api/v1/${path}?${parameter}=${encodeURIComponent(attack)}`, 400);
    expect(answer).toMatchObject({ error: { code: 'bad_request' } });
  }
});

it('what is searched for is a value', async () => {
  for (const attack of ATTACKS) {
    for (const url of ['search?q=', 'exceptions/facets?field=pod&search=']) {
      const found = await api.get(`/api/v1/${url}${encodeURIComponent(attack)}`);
      expect({ attack, url, ...found }).toMatchObject({ items: [] });
    }
  }
});

it('an id and a fingerprint in the path are values', async () => {
  for (const attack of ATTACKS.map((text) => encodeURIComponent(text))) {
    await api.get(`/api/v1/exceptions/${attack}`, 404);
    await api.get(`/api/v1/exceptions/${attack}/log`, 404);
    const change = await api.app.inject({
      method: 'PATCH',
      url: `/api/v1/exceptions/groups/${attack}`,
      headers: { host: 'localhost' },
      payload: { note: attack },
    });
    expect(change.statusCode).toBe(404);
  }
});

it('kind of coverage is a value', async () => {
  for (const attack of ATTACKS) {
    expect(await api.get(`/api/v1/coverage?kind=${encodeURIComponent(attack)}`)).toMatchObject({ total: 0 });
  }
});
