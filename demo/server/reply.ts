import type { ServerResponse } from 'node:http';

const REASONS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A Status object as the API server answers errors with. */
export const statusOf = (code: number, message: string, details?: Record<string, unknown>, reason = REASONS[code]) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason: reason ?? 'Unknown',
  ...(details ? { details } : {}),
  code,
});

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export const sendStatus = (
  response: ServerResponse,
  code: number,
  message: string,
  details?: Record<string, unknown>,
  reason?: string,
): void => sendJson(response, code, statusOf(code, message, details, reason));
