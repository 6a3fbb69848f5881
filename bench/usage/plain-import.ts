import { toTime } from '../../platform/clock.ts';
import type { Store } from '../../platform/store/store.ts';
import { rollUpDay, rollUpHours } from '../../processors/usage/roll-ups/index.ts';
import { MEASURE_NAMES, podUsageTable, type Measure, type PodUsageRow } from '../../schemas/usage.ts';
import { EIGHT, type Range } from './peer-queries.ts';
import { CLUSTER, DAY_MS, HOUR_MS } from './setting.ts';

// A pull by query_range as it is written in an afternoon: an hour at a time, JSON.parse, an object a row.

const STEP_MS = 30_000;
const QUERIES: Partial<Record<Measure, string>> = {
  cpu_cores: EIGHT.cpu.expression,
  cpu_request_cores: EIGHT.cpu_request.expression,
  cpu_limit_cores: EIGHT.cpu_limit.expression,
  memory_bytes: EIGHT.memory.expression,
  memory_request_bytes: EIGHT.memory_request.expression,
  memory_limit_bytes: EIGHT.memory_limit.expression,
  gpu_utilisation: EIGHT.gpu.expression,
  gpu_memory_bytes: EIGHT.gpu_memory.expression,
  gpu_request: 'sum by (namespace, pod) (kube_pod_container_resource_requests{resource="nvidia_com_gpu"})',
};

interface Matrix {
  readonly data: {
    readonly result: readonly { metric: Record<string, string>; values: readonly [number, string][] }[];
  };
}

async function readMatrix(url: string, query: string, { fromMs, toMs }: Range): Promise<Matrix> {
  const range = { start: String(fromMs / 1000), end: String((toMs - STEP_MS) / 1000), step: String(STEP_MS / 1000) };
  const response = await fetch(`${url}/api/v1/query_range?${new URLSearchParams({ query, ...range }).toString()}`);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Matrix;
}

const NOTHING = Object.fromEntries(MEASURE_NAMES.map((name) => [name, null])) as Record<Measure, null>;
const NOBODY = { workload_kind: '', workload: '', node: '', team: '', environment: '' };

async function rowsOf(url: string, hour: Range, version: number): Promise<PodUsageRow[]> {
  const rows = new Map<string, PodUsageRow>();
  const names = Object.entries(QUERIES) as [Measure, string][];
  const answers = await Promise.all(names.map(([, query]) => readMatrix(url, query, hour)));
  for (const [index, [measure]] of names.entries()) {
    for (const { metric, values } of answers[index]!.data.result) {
      const namespace = metric['namespace'] ?? metric['exported_namespace'] ?? '';
      const pod = metric['pod'] ?? metric['exported_pod'] ?? '';
      for (const [seconds, value] of values) {
        const key = `${namespace}/${pod}/${seconds}`;
        let row = rows.get(key);
        if (!row) {
          const at = toTime(seconds * 1000);
          row = { cluster: CLUSTER, namespace, pod, ...NOBODY, at, ...NOTHING, version, deleted: 0 };
          rows.set(key, row);
        }
        row[measure] = Number(value);
      }
    }
  }
  return [...rows.values()];
}

/** Writes the same rows, and makes the same roll-ups, as the importer does. */
export async function importPlainly(url: string, store: Store, { fromMs, toMs }: Range): Promise<void> {
  const version = Date.now();
  for (let hourMs = fromMs; hourMs < toMs; hourMs += HOUR_MS) {
    const rows = await rowsOf(url, { fromMs: hourMs, toMs: hourMs + HOUR_MS }, version);
    await store.insert(podUsageTable, rows, { token: `plain/${hourMs}` });
  }
  await rollUpHours(store, { cluster: CLUSTER, fromMs, toMs, version });
  for (let dayMs = fromMs; dayMs < toMs; dayMs += DAY_MS) await rollUpDay(store, { cluster: CLUSTER, dayMs, version });
}
