import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutDetail, RolloutItem, RolloutMark } from '../schemas/api/rollouts.ts';
import type { OutageDetail, OutageItem } from '../schemas/api/services.ts';
import { exceptionsTable } from '../schemas/exceptions.ts';
import { outagesTable } from '../schemas/outages.ts';
import { rolloutsTable } from '../schemas/rollouts.ts';
import { at, exceptionRow } from './testing/rows.ts';
import { serviceApp, type ServiceApp } from './testing/service-app.ts';
import { outageRow, rolloutRow } from './testing/service-rows.ts';

interface Found<T> {
  items: T[];
  next: string | null;
  total: number;
}

const ROLLOUTS = [
  rolloutRow({ id: 'r1', team: 'shop', started_at: at(-600), finished_at: at(-540) }),
  rolloutRow({
    id: 'r2',
    started_at: at(-300),
    finished_at: null,
    outcome: 'failed',
    failed_at: at(-200),
    manager: '',
  }),
  rolloutRow({
    id: 'r3',
    workload_kind: 'StatefulSet',
    workload: 'db',
    services: [],
    kind: 'restart',
    manager: 'kubectl-rollout',
    started_at: at(-500),
    finished_at: at(-100),
  }),
  rolloutRow({ id: 'r4', cluster: 'west', namespace: 'b', started_at: at(-300), finished_at: at(-299) }),
];
const OUTAGES = [
  outageRow({
    id: 'o1',
    service: 'web',
    team: 'shop',
    started_at: at(-290),
    ended_at: at(-190),
    cause: 'bad-release',
    cause_facts: '{"pod":"web-1","pods":2,"odd":{"a":1}}',
    rollout: 'r2',
    exceptions: ['e2', 'e1', 'not-kept'],
  }),
  outageRow({
    id: 'o2',
    service: 'web',
    started_at: at(-290),
    ended_at: at(-280),
    cause: 'rollout',
    planned: 1,
    rollout: 'r1',
  }),
  outageRow({
    id: 'o3',
    service: '=cmd',
    cluster: 'west',
    namespace: 'b',
    started_at: at(-50),
    ended_at: null,
    sentence: '=HYPERLINK(1)',
  }),
  outageRow({ id: 'o4', service: 'web', started_at: at(-5000), ended_at: at(-4990), blip: 1 }),
  outageRow({
    id: 'o5',
    service: 'db',
    workloads: ['StatefulSet/db'],
    kind: 'degraded',
    started_at: at(-400),
    ended_at: at(-390),
  }),
];

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(async (store) => {
    await store.insert(rolloutsTable, ROLLOUTS, { token: 'rollouts' });
    await store.insert(outagesTable, OUTAGES, { token: 'outages' });
    await store.insert(outagesTable, [{ ...(OUTAGES[1] ?? OUTAGES[0])!, sentence: 'newer', version: 2 }], {
      token: 'o2',
    });
    const deaths = ['e1', 'e2', 'e3'].map((id, index) => exceptionRow({ id, observed_at: at(-300 + index) }));
    await store.insert(exceptionsTable, deaths, { token: 'exceptions' });
  });
});
afterAll(() => api.close());

const outages = async (query: string) =>
  (await api.get<Found<OutageItem>>(`/outages?${query}`)).items.map(({ id }) => id);
const rollouts = async (query: string) =>
  (await api.get<Found<RolloutItem>>(`/rollouts?${query}`)).items.map(({ id }) => id);

describe('outages', () => {
  it.each([
    ['', ['o3', 'o2', 'o1']],
    ['blip=true', ['o3', 'o2', 'o1', 'o4']],
    ['kind=degraded,down', ['o3', 'o2', 'o1', 'o5']],
    ['kind=degraded&workload=db', ['o5']],
    ['cause=bad-release', ['o1']],
    ['planned=true', ['o2']],
    ['planned=false&cluster=east', ['o1']],
    ['min_seconds=50', ['o3', 'o1']],
    ['min_seconds=50.5', ['o1']],
    ['team=shop', ['o1']],
    ['rollout=r2', ['o1']],
    [`from=${at(-195)}`, ['o3', 'o1']],
    [`from=${at(-300)}&to=${at(-100)}`, ['o2', 'o1']],
    ['sort=duration', ['o3', 'o1', 'o2']],
    ['sort=duration&order=asc', ['o2', 'o1', 'o3']],
    ['sort=service&order=asc&offset=1&limit=1', ['o2']],
  ])('by %s', async (query, wanted) => {
    expect(await outages(query)).toEqual(wanted);
  });

  it.each(['min_seconds=1e309', 'min_seconds=Infinity', 'min_seconds=2e9', 'min_seconds=-1'])(
    'refuses %s',
    async (query) => {
      const answer = await api.ask(`/outages?${query}`);
      expect([answer.statusCode, answer.json()]).toMatchObject([
        400,
        { error: { details: { problems: [{ parameter: 'min_seconds' }] } } },
      ]);
    },
  );

  it('tells what the sentence is made of, and what is sure', async () => {
    const { items } = await api.get<Found<OutageItem>>('/outages?rollout=r2');
    expect(items[0]).toMatchObject({ planned: false, blip: false, facts: { pod: 'web-1', pods: 2 }, duration_s: 100 });
    expect(items[0]).not.toHaveProperty('facts.odd');
    expect(items[0]).not.toHaveProperty('cause_facts');
  });

  it('pages', async () => {
    const ids: string[] = [];
    let next: string | null = '';
    for (let page = 0; next !== null && page < 9; page++) {
      const found: Found<OutageItem> = await api.get(`/outages?blip=true&limit=1${next ? `&cursor=${next}` : ''}`);
      expect(found.total).toBe(4);
      ids.push(...found.items.map(({ id }) => id));
      next = found.next;
    }
    expect(ids).toEqual(['o3', 'o2', 'o1', 'o4']);
    expect((await api.ask('/outages?sort=duration&cursor=abc')).statusCode).toBe(400);
  });

  it('is found with what caused it', async () => {
    const outage = await api.get<OutageDetail>('/outages/o1');
    expect(outage).toMatchObject({ id: 'o1', caused_by: { id: 'r2', outcome: 'failed', outages: 1 } });
    expect(outage.deaths.map(({ id }) => id)).toEqual(['e1', 'e2']);
    expect(outage.caused_by).not.toHaveProperty('changes');
    expect(await api.get('/outages/o3')).toMatchObject({ caused_by: null, deaths: [], duration_s: null });
    await api.get('/outages/none', 404);
  });

  it('comes as CSV that no spreadsheet runs', async () => {
    const answer = await api.ask('/outages.csv?kind=!off');
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const lines = answer.body.split('\r\n');
    expect(lines[0]).toMatch(/^\uFEFFid,kind,cluster,.*,planned,blip,duration_s$/);
    expect(lines.length).toBe(1 + 4 + 1);
    expect(answer.body).toContain("'=HYPERLINK(1)");
    expect(answer.body).toContain("'=cmd");
    expect(answer.body).toContain(',newer,');
    expect(answer.body).toContain('true,false,10');
  });
});

describe('rollouts', () => {
  it.each([
    ['', ['r4', 'r2', 'r3', 'r1']],
    ['outcome=failed', ['r2']],
    ['kind=restart', ['r3']],
    ['workload_kind=StatefulSet', ['r3']],
    ['workload=StatefulSet/db', ['r3']],
    ['workload=web&cluster=east', ['r2', 'r1']],
    ['service=(none)', ['r3']],
    ['service=web&namespace=b', ['r4']],
    ['manager=(none)', ['r2']],
    ['manager=!helm', ['r2', 'r3']],
    ['team=shop', ['r1']],
    [`from=${at(-250)}`, ['r2', 'r3']],
    [`to=${at(-400)}`, ['r3', 'r1']],
    ['sort=duration', ['r2', 'r3', 'r1', 'r4']],
    ['sort=workload&order=asc&limit=1', ['r3']],
  ])('by %s', async (query, wanted) => {
    expect(await rollouts(query)).toEqual(wanted);
  });

  it('tells how long it took and what was down because of it', async () => {
    const { items } = await api.get<Found<RolloutItem>>('/rollouts?cluster=east');
    const told = items.map((item) => [item.id, item.duration_s, item.outages, item.images_after]);
    expect(told).toEqual([
      ['r2', null, 1, { app: 'web:7' }],
      ['r3', 400, 0, { app: 'web:7' }],
      ['r1', 60, 1, { app: 'web:7' }],
    ]);
  });

  it('pages', async () => {
    const first = await api.get<Found<RolloutItem>>('/rollouts?limit=3');
    expect([first.items.map(({ id }) => id), first.total]).toEqual([['r4', 'r2', 'r3'], 4]);
    const second = await api.get<Found<RolloutItem>>(`/rollouts?limit=3&cursor=${first.next}`);
    expect([second.items.map(({ id }) => id), second.next]).toEqual([['r1'], null]);
  });

  it('is found with what it changed', async () => {
    const rollout = await api.get<RolloutDetail>('/rollouts/r1');
    expect(rollout.changes).toEqual([{ field: 'containers[app].image', before: 'web:6', after: 'web:7' }]);
    expect(rollout).toMatchObject({ id: 'r1', duration_s: 60, outages: 1 });
    await api.get('/rollouts/none', 404);
  });

  it('is a mark on a chart', async () => {
    const marks = await api.get<{ items: RolloutMark[]; total: number }>(
      `/rollouts/marks?from=${at(-450)}&cluster=east`,
    );
    expect(marks.total).toBe(2);
    expect(marks.items.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['r3', 'completed'],
      ['r2', 'failed'],
    ]);
  });
});
