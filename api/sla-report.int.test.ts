import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTime } from '../platform/clock.ts';
import type { SlaReport } from '../schemas/api/sla.ts';
import { outagesTable, servicesTable } from '../schemas/outages.ts';
import { serviceApp, type ServiceApp } from './testing/service-app.ts';
import { outageRow, serviceRow } from './testing/service-rows.ts';

const HOUR = 3600;
const since = { first_seen_at: '2025-01-01T00:00:00.000Z', first_ready_at: '2025-01-01T00:00:00.000Z' };
const SLA = {
  objective: 99.9,
  time_zone: 'Europe/Berlin',
  objectives: [
    { cluster: '*', namespace: 'a', service: 'we*', objective: 99 },
    { cluster: '*', namespace: '*', service: 'web', objective: 50 },
  ],
};

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(
    async (store) => {
      const services = [
        serviceRow({ service: 'web', team: 'shop', ...since }),
        serviceRow({ service: '=pay', namespace: 'b', team: 'shop', objective: 99.5, ...since }),
        serviceRow({ service: 'data', team: '@data', ...since, first_ready_at: null }),
        serviceRow({ service: 'late', ...since, first_ready_at: '2026-11-01T00:00:00.000Z' }),
      ];
      await store.insert(servicesTable, services, { token: 'services' });
      // From 22:00 to 24:00 UTC on 30 September: in Berlin from midnight on, in Shanghai the first of October too.
      const outage = { started_at: '2026-09-30T21:00:00.000Z', ended_at: '2026-09-30T23:00:00.000Z' };
      await store.insert(outagesTable, [outageRow({ id: 'o1', service: 'web', ...outage })], { token: 'outages' });
    },
    { options: { sla: SLA } },
  );
});
afterAll(() => api.close());

const report = (query: string) => api.get<SlaReport>(`/sla/report?${query}`);

describe('the period', () => {
  it.each([
    // Berlin's October has the hour that the clocks are set back.
    ['month=2026-10', 31 * 24 + 1, '2026-09-30T22:00:00.000Z', 1],
    ['month=2026-03', 31 * 24 - 1, '2026-02-28T23:00:00.000Z', 0],
    ['month=2026-10&tz=Asia/Shanghai', 31 * 24, '2026-09-30T16:00:00.000Z', 2],
    ['month=2026-09&tz=UTC', 30 * 24, '2026-09-01T00:00:00.000Z', 2],
    ['month=2025-12', 31 * 24, '2025-11-30T23:00:00.000Z', 0],
    ['quarter=2026-Q1', 90 * 24 - 1, '2025-12-31T23:00:00.000Z', 0],
    ['quarter=2025-Q4&tz=America/New_York', 92 * 24 + 1, '2025-10-01T04:00:00.000Z', 0],
  ])('%s', async (query, hours, from, downHours) => {
    const found = await report(`${query}&service=web`);
    expect(found).toMatchObject({ from, complete: true });
    expect(found.period).toBe(/=([^&]*)/.exec(query)?.[1]);
    expect((Date.parse(found.to) - Date.parse(from)) / 3_600_000).toBe(hours);
    expect(found.lines).toMatchObject([
      { service: 'web', services: 1, counted_s: hours * HOUR, downtime: { likely_s: downHours * HOUR } },
    ]);
  });

  it('may begin before 1970 where the zone is ahead', async () => {
    expect((await report('month=1970-01&tz=Asia/Tokyo')).from).toBe('1969-12-31T15:00:00.000Z');
  });

  it('ends at now while it lasts, and holds nothing before it begins', async () => {
    const now = toTime(api.clock.now());
    expect(await report('month=2026-11')).toMatchObject({ to: now, complete: false, period: '2026-11' });
    const future = await report('quarter=2027-Q1');
    expect(future).toMatchObject({ complete: false, lines: [], total: { services: 0, counted_s: 0 } });
    expect(future.from).toBe(future.to);
    expect(await report('from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z')).toMatchObject({
      to: now,
      complete: false,
    });
    for (const to of ['', '&to=2026-11-02T00:00:00Z', `&to=${now}`]) {
      expect(await report(`from=2026-11-01T00:00:00Z${to}`)).toMatchObject({ complete: true, period: '' });
    }
  });

  it.each([
    ['month=2026-13', 'month'],
    ['month=1969-12', 'month'],
    ['quarter=2106-Q1', 'quarter'],
    ['month=2026-10&quarter=2026-Q4', 'quarter'],
    ['month=2026-10&to=2026-10-05T00:00:00Z', 'to'],
    ['quarter=2026-Q4&from=2026-10-05T00:00:00Z', 'from'],
    ["tz=UTC'--", 'tz'],
    ['by=pod', 'by'],
  ])('%s is refused', async (query, parameter) => {
    const answer = await api.ask(`/sla/report?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { details: { problems: [{ parameter }] } } });
  });
});

it('takes the objective of the annotation, of the first line that matches, or of all', async () => {
  const { lines, total } = await report('month=2026-10');
  expect(lines.map(({ service, objective }) => [service, objective])).toEqual([
    ['web', 99],
    ['=pay', 99.5],
  ]);
  const counted = (31 * 24 + 1) * HOUR;
  expect(lines[0]).toMatchObject({ missed: 0, budget: { total_s: counted / 100, left_s: counted / 100 - HOUR } });
  expect(total).toMatchObject({ services: 2, team: 'shop', namespace: '', objective: 99.5, counted_s: 2 * counted });
  expect(total.budget.total_s).toBeCloseTo(counted * 0.015, 3);
});

it('gathers', async () => {
  const { lines } = await report('month=2026-11&by=namespace');
  expect(lines.map(({ namespace, services }) => [namespace, services])).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
});

it('comes as CSV with columns that stay', async () => {
  const answer = await api.ask('/sla/report.csv?month=2026-10&tz=UTC');
  expect(answer.headers['content-disposition']).toBe('attachment; filename="tidemark-sla-2026-10-service.csv"');
  const [head = '', ...lines] = answer.body.trimEnd().split('\r\n');
  expect(head).toMatch(
    /^\uFEFFfrom,to,cluster,namespace,service,team,environment,services,missed,availability_worst_percent,/,
  );
  expect(head).toContain(',downtime_bad_release_s,');
  expect(lines).toHaveLength(2);
  expect(answer.body).toContain("'=pay");
  for (const line of lines) expect(line.split(',')).toHaveLength(head.split(',').length);
  const empty = await api.ask('/sla/report.csv?month=2030-01');
  expect(empty.body.trimEnd()).toBe(head);
});
