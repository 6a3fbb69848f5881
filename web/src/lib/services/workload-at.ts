import { api, body, type Answer } from '../api/client.ts';

export type WorkloadDetail = Answer<'getWorkload'>;

interface PodTemplate {
  readonly spec?: {
    readonly replicas?: unknown;
    readonly template?: { readonly spec?: { readonly containers?: readonly { name?: unknown; image?: unknown }[] } };
    /** Of a CronJob. */
    readonly jobTemplate?: PodTemplate;
  };
}

/** `Kind/name` in its parts; null where it is no such name. */
export function workloadParts(workload: string): { kind: string; name: string } | null {
  const at = workload.indexOf('/');
  return at > 0 && at < workload.length - 1 ? { kind: workload.slice(0, at), name: workload.slice(at + 1) } : null;
}

/** Replicas and images of a workload as the journal has it; what it does not say is left out. */
export function templateFacts(object: unknown): { replicas: number | null; images: { name: string; image: string }[] } {
  const spec = (object as PodTemplate | null)?.spec;
  const containers = (spec?.jobTemplate?.spec ?? spec)?.template?.spec?.containers;
  return {
    replicas: typeof spec?.replicas === 'number' ? spec.replicas : null,
    images: (Array.isArray(containers) ? containers : []).flatMap(
      ({ name, image }: { name?: unknown; image?: unknown }) =>
        typeof name === 'string' && typeof image === 'string' ? [{ name, image }] : [],
    ),
  };
}

/** A workload as it was at an instant (RFC 3339), and what its spec changed from. */
export const getWorkloadAt = (
  path: { cluster: string; namespace: string; kind: string; name: string },
  at: string,
  signal: AbortSignal,
): Promise<WorkloadDetail> =>
  body(api.GET('/api/v1/workloads/{cluster}/{namespace}/{kind}/{name}', { params: { path, query: { at } }, signal }));
