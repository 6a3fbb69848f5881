import type { ObjectKind } from '../../schemas/entry.ts';

/** One API resource that the agent watches. */
export interface Source {
  /** As coverage, heartbeats and the local log name it: `pod`, `workload/deployments`. */
  readonly name: string;
  readonly kind: ObjectKind;
  /** From the server's root, without the resource: `/apis/apps/v1`. */
  readonly root: string;
  readonly resource: string;
  /** What a list's items leave out: `apps/v1` and `Deployment`. */
  readonly apiVersion: string;
  readonly apiKind: string;
  readonly namespaced: boolean;
  /** Objects that the server itself expires: their going is no news and is not journalled. */
  readonly expires: boolean;
}

interface SourceOptions {
  readonly kind?: ObjectKind;
  readonly namespaced?: boolean;
  readonly expires?: boolean;
}

function source(
  name: string,
  apiVersion: string,
  resource: string,
  apiKind: string,
  options: SourceOptions = {},
): Source {
  return {
    name,
    kind: options.kind ?? (name as ObjectKind),
    root: apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
    resource,
    apiVersion,
    apiKind,
    namespaced: options.namespaced ?? true,
    expires: options.expires ?? false,
  };
}

const workload = (apiVersion: string, resource: string, apiKind: string): Source =>
  source(`workload/${resource}`, apiVersion, resource, apiKind, { kind: 'workload' });

/** Everything the agent watches, in the order in which it starts: what pods refer to comes before the pods. */
export const SOURCES: readonly Source[] = [
  source('node', 'v1', 'nodes', 'Node', { namespaced: false }),
  source('priorityclass', 'scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass', { namespaced: false }),
  workload('apps/v1', 'deployments', 'Deployment'),
  workload('apps/v1', 'replicasets', 'ReplicaSet'),
  workload('apps/v1', 'statefulsets', 'StatefulSet'),
  workload('apps/v1', 'daemonsets', 'DaemonSet'),
  workload('apps/v1', 'controllerrevisions', 'ControllerRevision'),
  workload('batch/v1', 'cronjobs', 'CronJob'),
  workload('batch/v1', 'jobs', 'Job'),
  source('service', 'v1', 'services', 'Service'),
  source('endpointslice', 'discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice'),
  source('pdb', 'policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  source('hpa', 'autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  source('pvc', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  source('pod', 'v1', 'pods', 'Pod'),
  source('event', 'v1', 'events', 'Event', { expires: true }),
];

/** One source in one namespace, or in all of them (''). */
export interface Watched {
  readonly source: Source;
  readonly namespace: string;
}

/** Names a source in a namespace: `pod/` for all, `pod/shop` for one. */
export const watchedKey = (sourceName: string, namespace: string): string => `${sourceName}/${namespace}`;

/** What to watch: cluster-wide resources once, the others in each of `namespaces`, or in all when there are none. */
export function watchedOf(sources: readonly Source[], namespaces: readonly string[]): Watched[] {
  const scopes = namespaces.length > 0 ? [...new Set(namespaces)] : [''];
  return sources.flatMap((each) => (each.namespaced ? scopes : ['']).map((namespace) => ({ source: each, namespace })));
}

/** The path of a source's collection: `/api/v1/namespaces/shop/pods`. */
export function collectionPath({ source: each, namespace }: Watched): string {
  const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${each.root}${scope}/${each.resource}`;
}
