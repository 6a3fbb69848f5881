import type { ContainerKind, ContainerSpec, ContainerStatus, PodObject } from '../../../schemas/objects.ts';

export interface Container {
  kind: ContainerKind;
  status: ContainerStatus;
}

/** Every container that has a status; an init container with restartPolicy Always is a sidecar. */
export function containersOf(pod: PodObject): Container[] {
  const { status } = pod;
  const containers: Container[] = [];
  for (const own of status?.initContainerStatuses ?? []) {
    containers.push({ kind: specOf(pod, own.name)?.restartPolicy === 'Always' ? 'sidecar' : 'init', status: own });
  }
  for (const own of status?.containerStatuses ?? []) containers.push({ kind: 'app', status: own });
  for (const own of status?.ephemeralContainerStatuses ?? []) containers.push({ kind: 'ephemeral', status: own });
  return containers;
}

/** Container names are unique within a pod, whatever their kind. */
export const specOf = (pod: PodObject, name: string): ContainerSpec | undefined =>
  [pod.spec?.containers, pod.spec?.initContainers, pod.spec?.ephemeralContainers]
    .flatMap((specs) => specs ?? [])
    .find((spec) => spec.name === name);

/** All app containers have ended: what stops after them was stopped because of it. */
export function mainEnded(pod: PodObject): boolean {
  const statuses = pod.status?.containerStatuses ?? [];
  return statuses.length > 0 && statuses.every(({ state }) => state?.terminated !== undefined);
}
