import type { SizingVerdict } from '../../schemas/api/sizing-parameters.ts';
import type { SizingResource } from '../../schemas/api/sizing.ts';
import { isDriven, outgrows, targetOf, utilisationOf, type Evidence } from './evidence.ts';
import type { SizingOptions } from './options.ts';
import { MIB } from './quantity.ts';
import type { Plan, Reason } from './recommendation.ts';

/** Rules on what was used. Each gives a reason for each thing that it finds; none where it finds nothing. */

const found = (verdict: SizingVerdict, resource: SizingResource, code: string, values: Reason['values']): Reason => ({
  verdict,
  resource,
  code,
  values,
});

/** Whether the average share of CPU periods in which pods were throttled is too much. */
export const isThrottled = (evidence: Evidence, options: SizingOptions): boolean =>
  evidence.throttled !== null && evidence.throttled > 0 && evidence.throttled >= options.throttled_percent / 100;

/** Throttled in too many CPU periods. */
export function throttles(evidence: Evidence, options: SizingOptions): Reason[] {
  if (!isThrottled(evidence, options)) return [];
  const values = { throttled: evidence.throttled, limit: evidence.asked.cpu.limit };
  return [found('throttled', 'cpu', 'throttled', { ...values, from_percent: options.throttled_percent })];
}

export type Plans = Readonly<Record<'cpu' | 'memory', Plan>>;

/**
 * More requested than use asks for, by so large a share and so much a pod. Where an autoscaler holds the resource to a target, idle
 * requests are its doing: then this says nothing unless it has its least replicas.
 */
export function overProvisioned(evidence: Evidence, plans: Plans, options: SizingOptions): Reason[] {
  const least = { cpu: options.over_cpu_cores, memory: options.over_memory_mib * MIB };
  return (['cpu', 'memory'] as const).flatMap((resource) => {
    const { request } = evidence.asked[resource];
    const recommended = plans[resource].request;
    if (request === null || recommended === null || isDriven(evidence, resource)) return [];
    const idle = request - recommended;
    if (idle <= 0 || idle < least[resource] - 1e-9 || idle < (request * options.over_percent) / 100 - 1e-9) return [];
    const used = resource === 'cpu' ? evidence.cpu.p95 : evidence.memory.p99;
    const percentile = resource === 'cpu' ? 95 : 99;
    return [found('over-provisioned', resource, 'request-above-use', { request, percentile, used, recommended })];
  });
}

/** More used than requested, for more than one instant in twenty; or an autoscaler with no replicas left above its target. */
export function underProvisioned(evidence: Evidence, options: SizingOptions): Reason[] {
  return (['cpu', 'memory'] as const).flatMap((resource) => {
    const { request } = evidence.asked[resource];
    const { p95 } = evidence[resource];
    if (outgrows(evidence, resource)) {
      const values = { target_percent: targetOf(evidence, resource), utilisation: utilisationOf(evidence, resource) };
      const most = { max_replicas: evidence.autoscaler?.maxReplicas ?? null };
      return [found('under-provisioned', resource, 'above-target-at-max', { ...values, ...most })];
    }
    if (isDriven(evidence, resource) || request === null || p95 === null) return [];
    if (p95 <= request * (1 + options.under_percent / 100)) return [];
    return [found('under-provisioned', resource, 'use-above-request', { request, percentile: 95, used: p95 })];
  });
}

/** Memory that came so close to its limit that little more would have it killed. */
export function nearLimit({ asked, memory }: Evidence, options: SizingOptions): Reason[] {
  const { limit } = asked.memory;
  if (limit === null || limit === 0 || memory.max === null) return [];
  if (memory.max < (limit * options.near_limit_percent) / 100) return [];
  return [found('under-provisioned', 'memory', 'near-limit', { limit, used: memory.max })];
}

/** Whether even the busiest GPU of its pods has next to nothing to do. */
export const gpusAreIdle = ({ asked, gpu }: Evidence, options: SizingOptions): boolean =>
  asked.gpu.request !== null && asked.gpu.request > 0 && gpu.p95 !== null && gpu.p95 < options.gpu_idle_percent / 100;

/** GPUs requested, and idle. */
export function idleGpus(evidence: Evidence, options: SizingOptions): Reason[] {
  if (!gpusAreIdle(evidence, options)) return [];
  const values = { request: evidence.asked.gpu.request, used: evidence.gpu.p95 };
  return [found('over-provisioned', 'gpu', 'gpus-unused', { ...values, below_percent: options.gpu_idle_percent })];
}
