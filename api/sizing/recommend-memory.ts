import { isDriven, outgrows, targetOf, utilisationOf, type Evidence } from './evidence.ts';
import type { SizingOptions } from './options.ts';
import { initPeakOf, partsOf, shareOut, sumOf, type PodPart } from './parts-of-pod.ts';
import { ceilMemory } from './quantity.ts';
import { changeOf, explains, NO_PLAN, type PartPlan, type Plan, type Reason } from './recommendation.ts';

const more = (percent: number): number => 1 + percent / 100;

interface Ceiling {
  /** The most that a pod used, and a margin. */
  readonly bytes: number;
  /** What the container that was OOM-killed is to have at least; null where none was, or its limit is not known. */
  readonly afterKill: number | null;
}

const ceilingOf = ({ memory, oom }: Evidence, options: SizingOptions): Ceiling => ({
  bytes: ceilMemory((memory.max ?? 0) * more(options.memory_limit_margin_percent)),
  afterKill:
    oom === null || oom.limitBytes === null ? null : ceilMemory(oom.limitBytes * more(options.oom_raise_percent)),
});

/**
 * A container's limit. Of several it is not known which used how much, but none used more than the pod: a limit below that was enough
 * so far and stays, one above it comes down to it, a missing one is set to it.
 */
function limitOf(part: PodPart, request: number, alone: boolean, floor: number, ceiling: Ceiling): PartPlan {
  const enough = alone || part.limit === null || part.limit > ceiling.bytes ? ceiling.bytes : part.limit;
  const limit = Math.max(enough, floor, request);
  return { name: part.name, request, limit, change: limit === part.limit ? 'keep' : 'set' };
}

function requestOf(evidence: Evidence, p99: number, options: SizingOptions): { bytes: number | null; reason: Reason } {
  const { request } = evidence.asked.memory;
  if (isDriven(evidence, 'memory') && request !== null) {
    const values = {
      target_percent: targetOf(evidence, 'memory'),
      utilisation: utilisationOf(evidence, 'memory'),
      pods: evidence.podsWhileThere,
      min_replicas: evidence.autoscaler?.minReplicas ?? null,
      max_replicas: evidence.autoscaler?.maxReplicas ?? null,
    };
    return { bytes: null, reason: explains('memory', 'request-kept-for-autoscaler', values) };
  }
  const wanted = p99 * more(options.memory_margin_percent);
  const bytes = outgrows(evidence, 'memory') ? Math.max(wanted, request ?? 0) : wanted;
  const margin = { margin_percent: options.memory_margin_percent, recommended: ceilMemory(bytes) };
  return { bytes, reason: explains('memory', 'request-from-percentile', { percentile: 99, used: p99, ...margin }) };
}

function limitReasons(evidence: Evidence, limit: number | null, ceiling: Ceiling, options: SizingOptions): Reason[] {
  const { memory, oom, asked } = evidence;
  const margin = options.memory_limit_margin_percent;
  const values = { used: memory.max, margin_percent: margin, limit: asked.memory.limit, recommended: limit };
  const reasons = [explains('memory', 'limit-from-maximum', values)];
  if (oom && ceiling.afterKill !== null) {
    const raise = { kills: oom.kills, limit_at_kill: oom.limitBytes, raise_percent: options.oom_raise_percent };
    const at = { container: oom.container, least: ceiling.afterKill };
    reasons.push(explains('memory', 'limit-raised-after-oom', { ...raise, ...at }));
  }
  return reasons;
}

/**
 * What a pod is to have of memory, in bytes. Request: the 99th percentile and a margin. Limit: the most that was used and a margin, and
 * more than the limit that was in force at the newest OOM kill; the use on record ends at the limit there and tells of no need beyond.
 */
export function recommendMemory(evidence: Evidence, options: SizingOptions): Plan {
  const { p99, max } = evidence.memory;
  if (p99 === null || max === null) return NO_PLAN;
  const { bytes, reason } = requestOf(evidence, p99, options);
  const present = partsOf(evidence, 'memory');
  const alone = present.length === 1;
  const ceiling = ceilingOf(evidence, options);
  const { shares, by } = shareOut(bytes ?? 0, present, ceilMemory);
  const parts = present.map((part, index) => {
    const killed = alone || part.name === evidence.oom?.container;
    const request = bytes === null ? null : (shares[index] ?? null);
    const floor = killed ? (ceiling.afterKill ?? 0) : 0;
    return { ...limitOf(part, request ?? part.request ?? 0, alone, floor, ceiling), request };
  });
  const shared = bytes === null ? evidence.asked.memory.request : sumOf(parts.map(({ request }) => request));
  const peak = initPeakOf(evidence, 'memory');
  const limit = sumOf(parts.map((part) => part.limit));
  const reasons = [reason, ...limitReasons(evidence, limit, ceiling, options)];
  if (!alone) {
    if (bytes !== null) reasons.push(explains('memory', `shared-${by}`, { containers: parts.length }));
    reasons.push(explains('memory', 'limits-of-several', { containers: parts.length, whole: ceiling.bytes }));
  }
  if (shared !== null && peak > shared) reasons.push(explains('memory', 'held-by-init', { request: peak }));
  return {
    request: shared === null ? null : Math.max(shared, peak),
    limit,
    change: changeOf(parts),
    parts,
    reasons,
  };
}
