import type { ContainerResources, PodResourcesRow } from '../../../schemas/resources.ts';
import type { SET } from '../../../schemas/usage.ts';
import { add, most, NOTHING, orElse, readAmounts, withoutZero } from './amounts.ts';
import type { Amounts, Reader } from './amounts.ts';
import { fieldsOf, listOf, textOf } from './fields.ts';
import type { Fields } from './fields.ts';
import { gpuNames, gpusOf, numberOf } from './numbers.ts';

/** What a pod asks for and may use; `unreadable` counts the quantities that could not be read. */
export type EffectiveResources = Pick<PodResourcesRow, (typeof SET)[number] | 'gpu_resource' | 'unreadable'> & {
  readonly containers: readonly ContainerResources[];
};

interface Container {
  readonly name: string;
  readonly kind: ContainerResources['kind'];
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** What holds of a pod's own and of its containers' resources: the spec, and how far a resize in place has got. */
interface Sources {
  readonly spec: Fields;
  /** Resources that the kubelet has put into force; absent before that. */
  readonly actuated: unknown;
  readonly allocated: unknown;
}

/** Those of which a container may use any amount where it has no limit. */
const UNBOUNDED = ['cpu', 'memory'] as const;

/**
 * The effective requests and limits of a pod, as the scheduler counts them: k8s.io/component-helpers/resource (1.36) PodRequests
 * and PodLimits with the status' resources. Where an API server has not done so, a request that is missing is the limit
 * (k8s.io/kubernetes/pkg/apis/core/v1 SetDefaults_Pod).
 *
 * Other than there, a limit that one of the containers which run with the pod lacks is null for the whole pod, and a limit of 0 is
 * none: there is no bound. An init container bounds nothing once it is over, so that one without a limit counts for nothing.
 * Cores, bytes and pieces; null where nothing is set, and where a quantity could not be read.
 */
export function effectiveResources(object: unknown, isGpu: (resource: string) => boolean): EffectiveResources {
  const spec = fieldsOf(fieldsOf(object)['spec']);
  const status = fieldsOf(fieldsOf(object)['status']);
  const reader: Reader = { isWanted: (name) => name === 'cpu' || name === 'memory' || isGpu(name), unreadable: 0 };
  const infeasible = isInfeasible(status);
  const containers = readContainers(reader, spec, status, infeasible);
  const pod = readPodLevel(reader, spec, status, infeasible);
  const overhead = readAmounts(reader, spec['overhead']);

  const aggregated = aggregate(containers, ({ requests }) => requests);
  const requests = add(orElse(orElse(pod.requests, aggregated), pod.limits), overhead);
  const bounded = withoutZero(orElse(pod.limits, boundedOf(containers)));
  const limits = add(bounded, new Map([...overhead].filter(([name]) => bounded.has(name))));
  return {
    cpu_request_cores: numberOf(requests, 'cpu'),
    cpu_limit_cores: numberOf(limits, 'cpu'),
    memory_request_bytes: numberOf(requests, 'memory'),
    memory_limit_bytes: numberOf(limits, 'memory'),
    gpu_request: gpusOf(requests),
    gpu_limit: gpusOf(limits),
    gpu_resource: gpuNames(requests, limits),
    containers: containers.map(tell),
    unreadable: reader.unreadable,
  };
}

/** Whether the node can never hold what a resize asks for; before 1.33 a field of the status said so. */
function isInfeasible(status: Fields): boolean {
  const conditions = listOf(status['conditions']).map(fieldsOf);
  const pending = conditions.find(({ type }) => type === 'PodResizePending');
  return pending ? pending['reason'] === 'Infeasible' : status['resize'] === 'Infeasible';
}

function readContainers(reader: Reader, spec: Fields, status: Fields, infeasible: boolean): Container[] {
  const statuses = new Map(
    [...listOf(status['containerStatuses']), ...listOf(status['initContainerStatuses'])]
      .map(fieldsOf)
      .map((each) => [textOf(each['name']), each]),
  );
  const read = (value: unknown, isInit: boolean): Container => {
    const container = fieldsOf(value);
    const name = textOf(container['name']);
    const kind = !isInit ? 'app' : container['restartPolicy'] === 'Always' ? 'sidecar' : 'init';
    const own = kind === 'init' ? {} : (statuses.get(name) ?? {});
    const sources = {
      spec: fieldsOf(container['resources']),
      actuated: own['resources'],
      allocated: own['allocatedResources'],
    };
    return { name, kind, ...effective(reader, sources, infeasible) };
  };
  return [
    ...listOf(spec['containers']).map((each) => read(each, false)),
    ...listOf(spec['initContainers']).map((each) => read(each, true)),
  ];
}

/** Of a resize the most of what is asked for, granted and in force; of one that cannot be, what is granted and in force. */
function effective(reader: Reader, { spec, actuated, allocated }: Sources, infeasible: boolean) {
  const limits = readAmounts(reader, spec['limits']);
  const requests = orElse(readAmounts(reader, spec['requests']), limits);
  if (typeof actuated !== 'object' || actuated === null) return { requests, limits };
  const inForce = fieldsOf(actuated);
  const requestsInForce = most(readAmounts(reader, inForce['requests']), readAmounts(reader, allocated));
  const limitsInForce = readAmounts(reader, inForce['limits']);
  return infeasible
    ? { requests: requestsInForce, limits: limitsInForce }
    : { requests: most(requests, requestsInForce), limits: most(limits, limitsInForce) };
}

/** What the pod itself sets: of CPU and memory alone, and only what its spec names. */
function readPodLevel(reader: Reader, spec: Fields, status: Fields, infeasible: boolean) {
  const own = fieldsOf(spec['resources']);
  const ofPod: Reader = { isWanted: (name) => name === 'cpu' || name === 'memory', unreadable: 0 };
  const sources = { spec: own, actuated: status['resources'], allocated: status['allocatedResources'] };
  const { requests, limits } = effective(ofPod, sources, infeasible);
  reader.unreadable += ofPod.unreadable;
  const named = (amounts: Amounts, list: unknown): Amounts =>
    new Map([...amounts].filter(([name]) => Object.hasOwn(fieldsOf(list), name)));
  return { requests: named(requests, own['requests']), limits: named(limits, own['limits']) };
}

/** The sum of what runs together, or the most that is needed while an init container runs beside the sidecars before it. */
function aggregate(containers: readonly Container[], of: (container: Container) => Amounts): Amounts {
  let sum = NOTHING;
  let sidecars = NOTHING;
  let peak = NOTHING;
  for (const container of containers) {
    const own = of(container);
    if (container.kind === 'init') {
      peak = most(peak, add(own, sidecars));
      continue;
    }
    sum = add(sum, own);
    if (container.kind === 'sidecar') sidecars = add(sidecars, own);
  }
  return most(sum, peak);
}

/** Limits of the whole pod, but for those that a container which runs with it lacks. */
function boundedOf(containers: readonly Container[]): Amounts {
  const limits = new Map(aggregate(containers, (container) => withoutZero(container.limits)));
  const running = containers.filter(({ kind }) => kind !== 'init');
  for (const name of UNBOUNDED) {
    if (running.some((container) => !withoutZero(container.limits).has(name))) limits.delete(name);
  }
  return limits;
}

const tell = ({ name, kind, requests, limits }: Container): ContainerResources => ({
  name,
  kind,
  cpu_request_cores: numberOf(requests, 'cpu'),
  cpu_limit_cores: numberOf(withoutZero(limits), 'cpu'),
  memory_request_bytes: numberOf(requests, 'memory'),
  memory_limit_bytes: numberOf(withoutZero(limits), 'memory'),
  gpu: gpusOf(most(requests, limits)),
});
