import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ClickHouseError, type createClient } from '@clickhouse/client';
import { isAppError, messageOf } from '../errors.ts';
import type { Engine, EngineResult, InsertBody } from './engine.ts';
import { boundParam } from './sql.ts';

type Connection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;
type QueryParams = Parameters<Connection['query']>[0];

/** Settings of the HTTP interface, which the engine does not know. */
const HTTP_ONLY = new Set([
  'wait_end_of_query',
  'send_progress_in_http_headers',
  'enable_http_compression',
  'default_format',
]);

/** `Code: 60. DB::Exception: … (UNKNOWN_TABLE)` as ClickHouse says it: its number, name and text. */
export function parseEngineError(error: unknown): { code: number; type: string; message: string } | null {
  const match = /^Code:\s*(\d+)\.\s*(?:DB::Exception:\s*)?([\s\S]*?)\s*(?:\(([A-Z0-9_]+)\))?\s*$/.exec(
    messageOf(error),
  );
  return match ? { code: Number(match[1]), type: match[3] ?? 'UNKNOWN', message: match[2]! } : null;
}

function toClientError(error: unknown): unknown {
  if (isAppError(error)) return error;
  const parsed = parseEngineError(error);
  if (!parsed) return error;
  const mapped = new ClickHouseError({ message: parsed.message, code: String(parsed.code), type: parsed.type });
  mapped.cause = error;
  return mapped;
}

function settingsOf(settings: QueryParams['clickhouse_settings']): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings ?? {})) {
    if (value !== undefined && !HTTP_ONLY.has(name))
      out[name] = typeof value === 'boolean' ? String(Number(value)) : String(value);
  }
  return out;
}

const summaryOf = (result: EngineResult) => {
  const [rows, bytes] = [String(result.rowsRead), String(result.bytesRead)];
  return {
    read_rows: rows,
    read_bytes: bytes,
    written_rows: rows,
    written_bytes: bytes,
    result_rows: rows,
    result_bytes: bytes,
    total_rows_to_read: '0',
    elapsed_ns: String(Math.round(result.elapsedSeconds * 1e9)),
  };
};

/** The embedded engine as a connection of `@clickhouse/client`. Closing it leaves the engine open. */
export function createEngineConnection(engine: Engine): Connection {
  const run = async (params: QueryParams, body?: InsertBody) => {
    const bound = Object.entries(params.query_params ?? {}).map(([name, value]) => [name, boundParam(value)] as const);
    try {
      const result = await engine.run({
        sql: params.query,
        settings: settingsOf(params.clickhouse_settings),
        params: Object.fromEntries(bound),
        ...(body === undefined ? {} : { body }),
        ...(params.abort_signal ? { signal: params.abort_signal } : {}),
      });
      const base = { query_id: params.query_id ?? randomUUID(), response_headers: {}, http_status_code: 200 };
      return { ...base, bytes: Buffer.from(result.bytes), summary: summaryOf(result) };
    } catch (error) {
      throw toClientError(error);
    }
  };
  const streamed = async (params: QueryParams, body?: InsertBody) => {
    const { bytes, ...rest } = await run(params, body);
    return { ...rest, stream: Readable.from([bytes], { objectMode: false }) };
  };
  return {
    query: (params) => streamed(params),
    exec: (params) => streamed(params, params.values),
    command: (params) => run(params),
    insert: (params) => run(params, params.values),
    ping: async () => {
      try {
        await engine.run({ sql: 'SELECT 1' });
        return { success: true };
      } catch (error) {
        return { success: false, error: error instanceof Error ? error : new Error(String(error)) };
      }
    },
    close: async () => undefined,
  };
}
