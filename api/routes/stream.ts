import Type from 'typebox';
import { ErrorBody } from '../../schemas/api/envelope.ts';
import { StreamQuery } from '../../schemas/api/parameters.ts';
import type { App, RouteContext } from '../context.ts';
import { rowFilterOf } from '../filter.ts';
import type { LiveSink } from '../live.ts';

const EVENTS = 'text/event-stream; charset=utf-8';

/** New exceptions as they come. */
export function streamRoutes(app: App, { live, principal }: RouteContext): void {
  const schema = {
    operationId: 'streamExceptions',
    summary: 'New and changed exceptions as server-sent events',
    description:
      'Each `event: exception` carries a row as in the list; a row that changes comes again with the same id. `event: ready` comes first: reload the list then, since what came while nobody listened is not sent again. `event: dropped` says that the client was too slow. A comment every 15 s keeps the connection. EventSource sends no header: it needs the session cookie.',
    tags: ['exceptions'],
    querystring: StreamQuery,
    response: {
      200: { description: 'Events', content: { 'text/event-stream': { schema: Type.String() } } },
      '4xx': ErrorBody,
      '5xx': ErrorBody,
    },
  };
  app.get('/api/v1/stream', { schema }, async (request, reply) => {
    const { raw } = reply;
    let begun = false;
    const waiting: string[] = [];
    const sink: LiveSink = {
      write: (chunk) => void (begun ? raw.write(chunk) : waiting.push(chunk)),
      pendingBytes: () => raw.writableLength,
      end: () => void (begun && raw.end()),
      destroy: () => void raw.destroy(),
    };
    const remove = await live.add(principal(request), rowFilterOf(request.query), sink);
    raw.once('close', remove);
    if (raw.destroyed) remove();
    reply.hijack();
    raw.writeHead(200, {
      'content-type': EVENTS,
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    begun = true;
    raw.write(`event: ready\ndata: {}\n\n${waiting.join('')}`);
  });
}
