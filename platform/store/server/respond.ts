import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib';
import type { Writable } from 'node:stream';
import type { Engine, EngineResult, Statement } from '../engine.ts';
import { isSelect } from '../sql.ts';
import { exceptionBlock, sendError } from './http-errors.ts';
import type { StoreRequest } from './read-request.ts';

/** Formats without a head or a foot: the engine formats each chunk by itself, and these can be joined. */
const STREAMED = new Set(
  'JSONEachRow JSONLines NDJSON JSONStringsEachRow JSONCompactEachRow JSONCompactStringsEachRow CSV TabSeparated TSV TabSeparatedRaw TSVRaw RowBinary Native LineAsString RawBLOB'.split(
    ' ',
  ),
);

const CONTENT_TYPES: Record<string, string> = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
  Native: 'application/octet-stream',
  RowBinary: 'application/octet-stream',
  Parquet: 'application/octet-stream',
};

const ENCODERS = {
  zstd: createZstdCompress,
  br: createBrotliCompress,
  gzip: createGzip,
  deflate: createDeflate,
} as const;

function summaryOf(result: EngineResult, wrote: boolean): string {
  const [rows, bytes] = [String(result.rowsRead), String(result.bytesRead)];
  return JSON.stringify({
    read_rows: rows,
    read_bytes: bytes,
    written_rows: wrote ? rows : '0',
    written_bytes: wrote ? bytes : '0',
    total_rows_to_read: '0',
    result_rows: rows,
    result_bytes: String(result.bytes.length),
    elapsed_ns: String(Math.round(result.elapsedSeconds * 1e9)),
  });
}

function outputOf(request: IncomingMessage, response: ServerResponse, compress: boolean): Writable {
  const accepted = (request.headers['accept-encoding'] ?? '').toLowerCase();
  const name = compress
    ? (Object.keys(ENCODERS) as (keyof typeof ENCODERS)[]).find((each) => accepted.includes(each))
    : undefined;
  if (!name) return response;
  response.setHeader('Content-Encoding', name);
  const encoder = ENCODERS[name]();
  encoder.pipe(response);
  return encoder;
}

async function write(output: Writable, chunk: Uint8Array, signal: AbortSignal): Promise<void> {
  if (!output.write(chunk)) await once(output, 'drain', { signal });
}

/** Runs the statement and writes its result, a large one as it comes. An error before the first byte has its own status. */
export async function respond(
  engine: Engine,
  statement: Statement,
  read: StoreRequest,
  io: { request: IncomingMessage; response: ServerResponse; signal: AbortSignal; bufferedResultBytes: number },
): Promise<void> {
  const { request, response, signal } = io;
  response.setHeader('X-ClickHouse-Format', read.format);
  response.setHeader('Content-Type', CONTENT_TYPES[read.format] ?? 'text/plain; charset=UTF-8');
  if (!STREAMED.has(read.format) || !isSelect(read.sql) || read.waitForEnd || read.body !== undefined) {
    const bounded = { max_result_bytes: String(io.bufferedResultBytes), ...statement.settings };
    const result = await engine.run({ ...statement, settings: bounded });
    response.setHeader('X-ClickHouse-Summary', summaryOf(result, /^\s*INSERT/i.test(read.sql)));
    outputOf(request, response, read.compress).end(result.bytes);
    return;
  }
  const tag = randomBytes(8).toString('hex');
  let output: Writable | null = null;
  try {
    for await (const chunk of engine.stream(statement)) {
      if (!output) {
        response.setHeader('X-ClickHouse-Exception-Tag', tag);
        response.setHeader(
          'X-ClickHouse-Summary',
          '{"read_rows":"0","read_bytes":"0","written_rows":"0","written_bytes":"0"}',
        );
        output = outputOf(request, response, read.compress);
      }
      await write(output, chunk, signal);
    }
  } catch (error) {
    if (signal.aborted) return;
    if (output) output.end(exceptionBlock(error, tag));
    else sendError(response, error);
    return;
  }
  (output ?? response).end();
}
