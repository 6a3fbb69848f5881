import { gpusAreIdle } from './rules-use.ts';
import type { Evidence } from './evidence.ts';
import type { SizingOptions } from './options.ts';
import { explains, NO_PLAN, type Plan } from './recommendation.ts';

/**
 * What a pod is to have of GPUs. Utilisation is that of the busiest, so of several it is only known whether all are idle: then one is
 * left, never none.
 */
export function recommendGpu(evidence: Evidence, options: SizingOptions): Plan {
  const { request, limit } = evidence.asked.gpu;
  const { p95 } = evidence.gpu;
  if (request === null || request <= 0 || p95 === null) return NO_PLAN;
  const idle = gpusAreIdle(evidence, options);
  const recommended = idle ? 1 : request;
  const values = { request, used: p95, below_percent: options.gpu_idle_percent, recommended };
  const code = idle ? (request > 1 ? 'gpus-idle' : 'gpu-idle') : 'gpus-busy';
  const change = limit === null ? 'none' : idle && limit > 1 ? 'set' : 'keep';
  return {
    request: recommended,
    limit: limit === null ? null : idle ? 1 : limit,
    change,
    parts: [],
    reasons: [explains('gpu', code, values)],
  };
}
