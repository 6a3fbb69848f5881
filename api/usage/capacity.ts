import type { Capacity, Fit } from '../../schemas/api/usage.ts';
import type { StoredFigures } from '../queries/usage/figures.ts';
import type { StoredGpus } from '../queries/usage/gpus.ts';
import type { StoredNode, StoredRequests } from '../queries/usage/nodes.ts';

export const RESOURCES = ['cpu', 'memory', 'gpu'] as const;
export type ResourceName = (typeof RESOURCES)[number];

const ALLOCATABLE = { cpu: 'cpu_cores', memory: 'memory_bytes', gpu: 'gpus' } as const;
const USED = { cpu: 'cpu_cores', memory: 'memory_bytes' } as const;
const REQUESTS = {
  cpu: { request: 'cpu_request_cores', limit: 'cpu_limit_cores' },
  memory: { request: 'memory_request_bytes', limit: 'memory_limit_bytes' },
  gpu: { request: 'gpu_request', limit: 'gpu_limit' },
} as const;

export type Sums = Pick<StoredRequests, 'pods' | `${ResourceName}_requests` | `${ResourceName}_limits`>;

export const NOTHING_REQUESTED: Sums = {
  pods: 0,
  cpu_requests: 0,
  cpu_limits: 0,
  memory_requests: 0,
  memory_limits: 0,
  gpu_requests: 0,
  gpu_limits: 0,
};

/** The sums of several nodes. */
export function addUp(all: readonly Sums[]): Sums {
  const sum: Record<string, number> = { ...NOTHING_REQUESTED };
  for (const one of all) for (const name of Object.keys(sum)) sum[name] = (sum[name] ?? 0) + one[name as keyof Sums];
  return sum as unknown as Sums;
}

/** What of a resource the nodes give together, those too that are cordoned: their pods ask and use as well. Null where none tells. */
export function allocatableOf(nodes: readonly StoredNode[], resource: ResourceName): number | null {
  const known = nodes.filter((node) => node[ALLOCATABLE[resource]] !== null);
  if (known.length === 0) return null;
  return known.reduce((sum, node) => sum + (node[ALLOCATABLE[resource]] ?? 0), 0);
}

const ratio = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || whole === 0 ? null : part / whole;

type Use = Pick<Capacity, 'avg' | 'max' | 'p95'>;
const NO_USE: Use = { avg: null, max: null, p95: null };

/** Over the instants at which anything is known of the node or cluster: a GPU that no pod has is at rest. */
function useOfGpus(gpus: StoredGpus | undefined, usage: StoredFigures | undefined, allocatable: number | null): Use {
  const instants = Math.max(usage?.c_cpu_cores ?? 0, usage?.c_memory_bytes ?? 0, usage?.c_gpu_memory_bytes ?? 0);
  if (!gpus || instants === 0) return NO_USE;
  return { avg: gpus.total / instants, max: Math.min(gpus.most, allocatable ?? Number.POSITIVE_INFINITY), p95: null };
}

function useOf(resource: ResourceName, { allocatable, usage, gpus }: Given): Use {
  if (resource === 'gpu') return useOfGpus(gpus, usage, allocatable);
  const measure = USED[resource];
  return {
    avg: usage?.[`a_${measure}`] ?? null,
    max: usage?.[`x_${measure}`] ?? null,
    p95: usage?.[`p_${measure}`] ?? null,
  };
}

interface Given {
  readonly allocatable: number | null;
  readonly sums: Sums | undefined;
  readonly usage: StoredFigures | undefined;
  readonly gpus?: StoredGpus | undefined;
}

/**
 * How much of a resource there is, is asked for and is used. Requests and limits are those that the journal tells, else those that
 * Prometheus had, the most at one instant of the range. GPUs are used as far as they work: utilisation times how many.
 */
export function capacityOf(resource: ResourceName, given: Given): Capacity {
  const { allocatable, sums, usage } = given;
  const names = REQUESTS[resource];
  const requests = sums ? sums[`${resource}_requests`] : (usage?.[`x_${names.request}`] ?? null);
  const limits = sums ? sums[`${resource}_limits`] : (usage?.[`x_${names.limit}`] ?? null);
  const use = useOf(resource, given);
  const idle = ratio(use.avg, allocatable);
  return {
    allocatable,
    requests,
    limits,
    ...use,
    requests_ratio: ratio(requests, allocatable),
    limits_ratio: ratio(limits, allocatable),
    idle: idle === null ? null : 1 - idle,
  };
}

/**
 * Whether the requests of all pods fit into what the other nodes give, with the one gone that has the most of the resource: a sum,
 * which says nothing of pods too large for any one node. Cordoned nodes give nothing and are not the largest.
 */
export function fitOf(nodes: readonly StoredNode[], resource: ResourceName, requests: number | null): Fit {
  const column = ALLOCATABLE[resource];
  const giving = nodes.filter((node) => node.unschedulable === 0 && node[column] !== null);
  const largest = giving.toSorted((a, b) => (b[column] ?? 0) - (a[column] ?? 0))[0];
  const all = allocatableOf(giving, resource);
  if (!largest || all === null) return { node: null, rest: null, fits: null };
  const rest = all - (largest[column] ?? 0);
  // No GPU anywhere, and none asked for: there is no node to lose one with.
  if (resource === 'gpu' && all === 0) return { node: null, rest: 0, fits: requests === null ? null : requests === 0 };
  return { node: largest.node, rest, fits: requests === null ? null : requests <= rest };
}
