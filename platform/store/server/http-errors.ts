import type { ServerResponse } from 'node:http';
import { messageOf } from '../../errors.ts';
import { parseEngineError } from '../engine-connection.ts';

/** An error as ClickHouse numbers and names it. */
export class ServerError extends Error {
  readonly status: number | undefined;

  constructor(code: number, type: string, message: string, status?: number) {
    super(`Code: ${code}. DB::Exception: ${message}. (${type})`);
    this.status = status;
  }
}

/** Which HTTP status ClickHouse gives for which of its error numbers; 500 for all others. */
const STATUSES: readonly (readonly [number, readonly number[]])[] = [
  [401, [194]],
  [403, [192, 193, 497, 512, 516]],
  [
    400,
    [
      6, 15, 20, 25, 26, 27, 36, 38, 41, 43, 44, 53, 62, 69, 72, 117, 168, 167, 171, 356, 376, 427, 441, 442, 443, 456,
      457, 650,
    ],
  ],
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 157, 511]],
  [408, [159]],
  [411, [381]],
  [413, [169, 307]],
  [415, [732]],
  [501, [48]],
  [503, [76, 209, 439]],
];

export const statusOf = (code: number): number => STATUSES.find(([, codes]) => codes.includes(code))?.[0] ?? 500;

/** What is said of an error: its number and the text a client parses. */
export function describeError(error: unknown): { code: number; status: number; text: string } {
  const parsed = parseEngineError(error);
  if (!parsed)
    return { code: 1002, status: 500, text: `Code: 1002. DB::Exception: ${messageOf(error)}. (UNKNOWN_EXCEPTION)` };
  const status = error instanceof ServerError && error.status !== undefined ? error.status : statusOf(parsed.code);
  const ends = parsed.message.endsWith('.') ? '' : '.';
  return {
    code: parsed.code,
    status,
    text: `Code: ${parsed.code}. DB::Exception: ${parsed.message}${ends} (${parsed.type})`,
  };
}

/** Answers with an error before anything else was sent. */
export function sendError(response: ServerResponse, error: unknown): void {
  const { code, status, text } = describeError(error);
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"');
  response.removeHeader('Content-Encoding');
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': String(code),
  });
  response.end(`${text}\n`);
}

/** The block by which a client tells an error within a result from the result; it ends the connection's response. */
export function exceptionBlock(error: unknown, tag: string): string {
  const message = `${describeError(error).text}\n`;
  return `\r\n__exception__\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n__exception__\r\n`;
}
