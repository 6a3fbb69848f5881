import type { OwnerReference } from '../../../schemas/objects.ts';

/** Who stands over pods. `foreign`: not one of the kinds that have entries of their own. */
export interface Owner {
  kind: string;
  name: string;
  uid: string;
  foreign?: true;
}

/** Names a workload by what its pods tell. */
export const targetOf = (namespace: string, { kind, name }: Pick<Owner, 'kind' | 'name'>): string =>
  `${kind}/${namespace}/${name}`;

export const controllerOf = (owners: readonly OwnerReference[] | undefined): OwnerReference | undefined =>
  owners?.find((owner) => owner.controller) ?? owners?.[0];

/** Kinds of apps/ that have entries of their own. */
export const FOLLOWED_KINDS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** Whether an owner is one of these; others use the same names in API groups of their own. */
export const isFollowed = ({ kind, apiVersion = 'apps/v1' }: Pick<OwnerReference, 'kind' | 'apiVersion'>): boolean =>
  FOLLOWED_KINDS.includes(kind) && apiVersion.startsWith('apps/');

/** Argo Rollouts' own label: its ReplicaSets belong to a Rollout. */
export const ARGO_HASH = 'rollouts-pod-template-hash';
export const DEPLOYMENT_HASH = 'pod-template-hash';
export const REVISION_HASH = 'controller-revision-hash';

/** What a pod carries as the hash of the template that it is made of, or ''. */
export function templateHashOf(controller: OwnerReference | undefined, labels: Record<string, string>): string {
  if (controller?.kind === 'ReplicaSet') return labels[ARGO_HASH] ?? labels[DEPLOYMENT_HASH] ?? '';
  return labels[REVISION_HASH] ?? labels[DEPLOYMENT_HASH] ?? labels[ARGO_HASH] ?? '';
}

/** Who stands over a ReplicaSet, as its name and its pods' labels tell; the ReplicaSet itself where they do not. */
export function overReplicaSet({ name, uid }: OwnerReference, labels: Record<string, string>): Owner {
  const argo = labels[ARGO_HASH];
  const hash = argo ?? labels[DEPLOYMENT_HASH] ?? '';
  if (!hash || !name.endsWith(`-${hash}`)) return { kind: 'ReplicaSet', name, uid };
  const top = name.slice(0, -hash.length - 1);
  return argo ? { kind: 'Rollout', name: top, uid: '', foreign: true } : { kind: 'Deployment', name: top, uid: '' };
}

/** Who stands over a pod of that controller: over a ReplicaSet whoever its name tells. */
export function ownerOf(controller: OwnerReference, labels: Record<string, string>): Owner {
  const { kind, name, uid } = controller;
  if (kind === 'ReplicaSet') return overReplicaSet(controller, labels);
  return { kind, name, uid, ...(!isFollowed(controller) && { foreign: true as const }) };
}
