import type { Capacity, NodeCapacity, SizedResource } from './sizing-api.ts';

/** Where figures stand on one scale that reaches at least to what can be allocated, as shares of its length. */
export interface CapacityScale {
  readonly allocatable: number;
  readonly avg: number | null;
  readonly requests: number | null;
  readonly limits: number | null;
}

/** Null where it is not known what can be allocated. */
export function capacityScale({ allocatable, avg, requests, limits }: Capacity): CapacityScale | null {
  if (allocatable === null || allocatable <= 0) return null;
  const top = Math.max(allocatable, avg ?? 0, requests ?? 0, limits ?? 0);
  const share = (value: number | null): number | null => (value === null ? null : value / top);
  return { allocatable: allocatable / top, avg: share(avg), requests: share(requests), limits: share(limits) };
}

/** Whether there is anything to tell of a resource: GPUs are in few clusters. */
export const isThere = ({ allocatable, requests }: Capacity): boolean => (allocatable ?? 0) > 0 || (requests ?? 0) > 0;

/** The resources that are told of; CPU and memory always. */
export const toldOf = (gives: Readonly<Record<SizedResource, Capacity>>): SizedResource[] =>
  isThere(gives.gpu) ? ['cpu', 'memory', 'gpu'] : ['cpu', 'memory'];

/** The nodes of a cluster, those that are asked for most first; what is not known comes last. */
export const nodesOf = (nodes: readonly NodeCapacity[], cluster: string): NodeCapacity[] => {
  const fullest = ({ cpu, memory }: NodeCapacity): number =>
    Math.max(cpu.requests_ratio ?? -1, memory.requests_ratio ?? -1);
  return nodes
    .filter((node) => node.cluster === cluster)
    .toSorted((a, b) => fullest(b) - fullest(a) || (a.node < b.node ? -1 : 1));
};
