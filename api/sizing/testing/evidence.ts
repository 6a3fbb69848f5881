import type { ContainerResources } from '../../../schemas/resources.ts';
import type { Evidence, Spread } from '../evidence.ts';
import { MIB } from '../quantity.ts';

export const spread = (p95: number | null, more: Partial<Spread> = {}): Spread => ({
  avg: p95,
  p50: p95,
  p90: p95,
  p95,
  p99: p95,
  max: p95,
  ...more,
});

export const container = (one: Partial<ContainerResources> & { name: string }): ContainerResources => ({
  kind: 'app',
  cpu_request_cores: null,
  cpu_limit_cores: null,
  memory_request_bytes: null,
  memory_limit_bytes: null,
  gpu: null,
  ...one,
});

/** A workload of which nothing is to be said: 115m of CPU for 100m used, memory likewise. */
export const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  kind: 'Deployment',
  knownHours: 168,
  podHours: 336,
  knownShare: 1,
  pods: 2,
  podsWhileThere: 2,
  cpu: spread(0.1),
  memory: spread(100 * MIB),
  gpu: spread(null),
  throttled: 0,
  asked: {
    cpu: { known: true, request: 0.12, limit: null },
    memory: { known: true, request: 128 * MIB, limit: 128 * MIB },
    gpu: { known: true, request: null, limit: null },
  },
  gpuResource: '',
  containers: [],
  oom: null,
  autoscaler: null,
  ...more,
});

/** The same with another request or limit. */
export const asking = (
  resource: 'cpu' | 'memory' | 'gpu',
  set: Partial<Evidence['asked']['cpu']>,
  from: Evidence = evidence(),
): Evidence => ({ ...from, asked: { ...from.asked, [resource]: { ...from.asked[resource], ...set } } });
