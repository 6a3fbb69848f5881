import { NAMINGS, OLD_NAMINGS, type Candidate, type PodLabels } from './measures-candidate.ts';
import type { GpuVendorOptions } from './options.ts';
import type { Matcher } from './prometheus/matchers.ts';
import { equalMatchers, isNotSet, isSet, matcher, ofMetric } from './selector.ts';

type GpuMeasure = 'gpu_utilisation' | 'gpu_memory_bytes';

interface GpuMetric {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  readonly scale: number;
}

/** A GPU exporter: what it calls utilisation and memory, and the labels of the pod that holds the GPU. */
interface Exporter {
  readonly source: string;
  readonly labels: PodLabels;
  readonly gpu_utilisation?: GpuMetric;
  readonly gpu_memory_bytes?: GpuMetric;
}

const PERCENT = 0.01;
const MIB = 1_048_576;
const metric = (name: string, scale: number, ...matchers: readonly Matcher[]): GpuMetric => ({
  metric: name,
  matchers,
  scale,
});

/** A GPU that no pod holds carries the labels of the exporter's own pod, where Prometheus puts its own in. */
const NOT_THE_EXPORTER = matcher('pod', '!~', '.*dcgm-exporter.*');

/**
 * Ways to tell a pod's GPUs, most exact first. DCGM: https://docs.nvidia.com/datacenter/dcgm (FB_USED in MiB, GPU_UTIL in percent;
 * a MIG instance has GR_ENGINE_ACTIVE alone, 0 to 1). gpu-manager: github.com/tkestack/gpu-manager (percent and MiB; `total` is the
 * sum over a container's GPUs). Accelerators: cAdvisor until Kubernetes 1.24.
 */
const EXPORTERS: readonly Exporter[] = [
  ...dcgm('dcgm', 'gpu_utilisation', 'DCGM_FI_DEV_GPU_UTIL', PERCENT),
  ...dcgm('dcgm', 'gpu_memory_bytes', 'DCGM_FI_DEV_FB_USED', MIB),
  ...dcgm('dcgm_engine', 'gpu_utilisation', 'DCGM_FI_PROF_GR_ENGINE_ACTIVE', 1),
  {
    source: 'dcgm_1',
    labels: { namespace: 'pod_namespace', pod: 'pod_name' },
    gpu_utilisation: metric('dcgm_gpu_utilization', PERCENT, isSet('pod_name')),
    gpu_memory_bytes: metric('dcgm_fb_used', MIB, isSet('pod_name')),
  },
  ...gpuManager('container_gpu', '!='),
  ...gpuManager('container_gpu_total', '='),
  ...[...NAMINGS, ...OLD_NAMINGS].map(({ suffix, labels, matchers }): Exporter => ({
    source: `cadvisor_accelerator${suffix}`,
    labels,
    gpu_utilisation: metric('container_accelerator_duty_cycle', PERCENT, ...matchers),
    gpu_memory_bytes: metric('container_accelerator_memory_used_bytes', 1, ...matchers),
  })),
];

/** Utilisation and memory of GPUs by the known exporters, those of the configuration first. */
export const gpuCandidates = (vendors: readonly GpuVendorOptions[]): Candidate[] =>
  [...vendors.map(configured), ...EXPORTERS].flatMap((exporter) =>
    (['gpu_utilisation', 'gpu_memory_bytes'] as const).flatMap((measure) => candidatesOf(measure, exporter)),
  );

function candidatesOf(measure: GpuMeasure, exporter: Exporter): Candidate[] {
  const found = exporter[measure];
  if (found === undefined) return [];
  const { source, labels } = exporter;
  return [
    {
      measure,
      source,
      reading: 'level',
      selectors: [ofMetric(found.metric, ...found.matchers)],
      labels,
      parts: [],
      scale: found.scale,
    },
  ];
}

function dcgm(source: string, measure: GpuMeasure, name: string, scale: number): Exporter[] {
  return NAMINGS.map(({ suffix, labels, matchers }): Exporter => {
    const all = suffix === '' ? [...matchers, NOT_THE_EXPORTER] : matchers;
    return {
      source: `${source}${suffix}`,
      labels,
      [measure]: metric(name, scale, ...all),
    };
  });
}

/** Where it tells pod_name, pod may be the exporter's own. */
function gpuManager(source: string, total: '=' | '!='): Exporter[] {
  const plain = NAMINGS.map((naming) => ({ ...naming, matchers: [...naming.matchers, isNotSet('pod_name')] }));
  return [...OLD_NAMINGS, ...plain].map(({ suffix, labels, matchers }) => ({
    source: `${source}${suffix}`,
    labels,
    gpu_utilisation: metric('container_gpu_utilization', PERCENT, ...matchers, matcher('gpu', total, 'total')),
    gpu_memory_bytes: metric('container_gpu_memory_total', MIB, ...matchers, matcher('gpu_memory', total, 'total')),
  }));
}

const configured = ({ name, namespace_label, pod_label, utilisation, memory }: GpuVendorOptions): Exporter => ({
  source: name,
  labels: { namespace: namespace_label, pod: pod_label },
  ...(utilisation && { gpu_utilisation: ofOptions(utilisation, pod_label) }),
  ...(memory && { gpu_memory_bytes: ofOptions(memory, pod_label) }),
});

const ofOptions = (given: NonNullable<GpuVendorOptions['utilisation']>, podLabel: string): GpuMetric =>
  metric(given.metric, given.scale, isSet(podLabel), ...equalMatchers(given.matchers));
