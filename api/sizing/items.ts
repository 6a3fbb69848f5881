import { toTime } from '../../platform/clock.ts';
import type { ContainerSizing, ResourceSizing, SizingItem, SizingOne, SizingReason } from '../../schemas/api/sizing.ts';
import { sitsAtMax, sitsAtMin, type Evidence, type Spread } from './evidence.ts';
import type { Judgement } from './judge.ts';
import { patchOf } from './patch.ts';
import type { Plan, Reason } from './recommendation.ts';
import { textOf } from './texts.ts';

/** A workload with what is known of it and what follows. */
export interface Sized {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly team: string;
  readonly environment: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly evidence: Evidence;
  readonly judgement: Judgement;
}

type Resource = 'cpu' | 'memory' | 'gpu';

/** (request - recommended) x average pods; what is not set counts as nothing. Null where it cannot be told. */
export function savingOf({ evidence, judgement }: Pick<Sized, 'evidence' | 'judgement'>, resource: Resource) {
  const { known, request } = evidence.asked[resource];
  const recommended = judgement[resource].request;
  if (!known || recommended === null || evidence.pods === null) return null;
  return ((request ?? 0) - recommended) * evidence.pods;
}

/** The greatest of memory max / limit and the share throttled, at least 1 after an OOM kill; null where nothing is known. */
export function dangerOf({ memory, asked, throttled, oom }: Evidence): number | null {
  const { limit } = asked.memory;
  const known = [
    memory.max === null || limit === null || limit === 0 ? null : memory.max / limit,
    throttled,
    oom && oom.kills > 0 ? 1 : null,
  ].filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function resourceOf(sized: Sized, resource: Resource): ResourceSizing {
  const { evidence, judgement } = sized;
  const plan: Plan = judgement[resource];
  const { known, request, limit } = evidence.asked[resource];
  const { avg, p95, max } = evidence[resource];
  return {
    request,
    limit,
    asked_known: known,
    avg,
    p95,
    max,
    recommended_request: plan.request,
    recommended_limit: plan.limit,
    limit_change: plan.change,
    saving: savingOf(sized, resource),
  };
}

function containersOf({ containers }: Evidence, { cpu, memory }: Judgement): ContainerSizing[] {
  return containers.flatMap((one) => {
    const [ofCpu, ofMemory] = [cpu, memory].map(({ parts }) => parts.find(({ name }) => name === one.name));
    if (one.kind === 'init') return [];
    return [
      {
        name: one.name,
        kind: one.kind,
        cpu_request: one.cpu_request_cores,
        cpu_limit: one.cpu_limit_cores,
        memory_request: one.memory_request_bytes,
        memory_limit: one.memory_limit_bytes,
        recommended_cpu_request: ofCpu?.request ?? null,
        recommended_cpu_limit: ofCpu?.limit ?? null,
        recommended_memory_request: ofMemory?.request ?? null,
        recommended_memory_limit: ofMemory?.limit ?? null,
      },
    ];
  });
}

function autoscalerOf(evidence: Evidence): SizingItem['autoscaler'] {
  const { autoscaler } = evidence;
  return (
    autoscaler && {
      name: autoscaler.name,
      min_replicas: autoscaler.minReplicas,
      max_replicas: autoscaler.maxReplicas,
      cpu_target_percent: autoscaler.cpuTargetPercent,
      memory_target_percent: autoscaler.memoryTargetPercent,
      at_min: sitsAtMin(evidence),
      at_max: sitsAtMax(evidence),
    }
  );
}

const toReason = (reason: Reason): SizingReason => ({
  code: reason.code,
  verdict: reason.verdict,
  resource: reason.resource,
  values: { ...reason.values },
  text: textOf(reason),
});

/** A workload as the API shows it. */
export function toSizingItem(sized: Sized): SizingItem {
  const { evidence, judgement, firstMs, lastMs, ...workload } = sized;
  const { oom } = evidence;
  return {
    ...workload,
    verdict: judgement.verdict,
    verdicts: [...judgement.verdicts],
    first_at: toTime(firstMs),
    last_at: toTime(lastMs),
    known_hours: evidence.knownHours,
    known_share: evidence.knownShare,
    pods: evidence.pods,
    cpu: resourceOf(sized, 'cpu'),
    memory: resourceOf(sized, 'memory'),
    gpu: resourceOf(sized, 'gpu'),
    throttled: evidence.throttled,
    oom: {
      kills: oom?.kills ?? 0,
      last_at: oom ? toTime(oom.lastMs) : null,
      container: oom?.container ?? null,
      limit_bytes: oom?.limitBytes ?? null,
    },
    autoscaler: autoscalerOf(evidence),
    danger: dangerOf(evidence),
    reasons: judgement.reasons.map(toReason),
    containers: containersOf(evidence, judgement),
    patch: patchOf(workload, evidence, judgement),
  };
}

const spreadOf = ({ p50, p90, p95, p99, max }: Spread) => ({ p50, p90, p95, p99, max });

/** The figures behind the reasons. */
export const toSpread = ({ evidence: { cpu, memory, gpu } }: Sized): SizingOne['spread'] => ({
  cpu: spreadOf(cpu),
  memory: spreadOf(memory),
  gpu: spreadOf(gpu),
});
