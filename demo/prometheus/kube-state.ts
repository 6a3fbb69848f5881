import type { ContainerLives, PodLife } from '../cluster/pod-lives.ts';
import { ticksOf, type Family, type Scope } from './family.ts';
import { quantity } from './quantity.ts';
import { seriesOf, type Series, type Told } from './series.ts';

const TARGET = 'kube-state-metrics';
const ITSELF = { job: 'kube-state-metrics', instance: '10.244.2.11:8080' };

const UNITS = [
  ['cpu', 'cpu', 'core'],
  ['memory', 'memory', 'byte'],
  ['nvidia.com/gpu', 'nvidia_com_gpu', 'integer'],
] as const;

/** Told as long as the object exists, by the node on which it is. */
function ofPod(
  name: string,
  pod: PodLife,
  scope: Scope,
  labels: Record<string, string>,
  valueAt: (ms: number) => number,
): Series[] {
  const all = { ...ITSELF, namespace: pod.namespace, pod: pod.name, ...labels, __name__: name };
  const series = (more: Record<string, string>, told: Omit<Told, 'valueAt'>) =>
    seriesOf({ ...all, ...more }, ticksOf(scope, TARGET), [{ ...told, valueAt }], scope.now);
  const { createdAt: from, admittedAt, goneAt: to } = pod;
  if (admittedAt === null) return [series({}, { from, to })];
  return [series({}, { from, to: admittedAt }), series({ node: pod.node ?? '' }, { from: admittedAt, to })];
}

const gauge = (name: string, help: string, of: (pod: PodLife, scope: Scope) => Series[]): Family => ({
  name,
  type: 'gauge',
  help,
  ofPod: of,
});

type Sort = 'requests' | 'limits';
const isInit = ({ kind }: ContainerLives) => kind !== 'app';

/** kube-state-metrics 2: the resource is a label. */
const resources = (sort: Sort, init: boolean): Family => {
  const name = `kube_pod_${init ? 'init_' : ''}container_resource_${sort}`;
  return gauge(
    name,
    `The number of ${sort === 'requests' ? 'requested request' : 'requested limit'} resource by a container.`,
    (pod, scope) =>
      pod.containers
        .filter((container) => isInit(container) === init)
        .flatMap(({ name: container, spec }) =>
          UNITS.flatMap(([key, resource, unit]) => {
            const value = quantity(spec.resources?.[sort]?.[key]);
            return value === null
              ? []
              : ofPod(name, pod, scope, { container, resource, unit, uid: pod.uid }, () => value);
          }),
        ),
  );
};

/** Before that, each resource had a metric of its own. */
const oldResource = (name: string, sort: Sort, key: 'cpu' | 'memory', help: string): Family =>
  gauge(name, help, (pod, scope) =>
    pod.containers
      .filter((container) => !isInit(container))
      .flatMap(({ name: container, spec }) => {
        const value = quantity(spec.resources?.[sort]?.[key]);
        return value === null ? [] : ofPod(name, pod, scope, { container }, () => value);
      }),
  );

const info = gauge('kube_pod_info', 'Information about pod.', (pod, scope) => {
  const labels = {
    uid: pod.uid,
    created_by_kind: pod.owner.kind,
    created_by_name: pod.owner.name,
    host_ip: pod.hostIp,
    pod_ip: pod.podIp,
    priority_class: pod.priorityClass,
    host_network: 'false',
  };
  return pod.admittedAt === null ? [] : ofPod('kube_pod_info', pod, scope, labels, () => 1).slice(1);
});

const owner = gauge('kube_pod_owner', "Information about the Pod's owner.", (pod, scope) =>
  ofPod(
    'kube_pod_owner',
    { ...pod, admittedAt: null },
    scope,
    { uid: pod.uid, owner_kind: pod.owner.kind, owner_name: pod.owner.name, owner_is_controller: 'true' },
    () => 1,
  ),
);

const restarts: Family = {
  name: 'kube_pod_container_status_restarts_total',
  type: 'counter',
  help: 'The number of container restarts per container.',
  ofPod: (pod, scope) =>
    pod.containers
      .filter((container) => !isInit(container))
      .flatMap(({ name: container, lives }) =>
        ofPod(
          'kube_pod_container_status_restarts_total',
          { ...pod, admittedAt: null },
          scope,
          { container, uid: pod.uid },
          (ms) => Math.max(0, lives.filter(({ startedAt }) => startedAt <= ms).length - 1),
        ),
      ),
};

const node = (sort: 'allocatable' | 'capacity'): Family => {
  const name = `kube_node_status_${sort}`;
  return {
    name,
    type: 'gauge',
    help: `The ${sort} for different resources of a node.`,
    ofCluster: (scope) =>
      scope.cluster.list('node').flatMap((object) => {
        const amounts = (object['status'] as Record<string, Record<string, string>>)[sort] ?? {};
        const from = Date.parse(object.metadata.creationTimestamp);
        return UNITS.flatMap(([key, resource, unit]) => {
          const value = quantity(amounts[key]);
          const labels = { ...ITSELF, __name__: name, node: object.metadata.name, resource, unit };
          const told = [{ from, to: null, valueAt: () => value ?? 0 }];
          return value === null ? [] : [seriesOf(labels, ticksOf(scope, TARGET), told, scope.now)];
        });
      }),
  };
};

const SHARED = [info, owner, restarts] as const;

/** What kube-state-metrics tells, by its major version. */
export const KUBE_STATE = {
  new: [
    resources('requests', false),
    resources('limits', false),
    resources('requests', true),
    resources('limits', true),
    ...SHARED,
    node('allocatable'),
    node('capacity'),
  ],
  old: [
    oldResource('kube_pod_container_resource_requests_cpu_cores', 'requests', 'cpu', 'Requested cpu cores.'),
    oldResource('kube_pod_container_resource_limits_cpu_cores', 'limits', 'cpu', 'Limit of cpu cores.'),
    oldResource('kube_pod_container_resource_requests_memory_bytes', 'requests', 'memory', 'Requested memory bytes.'),
    oldResource('kube_pod_container_resource_limits_memory_bytes', 'limits', 'memory', 'Limit of memory bytes.'),
    oldResource('container_cpu_cores_request', 'requests', 'cpu', 'Requested cpu cores.'),
    oldResource('container_cpu_cores_limit', 'limits', 'cpu', 'Limit of cpu cores.'),
    oldResource('container_memory_bytes_request', 'requests', 'memory', 'Requested memory bytes.'),
    oldResource('container_memory_bytes_limit', 'limits', 'memory', 'Limit of memory bytes.'),
    ...SHARED,
  ],
} satisfies Record<string, readonly Family[]>;
