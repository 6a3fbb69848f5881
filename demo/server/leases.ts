import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../cluster/objects.ts';
import type { ObjectStore } from '../cluster/object-store.ts';
import type { Resource } from '../cluster/resources.ts';
import { sendJson, sendStatus } from './reply.ts';

const isLease = (body: unknown): body is KubeObject =>
  typeof body === 'object' && body !== null && typeof (body as Partial<KubeObject>).metadata?.name === 'string';

/** Answers a write. Leases can be written, nothing else: the rest is the simulation's. */
export function writeLease(
  store: ObjectStore,
  { resource, namespace, name }: { resource: Resource; namespace: string; name: string },
  method: string,
  body: unknown,
  response: ServerResponse,
): void {
  if (resource.plural !== 'leases')
    return sendStatus(response, 403, `${resource.plural} is forbidden: the simulated cluster is read-only`);
  if (!isLease(body)) return sendStatus(response, 400, 'the request body is no Lease');
  const { name: given } = body.metadata;
  const current = store.get(resource, namespace, name || given);
  if (method === 'POST') {
    if (current)
      return sendStatus(
        response,
        409,
        `leases.coordination.k8s.io "${given}" already exists`,
        { name: given },
        'AlreadyExists',
      );
    return sendJson(
      response,
      201,
      store.create({ kind: 'Lease', spec: body['spec'], metadata: { name: given, namespace } }),
    );
  }
  if (method !== 'PUT')
    return sendStatus(response, 405, 'the server does not allow this method on the requested resource');
  if (!current) return sendStatus(response, 404, `leases.coordination.k8s.io "${name}" not found`, { name });
  const { resourceVersion } = body.metadata;
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
    return sendStatus(
      response,
      409,
      `Operation cannot be fulfilled on leases.coordination.k8s.io "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      { name },
    );
  }
  sendJson(response, 200, store.update({ ...current, metadata: { ...current.metadata }, spec: body['spec'] }));
}
