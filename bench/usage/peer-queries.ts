import { foldMatrix, type Folded } from './matrix.ts';
import type { Figures } from './setting.ts';

const STEP_MS = 30_000;
/** Prometheus answers at most 11,000 points a series; 30 days are eight times as many as these. */
const MOST_POINTS = 10_800;
/** Parts asked for at a time: more than there are cores, so that the server never waits for the client. */
const AT_ONCE = 4;

const CONTAINERS = '{container!="",container!="POD"}';
const asked = (kind: 'requests' | 'limits', resource: string): string =>
  `sum by (namespace, pod) (kube_pod_container_resource_${kind}{resource="${resource}"})`;

export const CPU = `sum by (namespace, pod) (irate(container_cpu_usage_seconds_total${CONTAINERS}[2m]))`;
const MEMORY = `sum by (namespace, pod) (container_memory_working_set_bytes${CONTAINERS})`;
const ofGpu = (metric: string): string => `max by (exported_namespace, exported_pod) (${metric})`;

/** The eight: by measure the expression, and whether its maximum and average are wanted or its maximum alone. */
export const EIGHT = {
  cpu: { expression: CPU, used: true },
  cpu_request: { expression: asked('requests', 'cpu'), used: false },
  cpu_limit: { expression: asked('limits', 'cpu'), used: false },
  memory: { expression: MEMORY, used: true },
  memory_request: { expression: asked('requests', 'memory'), used: false },
  memory_limit: { expression: asked('limits', 'memory'), used: false },
  gpu: { expression: `${ofGpu('DCGM_FI_DEV_GPU_UTIL')} / 100`, used: true },
  gpu_memory: { expression: `${ofGpu('DCGM_FI_DEV_FB_USED')} * 1048576`, used: true },
} as const;
const NAMES = Object.keys(EIGHT) as (keyof typeof EIGHT)[];

export interface Range {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

const keyOf = (labels: Record<string, string>): string =>
  `${labels['namespace'] ?? labels['exported_namespace']}/${labels['pod'] ?? labels['exported_pod']}`;

async function ask(url: string, path: string, parameters: Record<string, string | number>): Promise<Buffer> {
  const body = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body });
  const answer = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${path}: ${response.status} ${answer.toString('latin1', 0, 500)}`);
  return answer;
}

type Rows = Map<string, Record<string, number>>;

function rowOf(rows: Rows, key: string): Record<string, number> {
  const found = rows.get(key) ?? {};
  rows.set(key, found);
  return found;
}

/** The table by the eight range queries at 30 s, in parts of what the server answers at once; maximum and average of each pod are made here. */
export async function tableByRanges(url: string, { fromMs, toMs }: Range): Promise<Figures> {
  const folds = new Map(NAMES.map((name) => [name, new Map<string, Folded>()]));
  const parts = NAMES.flatMap((name) => {
    const starts: number[] = [];
    for (let at = fromMs; at < toMs; at += MOST_POINTS * STEP_MS) starts.push(at);
    return starts.map((startMs) => ({ name, startMs }));
  });
  const work = async (): Promise<void> => {
    for (let part = parts.shift(); part; part = parts.shift()) {
      const endMs = Math.min(part.startMs + MOST_POINTS * STEP_MS, toMs) - STEP_MS;
      const range = { start: part.startMs / 1000, end: endMs / 1000, step: STEP_MS / 1000 };
      const body = await ask(url, 'query_range', { query: EIGHT[part.name].expression, ...range });
      const ofMeasure = folds.get(part.name)!;
      foldMatrix(body, (labels) => {
        const key = keyOf(labels);
        const fold = ofMeasure.get(key) ?? { max: Number.NEGATIVE_INFINITY, sum: 0, count: 0 };
        ofMeasure.set(key, fold);
        return fold;
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const rows: Rows = new Map();
  for (const [name, ofMeasure] of folds) {
    for (const [key, { max, sum, count }] of ofMeasure) {
      const row = rowOf(rows, key);
      row[`${name}_max`] = max;
      if (EIGHT[name].used) row[`${name}_avg`] = sum / count;
    }
  }
  return rows;
}

interface Vector {
  readonly data: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
}

async function columns(url: string, atMs: number, queries: Record<string, string>): Promise<Figures> {
  const rows: Rows = new Map();
  for (const [column, query] of Object.entries(queries)) {
    const { data } = JSON.parse((await ask(url, 'query', { query, time: atMs / 1000 })).toString()) as Vector;
    for (const { metric, value } of data.result) rowOf(rows, keyOf(metric))[column] = Number(value[1]);
  }
  return rows;
}

const windowOf = ({ fromMs, toMs }: Range): string => `${(toMs - fromMs) / 1000}s`;

/** The same figures, each summed up by the server: an instant query with a subquery of the whole range a figure. */
export function tableBySubqueries(url: string, range: Range): Promise<Figures> {
  const over = `[${windowOf(range)}:${STEP_MS / 1000}s]`;
  const queries = NAMES.flatMap((name) => {
    const { expression, used } = EIGHT[name];
    const max = [`${name}_max`, `max_over_time((${expression})${over})`];
    return used ? [max, [`${name}_avg`, `avg_over_time((${expression})${over})`]] : [max];
  });
  return columns(url, range.toMs - STEP_MS, Object.fromEntries(queries) as Record<string, string>);
}

/** The 95th percentile of CPU over its rates at 30 s, of memory over its samples as they are: a pod has one container here. */
export function p95ByPeer(url: string, range: Range): Promise<Figures> {
  const window = windowOf(range);
  return columns(url, range.toMs - STEP_MS, {
    cpu_p95: `quantile_over_time(0.95, (${CPU})[${window}:${STEP_MS / 1000}s])`,
    memory_p95: `quantile_over_time(0.95, container_memory_working_set_bytes${CONTAINERS}[${window}])`,
  });
}
