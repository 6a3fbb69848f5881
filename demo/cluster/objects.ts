import type { ContainerSpec, ContainerStatus, ObjectMeta, PodObject, PodSpec } from '../../schemas/objects.ts';

export interface Meta extends ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generateName?: string;
  creationTimestamp: string;
}

/** Any object as the API serves it. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Meta;
  [field: string]: unknown;
}

export interface Pod extends KubeObject {
  kind: 'Pod';
  spec: PodSpec & { containers: ContainerSpec[]; initContainers: ContainerSpec[] };
  status: NonNullable<PodObject['status']> & {
    containerStatuses: ContainerStatus[];
    initContainerStatuses: ContainerStatus[];
    [field: string]: unknown;
  };
}

/** Kubernetes' own precision: whole seconds, UTC. */
export const kubeTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export const keyOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
