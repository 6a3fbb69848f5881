/** Rights that a role gives: Kubernetes' own field names. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What the agent cannot read: a kind as the coverage names it, or `log` for containers' logs; `namespace` '' is all. */
export interface Unreadable {
  readonly kind: string;
  readonly namespace: string;
  /** The API server's words. */
  readonly reason: string;
}

interface Resource {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** It lies in no namespace: only a ClusterRole can allow it. */
  readonly clusterWide: boolean;
}

const LIST_WATCH = ['list', 'watch'];

const watched = (group: string, resource: string, clusterWide = false): Resource => ({
  group,
  resource,
  verbs: LIST_WATCH,
  clusterWide,
});

/** The resource behind each kind, with what the agent does with it and no more. */
const RESOURCES: Readonly<Record<string, Resource>> = {
  node: watched('', 'nodes', true),
  priorityclass: watched('scheduling.k8s.io', 'priorityclasses', true),
  pod: watched('', 'pods'),
  service: watched('', 'services'),
  pvc: watched('', 'persistentvolumeclaims'),
  event: watched('', 'events'),
  'workload/deployments': watched('apps', 'deployments'),
  'workload/replicasets': watched('apps', 'replicasets'),
  'workload/statefulsets': watched('apps', 'statefulsets'),
  'workload/daemonsets': watched('apps', 'daemonsets'),
  'workload/controllerrevisions': watched('apps', 'controllerrevisions'),
  'workload/cronjobs': watched('batch', 'cronjobs'),
  'workload/jobs': watched('batch', 'jobs'),
  endpointslice: watched('discovery.k8s.io', 'endpointslices'),
  pdb: watched('policy', 'poddisruptionbudgets'),
  hpa: watched('autoscaling', 'horizontalpodautoscalers'),
  log: { group: '', resource: 'pods/log', verbs: ['get'], clusterWide: false },
};

export const RBAC_KINDS: readonly string[] = Object.keys(RESOURCES);

/** Roles to be made: one for the whole cluster (namespace ''), and one in each namespace. Kinds not known are left out. */
export interface Grant {
  readonly namespace: string;
  readonly rules: readonly Rule[];
}

/** The least rights that would allow what is unreadable. */
export function missingGrants(unreadable: readonly Unreadable[]): Grant[] {
  const byNamespace = new Map<string, Map<string, Resource>>();
  for (const { kind, namespace } of unreadable) {
    const resource = Object.hasOwn(RESOURCES, kind) ? RESOURCES[kind] : undefined;
    if (!resource) continue;
    const where = resource.clusterWide ? '' : namespace;
    const resources = byNamespace.get(where) ?? new Map<string, Resource>();
    byNamespace.set(where, resources.set(kind, resource));
  }
  const everywhere = byNamespace.get('');
  return [...byNamespace]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, resources]) => ({
      namespace,
      // What is missing in all namespaces is allowed there at once.
      rules: toRules(
        [...resources].filter(([kind]) => namespace === '' || !everywhere?.has(kind)).map(([, one]) => one),
      ),
    }))
    .filter(({ rules }) => rules.length > 0);
}

/** One rule for each API group and set of verbs. */
function toRules(resources: readonly Resource[]): Rule[] {
  const rules = new Map<string, { apiGroups: string[]; resources: string[]; verbs: readonly string[] }>();
  for (const { group, resource, verbs } of resources) {
    const key = `${group} ${verbs.join()}`;
    const rule = rules.get(key) ?? { apiGroups: [group], resources: [], verbs };
    rule.resources.push(resource);
    rules.set(key, rule);
  }
  return [...rules.values()].map((rule) => ({ ...rule, resources: rule.resources.toSorted() }));
}
