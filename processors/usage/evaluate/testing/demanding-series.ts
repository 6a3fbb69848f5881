import type { Labels } from '../../prometheus/series.ts';
import type { NaiveSeries } from './naive-promql.ts';
import type { GivenSample } from './series-of.ts';

/** Numbers between 0 and 1, the same in each run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Shape {
  readonly metric: string;
  /** Counters rise and begin again at times; levels do as they like. */
  readonly counter: boolean;
  readonly labels: Labels;
  /** Between scrapes; whole grid steps put samples exactly on instants and on the edges of ranges. */
  readonly everyMs: number;
  readonly offsetMs: number;
}

const EVERY = [30_000, 15_000, 60_000, 120_000, 33_333] as const;
const OFFSETS = [0, 0, 7_123, 29_999] as const;

/** Gaps, resets, stale markers, NaN and infinities, samples exactly on instants and edges. */
function samplesOf({ counter, everyMs, offsetMs }: Shape, fromMs: number, toMs: number, seed: number): GivenSample[] {
  const next = random(seed);
  const samples: GivenSample[] = [];
  let value = next() * 1e6;
  for (let at = fromMs + offsetMs; at < toMs; at += everyMs) {
    const event = next();
    value = counter ? value + next() * 100 : next() * 1e9;
    if (event < 0.04) value = next() * 5;
    if (event > 0.985) samples.push([at, Number.NaN]);
    else if (event > 0.97) samples.push([at, Number.POSITIVE_INFINITY]);
    else if (event > 0.93) samples.push([at, 'stale']);
    else samples.push([at, value]);
    // A gap of up to nine minutes.
    if (event > 0.88 && event < 0.93) at += Math.ceil(next() * 18) * 30_000;
  }
  return samples;
}

const CADVISOR = [
  'container_cpu_usage_seconds_total',
  'container_cpu_cfs_periods_total',
  'container_cpu_cfs_throttled_periods_total',
  'container_memory_working_set_bytes',
];

/** Series under many of the names that measures come from: containers, sandboxes, requests, GPUs, twice told, and none's. */
export function demandingSeries(options: { fromMs: number; toMs: number; labels: Labels }): NaiveSeries[] {
  const shapes = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'].flatMap((pod) => shapesOf(pod));
  return shapes.map((shape, index) => ({
    labels: { __name__: shape.metric, ...shape.labels, ...options.labels },
    samples: samplesOf(
      { ...shape, everyMs: EVERY[index % EVERY.length]!, offsetMs: OFFSETS[index % OFFSETS.length]! },
      options.fromMs,
      options.toMs,
      index + 1,
    ),
  }));
}

function shapesOf(pod: string): Pick<Shape, 'metric' | 'counter' | 'labels'>[] {
  const shape = (metric: string, labels: Labels) => ({ metric, counter: metric.endsWith('_total'), labels });
  const of = { namespace: 'n', pod };
  const containers = CADVISOR.flatMap((metric) => [
    shape(metric, { ...of, container: 'app', id: '/1', cpu: 'total' }),
    shape(metric, { ...of, container: 'app', id: '/2', cpu: 'total' }),
    shape(metric, { ...of, container: 'side', id: '/3', cpu: 'total', job: 'one' }),
    shape(metric, { ...of, container: 'side', id: '/3', cpu: 'total', job: 'two' }),
    shape(metric, { ...of, container: 'POD', id: '/4' }),
    shape(metric, { ...of, id: '/' }),
    shape(metric, { namespace: 'n', pod_name: pod, container_name: 'old', id: '/5' }),
  ]);
  const set = (metric: string, resource: string, labels: Labels = {}) =>
    shape(metric, { ...of, container: 'app', resource, ...labels });
  return [
    ...containers,
    shape('container_network_receive_bytes_total', { ...of, interface: 'eth0' }),
    shape('container_network_receive_bytes_total', { ...of, interface: 'eth1', container: 'POD' }),
    set('kube_pod_container_resource_requests', 'cpu'),
    set('kube_pod_container_resource_requests', 'cpu', { container: 'side' }),
    set('kube_pod_container_resource_requests', 'cpu', { uid: 'former' }),
    set('kube_pod_container_resource_requests', 'nvidia_com_gpu'),
    set('kube_pod_container_resource_requests', 'nvidia_com_mig_1g_5gb'),
    shape('container_memory_bytes_limit', { ...of, container: 'app' }),
    ...['0', '1'].flatMap((gpu) => {
      const exported = { namespace: 'gpu', pod: 'exporter', exported_namespace: 'n', exported_pod: pod, gpu };
      return [shape('DCGM_FI_DEV_GPU_UTIL', exported), shape('DCGM_FI_DEV_FB_USED', exported)];
    }),
    shape('container_gpu_memory_total', { namespace: 'n', pod_name: pod, gpu_memory: 'gpu0' }),
    shape('container_gpu_memory_total', { namespace: 'n', pod_name: pod, gpu_memory: 'total' }),
  ];
}
