import { expect, test } from 'vitest';
import { FakeClock } from '../../../platform/clock.ts';
import { AppError } from '../../../platform/errors.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import type { Store } from '../../../platform/store/store.ts';
import { usageWindowsTable, type UsageWindowRow } from '../../../schemas/usage.ts';
import { resourceOptions } from '../../journal/resources/options.ts';
import { usageOptions } from '../options.ts';
import type { Prometheus } from '../prometheus/prometheus.ts';
import { createImporter, createVersions } from './importer.ts';
import { createTurns } from './turns.ts';

/** A server that is always down, and a store that has the windows as they were last written. */
function failing(code: 'prometheus_unavailable' | 'prometheus_denied', catchUpDays = 0) {
  const clock = new FakeClock(Date.UTC(2026, 10, 22, 9, 10));
  const tries: number[] = [];
  const written: UsageWindowRow[] = [];
  const query = async (sql: string) => {
    const last = written.at(-1);
    if (!sql.includes('FROM usage_windows') || !sql.includes('AS hour_ms') || !last) return [];
    const times = { hour_ms: Date.parse(last.window_start), to_ms: null, updated_ms: Date.parse(last.updated_at) };
    return [{ ...last, ...times, next_ms: Date.parse(last.next_try_at ?? '') }];
  };
  const insert = async (table: unknown, rows: readonly UsageWindowRow[]) =>
    void (table === usageWindowsTable && written.push(...rows));
  const store = { query, queryAfterWrite: query, insert } as unknown as Store;
  const fail = async () => {
    tries.push(clock.now());
    throw new AppError(code, 'no answer');
  };
  const prometheus = {
    url: 'http://prometheus',
    matchers: [],
    labelValues: fail,
    query: fail,
    close: async () => undefined,
  } as unknown as Prometheus;
  const importer = createImporter(
    usageOptions({ prometheus: [{ cluster: 'a', url: 'http://prometheus' }], catch_up_days: catchUpDays }),
    {
      store,
      clock,
      log: silentLogger,
      metrics: createMetrics(),
      gpuResources,
      random: () => 0,
      connect: () => prometheus,
    },
  );
  return { clock, importer, tries, written };
}

const { gpu_resources: gpuResources } = resourceOptions();

const pausesOf = (tries: readonly number[]): number[] =>
  tries.slice(1).map((at, index) => (at - (tries[index] as number)) / 1_000);

test('a server that is down is asked for one hour alone, however many there are to import', async () => {
  const { clock, importer, tries } = failing('prometheus_unavailable', 1);
  const running = importer.run();
  await clock.advance(8 * 60_000);
  expect(new Set(pausesOf(tries).filter((seconds) => seconds > 0))).toEqual(new Set([30, 60, 120, 240]));
  expect(tries.length).toBeLessThanOrEqual(6);
  await importer.close();
  await running;
});

test('a server that is down is tried after growing pauses, and each failure is recorded', async () => {
  const { clock, importer, tries, written } = failing('prometheus_unavailable');
  const running = importer.run();
  await clock.advance(8 * 60_000);
  expect(pausesOf(tries)).toEqual([30, 60, 120, 240]);
  expect(written.map((row) => [row.state, row.tries, row.error_code])).toEqual(
    [1, 2, 3, 4, 5].map((count) => ['failed', count, 'prometheus_unavailable']),
  );
  const versions = written.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  await importer.close();
  await running;
});

test('one that refuses is left alone for longer', async () => {
  const { clock, importer, tries } = failing('prometheus_denied');
  void importer.run();
  await clock.advance(16 * 60_000);
  expect(pausesOf(tries)).toEqual([300, 600]);
  await importer.close();
});

test('a cluster that is not configured is not found', () => {
  expect(() => failing('prometheus_denied').importer.of('b')).toThrow(
    expect.objectContaining({ code: 'config_invalid' }),
  );
});

test('versions rise, whatever the clock says and beyond what is there', () => {
  const next = createVersions(() => 100);
  expect([next(), next(), next(500), next()]).toEqual([100, 101, 501, 502]);
});

test('turns let so many in at a time, in order', async () => {
  const turns = createTurns(2);
  const begun: number[] = [];
  const ends = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const all = ends.map((end, index) => turns.take(() => (begun.push(index), end.promise)));
  expect(begun).toEqual([0, 1]);
  ends[1]?.resolve();
  await all[1];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  for (const end of ends) end.resolve();
  await Promise.all(all);
});
