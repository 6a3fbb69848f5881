import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import {
  createClient,
  EXCEPTION_TAG_HEADER_NAME,
  extractErrorAtTheEndOfChunk,
  type ClickHouseSettings,
} from '@clickhouse/client';
import type { Table } from '../../schemas/column.ts';
import { realClock, type Clock } from '../clock.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { createEngineConnection } from './engine-connection.ts';
import { createEngine, type Engine } from './engine.ts';
import { encodeColumns } from './native-block.ts';
import { encodeRows } from './row-binary.ts';
import { identifier } from './sql.ts';
import { toStoreError } from './store-errors.ts';
import type { QueryOptions, QueryParams, Store } from './store.ts';
import { textRows } from './text-rows.ts';

export type StoreTarget =
  | { readonly path: string }
  | { readonly url: string; readonly username?: string; readonly password?: string; readonly database?: string };

export interface StoreLimits {
  /** Memory of one query in the engine. */
  readonly queryMemoryBytes: number;
  readonly queryTimeoutMs: number;
  readonly insertTimeoutMs: number;
  /** Tries of one insert, the first included. */
  readonly insertAttempts: number;
  /** Longest pause between two tries. */
  readonly backoffMs: number;
}

const DEFAULT_STORE_LIMITS: StoreLimits = {
  queryMemoryBytes: 2_000_000_000,
  queryTimeoutMs: 30_000,
  insertTimeoutMs: 60_000,
  insertAttempts: 8,
  backoffMs: 5_000,
};

/** One block, whatever the rows: a deduplication token stands for one block. */
const ONE_BLOCK: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  input_format_parallel_parsing: 0,
  max_insert_threads: '1',
  max_insert_block_size: '100000000',
  min_insert_block_size_rows: '100000000',
  min_insert_block_size_bytes: '4000000000',
  // Entries of clocks that are years wrong reach as many months, and a batch that cannot be split must go through.
  max_partitions_per_insert_block: '0',
};

/**
 * Opens the store. `path` embeds the engine (one process a data folder), `url` reaches a ClickHouse or a `tidemark store`.
 * Inserts and reads go through clients of their own. Throws AppError `store_unavailable` when a data folder cannot be opened.
 */
export function createStore(options: {
  target: StoreTarget;
  log: Logger;
  metrics: Metrics;
  limits?: Partial<StoreLimits>;
  clock?: Clock;
}): Store {
  const limits = { ...DEFAULT_STORE_LIMITS, ...options.limits };
  const clock = options.clock ?? realClock;
  const engine = 'path' in options.target ? createEngine({ path: options.target.path }) : null;
  const clientOf = () => createStoreClient(options.target, engine, limits);
  const writer = clientOf();
  const reader = clientOf();
  const meters = createMeters(options.metrics);

  const bounds = (timeoutMs: number): ClickHouseSettings => ({
    max_memory_usage: String(limits.queryMemoryBytes),
    max_execution_time: Math.max(1, Math.ceil(timeoutMs / 1000)),
    date_time_output_format: 'iso',
    output_format_json_quote_64bit_integers: 0,
    output_format_json_quote_denormals: 0,
  });

  async function read<Row>(
    client: typeof reader,
    sql: string,
    params: QueryParams,
    settings: ClickHouseSettings,
    signal?: AbortSignal,
  ): Promise<Row[]> {
    const started = clock.now();
    try {
      const result = await client.query({
        query: sql,
        format: 'JSONEachRow',
        query_params: { ...params },
        clickhouse_settings: settings,
        ...(signal ? { abort_signal: signal } : {}),
      });
      const rows = await result.json<Row>();
      meters.querySeconds.observe((clock.now() - started) / 1000);
      return rows;
    } catch (error) {
      if (signal?.aborted) throw new AppError('aborted', 'the query was given up', { cause: error });
      throw meters.failed('query', toStoreError(error, 'query'));
    }
  }

  /** The answer's bytes. A server tells an error that it met half way at the answer's end, under a tag that its head names. */
  async function readBytes(sql: string, params: QueryParams): Promise<Buffer> {
    const started = clock.now();
    try {
      const { stream, response_headers: head } = await writer.exec({
        query: sql,
        query_params: { ...params },
        clickhouse_settings: bounds(limits.queryTimeoutMs),
      });
      const chunks: Buffer[] = [];
      for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
      const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      const tag = head[EXCEPTION_TAG_HEADER_NAME];
      if (typeof tag === 'string' && bytes.includes(`${tag}\r\n__exception__`)) {
        throw extractErrorAtTheEndOfChunk(bytes, tag);
      }
      meters.querySeconds.observe((clock.now() - started) / 1000);
      return bytes;
    } catch (error) {
      throw meters.failed('query', toStoreError(error, 'query'));
    }
  }

  /** Tries until it went through, the error is final, or the tries are spent; always under the same token. */
  async function retried(table: string, attempt: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (thrown) {
        const error = meters.failed('insert', toStoreError(thrown, `insert into ${table}`));
        if (!error.retryable || tries >= limits.insertAttempts) throw error;
        const pauseMs = Math.min(limits.backoffMs, 100 * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
        meters.retries.inc({ table });
        options.log.warn(
          { table, tries, pauseMs: Math.round(pauseMs), code: error.code, err: error.message },
          'insert is tried again',
        );
        await clock.sleep(pauseMs);
      }
    }
  }

  const settingsOfInsert = (token: string): ClickHouseSettings => ({
    ...ONE_BLOCK,
    insert_deduplication_token: token,
    max_memory_usage: String(limits.queryMemoryBytes),
    max_execution_time: Math.max(1, Math.ceil(limits.insertTimeoutMs / 1000)),
  });

  /** Sends `rows` rows as one block under the token; `encode` is asked at each try, and what it throws is final. */
  async function send(
    table: Table,
    format: 'RowBinary' | 'Native',
    rows: number,
    token: string,
    encode: () => Iterable<Uint8Array>,
  ): Promise<void> {
    requireToken(table, token);
    if (rows === 0) return;
    const started = clock.now();
    await retried(table.name, async () => {
      const { stream } = await writer.exec({
        query: `INSERT INTO ${tableAndColumns(table)} FORMAT ${format}`,
        values: Readable.from(encode(), { objectMode: false }),
        clickhouse_settings: settingsOfInsert(token),
      });
      await finished(stream.resume());
    });
    meters.inserted(table.name, rows, (clock.now() - started) / 1000, clock.now());
  }

  return {
    insert: async (table, rows, { token }) => {
      let chunks: Uint8Array[] | undefined;
      await send(table, 'RowBinary', rows.length, token, () => (chunks ??= encodeRows(table, rows)));
    },
    insertColumns: async (table, columns, { token, rows }) => {
      let chunks: ReturnType<typeof encodeColumns> | undefined;
      await send(table, 'Native', rows, token, () => (chunks ??= encodeColumns(table, columns, rows))());
    },
    insertSelect: async (table, select, params, { token }) => {
      requireToken(table, token);
      const started = clock.now();
      await retried(table.name, async () => {
        await writer.command({
          query: `INSERT INTO ${tableAndColumns(table)} SELECT ${table.columns.map(identifier).join(', ')} FROM (${select})`,
          query_params: { ...params },
          clickhouse_settings: {
            ...settingsOfInsert(token),
            max_bytes_before_external_group_by: String(Math.floor(limits.queryMemoryBytes / 2)),
            max_bytes_before_external_sort: String(Math.floor(limits.queryMemoryBytes / 2)),
          },
        });
      });
      meters.selected(table.name, (clock.now() - started) / 1000, clock.now());
    },
    query: <Row>(sql: string, params: QueryParams = {}, query: QueryOptions = {}) =>
      read<Row>(
        reader,
        sql,
        params,
        { ...bounds(query.timeoutMs ?? limits.queryTimeoutMs), readonly: '2' },
        query.signal,
      ),
    queryAfterWrite: <Row>(sql: string, params: QueryParams = {}) =>
      read<Row>(writer, sql, params, bounds(limits.queryTimeoutMs)),
    queryTextAfterWrite: async (sql, params, columns) =>
      textRows(await readBytes(`${sql} FORMAT RowBinary`, params), columns),
    command: async (sql, params = {}) => {
      try {
        await writer.command({ query: sql, query_params: { ...params } });
      } catch (error) {
        throw meters.failed('command', toStoreError(error, 'command'));
      }
    },
    ping: async () => {
      const result = await reader.ping({ select: true });
      if (!result.success) throw meters.failed('ping', toStoreError(result.error, 'ping'));
    },
    close: async () => {
      await Promise.all([writer.close(), reader.close()]);
      await engine?.close();
    },
  };
}

function requireToken(table: Table, token: string): void {
  if (!token) throw new AppError('store_error', `insert into ${table.name}: a token is required`);
}

const tableAndColumns = (table: Table): string =>
  `${identifier(table.name)} (${table.columns.map(identifier).join(', ')})`;

function createStoreClient(target: StoreTarget, engine: Engine | null, limits: StoreLimits) {
  if (engine) return createClient({ connection: createEngineConnection(engine) });
  if (!('url' in target)) throw new AppError('internal', 'a store without an engine needs a URL');
  return createClient({
    url: target.url,
    ...(target.username ? { username: target.username } : {}),
    ...(target.password ? { password: target.password } : {}),
    ...(target.database ? { database: target.database } : {}),
    request_timeout: Math.max(limits.queryTimeoutMs, limits.insertTimeoutMs) + 5_000,
    compression: { request: false, response: false },
    // Errors come back to the caller, who logs them.
    log: { level: 127 },
  });
}

function createMeters(metrics: Metrics) {
  const rows = metrics.counter('store_rows_inserted_total', 'Rows inserted', ['table']);
  const seconds = metrics.histogram(
    'store_insert_seconds',
    'Duration of an insert, retries included',
    [0.005, 0.02, 0.1, 0.5, 2, 10],
    ['table'],
  );
  const last = metrics.gauge('store_last_insert_timestamp_seconds', 'When the last insert went through', ['table']);
  const errors = metrics.counter('store_errors_total', 'Calls that failed', ['operation', 'code']);
  return {
    retries: metrics.counter('store_insert_retries_total', 'Inserts tried again', ['table']),
    querySeconds: metrics.histogram('store_query_seconds', 'Duration of a query', [0.005, 0.02, 0.1, 0.5, 2, 10]),
    selected: (table: string, duration: number, nowMs: number) => {
      seconds.observe({ table }, duration);
      last.set({ table }, nowMs / 1000);
    },
    inserted: (table: string, count: number, duration: number, nowMs: number) => {
      rows.inc({ table }, count);
      seconds.observe({ table }, duration);
      last.set({ table }, nowMs / 1000);
    },
    failed: (operation: string, error: AppError): AppError => {
      if (error.code !== 'aborted') errors.inc({ operation, code: error.code });
      return error;
    },
  };
}
