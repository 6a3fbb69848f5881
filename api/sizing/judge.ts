import { SIZING_VERDICTS, type SizingVerdict } from '../../schemas/api/sizing-parameters.ts';
import type { Evidence } from './evidence.ts';
import type { SizingOptions } from './options.ts';
import { recommendCpu } from './recommend-cpu.ts';
import { recommendGpu } from './recommend-gpu.ts';
import { recommendMemory } from './recommend-memory.ts';
import { NO_PLAN, type Plan, type Reason } from './recommendation.ts';
import { hpaDriven, noLimit, noRequest, oomKilled, tooLittleData } from './rules-set.ts';
import { idleGpus, nearLimit, overProvisioned, throttles, underProvisioned } from './rules-use.ts';

export interface Judgement {
  readonly verdict: SizingVerdict;
  /** The most pressing first. */
  readonly verdicts: readonly SizingVerdict[];
  readonly cpu: Plan;
  readonly memory: Plan;
  readonly gpu: Plan;
  readonly reasons: readonly Reason[];
}

/** Verdicts of a workload and what its pods are to have. Of too little data only what is set, and kills on record, are judged. */
export function judge(evidence: Evidence, options: SizingOptions): Judgement {
  const little = tooLittleData(evidence, options);
  const enough = little.length === 0;
  const cpu = enough ? recommendCpu(evidence, options) : NO_PLAN;
  const memory = enough ? recommendMemory(evidence, options) : NO_PLAN;
  const gpu = enough ? recommendGpu(evidence, options) : NO_PLAN;
  const ofUse = enough
    ? [
        ...throttles(evidence, options),
        ...underProvisioned(evidence, options),
        ...nearLimit(evidence, options),
        ...overProvisioned(evidence, { cpu, memory }, options),
        ...idleGpus(evidence, options),
      ]
    : little;
  const ofSet = [...oomKilled(evidence), ...noRequest(evidence), ...noLimit(evidence, options), ...hpaDriven(evidence)];
  const findings = [...ofSet, ...ofUse];
  const given = SIZING_VERDICTS.filter((verdict) => findings.some((reason) => reason.verdict === verdict));
  const verdicts: readonly SizingVerdict[] = given.length > 0 ? given : ['fine'];
  const rank = (reason: Reason): number => SIZING_VERDICTS.findIndex((verdict) => verdict === reason.verdict);
  const sorted = findings.toSorted((a, b) => rank(a) - rank(b));
  return {
    verdict: verdicts[0] ?? 'fine',
    verdicts,
    cpu,
    memory,
    gpu,
    reasons: [...sorted, ...cpu.reasons, ...memory.reasons, ...gpu.reasons],
  };
}
