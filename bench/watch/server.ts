import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { EVENTS, podObject, PODS } from './load.ts';

// The API server's side: a list of all pods, and a watch that sends every event and then stays open.

const EVENTS_A_WRITE = 16;
const list = JSON.stringify({
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion: String(PODS) },
  items: Array.from({ length: PODS }, (_, at) => podObject(at, at + 1)),
});
const writes: Buffer[] = [];
for (let at = 0; at < EVENTS; at += EVENTS_A_WRITE) {
  let text = '';
  for (let event = at; event < Math.min(EVENTS, at + EVENTS_A_WRITE); event++)
    text += `${JSON.stringify({ type: 'MODIFIED', object: podObject(event % PODS, PODS + 1 + event) })}\n`;
  writes.push(Buffer.from(text));
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  Readable.from(writes).pipe(response, { end: false });
}

const server = createServer((request, response) => {
  if (request.url?.includes('watch=true')) stream(response);
  else response.writeHead(200, { 'content-type': 'application/json' }).end(list);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.(`http://127.0.0.1:${port}`);
});
process.once('disconnect', () => process.exit(0));
