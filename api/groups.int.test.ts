import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { at, exceptionRow } from './testing/rows.ts';
import { seededApp, type List, type SeededApp } from './testing/seeded-app.ts';

let api: SeededApp;
const get = <T = Record<string, unknown>>(url: string, expected?: number) => api.get<T>(url, expected);

beforeAll(async () => {
  api = await seededApp();
});
afterAll(() => api.close());

describe('groups', () => {
  it('gathers by fingerprint, the last seen first', async () => {
    const list = await get<List>('/api/v1/exceptions/groups');
    expect(list.total).toBe(2);
    expect(list.items).toEqual([
      {
        fingerprint: 'fp-oom',
        count: 3,
        first_seen: at(-300),
        first_seen_ever: at(-300),
        last_seen: at(0),
        pods: 2,
        clusters: ['east', 'west'],
        namespaces: ['a', 'b'],
        workloads: ['Deployment/web'],
        reasons: ['OOMKilled'],
        types: ['death'],
        container: 'app',
        exit_code: 137,
        first_image: 'web:6',
        sample_id: 'oom-1',
        hint: 'newer',
        acknowledged: false,
        owner: '',
        note: '',
        updated_by: '',
        updated_at: null,
      },
      expect.objectContaining({ fingerprint: 'fp-pull', count: 1, exit_code: null, sample_id: 'pull' }),
    ]);
  });

  it('tells those that were first seen in the range', async () => {
    const since = async (from: string) => {
      const list = await get<List>(`/api/v1/exceptions/groups?new=true&from=${from}`);
      return [list.total, list.items.map((item) => item['fingerprint'])];
    };
    expect(await since(at(-300))).toEqual([2, ['fp-oom', 'fp-pull']]);
    expect(await since(at(-299))).toEqual([1, ['fp-pull']]);
    expect((await get<List>(`/api/v1/exceptions/groups?from=${at(-299)}`)).total).toBe(2);
  });

  it('pages, and keeps what came later out of the further pages', async () => {
    const first = await get<List>('/api/v1/exceptions/groups?limit=1');
    await api.store.insert(
      exceptionsTable,
      [exceptionRow({ id: 'pull-2', fingerprint: 'fp-pull', observed_at: at(5) })],
      {
        token: 'later',
      },
    );
    const second = await get<List>(`/api/v1/exceptions/groups?limit=1&cursor=${first.next}`);
    expect(second.items.map((item) => [item['fingerprint'], item['count']])).toEqual([['fp-pull', 1]]);
    expect(second.next).toBeNull();
    await api.store.command(`DELETE FROM exceptions_versions WHERE id = 'pull-2'`);
  });

  it('keeps acknowledgement, owner and note, each by itself', async () => {
    const change = async (payload: object) => {
      const answer = await api.app.inject({
        method: 'PATCH',
        url: '/api/v1/exceptions/groups/fp-oom',
        headers: { host: 'localhost' },
        payload,
      });
      return [answer.statusCode, answer.json()] as const;
    };
    const answers = await Promise.all([
      change({ acknowledged: true }),
      change({ owner: 'team-web' }),
      change({ note: `it's "known" \\ 100%` }),
    ]);
    expect(answers.map(([status]) => status)).toEqual([200, 200, 200]);
    const expected = { acknowledged: true, owner: 'team-web', note: `it's "known" \\ 100%`, updated_by: 'local' };
    expect((await get<List>('/api/v1/exceptions/groups')).items[0]).toMatchObject(expected);
    expect(await change({ acknowledged: false })).toMatchObject([200, { ...expected, acknowledged: false }]);
    expect((await get<List>('/api/v1/exceptions/groups?fingerprint=fp-oom')).items[0]).toMatchObject({
      acknowledged: false,
    });
    expect(await change({ note: 'half \ud83d' })).toMatchObject([200, { note: 'half \ufffd' }]);
    expect((await change({}))[0]).toBe(400);
    expect((await change({ ownr: 'x' }))[0]).toBe(400);
  });
});
