import { kubeTime, type KubeObject } from './objects.ts';

/** Who wrote an object, and by which subresource where it was one. */
export interface Write {
  readonly manager: string;
  readonly subresource?: 'status' | 'scale';
  /** Server-side apply rather than an update. */
  readonly applies?: boolean;
}

export const CONTROLLER: Write = { manager: 'kube-controller-manager', subresource: 'status' };

const FIELDS = {
  '': { 'f:spec': { 'f:template': {} } },
  status: { 'f:status': {} },
  scale: { 'f:spec': { 'f:replicas': {} } },
};

/** Notes a write in `metadata.managedFields` as the API server does: one item a manager, operation and subresource. `at` in milliseconds. */
export function noteWrite(object: KubeObject, { manager, subresource, applies = false }: Write, at: number): void {
  const operation = applies ? 'Apply' : 'Update';
  const others = (object.metadata.managedFields ?? []).filter(
    (item) => item.manager !== manager || item.operation !== operation || item.subresource !== subresource,
  );
  const written = {
    manager,
    operation,
    apiVersion: object.apiVersion,
    time: kubeTime(at),
    fieldsType: 'FieldsV1',
    fieldsV1: FIELDS[subresource ?? ''],
    ...(subresource ? { subresource } : {}),
  };
  object.metadata.managedFields = [...others, written];
}
