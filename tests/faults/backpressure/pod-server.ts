import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { podAt, type PodEvent } from './pods.ts';

const EVENTS_A_WRITE = 16;
const QUIET_WATCH_MS = 2_000;

export interface PodServer {
  readonly kubeconfig: string;
  /** Events that the agent's side of the connection, or the system between the two, has taken. */
  taken(): number;
  close(): Promise<void>;
}

/**
 * An API server of `pods` pods, and of nothing else: to the first watch of them it sends every event as fast as they are
 * taken, to the later ones what they have not seen, and a watch that has nothing more to say ends soon. Its lists are those
 * of the newest version. Writes its kubeconfig to `kubeconfig`.
 */
export async function startPodServer(
  pods: number,
  events: readonly PodEvent[],
  kubeconfig: string,
): Promise<PodServer> {
  let taken = 0;

  function* textFrom(first: number): Generator<string> {
    for (let at = first; at < events.length; at += EVENTS_A_WRITE) {
      const some = events.slice(at, at + EVENTS_A_WRITE);
      yield some.map((event) => `${JSON.stringify(event.line())}\n`).join('');
      taken = Math.max(taken, at + some.length);
    }
  }

  function watch(response: ServerResponse, first: number): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    Readable.from(textFrom(first)).pipe(response, { end: false });
    const timer = setTimeout(() => response.end(), QUIET_WATCH_MS);
    response.once('close', () => clearTimeout(timer));
  }

  function podsNow(): Map<string, unknown> {
    const first = Array.from({ length: pods }, (_, number) => podAt(number, { version: number + 1 }));
    const now = new Map<string, unknown>(first.map((pod) => [pod.metadata.uid, pod]));
    for (const event of events.slice(0, taken)) {
      const { type, object } = event.line();
      if (type === 'DELETED') now.delete(object.metadata.uid);
      else now.set(object.metadata.uid, object);
    }
    return now;
  }

  const list = (kind: string, items: readonly unknown[], version: number) => ({
    kind,
    apiVersion: 'v1',
    metadata: { resourceVersion: String(version) },
    items,
  });
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://loopback');
    const ofPods = pathname === '/api/v1/pods';
    if (searchParams.get('watch') === 'true') {
      const from = Number(searchParams.get('resourceVersion')) - pods;
      watch(response, ofPods ? from : events.length);
    } else if (pathname.endsWith('/log') || request.method !== 'GET') {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"kind":"Status","code":404}');
    } else {
      const items = ofPods ? [...podsNow().values()] : [];
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(list(ofPods ? 'PodList' : 'List', items, pods + taken)));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    kubeconfig,
    `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: ${url}, insecure-skip-tls-verify: true } }]
users: [{ name: u, user: {} }]
contexts: [{ name: c, context: { cluster: c, user: u } }]
current-context: c
`,
  );
  return {
    kubeconfig,
    taken: () => taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
