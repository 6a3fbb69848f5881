import type { ServerResponse } from 'node:http';
import type { Clock } from '../../platform/clock.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const PIECES = 8;

/** Ends in good order in the middle of the body. */
export function sendHalf(response: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(200, JSON_TYPE);
  response.write(text.slice(0, text.length / 2), () => response.end());
}

/** Sends headers after `headersMs`, and the body in equal pieces over `bodyMs` from then on. */
export function sendSlowly(
  response: ServerResponse,
  body: unknown,
  { headersMs, bodyMs }: { headersMs: number; bodyMs: number },
  clock: Clock,
): void {
  const text = JSON.stringify(body);
  const size = Math.ceil(text.length / PIECES);
  let cancel = clock.after(headersMs, () => {
    response.writeHead(200, JSON_TYPE);
    response.flushHeaders();
    sendPiece(0);
  });
  function sendPiece(from: number): void {
    cancel = clock.after(bodyMs / PIECES, () => {
      response.write(text.slice(from, from + size));
      if (from + size < text.length) sendPiece(from + size);
      else response.end();
    });
  }
  response.on('close', () => cancel());
}
