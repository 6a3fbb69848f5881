import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { realClock, type Clock } from '../platform/clock.ts';
import type { KubeObject } from './cluster/objects.ts';
import { RESOURCES, type Resource } from './cluster/resources.ts';
import type { SimCluster } from './cluster/sim-cluster.ts';
import { discover } from './server/discovery.ts';
import type { Faults } from './server/faults.ts';
import { forbiddenMessage } from './server/forbidden.ts';
import { createLister } from './server/list.ts';
import { servePodLog } from './server/pod-log.ts';
import { sendJson, sendStatus } from './server/reply.ts';
import { tabulateFor } from './server/table.ts';
import { serveWatch } from './server/watch.ts';

export interface SimServer {
  readonly url: string;
  /** YAML: one context, named as the cluster, without credentials. It skips TLS verification: client-node takes no plain HTTP else. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

export interface SimServerOptions {
  /** 0 lets the system choose. */
  readonly port?: number;
  readonly clock?: Clock;
  readonly bookmarkMs?: number;
  readonly faults?: Faults;
  /** Plural names of the resources that RBAC allows nobody to read. */
  readonly forbidden?: readonly string[];
}

interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly sub: string;
}

const PATH =
  /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[^/]+))?$/;

function targetOf(path: string): Target | null {
  const namespaced = PATH.exec(path)?.groups;
  if (!namespaced) return null;
  const { group = '', namespace = '', plural, name = '', sub = '' } = namespaced;
  const version = namespaced['core'] ?? namespaced['version'];
  const resource = RESOURCES.find((each) => each.plural === plural && each.group === group && each.version === version);
  if (resource) return { resource, namespace, name, sub };
  const single = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path)?.[1];
  const namespaces = RESOURCES.find((each) => each.plural === 'namespaces');
  return single && namespaces ? { resource: namespaces, namespace: '', name: single, sub: '' } : null;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return null;
  }
}

/** Serves a simulated cluster as a Kubernetes API server does, over plain HTTP on the loopback address. */
export async function startSimServer(cluster: SimCluster, options: SimServerOptions = {}): Promise<SimServer> {
  const { store } = cluster;
  const { clock = realClock, faults, forbidden = [] } = options;
  const list = createLister(store);
  const watchOptions = { store, clock, bookmarkMs: options.bookmarkMs ?? 15_000 };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://loopback');
    const method = request.method ?? 'GET';
    const target = targetOf(path);
    const watching = ['true', '1'].includes(query.get('watch') ?? '');
    const verb = !target
      ? 'other'
      : method !== 'GET'
        ? 'write'
        : target.sub === 'log'
          ? 'log'
          : watching
            ? 'watch'
            : target.name
              ? 'get'
              : 'list';
    const fault = faults?.({ method, path, resource: target?.resource.plural ?? '', verb });
    if (fault?.kind === 'status') {
      if (fault.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(fault.retryAfterSeconds));
      return sendStatus(response, fault.status, `injected fault ${fault.status}`);
    }
    if (verb !== 'watch') {
      if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
      if (fault?.kind === 'freeze') return;
      if (fault?.kind === 'expired')
        return sendStatus(response, 410, 'The resourceVersion for the provided list is too old.');
    }
    if (!target) {
      if (!discover(path, response)) sendStatus(response, 404, 'the server could not find the requested resource', {});
      return;
    }
    const { resource, namespace, name, sub } = target;
    if (forbidden.includes(resource.plural)) {
      const details = {
        ...(name ? { name } : {}),
        ...(resource.group ? { group: resource.group } : {}),
        kind: resource.plural,
      };
      return sendStatus(response, 403, forbiddenMessage(resource, verb, namespace), details);
    }
    const tabulate = tabulateFor(request.headers.accept, query, () => clock.now());
    const asked = { resource, namespace, tabulate, query: withName(query, verb === 'watch' ? name : '') };
    if (verb === 'watch') return serveWatch(watchOptions, asked, response, fault);
    if (verb === 'list') return list(asked, response, fault);
    if (verb === 'log') return servePodLog({ cluster, clock, namespace, name, query }, response);
    if (verb === 'write') return write(target, method, await bodyOf(request), response);
    const object = sub ? undefined : store.get(resource, namespace, name);
    if (object) {
      const { resourceVersion } = object.metadata;
      sendJson(response, 200, tabulate?.(resource, [object], { resourceVersion }) ?? object);
    } else sendStatus(response, 404, `${resource.plural} "${name}" not found`, { name, kind: resource.plural });
  }

  /** Leases can be written, nothing else: the rest is the simulation's. */
  function write({ resource, namespace, name }: Target, method: string, body: unknown, response: ServerResponse): void {
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

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendStatus(response, 500, `internal error: ${String(error)}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    kubeconfig: kubeconfigOf(cluster.name, url),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const isLease = (body: unknown): body is KubeObject =>
  typeof body === 'object' && body !== null && typeof (body as Partial<KubeObject>).metadata?.name === 'string';

function withName(query: URLSearchParams, name: string): URLSearchParams {
  if (name) query.append('fieldSelector', `metadata.name=${name}`);
  return query;
}

const kubeconfigOf = (name: string, server: string) => `apiVersion: v1
kind: Config
clusters:
  - name: ${name}
    cluster:
      server: ${server}
      insecure-skip-tls-verify: true
users:
  - name: ${name}
    user: {}
contexts:
  - name: ${name}
    context:
      cluster: ${name}
      user: ${name}
      namespace: shop
current-context: ${name}
`;
