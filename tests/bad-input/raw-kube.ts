import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Meta {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion?: string;
  [other: string]: unknown;
}

/** An object as a server sends it, sound or not. */
export interface RawKubeObject {
  metadata: Meta;
  [other: string]: unknown;
}

/** An API server that says whatever a test wants said, byte for byte. Everything but pods is empty. */
export interface RawKube {
  readonly kubeconfig: string;
  /** Resources that are answered with 403. */
  readonly denied: Set<string>;
  /** Writes a pod's log. */
  readonly logs: Map<string, (response: ServerResponse) => void>;
  put(pod: RawKubeObject): void;
  /** Writes to the open watches of pods as it is, and ends them. */
  sayToWatches(text: string): void;
  readonly lists: () => number;
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** Makes the server without starting it; `port` is where it will listen. */
export function createRawKube(name: string, port: number): RawKube {
  const pods = new Map<string, RawKubeObject>();
  const events: { version: number; line: string }[] = [];
  const watches = new Set<ServerResponse>();
  const denied = new Set<string>();
  const logs = new Map<string, (response: ServerResponse) => void>();
  let [version, lists] = [1, 0];
  let server: Server | undefined;

  const json = (response: ServerResponse, status: number, body: unknown) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  function answer(path: string, query: URLSearchParams, response: ServerResponse): void {
    const resource = path.split('/').at(-1) ?? '';
    const pod = /\/pods\/([^/]+)\/log$/.exec(path)?.[1];
    if (pod !== undefined) {
      const write = logs.get(decodeURIComponent(pod));
      if (write) return write(response);
      return json(response, 404, { kind: 'Status', code: 404, message: 'no such pod' });
    }
    if (denied.has(resource)) {
      const message = `${resource} is forbidden: User "tidemark" cannot list resource "${resource}"`;
      return json(response, 403, { kind: 'Status', code: 403, reason: 'Forbidden', message });
    }
    if (query.get('watch') === 'true') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      const timeout = setTimeout(() => response.end(), 1000 * Number(query.get('timeoutSeconds')));
      response.on('close', () => clearTimeout(timeout));
      if (resource !== 'pods') return;
      const from = Number(query.get('resourceVersion'));
      for (const event of events) if (event.version > from) response.write(event.line);
      watches.add(response);
      response.on('close', () => watches.delete(response));
      return;
    }
    if (resource === 'pods') lists++;
    const items = resource === 'pods' ? [...pods.values()] : [];
    json(response, 200, { metadata: { resourceVersion: String(version) }, items });
  }

  return {
    kubeconfig: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name, user: {} }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    }),
    denied,
    logs,
    put(pod) {
      const type = pods.has(pod.metadata.uid) ? 'MODIFIED' : 'ADDED';
      const object = { ...pod, metadata: { ...pod.metadata, resourceVersion: String(++version) } };
      pods.set(pod.metadata.uid, object);
      const line = `${JSON.stringify({ type, object })}\n`;
      events.push({ version, line });
      for (const watch of watches) watch.write(line);
    },
    sayToWatches(text) {
      for (const watch of watches) watch.end(text);
    },
    lists: () => lists,
    async listen() {
      server = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://loopback');
        answer(pathname, searchParams, response);
      }).listen(port, '127.0.0.1');
      await once(server, 'listening');
      if ((server.address() as AddressInfo).port !== port) throw new Error('another port');
    },
    async close() {
      const closed = server && new Promise((resolve) => server?.close(resolve));
      server?.closeAllConnections();
      await closed;
    },
  };
}

const STARTED = '2026-01-01T00:00:00Z';
const FINISHED = '2026-01-01T00:01:00Z';

/** When the dead pods' logs were written. */
export const LOG_TIME = '2026-01-01T00:00:30.000000000Z';

/** A pod whose one container ended with code 1. */
export function deadPod(
  name: string,
  change: { message?: string; labels?: Record<string, string> } = {},
): RawKubeObject {
  const { message = '', labels = {} } = change;
  const containerID = `containerd://${name}`;
  const terminated = { exitCode: 1, reason: 'Error', message, startedAt: STARTED, finishedAt: FINISHED, containerID };
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: '2025-12-01T00:00:00Z', labels },
    spec: { nodeName: 'node-1', restartPolicy: 'Never', containers: [{ name: 'app', image: 'shop/api:1' }] },
    status: {
      phase: 'Failed',
      containerStatuses: [{ name: 'app', image: 'shop/api:1', containerID, restartCount: 0, state: { terminated } }],
    },
  };
}
