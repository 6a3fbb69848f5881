import { someVersion, type Conditions } from '../conditions.ts';

/** `pod_resources` where the conditions hold, with the spans looked for among all versions first: by the index of their ends. */
export function podSpansSql(conditions: Conditions): string {
  const held = conditions.sql();
  const found = someVersion('pod_resources_versions', 'cluster, namespace, pod, observed_at, id', held);
  return `pod_resources WHERE ${found} AND ${held}`;
}
