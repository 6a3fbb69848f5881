import { afterAll, beforeAll, expect, it } from 'vitest';
import { toTime } from '../../platform/clock.ts';
import type { UsagePage } from '../../schemas/api/usage.ts';
import { usageWindowsTable } from '../../schemas/usage.ts';
import { NOON } from '../testing/rows.ts';
import { serviceApp, type ServiceApp } from '../testing/service-app.ts';
import { DAY_MS, insertUsage, podUsageRow, windowRow } from '../testing/usage-rows.ts';

const HOUR_MS = 3_600_000;
const FROM = NOON - 2 * DAY_MS;
const TO = FROM + 4 * HOUR_MS;
const MINUTES = 20;

/** A pod's rows for some minutes, each 30 seconds. */
const podAt = (place: { cluster: string; pod: string; workload: string }, fromMs: number, minutes = MINUTES) =>
  Array.from({ length: 2 * minutes }, (_, tick) =>
    podUsageRow({
      ...place,
      at: toTime(fromMs + tick * 30_000),
      cpu_cores: 0.5,
      cpu_request_cores: 2,
      memory_bytes: 1e9,
    }),
  );

let api: ServiceApp;
beforeAll(async () => {
  api = await serviceApp(async (store) => {
    // Six pods that follow each other through the first two hours of east; one in an hour of west.
    const east = Array.from({ length: 6 }, (_, turn) =>
      podAt({ cluster: 'east', pod: `web-${turn}`, workload: 'web' }, FROM + turn * MINUTES * 60_000),
    );
    const west = podAt({ cluster: 'west', pod: 'db-0', workload: 'db' }, FROM + HOUR_MS, 60);
    await insertUsage(store, [...east.flat(), ...west]);
    const windows = [0, 1, 2, 3].flatMap((hour) =>
      (hour === 1 ? ['east', 'west'] : ['east']).map((cluster) =>
        windowRow({ cluster, window_start: toTime(FROM + hour * HOUR_MS), imported_to: toTime(TO) }),
      ),
    );
    await store.insert(usageWindowsTable, windows, { token: 'windows' });
  });
});
afterAll(() => api.close());

const totals = async (query: string) =>
  (await api.get<UsagePage>(`/usage/pods?from=${toTime(FROM)}&to=${toTime(TO)}&${query}`)).totals;

it.each(['pod', 'workload', 'namespace', 'team', 'node', 'cluster'])(
  'are what all had together, over the time that is imported: by %s',
  async (by) => {
    // East has a pod for two of its four hours, west one in the only hour that is imported.
    const east = await totals(`by=${by}&cluster=east`);
    expect(east.cpu.avg).toBeCloseTo(0.25, 12);
    expect(east.cpu.request).toBeCloseTo(1, 12);
    expect(east.memory.avg).toBeCloseTo(5e8, 0);
    const both = await totals(`by=${by}&limit=1`);
    expect(both.cpu.avg).toBeCloseTo(0.75, 12);
    expect(both.cpu.request).toBeCloseTo(3, 12);
    expect(both.cpu.limit).toBeNull();
  },
);

it('are those of what is selected', async () => {
  const one = await totals('by=pod&pod=web-3');
  expect(one.cpu.avg).toBeCloseTo(0.5 / 12, 12);
  const none = await totals('by=pod&pod=nothing');
  expect(none).toMatchObject({ cpu: { avg: null, request: null }, oom_kills: null });
});

it('are over as much as is known where nothing is recorded of the import', async () => {
  const later = await api.get<UsagePage>(`/usage/pods?from=${toTime(FROM)}&to=${toTime(FROM + HOUR_MS / 2)}&by=pod`);
  expect(later.totals.cpu.avg).toBeCloseTo(0.5, 12);
});
