import Type, { type Static } from 'typebox';
import { maybeFloat64, maybeInt32, maybeTime, table, text, time, uint32, uint64, uint8, word } from './column.ts';
import { SET, SET_MEASURES } from './usage.ts';

const set = Object.fromEntries(
  SET.map((name) => [name, maybeFloat64(`${SET_MEASURES[name]}; null where none is set`)]),
) as Record<(typeof SET)[number], ReturnType<typeof maybeFloat64>>;
const version = uint64('Journal offset of the last batch that changed the row');

/**
 * What a pod asks for and may use, from when to when. A resize in place ends one row and begins the next. Effective, as the
 * scheduler counts it (k8s.io/component-helpers/resource PodRequests and PodLimits).
 */
export const PodResourcesRow = Type.Object({
  id: text('Deterministic: of cluster, pod uid and number'),
  cluster: word('Cluster'),
  namespace: word('Kubernetes namespace'),
  pod: text('Pod name'),
  pod_uid: text('Pod uid'),
  workload_kind: word('Kind of the top owner: Deployment, StatefulSet, CronJob, ... or Pod'),
  workload: text('Name of the top owner'),
  node: word("Node; '' before it is scheduled"),
  team: word('Team, by the configured label'),
  environment: word('Environment, by the configured label'),
  qos: word('Guaranteed, Burstable or BestEffort'),
  started_at: time('From when this holds'),
  ended_at: maybeTime('Until when: the pod ended or was resized; null while it holds'),
  observed_at: time('When the agent first saw it; never changes, the partition is made of it'),
  ...set,
  gpu_resource: word(
    "Name of the extended resource that counts as GPUs: nvidia.com/gpu, ... or ''; of several with a comma between",
  ),
  containers: text(
    'Containers as JSON: [{"name","kind":"app|init|sidecar","cpu_request_cores","cpu_limit_cores","memory_request_bytes","memory_limit_bytes","gpu"}]; null where none is set',
  ),
  unreadable: uint32('Quantities that could not be read; what they are part of is null'),
  version,
});
export type PodResourcesRow = Static<typeof PodResourcesRow>;
/** Written to the versions table; read through the view `pod_resources`. */
export const podResourcesTable = table('pod_resources_versions', PodResourcesRow);

/** What a container's resources are in `PodResourcesRow.containers`. */
export interface ContainerResources {
  readonly name: string;
  readonly kind: 'app' | 'init' | 'sidecar';
  readonly cpu_request_cores: number | null;
  readonly cpu_limit_cores: number | null;
  readonly memory_request_bytes: number | null;
  readonly memory_limit_bytes: number | null;
  readonly gpu: number | null;
}

export const NodeResourcesRow = Type.Object({
  id: text('Deterministic: of cluster, node uid and number'),
  cluster: word('Cluster'),
  node: word('Node'),
  node_uid: text('Node uid'),
  started_at: time('From when this holds'),
  ended_at: maybeTime('Until when; null while it holds'),
  observed_at: time('When the agent first saw it; never changes, the partition is made of it'),
  cpu_cores: maybeFloat64('Allocatable CPU, in cores'),
  memory_bytes: maybeFloat64('Allocatable memory, in bytes'),
  gpus: maybeFloat64('Allocatable GPUs'),
  pods: maybeFloat64('Allocatable pods'),
  unschedulable: uint8('1 where it is cordoned'),
  unreadable: uint32('Quantities that could not be read; what they are part of is null'),
  version,
});
export type NodeResourcesRow = Static<typeof NodeResourcesRow>;
/** Written to the versions table; read through the view `node_resources`. */
export const nodeResourcesTable = table('node_resources_versions', NodeResourcesRow);

export const AutoscalerRow = Type.Object({
  id: text('Deterministic: of cluster, autoscaler uid and number'),
  cluster: word('Cluster'),
  namespace: word('Kubernetes namespace'),
  name: text('HorizontalPodAutoscaler'),
  workload_kind: word('Kind of what it scales'),
  workload: text('Name of what it scales'),
  started_at: time('From when this holds'),
  ended_at: maybeTime('Until when; null while it holds'),
  observed_at: time('When the agent first saw it; never changes, the partition is made of it'),
  min_replicas: uint32('Least replicas'),
  max_replicas: uint32('Most replicas'),
  cpu_target_percent: maybeInt32('Target of CPU, in percent of what is requested; null where it has none'),
  memory_target_percent: maybeInt32('Target of memory, in percent of what is requested; null where it has none'),
  version,
});
export type AutoscalerRow = Static<typeof AutoscalerRow>;
/** Written to the versions table; read through the view `autoscalers`. */
export const autoscalersTable = table('autoscalers_versions', AutoscalerRow);
