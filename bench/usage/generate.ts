import type { RegularSeries } from '../../deploy/testprometheus/write-blocks.ts';
import { cpuSeconds, gpuMemoryMebibytes, gpuPercent, memoryBytes, restartsOf, type Place } from './generate-values.ts';

// What cAdvisor, kube-state-metrics and NVIDIA's exporter tell of a cluster's pods, made up but for the names: the same samples in
// each run and for each server, by a seed.

/** The families, and what each is of: a container or a pod. */
export const MEASURES = [
  'cpu',
  'memory',
  'cpu_request',
  'cpu_limit',
  'memory_request',
  'memory_limit',
  'gpu_request',
  'gpu_util',
  'gpu_memory',
] as const;
export type GeneratedMeasure = (typeof MEASURES)[number];

export interface UsageShape {
  readonly seed: number;
  readonly pods: number;
  /** The first scrape is within an interval from here. Milliseconds since the Unix epoch, a multiple of the interval. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** 30 s unless said. */
  readonly intervalMs?: number;
  /** All of them unless said. */
  readonly measures?: readonly GeneratedMeasure[];
  /** 1 unless said. */
  readonly containersPerPod?: number;
  /** Each n-th pod has a GPU: 20 unless said; 0 for none. */
  readonly gpuEvery?: number;
  /** Each n-th pod is there for the middle half of the time alone: none unless said. */
  readonly shortLivedEvery?: number;
  /** The cgroups of the pod and of its sandbox too (`container=""` and `"POD"`), as cAdvisor tells them. */
  readonly podCgroups?: boolean;
  /** On each series. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** One series: sample `n` of `count` stands at `firstMs + n × intervalMs`. */
export interface UsageSeries extends RegularSeries {
  readonly type: 'counter' | 'gauge';
}

const NAMESPACES = 20;
const PODS_A_NODE = 20;
/** What OpenMetrics' seconds hold exactly. */
const OFFSET_STEP_MS = 125;
const GIB = 2 ** 30;
const CORES = [0.1, 0.25, 0.5, 1, 2, 4];
const MEMORY_GIB = [0.125, 0.25, 0.5, 1, 2, 4];
const HEX = 'bcdf2456789';

interface PodShape {
  readonly number: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly hasGpu: boolean;
  readonly from: number;
  readonly to: number;
}

/** Letters as Kubernetes takes them for the ends of names. */
function ending(number: number, length: number): string {
  let text = '';
  for (let at = 0, rest = Math.imul(number + 1, 2_654_435_761) >>> 0; at < length; at++) {
    text += HEX[rest % HEX.length];
    rest = Math.imul(rest ^ (rest >>> 15), 2_246_822_519) >>> 0;
  }
  return text;
}

function podShape(shape: UsageShape, number: number, count: number): PodShape {
  const workload = `app-${Math.floor(number / 4)}`;
  const short = shape.shortLivedEvery && number % shape.shortLivedEvery === shape.shortLivedEvery - 1;
  const gpuEvery = shape.gpuEvery ?? 20;
  return {
    number,
    node: `node-${Math.floor(number / PODS_A_NODE)}`,
    labels: {
      ...shape.labels,
      namespace: `ns-${Math.floor(number / 4) % NAMESPACES}`,
      pod: `${workload}-${ending(Math.floor(number / 4), 9)}-${ending(number, 5)}`,
    },
    cores: CORES[(number * 7 + 2) % CORES.length]!,
    memoryBytes: MEMORY_GIB[(number * 5 + 3) % MEMORY_GIB.length]! * GIB,
    hasGpu: gpuEvery > 0 && number % gpuEvery === 0,
    from: short ? Math.floor(count / 4) : 0,
    to: short ? Math.floor((count * 3) / 4) : count,
  };
}

type Made = Pick<UsageSeries, 'name' | 'type' | 'labels' | 'open'>;
const constant = (value: number) => () => () => value;

function containerSeries(
  pod: PodShape,
  container: string,
  place: Place,
  cgroups: boolean,
): Partial<Record<GeneratedMeasure, Made[]>> {
  const labels = { ...pod.labels, container };
  const cadvisor = { ...labels, node: pod.node, job: 'kubelet' };
  const state = { ...labels, node: pod.node, job: 'kube-state-metrics' };
  const resource = (kind: 'requests' | 'limits', name: string, unit: string, value: number): Made[] => [
    {
      name: `kube_pod_container_resource_${kind}`,
      type: 'gauge',
      labels: { ...state, resource: name, unit },
      open: constant(value),
    },
  ];
  const restarts = restartsOf(place);
  const cpu = () => cpuSeconds(place, pod.cores, restarts);
  const memory = () => memoryBytes(place, pod.memoryBytes, restarts);
  const used = (name: string, type: Made['type'], open: Made['open']): Made[] => [
    { name, type, labels: { ...cadvisor, image: `registry.example/${container}:1` }, open },
    ...(cgroups ? ['', 'POD'].map((of) => ({ name, type, labels: { ...cadvisor, container: of }, open })) : []),
  ];
  return {
    cpu: used('container_cpu_usage_seconds_total', 'counter', cpu),
    memory: used('container_memory_working_set_bytes', 'gauge', memory),
    cpu_request: resource('requests', 'cpu', 'core', pod.cores),
    cpu_limit: resource('limits', 'cpu', 'core', pod.cores * 2),
    memory_request: resource('requests', 'memory', 'byte', pod.memoryBytes),
    memory_limit: resource('limits', 'memory', 'byte', pod.memoryBytes * 2),
  };
}

function gpuSeries(pod: PodShape, container: string, place: Place): Partial<Record<GeneratedMeasure, Made[]>> {
  const { namespace = '', pod: name = '', ...rest } = pod.labels;
  const dcgm = {
    ...rest,
    exported_namespace: namespace,
    exported_pod: name,
    exported_container: container,
    gpu: String(pod.number % 8),
    Hostname: pod.node,
    job: 'dcgm-exporter',
  };
  const request: Made = {
    name: 'kube_pod_container_resource_requests',
    type: 'gauge',
    labels: {
      ...pod.labels,
      container,
      node: pod.node,
      job: 'kube-state-metrics',
      resource: 'nvidia_com_gpu',
      unit: 'integer',
    },
    open: constant(1),
  };
  return {
    gpu_request: [request],
    gpu_util: [{ name: 'DCGM_FI_DEV_GPU_UTIL', type: 'gauge', labels: dcgm, open: () => gpuPercent(place) }],
    gpu_memory: [{ name: 'DCGM_FI_DEV_FB_USED', type: 'gauge', labels: dcgm, open: () => gpuMemoryMebibytes(place) }],
  };
}

function podSeries(shape: UsageShape, pod: PodShape, wanted: ReadonlySet<GeneratedMeasure>): UsageSeries[] {
  const intervalMs = shape.intervalMs ?? 30_000;
  const node = Math.floor(pod.number / PODS_A_NODE);
  // Each node is scraped at an instant of its own within the interval.
  const offsetMs = ((Math.imul(node + 1, 40_503) >>> 3) % (intervalMs / OFFSET_STEP_MS)) * OFFSET_STEP_MS;
  const firstMs = shape.fromMs + offsetMs + pod.from * intervalMs;
  const count = pod.to - pod.from;
  const series: UsageSeries[] = [];
  for (let at = 0; at < (shape.containersPerPod ?? 1); at++) {
    const container = at === 0 ? 'app' : `sidecar-${at}`;
    const place = { seed: shape.seed, pod: pod.number, container: at, firstMs, intervalMs, count };
    const made = {
      ...containerSeries(pod, container, place, at === 0 && shape.podCgroups === true),
      ...(at === 0 && pod.hasGpu ? gpuSeries(pod, container, place) : {}),
    };
    for (const measure of MEASURES) {
      if (!wanted.has(measure)) continue;
      for (const one of made[measure] ?? []) series.push({ ...one, firstMs, intervalMs, count });
    }
  }
  return series;
}

/**
 * The series of a cluster's pods, family by family. CPU is a counter of seconds in whole nanoseconds that begins again where the
 * container restarts; memory a random walk in pages of 4 KiB; requests and limits are constant; a GPU's utilisation is in percent,
 * its memory in MiB. Everything but the values lies in memory: they are made as they are read.
 */
export function usageSeries(shape: UsageShape): UsageSeries[] {
  const wanted = new Set(shape.measures ?? MEASURES);
  const scrapes = Math.floor((shape.toMs - shape.fromMs) / (shape.intervalMs ?? 30_000));
  const families = new Map<string, UsageSeries[]>();
  for (let number = 0; number < shape.pods; number++) {
    for (const series of podSeries(shape, podShape(shape, number, scrapes), wanted)) {
      const family = families.get(series.name);
      if (family) family.push(series);
      else families.set(series.name, [series]);
    }
  }
  return [...families.values()].flat();
}

/** How many samples the series have together. */
export const samplesOf = (series: readonly UsageSeries[]): number => series.reduce((sum, { count }) => sum + count, 0);
