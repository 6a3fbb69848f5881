import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock, type FakeClock } from '../../../../platform/clock.ts';
import { silentLogger } from '../../../../platform/log.ts';
import { createMetrics } from '../../../../platform/metrics.ts';
import { createStore } from '../../../../platform/store/create-store.ts';
import { migrate } from '../../../../platform/store/migrate.ts';
import type { Store } from '../../../../platform/store/store.ts';
import type { PodUsageRow, UsageWindowRow } from '../../../../schemas/usage.ts';
import { resourceOptions } from '../../../journal/resources/options.ts';
import { usageOptions } from '../../options.ts';
import { createPrometheus } from '../../prometheus/prometheus.ts';
import { startFakePrometheus, type FakePrometheus } from '../../prometheus/testing/fake-prometheus.ts';
import type { Progress } from '../cluster-import.ts';
import { createImporter, type Importer } from '../importer.ts';
import { HOUR_MS } from '../plan.ts';
import { countsOf, shopSeries } from './shop.ts';

/** The hour that is imported. */
export const H9 = Date.UTC(2026, 10, 22, 9);
/** Three hours of scrapes around it, 7 s after the grid. */
export const SERIES = shopSeries({ fromMs: H9 - HOUR_MS / 2 + 7_000, count: 3 * 120, everyMs: 30_000 }, 60);
const quiet = new AbortController().signal;

/** One cluster of its own and who imports it. */
export interface ClusterImporter {
  readonly cluster: string;
  readonly importer: Importer;
}

/** A store and a fake server of the shop, on which clusters are imported. */
export interface Imports {
  readonly store: Store;
  readonly fake: FakePrometheus;
  /** How many samples the server says that it has. */
  readonly counts: ReturnType<typeof countsOf>;
  /** Another cluster; the server answers as it does by default from now on. `options`: of its server. */
  importing(clock: FakeClock, options?: object): ClusterImporter;
  /** Imports `H9`, or another range. */
  importHours(
    work: ClusterImporter,
    change?: { fromMs?: number; toMs?: number; force?: boolean; signal?: AbortSignal },
  ): Promise<Progress[]>;
  rowsOf(cluster: string): Promise<PodUsageRow[]>;
  windowsOf(cluster: string): Promise<UsageWindowRow[]>;
  /** Between two tests. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

export async function openImports(): Promise<Imports> {
  const dir = await mkdtemp(join(tmpdir(), 'import-'));
  const store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
  await migrate(store, { dir: join(import.meta.dirname, '../../../../schemas/clickhouse') }, silentLogger);
  const fake = await startFakePrometheus();
  const counts = countsOf(() => fake.behaviour.series);
  const importers: Importer[] = [];
  const rest = async (): Promise<void> => {
    for (const importer of importers.splice(0)) await importer.close();
    fake.behaviour.fault = undefined;
    fake.behaviour.remoteRead = 'streamed';
  };
  let clusters = 0;
  return {
    store,
    fake,
    counts,
    importing(clock, options = {}) {
      const cluster = `c${clusters++}`;
      fake.behaviour.series = SERIES;
      fake.behaviour.values = counts;
      const prometheus = [{ cluster, url: fake.url, connect_timeout_ms: 2_000, ...options }];
      const importer = createImporter(usageOptions({ prometheus, catch_up_days: 0 }), {
        store,
        clock,
        log: silentLogger,
        metrics: createMetrics(),
        gpuResources: resourceOptions().gpu_resources,
        random: () => 0,
        connect: (server, deps) => createPrometheus(server, { ...deps, clock: realClock }),
      });
      importers.push(importer);
      return { cluster, importer };
    },
    async importHours({ cluster, importer }, { signal = quiet, ...range } = {}) {
      const told: Progress[] = [];
      const whole = { fromMs: H9, toMs: H9 + HOUR_MS, force: false, ...range };
      await importer.of(cluster).importRange(whole, (progress) => void told.push(progress), signal);
      return told;
    },
    rowsOf: (cluster) =>
      store.query('SELECT * FROM pod_usage WHERE cluster = {cluster:String} ORDER BY namespace, pod, at', { cluster }),
    windowsOf: (cluster) =>
      store.query('SELECT * FROM usage_windows WHERE cluster = {cluster:String} ORDER BY window_start', { cluster }),
    rest,
    async close() {
      await rest();
      await fake.close();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
