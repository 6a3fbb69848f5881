import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { EVENTS, podObject, PODS } from './load.ts';

// The API server's side: a list of all pods, in pages for who asks for them, and a watch that sends every event and then
// stays open. Under /quiet the watch sends nothing.

const EVENTS_A_WRITE = 16;
const items = Array.from({ length: PODS }, (_, at) => Buffer.from(JSON.stringify(podObject(at, at + 1))));
const writes: Buffer[] = [];
for (let at = 0; at < EVENTS; at += EVENTS_A_WRITE) {
  let text = '';
  for (let event = at; event < Math.min(EVENTS, at + EVENTS_A_WRITE); event++)
    text += `${JSON.stringify({ type: 'MODIFIED', object: podObject(event % PODS, PODS + 1 + event) })}\n`;
  writes.push(Buffer.from(text));
}

function stream(response: ServerResponse, quiet: boolean): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  if (quiet) response.flushHeaders();
  else Readable.from(writes).pipe(response, { end: false });
}

function list(response: ServerResponse, limit: number, from: number): void {
  const end = limit > 0 ? Math.min(PODS, from + limit) : PODS;
  const metadata = { resourceVersion: String(PODS), ...(end < PODS ? { continue: String(end) } : {}) };
  const head = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata }).slice(0, -1);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(`${head},"items":[`);
  for (let at = from; at < end; at++) {
    if (at > from) response.write(',');
    response.write(items[at]);
  }
  response.end(']}');
}

const server = createServer((request, response) => {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://loopback');
  if (query.get('watch') === 'true') stream(response, pathname.startsWith('/quiet/'));
  else list(response, Number(query.get('limit') ?? 0), Number(query.get('continue') ?? 0));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.(`http://127.0.0.1:${port}`);
});
process.once('disconnect', () => process.exit(0));
