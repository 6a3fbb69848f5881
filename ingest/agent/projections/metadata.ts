import { fields, freeText, isRecord, list, scalar, scalars, scalarsNamed, type Shape } from './shapes.ts';

/** Holds a whole earlier object, environment values included; no allow-list brings it back. */
const NEVER = 'kubectl.kubernetes.io/last-applied-configuration';

/** Annotations that are always kept, besides the configured ones; a trailing `*` stands for any rest. */
export const DEFAULT_ANNOTATIONS: readonly string[] = [
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
  'kubernetes.io/change-cause',
  'kubectl.kubernetes.io/restartedAt',
  'kubectl.kubernetes.io/default-container',
  'kubernetes.io/config.mirror',
  'kubernetes.io/config.source',
  'prometheus.io/*',
  'tidemark.dev/*',
  'meta.helm.sh/release-name',
  'meta.helm.sh/release-namespace',
  'argocd.argoproj.io/tracking-id',
  'cluster-autoscaler.kubernetes.io/safe-to-evict',
  'controller.kubernetes.io/pod-deletion-cost',
  'batch.kubernetes.io/job-completion-index',
];

/** Whether an annotation passes: by full name, or by a prefix that ends in `*`. */
export function allowAnnotations(allow: readonly string[]): (name: string) => boolean {
  const names = new Set(allow.filter((each) => !each.endsWith('*')));
  const prefixes = allow.filter((each) => each.endsWith('*')).map((each) => each.slice(0, -1));
  return (name) => name !== NEVER && (names.has(name) || prefixes.some((prefix) => name.startsWith(prefix)));
}

const annotations: Shape = (value, pass) => {
  if (!isRecord(value)) return undefined;
  const kept = Object.entries(value).flatMap(([name, each]) => {
    const text = pass.allowsAnnotation(name) ? freeText(each, pass) : undefined;
    return text === undefined ? [] : [[name, text]];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
};

export const metadata: Shape = fields({
  creationTimestamp: scalar,
  deletionTimestamp: scalar,
  deletionGracePeriodSeconds: scalar,
  generation: scalar,
  labels: scalars,
  annotations,
  ownerReferences: list(scalarsNamed('apiVersion kind name uid controller')),
  managedFields: list(scalarsNamed('manager operation time subresource')),
  finalizers: list(scalar),
});

/** Of a pod template only labels and annotations carry meaning. */
export const templateMetadata: Shape = fields({ labels: scalars, annotations });
