import type { LimitChange } from '../../schemas/api/sizing.ts';
import { isDriven, outgrows, targetOf, utilisationOf, type Evidence } from './evidence.ts';
import type { SizingOptions } from './options.ts';
import { initPeakOf, partsOf, shareOut, sumOf, type PodPart } from './parts-of-pod.ts';
import { ceilCpu } from './quantity.ts';
import { changeOf, explains, NO_PLAN, type Plan, type Reason } from './recommendation.ts';
import { isThrottled } from './rules-use.ts';

const more = (percent: number): number => 1 + percent / 100;

interface Wanted {
  /** Of the pod before it is shared out; null: as it is. */
  readonly cores: number | null;
  readonly reason: Reason;
}

function wantedOf(evidence: Evidence, p95: number, options: SizingOptions): Wanted {
  const { request } = evidence.asked.cpu;
  if (isDriven(evidence, 'cpu') && request !== null) {
    const values = {
      target_percent: targetOf(evidence, 'cpu'),
      utilisation: utilisationOf(evidence, 'cpu'),
      pods: evidence.podsWhileThere,
      min_replicas: evidence.autoscaler?.minReplicas ?? null,
      max_replicas: evidence.autoscaler?.maxReplicas ?? null,
    };
    return { cores: null, reason: explains('cpu', 'request-kept-for-autoscaler', values) };
  }
  const wanted = p95 * more(options.cpu_margin_percent);
  // With no replicas left to add, more of a request is the one thing that helps; less would make it worse.
  const cores = outgrows(evidence, 'cpu') ? Math.max(wanted, request ?? 0) : wanted;
  const values = { percentile: 95, used: p95, margin_percent: options.cpu_margin_percent, recommended: ceilCpu(cores) };
  return { cores, reason: explains('cpu', 'request-from-percentile', values) };
}

interface LimitPlan {
  readonly limit: number | null;
  readonly change: LimitChange;
}

function limitOf(
  part: PodPart,
  request: number,
  { alone, max, throttled }: { alone: boolean; max: number; throttled: boolean },
  options: SizingOptions,
): LimitPlan {
  if (part.limit === null) return { limit: null, change: 'none' };
  if (options.cpu_limits === 'none') return { limit: null, change: 'remove' };
  const ratio = part.request !== null && part.request > 0 ? part.limit / part.request : 1;
  // Which container used how much is not known: of several, no limit is lowered.
  const least = alone ? max * more(options.cpu_margin_percent) : part.limit;
  const raised = throttled ? part.limit * more(options.cpu_limit_raise_percent) : 0;
  const limit = ceilCpu(Math.max(request, ratio * request, least, raised));
  return Math.abs(limit - part.limit) < 1e-9 ? { limit: part.limit, change: 'keep' } : { limit, change: 'set' };
}

function limitReason(evidence: Evidence, change: LimitChange, limit: number | null, options: SizingOptions): Reason[] {
  const throttled = isThrottled(evidence, options);
  const values = { limit: evidence.asked.cpu.limit, recommended: limit, throttled: evidence.throttled };
  if (change === 'remove') return [explains('cpu', throttled ? 'limit-removed-throttled' : 'limit-removed', values)];
  if (change === 'none' || change === 'keep') return [];
  return throttled
    ? [explains('cpu', 'limit-raised-throttled', { ...values, raise_percent: options.cpu_limit_raise_percent })]
    : [explains('cpu', 'limit-in-proportion', values)];
}

/**
 * What a pod is to have of CPU, in cores. Request: the 95th percentile and a margin, as the Vertical Pod Autoscaler has it (its
 * targets: 90th percentile of CPU, margin 15 %); nothing changes where an autoscaler holds CPU to a target. Limit: none, or as it is in
 * proportion to the request.
 */
export function recommendCpu(evidence: Evidence, options: SizingOptions): Plan {
  const { p95, max } = evidence.cpu;
  if (p95 === null || max === null) return NO_PLAN;
  const { cores, reason } = wantedOf(evidence, p95, options);
  const present = partsOf(evidence, 'cpu');
  const { shares, by } = shareOut(cores ?? 0, present, ceilCpu);
  const about = { alone: present.length === 1, max, throttled: isThrottled(evidence, options) };
  const parts = present.map((part, index) => {
    const share = cores === null ? null : (shares[index] ?? null);
    return { name: part.name, request: share, ...limitOf(part, share ?? part.request ?? 0, about, options) };
  });
  const shared = cores === null ? evidence.asked.cpu.request : sumOf(parts.map(({ request }) => request));
  const peak = initPeakOf(evidence, 'cpu');
  const limit = sumOf(parts.map((part) => part.limit));
  const change = changeOf(parts);
  const reasons = [reason, ...limitReason(evidence, change, limit, options)];
  if (cores !== null && by !== 'whole') reasons.push(explains('cpu', `shared-${by}`, { containers: parts.length }));
  if (shared !== null && peak > shared) reasons.push(explains('cpu', 'held-by-init', { request: peak }));
  return { request: shared === null ? null : Math.max(shared, peak), limit, change, parts, reasons };
}
