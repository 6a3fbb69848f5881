import type { Resource } from '../cluster/resources.ts';

/** Who the agent is to the API server, as the chart names it. */
const AGENT = 'system:serviceaccount:tidemark:tidemark-agent';

/** What RBAC says of a request that no rule allows: `pods is forbidden: User "…" cannot list resource "pods" in API group "" …`. */
export function forbiddenMessage({ plural, group }: Resource, verb: string, namespace: string): string {
  const name = group === '' ? plural : `${plural}.${group}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `${name} is forbidden: User "${AGENT}" cannot ${verb} resource "${plural}" in API group "${group}" ${scope}`;
}
