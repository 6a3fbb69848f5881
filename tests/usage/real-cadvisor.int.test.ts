import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../deploy/testkube/test-kube.ts';
import { describeWithCluster, realAvailable } from '../../deploy/testkube/testkube-binary.ts';
import { prometheusAvailable } from '../../deploy/testprometheus/prometheus-packages.ts';
import { buildApp } from '../../api/app.ts';
import { chdbStore } from '../../api/testing/chdb-store.ts';
import { fakeDeps } from '../../api/testing/fake-deps.ts';
import { realClock, toTime } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import type { Store } from '../../platform/store/store.ts';
import { resourceOptions } from '../../processors/journal/resources/options.ts';
import type { Progress } from '../../processors/usage/import/cluster-import.ts';
import { createImporter, type Importer } from '../../processors/usage/import/importer.ts';
import { hourOf, readyTo } from '../../processors/usage/import/plan.ts';
import { usageOptions } from '../../processors/usage/options.ts';
import { prometheusOptions } from '../../processors/usage/prometheus/options.ts';
import { createPrometheus, type Prometheus } from '../../processors/usage/prometheus/prometheus.ts';
import type { UsageItem, UsagePage } from '../../schemas/api/usage.ts';
import type { Measure } from '../../schemas/usage.ts';
import { NAMESPACE, startScrapedCluster, type ScrapedCluster } from './real-cadvisor-cluster.ts';

const STEP_MS = 30_000;
/** cAdvisor's samples have times of their own, some seconds before they are scraped. */
const DELAY_MS = 30_000;
const INSTANTS_BEFORE_RESTART = 3;
const INSTANTS = 8;
const MINUTES = 60_000;

const METHODS = ['remote_read', 'query_range'] as const;
/** The plain sum over containers, whatever else tells them apart. */
const PLAIN = {
  cpu: 'sum by (namespace, pod) (irate(container_cpu_usage_seconds_total{container!="",container!="POD"}[2m]))',
  memory: 'sum by (namespace, pod) (container_memory_working_set_bytes{container!="",container!="POD"})',
};
const TOLD: Partial<Record<Measure, string>> = {
  cpu_cores: 'cadvisor',
  cpu_throttled: 'cadvisor',
  memory_bytes: 'cadvisor',
  network_receive_bytes_per_second: 'cadvisor',
  network_transmit_bytes_per_second: 'cadvisor',
  cpu_request_cores: 'kube_state_metrics',
  cpu_limit_cores: 'kube_state_metrics',
  memory_request_bytes: 'kube_state_metrics',
  memory_limit_bytes: 'kube_state_metrics',
};
const FILES: readonly Measure[] = ['file_read_bytes_per_second', 'file_write_bytes_per_second', 'file_bytes'];
const GPUS: readonly Measure[] = ['gpu_utilisation', 'gpu_memory_bytes', 'gpu_request', 'gpu_limit'];

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}
interface Figure {
  readonly max: number;
  readonly avg: number;
  readonly count: number;
}
type Figures = Record<string, Figure>;

const isNear = (one: number | null, other: number): boolean =>
  one !== null && Math.abs(one - other) <= 1e-6 * Math.abs(other);

/** What PromQL says of an expression over the instants of a range, by pod. */
async function toldBy(prometheus: Prometheus, expression: string, { fromMs, toMs }: Range): Promise<Figures> {
  const lastMs = toMs - STEP_MS;
  const figures: Record<string, { max: number; avg: number; count: number }> = {};
  for (const name of ['max', 'avg', 'count'] as const) {
    const query = `${name}_over_time((${expression})[${(lastMs - fromMs) / 1_000}s:30s])`;
    const { samples } = await prometheus.query(query, lastMs);
    for (const { labels, value } of samples.filter(({ labels: { namespace } }) => namespace === NAMESPACE)) {
      const figure = (figures[labels['pod'] ?? ''] ??= { max: NaN, avg: NaN, count: NaN });
      figure[name] = value;
    }
  }
  return figures;
}

async function storedFigures(store: Store, cluster: string, measure: Measure, range: Range): Promise<Figures> {
  const rows = await store.query<Figure & { pod: string }>(
    `SELECT pod, max(${measure}) AS max, avg(${measure}) AS avg, toUInt32(count(${measure})) AS count
    FROM pod_usage
    WHERE cluster = {cluster:String} AND namespace = {namespace:String}
      AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    GROUP BY pod HAVING count > 0`,
    { cluster, namespace: NAMESPACE, from: range.fromMs, to: range.toMs },
  );
  return Object.fromEntries(rows.map(({ pod, ...figure }) => [pod, figure]));
}

/** Pods of which the two say something else; empty where all is alike. */
function differences(ours: Figures, expected: Figures): object[] {
  const pods = [...new Set([...Object.keys(ours), ...Object.keys(expected)])];
  return pods.flatMap((pod) => {
    const [one, other] = [ours[pod], expected[pod]];
    const alike = one && other && one.count === other.count && isNear(one.max, other.max) && isNear(one.avg, other.avg);
    return alike ? [] : [{ pod, ours: one, expected: other }];
  });
}

const machine = realAvailable();
const needed = machine.available ? prometheusAvailable() : machine;

describeWithCluster(needed, "the table equals what a Prometheus answers of a real kubelet's cAdvisor", () => {
  let scraped: ScrapedCluster;
  let prometheus: Prometheus;
  let store: Store;
  let removeStore: () => Promise<void>;
  let importer: Importer;
  let fromMs: number;

  /** Waits until every pod's CPU is known at so many instants that are old enough to be imported. */
  const enough = (instants: number) =>
    until(
      `${instants} instants of every pod`,
      async () => {
        const toMs = Math.floor((Date.now() - DELAY_MS) / STEP_MS) * STEP_MS;
        if (toMs - fromMs < instants * STEP_MS) return false;
        const figures = await toldBy(prometheus, PLAIN.cpu, { fromMs, toMs });
        return scraped.pods.every((pod) => (figures[pod]?.count ?? 0) >= instants);
      },
      6 * MINUTES,
    );

  beforeAll(async () => {
    ({ store, remove: removeStore } = await chdbStore());
    fromMs = Math.floor(Date.now() / STEP_MS) * STEP_MS;
    scraped = await startScrapedCluster();
    prometheus = createPrometheus(prometheusOptions({ url: scraped.prometheus.url }), {
      clock: realClock,
      log: silentLogger,
    });
    const servers = METHODS.map((method) => ({ cluster: method, url: scraped.prometheus.url, method }));
    const options = { prometheus: servers, delay_seconds: DELAY_MS / 1_000, catch_up_days: 0 };
    importer = createImporter(usageOptions(options), {
      store,
      clock: realClock,
      log: silentLogger,
      metrics: createMetrics(),
      gpuResources: resourceOptions().gpu_resources,
    });
    await enough(INSTANTS_BEFORE_RESTART);
    await scraped.restartOne();
    await enough(INSTANTS);
  }, 15 * MINUTES);
  afterAll(async () => {
    await importer?.close();
    await prometheus?.close();
    await removeStore?.();
    await scraped?.stop();
  }, 3 * MINUTES);

  /** Hours that are over whole, and the one that goes on as far as it is due: as the importer takes them by itself. */
  async function imported(cluster: string): Promise<Range & { missing: string[] }> {
    const signal = new AbortController().signal;
    const failed: unknown[] = [];
    const overMs = hourOf(readyTo({ nowMs: Date.now(), delayMs: DELAY_MS }));
    if (overMs > fromMs) {
      const range = { fromMs, toMs: overMs, force: false };
      const tell = (each: Progress) => void ('error' in each && failed.push(each.error));
      await importer.of(cluster).importRange(range, tell, signal);
    }
    await importer.of(cluster).step(signal);
    expect(failed).toEqual([]);
    const windows = await store.query<{ state: string; method: string; bad: number; toMs: number; missing: string[] }>(
      `SELECT state, method, toUInt32(bad_samples) AS bad, toUnixTimestamp64Milli(imported_to) AS toMs, missing
      FROM usage_windows WHERE cluster = {cluster:String} ORDER BY window_start`,
      { cluster },
    );
    for (const { state, method, bad } of windows) {
      expect(['open', 'done']).toContain(state);
      expect({ method, bad }).toEqual({ method: cluster, bad: 0 });
    }
    const last = windows.at(-1);
    return { fromMs, toMs: Number(last?.toMs), missing: last?.missing ?? [] };
  }

  async function table(cluster: string, range: Range): Promise<UsagePage> {
    const app = await buildApp(fakeDeps({ store, clock: realClock }));
    const of = { cluster, namespace: NAMESPACE, from: toTime(range.fromMs), to: toTime(range.toMs) };
    const answer = await app.inject({
      url: `/api/v1/usage/pods?${new URLSearchParams(of).toString()}`,
      headers: { host: 'localhost' },
    });
    await app.close();
    expect(answer.statusCode).toBe(200);
    return answer.json<UsagePage>();
  }

  /** The same figures out of the table's rows; null where it shows nothing. */
  const shown = (items: readonly UsageItem[], what: 'cpu' | 'memory', range: Range): Figures =>
    Object.fromEntries(
      items.flatMap(({ pod, [what]: { avg, max, known } }) =>
        avg === null || max === null
          ? []
          : [[pod, { avg, max, count: Math.round((known * (range.toMs - range.fromMs)) / STEP_MS) }]],
      ),
    );

  test.each(METHODS)('imported by %s', async (method) => {
    const range = await imported(method);
    expect(range.toMs - range.fromMs).toBeGreaterThanOrEqual(INSTANTS * STEP_MS);
    const sources = await store.query<{ measure: Measure; source: string; expression: string }>(
      "SELECT measure, source, expression FROM usage_sources WHERE cluster = {cluster:String} AND source != ''",
      { cluster: method },
    );
    expect(Object.fromEntries(sources.map(({ measure, source }) => [measure, source]))).toEqual(TOLD);
    const expected = new Map<Measure, Figures>();
    for (const { measure, expression } of sources) {
      const figures = await toldBy(prometheus, expression, range);
      expected.set(measure, figures);
      const apart = differences(await storedFigures(store, method, measure, range), figures);
      expect({ measure, apart }).toEqual({ measure, apart: [] });
    }
    const page = await table(method, range);
    expect(page.resolution).toMatchObject({ step: '30s', exact: true });
    expect(page.items.map(({ pod }) => pod).toSorted()).toEqual(scraped.pods);
    expect(differences(shown(page.items, 'cpu', range), expected.get('cpu_cores') ?? {})).toEqual([]);
    expect(differences(shown(page.items, 'memory', range), expected.get('memory_bytes') ?? {})).toEqual([]);
    for (const { pod, cpu, memory } of page.items) {
      const most = (measure: Measure) => expected.get(measure)?.[pod]?.max ?? null;
      expect({ pod, cpu: [cpu.request, cpu.limit], memory: [memory.request, memory.limit] }).toEqual({
        pod,
        cpu: [most('cpu_request_cores'), most('cpu_limit_cores')],
        memory: [most('memory_request_bytes'), most('memory_limit_bytes')],
      });
    }
    // What no pod of this machine tells is missing, and not zero.
    expect(range.missing).toEqual(expect.arrayContaining([...FILES, ...GPUS]));
    for (const { file_system: files, gpu } of page.items) {
      expect(files).toEqual({ read: null, write: null, bytes: null });
      expect([gpu.utilisation.max, gpu.memory.max, gpu.request, gpu.limit]).toEqual([null, null, null, null]);
    }
  });

  test('is about pods that work, hold memory, are throttled, and one that was restarted', async () => {
    const range = await imported('remote_read');
    const { items } = await table('remote_read', range);
    const of = (name: string) => items.find(({ pod }) => pod.startsWith(name))!;
    expect(of('pair')).toMatchObject({ workload_kind: 'Deployment', workload: 'pair', node: 'real-0' });
    expect(of('holder')).toMatchObject({ workload_kind: 'Pod', workload: 'holder', node: 'real-0' });
    expect(of('pair').cpu.request).toBeCloseTo(0.075, 9);
    expect(of('pair').cpu.limit).toBeCloseTo(0.6, 9);
    expect(of('holder').memory).toMatchObject({ request: 64 * 2 ** 20, limit: 256 * 2 ** 20 });
    expect(of('restarted').memory).toMatchObject({ request: 16 * 2 ** 20, limit: null });
    expect(of('bare').cpu).toMatchObject({ request: null, limit: null });
    expect(of('holder').memory.avg).toBeGreaterThan(30e6);
    expect(of('pair').throttled.max).toBeGreaterThan(0.1);
    expect(of('pair').network.receive).not.toBeNull();
    for (const { cpu } of items) expect(cpu.max).toBeGreaterThan(0);

    // The plain sum is the same, but for the restarted: the kubelet ends no series, and it counts both lives for five minutes.
    for (const what of ['cpu', 'memory'] as const) {
      const plain = await toldBy(prometheus, PLAIN[what], range);
      const apart = differences(shown(items, what, range), plain) as { pod: string }[];
      expect(apart.map(({ pod }) => pod).filter((pod) => pod !== 'restarted')).toEqual([]);
    }
    // By the mean: which instant is the largest is up to how much each life held as it began.
    const plainMemory = await toldBy(prometheus, PLAIN.memory, range);
    expect(plainMemory['restarted']?.avg).toBeGreaterThan(1.05 * (of('restarted').memory.avg ?? Infinity));
  });
});
