/** What the simulated API server serves. `source` is the name under which the agent watches it: '' where it does not. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly source: string;
}

const define = (
  groupVersion: string,
  plural: string,
  kind: string,
  source: string,
  shortNames: string[] = [],
  namespaced = true,
): Resource => {
  const [group, version] = groupVersion.includes('/')
    ? (groupVersion.split('/') as [string, string])
    : ['', groupVersion];
  return { group, version, plural, singular: kind.toLowerCase(), kind, namespaced, shortNames, source };
};

export const RESOURCES: readonly Resource[] = [
  define('v1', 'namespaces', 'Namespace', '', ['ns'], false),
  define('v1', 'nodes', 'Node', 'node', ['no'], false),
  define('v1', 'pods', 'Pod', 'pod', ['po']),
  define('v1', 'services', 'Service', 'service', ['svc']),
  define('v1', 'events', 'Event', 'event', ['ev']),
  define('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', 'pvc', ['pvc']),
  define('apps/v1', 'deployments', 'Deployment', 'workload/deployments', ['deploy']),
  define('apps/v1', 'replicasets', 'ReplicaSet', 'workload/replicasets', ['rs']),
  define('apps/v1', 'statefulsets', 'StatefulSet', 'workload/statefulsets', ['sts']),
  define('apps/v1', 'daemonsets', 'DaemonSet', 'workload/daemonsets', ['ds']),
  define('apps/v1', 'controllerrevisions', 'ControllerRevision', 'workload/controllerrevisions'),
  define('batch/v1', 'jobs', 'Job', 'workload/jobs'),
  define('batch/v1', 'cronjobs', 'CronJob', 'workload/cronjobs', ['cj']),
  define('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice', 'endpointslice'),
  define('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', 'pdb', ['pdb']),
  define('autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'hpa', ['hpa']),
  define('scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass', 'priorityclass', ['pc'], false),
  define('coordination.k8s.io/v1', 'leases', 'Lease', ''),
];

const byKind = new Map(RESOURCES.map((resource) => [resource.kind, resource]));

export const apiVersionOf = ({ group, version }: Resource): string => (group ? `${group}/${version}` : version);

export function resourceOfKind(kind: string): Resource {
  const resource = byKind.get(kind);
  if (!resource) throw new Error(`no such kind: ${kind}`);
  return resource;
}
