import Type from 'typebox';
import { MEASURE_NAMES, USAGE_GROUPS } from '../usage.ts';
import { list, Range, Sources } from './filters.ts';
import { query, withDefault } from './parameters.ts';

/** What a row of the table is about. */
export const USAGE_BY = ['pod', ...USAGE_GROUPS] as const;
export type UsageBy = (typeof USAGE_BY)[number];

const pattern = (what: string) => list(`${what}; * stands for any characters`);

export const USAGE_FILTERS = {
  cluster: pattern('Clusters'),
  namespace: pattern('Kubernetes namespaces'),
  workload: pattern('Workloads, as Kind/name or by name'),
  pod: pattern('Pods'),
  node: pattern('Nodes'),
  team: pattern('Teams'),
  environment: pattern('Environments'),
};
export type UsageFilterField = keyof typeof USAGE_FILTERS;
export const USAGE_FILTER_FIELDS = Object.keys(USAGE_FILTERS) as readonly UsageFilterField[];

/** Sorts of every table, those of groups too. */
export const GROUP_USAGE_SORTS = [
  'waste_cpu',
  'waste_memory',
  'danger_cpu',
  'danger_memory',
  'name',
  'cpu_avg',
  'cpu_max',
  'cpu_p95',
  'cpu_request',
  'cpu_limit',
  'memory_avg',
  'memory_max',
  'memory_p95',
  'memory_request',
  'memory_limit',
  'gpu_memory_avg',
  'gpu_memory_max',
  'gpu_memory_p95',
  'gpu_request',
  'gpu_limit',
  'oom_kills',
  'pods',
  'first_at',
  'last_at',
] as const;
export type GroupUsageSort = (typeof GROUP_USAGE_SORTS)[number];

export const USAGE_SORTS = [
  ...GROUP_USAGE_SORTS,
  'workload',
  'node',
  'team',
  'gpu_avg',
  'gpu_max',
  'gpu_p95',
  'throttled_avg',
  'throttled_max',
  'network_receive',
  'network_transmit',
  'file_read',
  'file_write',
  'file_bytes',
] as const;
export type UsageSort = (typeof USAGE_SORTS)[number];

const by = withDefault(Type.Enum([...USAGE_BY], { default: 'pod', description: 'What a row is about' }));

const TABLE = {
  by,
  ...USAGE_FILTERS,
  ...Range,
  sort: withDefault(
    Type.Enum([...USAGE_SORTS], {
      default: 'waste_cpu',
      description:
        'What to sort by; what is not known comes last. waste: request - p95; danger: max / limit; name: cluster, namespace, name. Of groups not by workload, node, team, GPU utilisation, throttling, network and file systems',
    }),
  ),
  order: withDefault(Type.Enum(['desc', 'asc'], { default: 'desc', description: 'Falling or rising' })),
};

export const UsagePodsQuery = query({
  ...TABLE,
  limit: withDefault(Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'Rows a page' })),
  offset: withDefault(Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0, description: 'Rows to pass over' })),
});
export const UsageCsvQuery = query(TABLE);

const DEFAULT_METRICS = [
  'cpu_cores',
  'memory_bytes',
  'cpu_request_cores',
  'cpu_limit_cores',
  'memory_request_bytes',
  'memory_limit_bytes',
] as const;

export const UsageSeriesQuery = query({
  by,
  cluster: Type.String({ minLength: 1, maxLength: 253, description: 'Cluster' }),
  namespace: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 253,
      description: 'Namespace of a pod, a workload or the namespace itself',
    }),
  ),
  kind: Type.Optional(Type.String({ maxLength: 253, description: 'Kind of a workload' })),
  name: Type.Optional(
    Type.String({
      maxLength: 253,
      description: 'Pod, workload, team or node; left out: the namespace, or the cluster',
    }),
  ),
  metrics: withDefault(
    Type.Array(Type.Enum([...MEASURE_NAMES]), {
      minItems: 1,
      maxItems: MEASURE_NAMES.length,
      uniqueItems: true,
      default: [...DEFAULT_METRICS],
      description: 'Measures, with commas between or repeated. Of groups those that can be summed',
    }),
  ),
  points: withDefault(Type.Integer({ minimum: 1, maximum: 1000, default: 300, description: 'At most so many steps' })),
  ...Range,
});

export const UsageNodesQuery = query({ cluster: pattern('Clusters'), node: pattern('Nodes'), ...Range });

export const ImportsQuery = query({ cluster: Sources.cluster, ...Range });
