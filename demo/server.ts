import type { IncomingMessage, ServerResponse } from 'node:http';
import { realClock, type Clock } from '../platform/clock.ts';
import { RESOURCES, type Resource } from './cluster/resources.ts';
import type { SimCluster } from './cluster/sim-cluster.ts';
import { createPrometheus, PROMETHEUS_PATH } from './prometheus/serve.ts';
import { discover } from './server/discovery.ts';
import type { Fault, FaultRequest, Faults } from './server/faults.ts';
import { forbiddenMessage } from './server/forbidden.ts';
import { writeLease } from './server/leases.ts';
import { createLister } from './server/list.ts';
import { listen } from './server/listener.ts';
import { servePodLog } from './server/pod-log.ts';
import { sendJson, sendStatus } from './server/reply.ts';
import { tabulateFor } from './server/table.ts';
import { serveWatch } from './server/watch.ts';

export interface SimServer {
  readonly url: string;
  /** Where its Prometheus answers. */
  readonly prometheusUrl: string;
  /** YAML: one context, named as the cluster, without credentials. It skips TLS verification: client-node takes no plain HTTP else. */
  readonly kubeconfig: string;
  /** Away for `awayMs`, then the same state at the same address; `forgetful` empties the watch cache. */
  restart(options: { awayMs: number; forgetful: boolean }): void;
  close(): Promise<void>;
}

export interface SimServerOptions {
  /** 0 lets the system choose. */
  readonly port?: number;
  readonly clock?: Clock;
  readonly bookmarkMs?: number;
  readonly faults?: Faults;
  /** Told when a fault takes effect: in a watch that may be long after its request. */
  readonly onFault?: (request: FaultRequest, fault: Fault) => void;
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

const verbOf = (target: Target | null, method: string, watching: boolean): FaultRequest['verb'] => {
  if (!target) return 'other';
  if (method !== 'GET') return 'write';
  if (target.sub === 'log') return 'log';
  if (watching) return 'watch';
  return target.name ? 'get' : 'list';
};

/** Serves a simulated cluster as a Kubernetes API server does, over plain HTTP on the loopback address. */
export async function startSimServer(cluster: SimCluster, options: SimServerOptions = {}): Promise<SimServer> {
  const { store } = cluster;
  const { clock = realClock, faults, forbidden = [] } = options;
  const refusedTokens = new Set<string>();
  let cachedFrom = 0;
  const prometheus = createPrometheus(cluster);
  const list = createLister(store, clock, () => cachedFrom);
  const watchOptions = { store, clock, bookmarkMs: options.bookmarkMs ?? 15_000, cachedFrom: () => cachedFrom };

  function restart({ awayMs, forgetful }: { awayMs: number; forgetful: boolean }): void {
    listener.restart(awayMs, () => {
      if (forgetful) cachedFrom = store.revision();
    });
  }

  /** Lets a fault have its way where it is not a matter of the body; false where the answer is still to be made. */
  function failed(
    fault: Fault,
    verb: FaultRequest['verb'],
    request: IncomingMessage,
    response: ServerResponse,
  ): boolean {
    if (fault.kind === 'restart') {
      restart(fault);
      return true;
    }
    if (fault.kind === 'status') {
      if (fault.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(fault.retryAfterSeconds));
      sendStatus(response, fault.status, `injected fault ${fault.status}`);
      return true;
    }
    if (fault.kind === 'token') {
      refusedTokens.add(request.headers.authorization ?? '');
      sendStatus(response, 401, 'Unauthorized');
      return true;
    }
    const silent = fault.kind === 'freeze' && (verb !== 'watch' || fault.afterEvents === undefined);
    if (silent || verb === 'watch') return silent;
    if (fault.kind === 'reset') request.socket.resetAndDestroy();
    else if (fault.kind === 'expired')
      sendStatus(response, 410, 'The resourceVersion for the provided list is too old.');
    return response.headersSent || request.socket.destroyed;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://loopback');
    if (path.startsWith(`${PROMETHEUS_PATH}/`))
      return prometheus(request, response, path.slice(PROMETHEUS_PATH.length), query);
    const method = request.method ?? 'GET';
    const target = targetOf(path);
    const verb = verbOf(target, method, ['true', '1'].includes(query.get('watch') ?? ''));
    const { authorization } = request.headers;
    if (authorization !== undefined && refusedTokens.has(authorization))
      return sendStatus(response, 401, 'Unauthorized');
    const continued = Boolean(query.get('continue'));
    const asks: FaultRequest = { method, path, resource: target?.resource.plural ?? '', verb, continued };
    const fault = faults?.(asks);
    const onFault = () => {
      if (fault) options.onFault?.(asks, fault);
    };
    if (fault && failed(fault, verb, request, response)) return onFault();
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
    if (verb === 'watch') return serveWatch({ ...watchOptions, onFault }, asked, response, fault);
    if (verb === 'list') {
      onFault();
      return list(asked, response, fault);
    }
    if (verb === 'log') return servePodLog({ cluster, clock, namespace, name, query }, response);
    if (verb === 'write') return writeLease(store, target, method, await bodyOf(request), response);
    const object = sub ? undefined : store.get(resource, namespace, name);
    if (object) {
      const { resourceVersion } = object.metadata;
      sendJson(response, 200, tabulate?.(resource, [object], { resourceVersion }) ?? object);
    } else sendStatus(response, 404, `${resource.plural} "${name}" not found`, { name, kind: resource.plural });
  }

  const listener = await listen(options.port ?? 0, clock, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendStatus(response, 500, `internal error: ${String(error)}`);
    });
  });
  return {
    url: listener.url,
    prometheusUrl: listener.url + PROMETHEUS_PATH,
    kubeconfig: kubeconfigOf(cluster.name, listener.url),
    restart,
    close: () => listener.close(),
  };
}

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
