import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { InsertBody } from '../engine.ts';
import { formatClause, insertDataOffset, parseInsertHead, writesOutfile } from '../sql.ts';
import { ServerError } from './http-errors.ts';

export interface StoreRequest {
  readonly sql: string;
  readonly body?: InsertBody;
  readonly settings: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly format: string;
  readonly queryId: string | null;
  readonly database: string | null;
  readonly session: { readonly id: string; readonly timeoutMs: number; readonly mustExist: boolean } | null;
  readonly compress: boolean;
  readonly waitForEnd: boolean;
}

/** Query parameters that speak to the HTTP interface; every other one is a setting. */
const OWN = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'session_id',
  'session_timeout',
  'session_check',
  'user',
  'password',
  'quota_key',
  'stacktrace',
  'role',
  'wait_end_of_query',
  'buffer_size',
  'compress',
  'decompress',
  'enable_http_compression',
  'http_zlib_compression_level',
  'http_response_buffer_size',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'http_write_exception_in_output_format',
  'add_http_cors_header',
  'client_protocol_version',
  'cancel_http_readonly_queries_on_client_close',
]);

const DECODERS: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** The request's body, decompressed; fails past `limit` bytes, counted after decompression. */
async function* boundedBody(request: IncomingMessage, limit: number): AsyncGenerator<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  let source: Readable = request;
  if (encoding !== 'identity') {
    const decoder = DECODERS[encoding];
    if (!decoder)
      throw new ServerError(89, 'UNKNOWN_COMPRESSION_METHOD', `Unknown compression method ${encoding}`, 400);
    const decoded = decoder();
    request.on('error', (error) => decoded.destroy(error));
    source = request.pipe(decoded);
  }
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw new ServerError(307, 'TOO_MANY_BYTES', `The request body is longer than ${limit} bytes`);
    yield chunk;
  }
}

/** Reads as far as `limit`; what is left of a longer body comes as `rest`. */
async function readHead(body: AsyncGenerator<Buffer>, limit: number): Promise<{ head: Buffer; rest: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  while (bytes <= limit) {
    const next = await body.next();
    if (next.done) return { head: Buffer.concat(chunks), rest: false };
    chunks.push(next.value);
    bytes += next.value.length;
  }
  return { head: Buffer.concat(chunks), rest: true };
}

async function* joined(head: Buffer, body: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* body;
}

/** Statement and data: `?query=` and the body together, with an INSERT's data kept apart. */
async function statementOf(
  fromUrl: string,
  body: AsyncGenerator<Buffer>,
  limits: { queryBytes: number },
): Promise<{ sql: string; body?: InsertBody }> {
  const { head, rest } = await readHead(body, limits.queryBytes);
  if (fromUrl && parseInsertHead(fromUrl)) {
    return head.length === 0 ? { sql: fromUrl } : { sql: fromUrl, body: rest ? joined(head, body) : head };
  }
  // latin1 keeps one character a byte, so that the offset of the data is right.
  const offset = insertDataOffset(fromUrl + head.toString('latin1')) - Buffer.byteLength(fromUrl);
  if (offset > 0) {
    const sql = fromUrl + head.subarray(0, offset).toString('utf8');
    const data = head.subarray(offset);
    return data.length === 0 && !rest ? { sql } : { sql, body: rest ? joined(data, body) : data };
  }
  if (rest) throw new ServerError(169, 'QUERY_IS_TOO_LARGE', `The query is longer than ${limits.queryBytes} bytes`);
  const text = head.toString('utf8');
  return { sql: fromUrl && text ? `${fromUrl}\n${text}` : fromUrl + text };
}

function sessionOf(query: URLSearchParams): StoreRequest['session'] {
  const id = query.get('session_id');
  if (!id) return null;
  const seconds = Number(query.get('session_timeout') ?? '60');
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 3600) {
    throw new ServerError(
      374,
      'INVALID_SESSION_TIMEOUT',
      `Invalid session timeout: '${query.get('session_timeout')}'`,
      400,
    );
  }
  return { id, timeoutMs: seconds * 1000, mustExist: query.get('session_check') === '1' };
}

/** Reads a request of ClickHouse's HTTP interface. Throws ServerError where it is not one. */
export async function readStoreRequest(
  request: IncomingMessage,
  query: URLSearchParams,
  limits: { bodyBytes: number; queryBytes: number },
): Promise<StoreRequest> {
  const header = (name: string): string | null => {
    const value = request.headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  };
  const settings: Record<string, string> = {};
  const params: Record<string, string> = {};
  for (const [name, value] of query) {
    if (name.startsWith('param_')) params[name.slice('param_'.length)] = value;
    else if (!OWN.has(name)) settings[name] = value;
  }
  // Only a POST may write, as a link must not change anything, whatever settings it carries.
  if (request.method !== 'POST' && !['1', '2'].includes(settings['readonly'] ?? '')) settings['readonly'] = '2';
  const statement = await statementOf(query.get('query') ?? '', boundedBody(request, limits.bodyBytes), limits);
  if (!statement.sql.trim()) throw new ServerError(62, 'SYNTAX_ERROR', 'Empty query');
  if (writesOutfile(statement.sql))
    throw new ServerError(358, 'INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed');
  const fallback = query.get('default_format') ?? header('x-clickhouse-format') ?? 'TabSeparated';
  return {
    ...statement,
    settings,
    params,
    format: formatClause(statement.sql) ?? fallback,
    queryId: query.get('query_id'),
    database: query.get('database') ?? header('x-clickhouse-database'),
    session: sessionOf(query),
    compress: query.get('enable_http_compression') === '1',
    waitForEnd: query.get('wait_end_of_query') === '1',
  };
}
