import type { UsageKey } from './usage-name.ts';

type Filters = Readonly<Record<string, string[] | null>>;

/** Filters under which the page Exceptions shows just these; null: it cannot tell them apart. */
export function exceptionFilters({ by, cluster, namespace, kind, name }: UsageKey): Filters | null {
  const place = { cluster: [cluster], namespace: null, workload: null };
  switch (by) {
    case 'pod':
      return { ...place, namespace: [namespace], pod: [name] };
    case 'workload':
      return name === '' ? null : { ...place, namespace: [namespace], workload_kind: [kind], workload: [name] };
    case 'namespace':
      return { ...place, namespace: [namespace] };
    case 'node':
      return { ...place, node: [name === '' ? '(none)' : name] };
    case 'cluster':
      return place;
    case 'team':
      return null;
  }
}

/** Filters under which the page Resources shows the pods of a group; null of a pod, and of those that no filter names. */
export function podFilters({ by, cluster, namespace, kind, name }: UsageKey): Filters | null {
  const place = { cluster: [cluster], namespace: null, workload: null };
  switch (by) {
    case 'pod':
      return null;
    case 'workload':
      return name === '' ? null : { ...place, namespace: [namespace], workload: [`${kind}/${name}`] };
    case 'namespace':
      return { ...place, namespace: [namespace] };
    case 'node':
      return name === '' ? null : { ...place, node: [name] };
    case 'team':
      return name === '' ? null : { ...place, team: [name] };
    case 'cluster':
      return place;
  }
}
