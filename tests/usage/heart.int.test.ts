import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeBlocks } from '../../deploy/testprometheus/make-blocks.ts';
import { prometheusMissing } from '../../deploy/testprometheus/prometheus-packages.ts';
import { startPrometheus, type TestServer } from '../../deploy/testprometheus/test-prometheus.ts';
import { FakeClock, realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createStore } from '../../platform/store/create-store.ts';
import { migrate } from '../../platform/store/migrate.ts';
import type { Store } from '../../platform/store/store.ts';
import { resourceOptions } from '../../processors/journal/resources/options.ts';
import type { Progress } from '../../processors/usage/import/cluster-import.ts';
import { createImporter, type Importer } from '../../processors/usage/import/importer.ts';
import { usageOptions } from '../../processors/usage/options.ts';
import { prometheusOptions } from '../../processors/usage/prometheus/options.ts';
import { createPrometheus, type Prometheus } from '../../processors/usage/prometheus/prometheus.ts';
import type { Measure } from '../../schemas/usage.ts';
import { generatedUsage } from './generated-usage.ts';

const HOUR_MS = 3_600_000;
const STEP_MS = 30_000;
/** Six hours of a day's beginning. */
const FROM = Date.UTC(2026, 9, 20);
const TO = FROM + 6 * HOUR_MS;
const PODS = 14;

const SOURCES = {
  new: {
    cpu_cores: 'cadvisor',
    cpu_throttled: 'cadvisor',
    memory_bytes: 'cadvisor',
    network_receive_bytes_per_second: 'cadvisor',
    network_transmit_bytes_per_second: 'cadvisor',
    file_read_bytes_per_second: 'cadvisor',
    gpu_utilisation: 'dcgm_exported',
    gpu_memory_bytes: 'dcgm_exported',
    cpu_request_cores: 'kube_state_metrics',
    cpu_limit_cores: 'kube_state_metrics',
    memory_request_bytes: 'kube_state_metrics',
    memory_limit_bytes: 'kube_state_metrics',
    gpu_request: 'kube_state_metrics',
    gpu_limit: 'kube_state_metrics',
  },
  old: {
    cpu_cores: 'cadvisor_pod_name',
    cpu_throttled: 'cadvisor_pod_name',
    memory_bytes: 'cadvisor_pod_name',
    network_receive_bytes_per_second: 'cadvisor_pod_name',
    network_transmit_bytes_per_second: 'cadvisor_pod_name',
    file_read_bytes_per_second: 'cadvisor_pod_name',
    gpu_utilisation: 'container_gpu_pod_name',
    gpu_memory_bytes: 'container_gpu_pod_name',
    cpu_request_cores: 'container_resources_pod_name',
    cpu_limit_cores: 'container_resources_pod_name',
    memory_request_bytes: 'container_resources_pod_name',
    memory_limit_bytes: 'container_resources_pod_name',
  },
} as const satisfies Record<string, Partial<Record<Measure, string>>>;

type Figures = Record<string, { max: number; avg: number; count: number }>;

describe.skipIf(prometheusMissing())('the table equals what a real Prometheus answers', () => {
  let dir: string;
  let server: TestServer;
  let prometheus: Prometheus;
  let store: Store;
  let importer: Importer;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'heart-'));
    const blocks = join(dir, 'blocks');
    await makeBlocks(blocks, generatedUsage(PODS, { fromMs: FROM - 10 * 60_000, toMs: TO }), { span: '6h' });
    server = await startPrometheus({ blocks, dir: join(dir, 'prometheus') });
    prometheus = createPrometheus(prometheusOptions({ url: server.url }), { clock: realClock, log: silentLogger });
    store = createStore({ target: { path: join(dir, 'db') }, log: silentLogger, metrics: createMetrics() });
    await migrate(store, { dir: join(import.meta.dirname, '../../schemas/clickhouse') }, silentLogger);
    const servers = (['new', 'old'] as const).flatMap((names) =>
      (['remote_read', 'query_range'] as const).map((method) => ({
        cluster: `${names}-${method}`,
        url: server.url,
        matchers: { cluster: names },
        method,
      })),
    );
    importer = createImporter(usageOptions({ prometheus: servers }), {
      store,
      clock: new FakeClock(TO + HOUR_MS),
      log: silentLogger,
      metrics: createMetrics(),
      gpuResources: resourceOptions().gpu_resources,
      connect: (given, deps) => createPrometheus(given, { ...deps, clock: realClock }),
    });
  });
  afterAll(async () => {
    await importer?.close();
    await store?.close();
    await prometheus?.close();
    await server?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** What PromQL says of an expression over the instants of the six hours, by pod. */
  async function told(expression: string): Promise<Figures> {
    const figures: Figures = {};
    const lastMs = TO - STEP_MS;
    for (const [name, call] of Object.entries({ max: 'max', avg: 'avg', count: 'count' })) {
      const query = `${call}_over_time((${expression})[${(lastMs - FROM) / 1_000}s:30s])`;
      const { samples } = await prometheus.query(query, lastMs);
      for (const { labels, value } of samples) {
        const namespace = labels['exported_namespace'] ?? labels['namespace'];
        const pod = labels['exported_pod'] ?? labels['pod'] ?? labels['pod_name'];
        const figure = (figures[`${namespace}/${pod}`] ??= { max: NaN, avg: NaN, count: NaN });
        figure[name as keyof typeof figure] = value;
      }
    }
    return figures;
  }

  async function figuresOf(cluster: string, measure: Measure, from: 'pod_usage' | 'pod_usage_1h'): Promise<Figures> {
    const columns =
      from === 'pod_usage'
        ? `max(${measure}) AS max, avg(${measure}) AS avg, toUInt32(count(${measure})) AS count`
        : `max(${measure}_max) AS max, sum(${measure}_sum) / sum(${measure}_count) AS avg, toUInt32(sum(${measure}_count)) AS count`;
    const rows = await store.query<{ namespace: string; pod: string; max: number; avg: number; count: number }>(
      `SELECT namespace, pod, ${columns} FROM ${from} WHERE cluster = {cluster:String} GROUP BY namespace, pod HAVING count > 0`,
      { cluster },
    );
    return Object.fromEntries(
      rows.map(({ namespace, pod, max, avg, count }) => [`${namespace}/${pod}`, { max, avg, count }]),
    );
  }

  test.each([
    ['new', 'remote_read'],
    ['new', 'query_range'],
    ['old', 'remote_read'],
    ['old', 'query_range'],
  ] as const)('%s names by %s', async (names, method) => {
    const cluster = `${names}-${method}`;
    const progress: Progress[] = [];
    const range = { fromMs: FROM, toMs: TO, force: false };
    await importer.of(cluster).importRange(range, (each) => void progress.push(each), new AbortController().signal);
    expect(progress.flatMap((each) => ('error' in each ? [each.error] : []))).toEqual([]);
    expect(progress[0]).toMatchObject({ imported: { method, badSamples: 0 } });
    const sources = await store.query<{ measure: Measure; source: string; expression: string }>(
      "SELECT measure, source, expression FROM usage_sources WHERE cluster = {cluster:String} AND expression != ''",
      { cluster },
    );
    expect(Object.fromEntries(sources.map(({ measure, source }) => [measure, source]))).toEqual(SOURCES[names]);
    for (const { measure, expression } of sources) {
      const expected = await told(expression);
      const pods = Object.keys(expected).toSorted();
      expect(pods).toHaveLength(measure.startsWith('gpu') ? 3 : PODS);
      for (const table of ['pod_usage', 'pod_usage_1h'] as const) {
        const ours = await figuresOf(cluster, measure, table);
        expect(Object.keys(ours).toSorted()).toEqual(pods);
        const apart = pods.filter((pod) => !isAlike(ours[pod]!, expected[pod]!));
        expect({ measure, table, apart: apart.map((pod) => [pod, ours[pod], expected[pod]]) }).toEqual({
          measure,
          table,
          apart: [],
        });
      }
    }
  });
});

const isNear = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-6 * Math.abs(other);
const isAlike = (one: Figures[string], other: Figures[string]): boolean =>
  one.count === other.count && isNear(one.max, other.max) && isNear(one.avg, other.avg);
