import type { ContainerResources } from '../../schemas/resources.ts';

/** Figures of what single pods used, over all pods of a workload and all instants. Null where nothing is known. */
export interface Spread {
  readonly avg: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Request and limit of a pod; null: none is set, or `known` is false. */
export interface Asked {
  readonly known: boolean;
  readonly request: number | null;
  readonly limit: number | null;
}

export interface Autoscaler {
  readonly name: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly cpuTargetPercent: number | null;
  readonly memoryTargetPercent: number | null;
}

export interface OomKills {
  readonly kills: number;
  /** Milliseconds; of the newest. */
  readonly lastMs: number;
  readonly container: string;
  /** Limit in force at the newest; null where it is not known. */
  readonly limitBytes: number | null;
}

/** What is known of a workload, as far as rules need it. Cores, bytes, GPUs; shares from 0 to 1. */
export interface Evidence {
  readonly kind: string;
  readonly knownHours: number;
  readonly podHours: number;
  /** Of the time from its first to its last row. */
  readonly knownShare: number;
  /** Average pods over what is imported of the range. */
  readonly pods: number | null;
  /** Average pods while there was any. */
  readonly podsWhileThere: number | null;
  readonly cpu: Spread;
  readonly memory: Spread;
  /** Utilisation of the busiest GPU. */
  readonly gpu: Spread;
  readonly throttled: number | null;
  readonly asked: { readonly cpu: Asked; readonly memory: Asked; readonly gpu: Asked };
  /** Name of the extended resource; '' where it is not known. */
  readonly gpuResource: string;
  /** Of the newest pod; empty where the journal has none. */
  readonly containers: readonly ContainerResources[];
  readonly oom: OomKills | null;
  readonly autoscaler: Autoscaler | null;
}

export const runsToTheEnd = ({ kind }: Pick<Evidence, 'kind'>): boolean => kind === 'Job' || kind === 'CronJob';

/** Averages of replicas are not whole: a rollout adds some for a while. */
const NEARLY = 0.05;

/** Whether it had no more than its least replicas, on average while it was there. */
export const sitsAtMin = ({ autoscaler, podsWhileThere }: Evidence): boolean =>
  autoscaler !== null && podsWhileThere !== null && podsWhileThere <= autoscaler.minReplicas * (1 + NEARLY);

/** Whether it had its most replicas, on average while it was there. */
export const sitsAtMax = ({ autoscaler, podsWhileThere }: Evidence): boolean =>
  autoscaler !== null && podsWhileThere !== null && podsWhileThere >= autoscaler.maxReplicas * (1 - NEARLY);

/** The target that an autoscaler holds the resource to, in percent of the request; null where none does. */
export function targetOf({ autoscaler }: Evidence, resource: 'cpu' | 'memory'): number | null {
  if (!autoscaler || autoscaler.maxReplicas <= autoscaler.minReplicas) return null;
  return resource === 'cpu' ? autoscaler.cpuTargetPercent : autoscaler.memoryTargetPercent;
}

/** Average use against the request, which an autoscaler compares with its target; null where either is not known. */
export function utilisationOf(evidence: Evidence, resource: 'cpu' | 'memory'): number | null {
  const { request } = evidence.asked[resource];
  const { avg } = evidence[resource];
  return avg === null || request === null || request === 0 ? null : avg / request;
}

/** More than the target although there are no more replicas to be had. The HorizontalPodAutoscaler's own tolerance is 10 %. */
export function outgrows(evidence: Evidence, resource: 'cpu' | 'memory'): boolean {
  const target = targetOf(evidence, resource);
  const utilisation = utilisationOf(evidence, resource);
  return target !== null && utilisation !== null && sitsAtMax(evidence) && utilisation > (target / 100) * 1.1;
}

/** Whether an autoscaler adjusts replicas to the use of the resource, so that use against the request says nothing of waste. */
export const isDriven = (evidence: Evidence, resource: 'cpu' | 'memory'): boolean =>
  targetOf(evidence, resource) !== null && !sitsAtMin(evidence) && !outgrows(evidence, resource);
