import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Overview } from '../schemas/api/overview.ts';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { at, exceptionRow } from './testing/rows.ts';
import { seededApp, type List, type SeededApp } from './testing/seeded-app.ts';

const DAY_S = 24 * 3600;
let api: SeededApp;
const overview = (query = '') => api.get<Overview>(`/api/v1/overview?${query}`);

beforeAll(async () => {
  api = await seededApp();
  // The seed has, in the last day: 3 OOM kills of web (one of them in west), one failed pull, and three suppressed.
  const row = (id: string, seconds: number, rest: Partial<Parameters<typeof exceptionRow>[0]> = {}) =>
    exceptionRow({ id, observed_at: at(seconds), ...rest });
  await api.store.insert(
    exceptionsTable,
    [
      row('old-oom', -DAY_S - 10),
      row('older-oom', -2 * DAY_S + 10),
      row('too-old', -2 * DAY_S - 10),
      row('err-1', -60, { reason: 'Error', exit_code: 1, fingerprint: 'fp-err' }),
      row('err-2', -50, { reason: 'Error', exit_code: 1, fingerprint: 'fp-err' }),
      row('loop', -40, { type: 'stuck', reason: 'CrashLoopBackOff', fingerprint: 'fp-loop' }),
      row('evicted', -30, { type: 'pod', reason: 'Evicted', fingerprint: 'fp-evicted' }),
      row('failed', -DAY_S - 20, { type: 'job', reason: 'BackoffLimitExceeded', fingerprint: 'fp-job-failed' }),
      // First suppressed two days ago, reported today: an old failure.
      row('known-1', -2 * DAY_S, { verdict: 'suppressed', rule: 'startup', fingerprint: 'fp-known', workload: 'db' }),
      row('known-2', -20, { fingerprint: 'fp-known', workload: 'db' }),
      row('future', 10, { fingerprint: 'fp-future' }),
    ],
    { token: 'overview rows' },
  );
});
afterAll(() => api.close());

describe('the overview', () => {
  it('compares the last day with the one before, each type by itself', async () => {
    const answer = await overview();
    expect(answer).toMatchObject({
      from: at(-DAY_S),
      to: at(0),
      previous: { from: at(-2 * DAY_S), to: at(-DAY_S) },
      recorded_since: at(-100_000),
    });
    // oom-1 lies at noon itself, which is the end and not in it.
    expect(answer.signals).toEqual({
      deaths: { current: 5, previous: 2 },
      oom_kills: { current: 3, previous: 2 },
      crash_loops: { current: 1, previous: 0 },
      stuck: { current: 1, previous: 0 },
      pods: { current: 1, previous: 0 },
      jobs: { current: 0, previous: 1 },
      new_groups: { current: 4, previous: 1 },
      services_down: { current: 0, previous: 0 },
      services_degraded: { current: 0, previous: 0 },
      rollouts_failing: { current: 0, previous: 0 },
    });
  });

  it('breaks them up', async () => {
    const answer = await overview();
    expect(answer.by_reason).toEqual([
      { type: 'death', reason: 'OOMKilled', current: 3, previous: 2 },
      { type: 'death', reason: 'Error', current: 2, previous: 0 },
      { type: 'pod', reason: 'Evicted', current: 1, previous: 0 },
      { type: 'stuck', reason: 'CrashLoopBackOff', current: 1, previous: 0 },
      { type: 'stuck', reason: 'ImagePullBackOff', current: 1, previous: 0 },
      { type: 'job', reason: 'BackoffLimitExceeded', current: 0, previous: 1 },
    ]);
    expect(answer.by_cluster).toEqual([
      { cluster: 'east', current: 4, previous: 2 },
      { cluster: 'west', current: 1, previous: 0 },
    ]);
    const web = { cluster: 'east', namespace: 'a', workload_kind: 'Deployment', workload: 'web' };
    expect(answer.workloads).toEqual([
      { ...web, deaths: 3, previous: 2, groups: 2, last_seen: at(-50), reason: 'Error', sample_id: 'err-2' },
      expect.objectContaining({ ...web, workload: 'db', deaths: 1, previous: 0 }),
      expect.objectContaining({
        cluster: 'west',
        workload: 'web',
        deaths: 1,
        reason: 'OOMKilled',
        sample_id: 'oom-west',
      }),
    ]);
  });

  it('names the groups that were never seen before, most frequent first, and no known one', async () => {
    const { new_groups: groups } = await overview();
    expect(groups.map(({ fingerprint, first_seen_ever: first }) => [fingerprint, first])).toEqual([
      ['fp-err', at(-60)],
      ['fp-evicted', at(-30)],
      ['fp-loop', at(-40)],
      ['fp-pull', at(-100)],
    ]);
    expect(groups[0]).toMatchObject({ count: 2, last_seen: at(-50), sample_id: 'err-2', acknowledged: false });
  });

  it('takes a range, clusters, namespaces and workloads', async () => {
    expect(await overview('cluster=west')).toMatchObject({
      recorded_since: at(-100_000),
      signals: { deaths: { current: 1, previous: 0 }, stuck: { current: 0 }, new_groups: { current: 0 } },
      by_cluster: [{ cluster: 'west' }],
    });
    expect(await overview('cluster=!west')).toMatchObject({
      recorded_since: at(-7200),
      signals: { deaths: { current: 4, previous: 2 } },
    });
    expect((await overview('workload=db')).signals).toMatchObject({ deaths: { current: 1 }, pods: { current: 0 } });
    expect((await overview('namespace=b')).signals).toMatchObject({ deaths: { current: 1, previous: 0 } });
    const hour = await overview(`from=${at(-55)}&to=${at(5)}`);
    expect(hour.previous).toEqual({ from: at(-115), to: at(-55) });
    expect(hour.signals).toMatchObject({
      deaths: { current: 3, previous: 1 },
      stuck: { current: 0, previous: 1 },
      new_groups: { current: 2, previous: 2 },
    });
    expect(await overview('cluster=nowhere')).toMatchObject({ recorded_since: null, by_reason: [], workloads: [] });
    expect((await overview('from=1970-01-01T00:00:00Z')).previous.from).toBe('1970-01-01T00:00:00.000Z');
  });
});

describe('groups', () => {
  const prints = (list: List) => list.items.map((item) => item['fingerprint']);
  const groups = (query: string) => api.get<List>(`/api/v1/exceptions/groups?namespace=a&to=${at(5)}&${query}`);

  it.each([
    ['', ['fp-oom', 'fp-known', 'fp-evicted', 'fp-loop', 'fp-err', 'fp-pull', 'fp-job-failed']],
    ['sort=count', ['fp-oom', 'fp-err', 'fp-known', 'fp-evicted', 'fp-loop', 'fp-pull', 'fp-job-failed']],
    ['sort=count&order=asc&limit=2', ['fp-known', 'fp-evicted']],
    ['sort=count&order=asc&limit=2&offset=2', ['fp-loop', 'fp-pull']],
    ['sort=first_seen&limit=3', ['fp-known', 'fp-evicted', 'fp-loop']],
    ['sort=first_seen&order=asc&limit=2', ['fp-oom', 'fp-job-failed']],
    ['sort=pods&limit=1&offset=6', ['fp-job-failed']],
    ['order=asc&limit=1', ['fp-job-failed']],
  ])('?%s', async (query, expected) => {
    const list = await groups(query);
    expect([prints(list), list.total]).toEqual([expected, 7]);
  });

  it('says when each was first seen at all, whatever the filter', async () => {
    const list = await groups(`fingerprint=fp-known,fp-oom&from=${at(-70)}`);
    expect(list.items.map((item) => [item['fingerprint'], item['first_seen'], item['first_seen_ever']])).toEqual([
      ['fp-oom', at(0), at(-2 * DAY_S - 10)],
      ['fp-known', at(-20), at(-2 * DAY_S)],
    ]);
  });

  it('keeps to those that are, or are not, acknowledged', async () => {
    const payload = { acknowledged: true };
    const headers = { host: 'localhost' };
    for (const fingerprint of ['fp-err', 'fp-loop']) {
      await api.app.inject({ method: 'PATCH', url: `/api/v1/exceptions/groups/${fingerprint}`, headers, payload });
    }
    await api.app.inject({
      method: 'PATCH',
      url: '/api/v1/exceptions/groups/fp-loop',
      headers,
      payload: { acknowledged: false },
    });
    const [yes, no] = [await groups('acknowledged=true'), await groups('acknowledged=false&limit=100')];
    expect([prints(yes), yes.total, no.total]).toEqual([['fp-err'], 1, 6]);
    expect(prints(no)).toContain('fp-loop');
    expect((await groups('acknowledged=false&limit=2')).next).not.toBeNull();
  });
});
