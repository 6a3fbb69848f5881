import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXCEPTION_FIELDS } from '../schemas/api/exceptions.ts';
import { at } from './testing/rows.ts';
import { seededApp, type List, type SeededApp } from './testing/seeded-app.ts';

let api: SeededApp;
const get = <T = Record<string, unknown>>(url: string, expected?: number) => api.get<T>(url, expected);

beforeAll(async () => {
  api = await seededApp();
});
afterAll(() => api.close());

const ids = (list: List) => list.items.map((item) => item['id']);

describe('the list', () => {
  it.each([
    ['', ['oom-1', 'pull', 'oom-west', 'oom-0']],
    ['verdict=suppressed', ['start-2', 'start-1', 'job']],
    ['verdict=suppressed,reported&reason=Completed', ['job']],
    ['cluster=west', ['oom-west']],
    ['cluster=west&cluster=east&namespace=b', ['oom-west']],
    ['namespace=a&type=stuck', ['pull']],
    ['workload=shop', ['pull']],
    ['workload_kind=StatefulSet', []],
    ['pod=web-9,shop-1', ['pull', 'oom-west']],
    ['container=app&fingerprint=fp-pull', ['pull']],
    ['rule=startup&verdict=suppressed', ['start-2', 'start-1']],
    ['q=outofmemory', ['oom-1']],
    ['q=STRAßE', ['oom-1']],
    ['q=100%25', ['oom-1']],
    ['q=%25', ['oom-1', 'pull']],
    ['q=_', []],
    ['q=back-OFF', ['pull']],
    [`from=${at(-150)}`, ['oom-1', 'pull']],
    [`from=${at(-200)}&to=${at(0)}`, ['pull', 'oom-west']],
    ['from=2026-11-22T13:58:20%2B02:00', ['oom-1', 'pull']],
    ['from=2026-11-22T13:58:20+02:00', ['oom-1', 'pull']],
    ['cluster=', ['oom-1', 'pull', 'oom-west', 'oom-0']],
  ])('?%s', async (query, expected) => {
    const list = await get<List>(`/api/v1/exceptions?${query}`);
    expect(ids(list)).toEqual(expected);
    expect(list.total).toBe(expected.length);
    expect(list.next).toBeNull();
  });

  it('shows exactly the fields of an exception, times in UTC with milliseconds, the newest version', async () => {
    const [first] = (await get<List>('/api/v1/exceptions?limit=1')).items;
    expect(Object.keys(first ?? {})).toEqual([...EXCEPTION_FIELDS]);
    expect(first).toMatchObject({
      id: 'oom-1',
      hint: 'newer',
      observed_at: at(0),
      started_at: at(-60),
      services: ['web'],
      exit_code: 137,
    });
    const [stuck] = (await get<List>('/api/v1/exceptions?type=stuck')).items;
    expect(stuck).toMatchObject({ exit_code: null, started_at: null, finished_at: null });
  });

  it('pages through next', async () => {
    const first = await get<List>('/api/v1/exceptions?limit=3');
    expect([ids(first), first.total]).toEqual([['oom-1', 'pull', 'oom-west'], 4]);
    const second = await get<List>(`/api/v1/exceptions?limit=3&cursor=${first.next}`);
    expect([ids(second), second.next, second.total]).toEqual([['oom-0'], null, 4]);
  });
});

it('counts what rules suppressed under the same filters', async () => {
  expect(await get('/api/v1/exceptions/suppressed')).toEqual({
    total: 3,
    by_rule: [
      { rule: 'startup', count: 2 },
      { rule: 'job-completed', count: 1 },
    ],
  });
  expect(await get('/api/v1/exceptions/suppressed?pod=job-1&verdict=reported')).toEqual({
    total: 1,
    by_rule: [{ rule: 'job-completed', count: 1 }],
  });
});

describe('the detail', () => {
  it('has the log, the events beside it, siblings and the pod as it was', async () => {
    const detail = await get<Record<string, never>>('/api/v1/exceptions/oom-1');
    expect(detail).toMatchObject({
      id: 'oom-1',
      log: '2026-11-22T11:59:59Z java.lang.OutOfMemoryError: Straße 100%',
      log_meta: { status: 'caught', truncated: false, observed_at: at(1) },
      spec: { observed_at: at(-30), resource_version: '7', object: { spec: { nodeName: 'node-1' } } },
    });
    const { events, siblings } = detail as unknown as {
      events: { reason: string; observed_at: string; count: number; source: string }[];
      siblings: Record<string, { id: string }[]>;
    };
    expect(events.map((event) => [event.reason, event.observed_at])).toEqual([
      ['Killing', at(-20)],
      ['BackOff', at(-5)],
    ]);
    expect(events[0]).toMatchObject({
      count: 3,
      source: 'kubelet',
      first_seen: '2026-11-22T11:59:00Z',
      involved_uid: 'uid-web-1',
    });
    expect(siblings['container']?.map(({ id }) => id)).toEqual(['start-2', 'start-1', 'oom-0']);
    expect(siblings['fingerprint']?.map(({ id }) => id)).toEqual(['oom-west', 'oom-0']);
  });

  it('says when there is no log, no spec and no such id', async () => {
    expect(await get('/api/v1/exceptions/pull')).toMatchObject({ log: '', log_meta: null, spec: null, events: [] });
    expect(await get('/api/v1/exceptions/none', 404)).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('the histogram', () => {
  it('lays out bars without holes', async () => {
    const histogram = await get<{
      buckets: string[];
      series: { key: string; total: number; counts: number[] }[];
      total: number;
    }>(`/api/v1/exceptions/histogram?from=${at(-300)}&to=${at(60)}&bucket=1m`);
    expect(histogram.buckets).toHaveLength(6);
    expect(histogram.series).toEqual([
      { key: 'OOMKilled', total: 3, counts: [1, 1, 0, 0, 0, 1] },
      { key: 'ImagePullBackOff', total: 1, counts: [0, 0, 0, 1, 0, 0] },
    ]);
    expect(histogram.total).toBe(4);
  });

  it.each([
    ['by=verdict', { suppressed: 3 }],
    ['by=cluster', { east: 2, west: 1 }],
    ['by=type&verdict=suppressed', { death: 3 }],
  ])('?%s over the last day', async (query, expected) => {
    const histogram = await get<{ bucket_seconds: number; series: { key: string; total: number }[] }>(
      `/api/v1/exceptions/histogram?${query}`,
    );
    expect(histogram.bucket_seconds).toBe(900);
    expect(Object.fromEntries(histogram.series.map(({ key, total }) => [key, total]))).toMatchObject(expected);
  });
});

describe('clusters and coverage', () => {
  it('says how each agent does', async () => {
    const { items } = await get<List>('/api/v1/clusters');
    expect(items).toMatchObject([
      { cluster: 'east', lag_ms: 5000, status: 'live', objects: { pod: 12, event: 40 }, repeats: 2 },
      { cluster: 'west', lag_ms: 31_000, status: 'silent' },
    ]);
    expect(items[0]?.['coverage']).toEqual([
      { kind: 'event', namespace: 'a', state: 'unreadable', since: at(-7200), reason: 'forbidden' },
      { kind: 'pod', namespace: '', state: 'watching', since: at(-3500), reason: '' },
    ]);
    expect(items[0]?.['gaps']).toMatchObject([{ state: 'gap', vanished: 4 }, { state: 'unreadable' }]);
  });

  it('lists the spans that touch the range', async () => {
    const spans = await get<List>('/api/v1/coverage');
    expect(
      spans.items.map((span) => [span['cluster'], span['kind'], span['state'], span['from'], span['proven_until']]),
    ).toEqual([
      ['east', 'event', 'unreadable', at(-7200), at(-5)],
      ['east', 'pod', 'watching', at(-7200), null],
      ['east', 'pod', 'gap', at(-3600), null],
      ['east', 'pod', 'watching', at(-3500), at(-5)],
    ]);
    expect((await get<List>(`/api/v1/coverage?from=${at(-3550)}&to=${at(-3540)}&kind=pod`)).items).toMatchObject([
      { state: 'gap' },
    ]);
    expect((await get<List>(`/api/v1/coverage?from=${at(-95_000)}&cluster=west`)).total).toBe(1);
    expect((await get<List>('/api/v1/coverage?namespace=z')).total).toBe(3);
    const paged: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: List = await get<List>(`/api/v1/coverage?limit=1&cursor=${cursor}`);
      paged.push(...page.items);
      cursor = page.next;
    }
    expect(paged).toEqual(spans.items);
  });
});
