import { stringify } from 'yaml';
import type { Evidence } from './evidence.ts';
import type { Judgement } from './judge.ts';
import { cpuQuantity, memoryQuantity } from './quantity.ts';
import type { PartPlan } from './recommendation.ts';

interface Place {
  readonly apiVersion: string;
  /** From the object down to the spec of its pods. */
  readonly path: readonly string[];
}

const TEMPLATE = ['spec', 'template', 'spec'];
/** Kinds whose pods are made of a template that Kubernetes' strategic merge patch knows. */
const PLACES: Readonly<Record<string, Place>> = {
  Deployment: { apiVersion: 'apps/v1', path: TEMPLATE },
  StatefulSet: { apiVersion: 'apps/v1', path: TEMPLATE },
  DaemonSet: { apiVersion: 'apps/v1', path: TEMPLATE },
  ReplicaSet: { apiVersion: 'apps/v1', path: TEMPLATE },
  ReplicationController: { apiVersion: 'v1', path: TEMPLATE },
  Job: { apiVersion: 'batch/v1', path: TEMPLATE },
  CronJob: { apiVersion: 'batch/v1', path: ['spec', 'jobTemplate', ...TEMPLATE] },
};

type Amounts = Record<string, string | number | null>;
interface Resources {
  requests?: Amounts;
  limits?: Amounts;
}

function add(resources: Resources, resource: string, part: PartPlan | undefined, say: (value: number) => string): void {
  if (!part) return;
  if (part.request !== null) resources.requests = { ...resources.requests, [resource]: say(part.request) };
  if (part.change === 'set' && part.limit !== null) {
    resources.limits = { ...resources.limits, [resource]: say(part.limit) };
  }
  // In a strategic merge patch null takes a key away.
  if (part.change === 'remove') resources.limits = { ...resources.limits, [resource]: null };
}

const near = (a: number | null, b: number | null): boolean => a !== null && b !== null && Math.abs(a - b) < 1e-9;
const changed = (part: PartPlan | undefined, present: number | null): PartPlan | undefined =>
  part && near(part.request, present) ? { ...part, request: null } : part;

function addGpus(resources: Resources, evidence: Evidence, { gpu }: Judgement, of: number | null): void {
  const { gpuResource, containers, asked } = evidence;
  const holders = containers.filter(({ gpu: count }) => count !== null && count > 0);
  if (gpuResource === '' || gpuResource.includes(',') || holders.length !== 1 || of === null || of <= 0) return;
  if (gpu.request === null || asked.gpu.request === null || gpu.request >= asked.gpu.request) return;
  // Extended resources cannot be overcommitted: request and limit are the same.
  resources.requests = { ...resources.requests, [gpuResource]: gpu.request };
  resources.limits = { ...resources.limits, [gpuResource]: gpu.request };
}

function listOf(evidence: Evidence, judgement: Judgement, sidecars: boolean): object[] {
  const planOf = (resource: 'cpu' | 'memory', name: string) =>
    judgement[resource].parts.find((part) => part.name === name);
  return evidence.containers
    .filter(({ kind }) => kind === (sidecars ? 'sidecar' : 'app'))
    .flatMap((container) => {
      const resources: Resources = {};
      const { name } = container;
      add(resources, 'cpu', changed(planOf('cpu', name), container.cpu_request_cores), cpuQuantity);
      add(resources, 'memory', changed(planOf('memory', name), container.memory_request_bytes), memoryQuantity);
      addGpus(resources, evidence, judgement, container.gpu);
      return Object.keys(resources).length > 0 ? [{ name, resources }] : [];
    });
}

/**
 * YAML of a strategic merge patch with what is to change of a workload's containers; null where nothing is, where its kind is none of
 * Kubernetes' own, or where its containers are not known.
 */
export function patchOf(
  workload: { readonly namespace: string; readonly kind: string; readonly name: string },
  evidence: Evidence,
  judgement: Judgement,
): string | null {
  const place = Object.hasOwn(PLACES, workload.kind) ? PLACES[workload.kind] : undefined;
  if (!place) return null;
  const containers = listOf(evidence, judgement, false);
  // Sidecars are init containers that go on running.
  const initContainers = listOf(evidence, judgement, true);
  if (containers.length + initContainers.length === 0) return null;
  const pods = {
    ...(initContainers.length > 0 ? { initContainers } : {}),
    ...(containers.length > 0 ? { containers } : {}),
  };
  const rest = place.path.reduceRight<object>((inner, key) => ({ [key]: inner }), pods);
  const { namespace, kind, name } = workload;
  return stringify({ apiVersion: place.apiVersion, kind, metadata: { name, namespace }, ...rest }, { lineWidth: 0 });
}
