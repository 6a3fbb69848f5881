import { USAGE_PANE } from '../url/usage-pane.ts';
import type { UsageBy, UsageItem } from './usage-api.ts';

/** One pod or group. `name`: of a pod, workload, team or node; else ''. `kind`: of a workload; else ''. */
export interface UsageKey {
  readonly by: UsageBy;
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

const GROUPS = new Set(['namespace', 'team', 'node', 'cluster']);

export function keyOfItem(by: UsageBy, item: UsageItem): UsageKey {
  const { cluster, namespace, workload_kind: kind, workload, pod, node, team } = item;
  const base = { by, cluster, namespace: '', kind: '', name: '' };
  switch (by) {
    case 'pod':
      return { ...base, namespace, name: pod };
    case 'workload':
      return { ...base, namespace, kind, name: workload };
    case 'namespace':
      return { ...base, namespace };
    case 'team':
      return { ...base, name: team };
    case 'node':
      return { ...base, name: node };
    case 'cluster':
      return base;
  }
}

/** What people call it. */
export const shortName = ({ by, cluster, namespace, name }: UsageKey): string =>
  by === 'cluster' ? cluster : by === 'namespace' ? namespace : name;

/**
 * `CLUSTER/NAMESPACE/POD`, `CLUSTER/NAMESPACE/KIND/NAME`, and of what lies in no namespace `CLUSTER//BY/NAME`. A slash or percent sign
 * within a part is escaped as in an address.
 */
export function usageName({ by, cluster, namespace, kind, name }: UsageKey): string {
  const parts =
    by === 'pod'
      ? [cluster, namespace, name]
      : by === 'workload'
        ? [cluster, namespace, kind, name]
        : [cluster, '', by, by === 'namespace' ? namespace : name];
  return parts.map((part) => part.replaceAll(/[%/]/g, encodeURIComponent)).join('/');
}

function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll(/%(?!2F|25)/gi, '%25'));
  } catch {
    return null;
  }
}

/** Null where the text names nothing. */
export function parseUsageName(text: string): UsageKey | null {
  const parts = text.split('/').map(unescaped);
  if (parts.includes(null)) return null;
  const [cluster = '', namespace = '', third = '', fourth] = parts as string[];
  if (cluster === '' || parts.length > 4) return null;
  if (parts.length === 3) {
    return namespace === '' || third === '' ? null : { by: 'pod', cluster, namespace, kind: '', name: third };
  }
  if (fourth === undefined) return null;
  if (namespace !== '') return { by: 'workload', cluster, namespace, kind: third, name: fourth };
  if (!GROUPS.has(third)) return null;
  const by = third as UsageBy;
  return { by, cluster, namespace: by === 'namespace' ? fourth : '', kind: '', name: by === 'namespace' ? '' : fourth };
}

/** What `open` in the address says of the usage of one pod or group. */
export const usagePane = (key: UsageKey): string => USAGE_PANE + usageName(key);
