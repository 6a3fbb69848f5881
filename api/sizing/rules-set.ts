import type { SizingVerdict } from '../../schemas/api/sizing-parameters.ts';
import type { SizingResource } from '../../schemas/api/sizing.ts';
import { runsToTheEnd, sitsAtMax, sitsAtMin, targetOf, utilisationOf, type Evidence } from './evidence.ts';
import type { SizingOptions } from './options.ts';
import type { Reason } from './recommendation.ts';

/** Rules on what is set, and on what is on record whatever was used. */

const found = (
  verdict: SizingVerdict,
  resource: SizingResource | null,
  code: string,
  values: Reason['values'] = {},
): Reason => ({ verdict, resource, code, values });

/** Less known of its use than a recommendation needs. Jobs are not there most of the time: of them pod hours count. */
export function tooLittleData(evidence: Evidence, options: SizingOptions): Reason[] {
  const job = runsToTheEnd(evidence);
  const known = job ? evidence.podHours : evidence.knownHours;
  const wanted = job ? options.min_job_hours : options.min_hours;
  const values = { known_hours: known, wanted_hours: wanted, known_share: evidence.knownShare };
  if (evidence.cpu.p95 === null && evidence.memory.p95 === null) {
    return [found('too-little-data', null, 'nothing-known', values)];
  }
  if (known < wanted) return [found('too-little-data', null, 'too-short', values)];
  if (job || evidence.knownShare >= options.min_known_percent / 100) return [];
  return [found('too-little-data', null, 'too-many-holes', { ...values, wanted_percent: options.min_known_percent })];
}

/** No request of CPU or memory: the scheduler takes it for nothing, and it is the first to go when a node runs short. */
export const noRequest = ({ asked }: Evidence): Reason[] =>
  (['cpu', 'memory'] as const)
    .filter((resource) => asked[resource].known && asked[resource].request === null)
    .map((resource) => found('no-request', resource, 'no-request'));

/** No limit of memory; of CPU only where limits are wanted. */
export const noLimit = ({ asked }: Evidence, { cpu_limits: cpuLimits }: SizingOptions): Reason[] =>
  (cpuLimits === 'keep' ? (['cpu', 'memory'] as const) : (['memory'] as const))
    .filter((resource) => asked[resource].known && asked[resource].limit === null)
    .map((resource) => found('no-limit', resource, 'no-limit'));

/** Containers were OOM-killed in the range. */
export function oomKilled({ oom }: Evidence): Reason[] {
  if (!oom || oom.kills === 0) return [];
  const { kills, container, limitBytes } = oom;
  return [found('oom-killed', 'memory', 'oom-killed', { kills, container, limit_at_kill: limitBytes })];
}

/** An autoscaler holds CPU or memory to a share of the request, so its mean against the request says what the target is. */
export const hpaDriven = (evidence: Evidence): Reason[] =>
  (['cpu', 'memory'] as const).flatMap((resource) => {
    const target = targetOf(evidence, resource);
    if (target === null || !evidence.autoscaler) return [];
    const { name, minReplicas, maxReplicas } = evidence.autoscaler;
    const replicas = { pods: evidence.podsWhileThere, min_replicas: minReplicas, max_replicas: maxReplicas };
    const code = sitsAtMin(evidence) ? 'driven-at-min' : sitsAtMax(evidence) ? 'driven-at-max' : 'driven';
    const values = { autoscaler: name, target_percent: target, utilisation: utilisationOf(evidence, resource) };
    return [found('hpa-driven', resource, code, { ...values, ...replicas })];
  });
