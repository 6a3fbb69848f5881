import type { SetMeasure } from '../../schemas/usage.ts';
import { NAMINGS, OLD_NAMINGS, type Candidate, type Naming } from './measures-candidate.ts';
import type { Matcher } from './prometheus/matchers.ts';
import { matcher, ofMetric, wildcardRegex } from './selector.ts';

type Resource = 'cpu' | 'memory' | 'gpu';
type Bound = 'request' | 'limit';

interface Wanted {
  readonly measure: SetMeasure;
  readonly resource: Resource;
  readonly bound: Bound;
}

const WANTED: readonly Wanted[] = [
  { measure: 'cpu_request_cores', resource: 'cpu', bound: 'request' },
  { measure: 'cpu_limit_cores', resource: 'cpu', bound: 'limit' },
  { measure: 'memory_request_bytes', resource: 'memory', bound: 'request' },
  { measure: 'memory_limit_bytes', resource: 'memory', bound: 'limit' },
  { measure: 'gpu_request', resource: 'gpu', bound: 'request' },
  { measure: 'gpu_limit', resource: 'gpu', bound: 'limit' },
];

/** kube-state-metrics 1; 2 has resource and unit as labels. */
const METRICS_OF_1: Readonly<Record<Resource, string>> = {
  cpu: 'cpu_cores',
  memory: 'memory_bytes',
  gpu: 'nvidia_gpu_devices',
};
const CONTAINER_METRICS: Partial<Readonly<Record<Resource, string>>> = {
  cpu: 'container_cpu_cores',
  memory: 'container_memory_bytes',
};

/**
 * Requests and limits of a pod's containers, summed, as kube-state-metrics 2, 1 and older exporters tell them; init containers,
 * sidecars and overhead are not in them. `gpuResources`: names of extended resources, `*` for any characters.
 */
export const kubeStateCandidates = (gpuResources: readonly string[]): Candidate[] =>
  WANTED.flatMap((wanted) => [...version2(wanted, gpuResources), ...version1(wanted), ...ofContainers(wanted)]);

function version2({ measure, resource, bound }: Wanted, gpuResources: readonly string[]): Candidate[] {
  const metric = `kube_pod_container_resource_${bound}s`;
  if (resource === 'gpu' && gpuResources.length === 0) return [];
  const ofResource =
    resource === 'gpu'
      ? matcher('resource', '=~', gpuResources.map(resourceLabel).map(wildcardRegex).join('|'))
      : matcher('resource', '=', resource);
  return NAMINGS.map((naming) => candidate(measure, 'kube_state_metrics', metric, naming, [ofResource], ['resource']));
}

const version1 = ({ measure, resource, bound }: Wanted): Candidate[] =>
  NAMINGS.map((naming) =>
    candidate(
      measure,
      'kube_state_metrics_1',
      `kube_pod_container_resource_${bound}s_${METRICS_OF_1[resource]}`,
      naming,
    ),
  );

function ofContainers({ measure, resource, bound }: Wanted): Candidate[] {
  const metric = CONTAINER_METRICS[resource];
  if (metric === undefined) return [];
  return [...NAMINGS, ...OLD_NAMINGS].map((naming) =>
    candidate(measure, 'container_resources', `${metric}_${bound}`, naming),
  );
}

/** kube-state-metrics' label of a resource: `nvidia.com/gpu` is `nvidia_com_gpu`. */
const resourceLabel = (resource: string): string => resource.replaceAll(/[^a-zA-Z0-9_*]/g, '_');

const candidate = (
  measure: SetMeasure,
  source: string,
  metric: string,
  naming: Naming,
  matchers: readonly Matcher[] = [],
  parts: readonly string[] = [],
): Candidate => ({
  measure,
  source: `${source}${naming.suffix}`,
  reading: 'level',
  selectors: [ofMetric(metric, ...matchers, ...naming.matchers)],
  labels: naming.labels,
  parts: [naming.container, ...parts],
  scale: 1,
});
