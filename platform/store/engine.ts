import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Session } from 'chdb';
import { AppError, messageOf } from '../errors.ts';
import { identifier, leavesNoTrace, literal, parseInsertHead } from './sql.ts';

export type InsertBody = string | Uint8Array | AsyncIterable<Uint8Array | string>;

/** One statement for the engine. Settings and parameters hold for it alone. */
export interface Statement {
  readonly sql: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Values escaped as `boundParam` does it. */
  readonly params?: Readonly<Record<string, string>>;
  /** The output format where the statement has no FORMAT clause. */
  readonly format?: string;
  /** An INSERT's data. */
  readonly body?: InsertBody;
  readonly signal?: AbortSignal;
  /** The database that plain table names belong to; the engine's default without it. */
  readonly database?: string;
  /** A kept session instead of a pooled connection. */
  readonly session?: EngineSession;
}

export interface EngineResult {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly elapsedSeconds: number;
}

/** A connection that keeps its settings and temporary tables from one statement to the next. */
export interface EngineSession {
  readonly connection: Session;
  close(): void;
}

/** The embedded engine. One process may hold a data folder; connections within it are independent. */
export interface Engine {
  run(statement: Statement): Promise<EngineResult>;
  /** A SELECT's result in chunks, for formats whose parts can be joined. Throws before the first chunk where the query is wrong. */
  stream(statement: Statement): AsyncIterable<Uint8Array>;
  openSession(): EngineSession;
  /** Statements that run go on to their end; every other one from now on throws AppError `aborted`. */
  close(): Promise<void>;
}

/** Raised where a setting's name is not one. The code is ClickHouse's UNKNOWN_SETTING. */
const checkNames = (names: readonly string[]): void => {
  for (const name of names) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new Error(`Code: 115. DB::Exception: Unknown setting '${name}'. (UNKNOWN_SETTING)`);
    }
  }
};

/**
 * Settings and parameters given to a connection stay on it. So a pooled connection serves only statements that give the
 * same names, each of which is then set anew; and a statement that may change its session in another way has a connection
 * to itself, which is closed after it.
 */
function createPool(open: () => Session, limit: number) {
  const idle: { key: string; connection: Session }[] = [];
  return {
    take: (key: string): Session => {
      const at = idle.findLastIndex((each) => each.key === key);
      return at < 0 ? open() : idle.splice(at, 1)[0]!.connection;
    },
    give: (key: string, connection: Session): void => {
      idle.push({ key, connection });
      if (idle.length > limit) idle.shift()!.connection.close();
    },
    close: (): void => {
      for (const each of idle.splice(0)) each.connection.close();
    },
  };
}

/** At most `limit` at a time; the others wait in order. */
function createSlots(limit: number) {
  let free = limit;
  const waiting: (() => void)[] = [];
  return {
    enter: async (): Promise<void> => {
      if (free > 0) free--;
      else await new Promise<void>((admit) => waiting.push(admit));
    },
    leave: (): void => {
      const next = waiting.shift();
      if (next) next();
      else free++;
    },
  };
}

function setStatement(settings: Readonly<Record<string, string>>, params: Readonly<Record<string, string>>): string {
  checkNames(Object.keys(settings));
  checkNames(Object.keys(params));
  // `readonly` last: what follows it in a SET would already be held to it.
  const names = Object.keys(settings).sort((a, b) => Number(a === 'readonly') - Number(b === 'readonly'));
  const parts = Object.entries(params).map(([name, value]) => `param_${name} = ${literal(value)}`);
  for (const name of names) parts.push(`${name} = ${literal(settings[name]!)}`);
  return parts.length === 0 ? '' : `SET ${parts.join(', ')}`;
}

/** Opens the data folder. Throws AppError `store_unavailable` where another process holds it. */
export function createEngine(options: {
  path: string;
  concurrentStatements?: number;
  idleConnections?: number;
}): Engine {
  const path = resolve(options.path);
  const bodies = join(path, 'tidemark-insert-bodies');
  const open = (): Session => new Session(path);
  let closed = false;
  let keeper: Session;
  try {
    keeper = open();
  } catch (error) {
    throw new AppError(
      'store_unavailable',
      `the embedded store at ${path} cannot be opened; does another process hold it? ${messageOf(error)}`,
      {
        cause: error,
        details: { path },
      },
    );
  }
  const bodiesReady = rm(bodies, { recursive: true, force: true }).then(() => mkdir(bodies, { recursive: true }));
  bodiesReady.catch(() => undefined);
  const pool = createPool(open, options.idleConnections ?? 16);
  // Each statement holds a thread of Node's pool, which has four; readers never take the last, so that writers get through.
  const statements = options.concurrentStatements ?? 4;
  const readers = createSlots(Math.max(1, statements - 1));
  const writers = createSlots(Math.min(2, statements));

  const assertOpen = (): void => {
    if (closed) throw new AppError('aborted', 'the store is closed');
  };

  /** A query that nobody waits for any more is killed in the engine, found by its log comment. */
  const cancel = (mark: string): void => {
    if (closed) return;
    const connection = open();
    const kill = `KILL QUERY WHERE Settings['log_comment'] = ${literal(mark)} ASYNC`;
    connection.queryAsync(kill).then(
      () => connection.close(),
      () => connection.close(),
    );
  };

  /** Inline data ends at a blank line and what follows is run as SQL, so data never travels inside the statement. */
  async function withBody(statement: Statement, use: (sql: string) => Promise<EngineResult>): Promise<EngineResult> {
    assertOpen();
    if (statement.body === undefined) return use(statement.sql);
    const head = parseInsertHead(statement.sql);
    if (!head) {
      throw new Error(
        'Code: 62. DB::Exception: Syntax error: data were given to a statement that takes none. (SYNTAX_ERROR)',
      );
    }
    await bodiesReady;
    const file = join(bodies, randomUUID());
    try {
      await writeFile(file, statement.body);
      const sql = `${head.into} FROM INFILE ${literal(file)} COMPRESSION 'none' ${head.settings} FORMAT ${head.format}`;
      return await use(sql);
    } finally {
      await rm(file, { force: true });
    }
  }

  async function withConnection<T>(statement: Statement, use: (connection: Session) => Promise<T>): Promise<T> {
    const mark = statement.signal
      ? [statement.settings?.['log_comment'], randomUUID()].filter(Boolean).join(' ')
      : null;
    const settings = mark ? { ...statement.settings, log_comment: mark } : (statement.settings ?? {});
    const params = statement.params ?? {};
    const prelude = setStatement(settings, params);
    const key = [statement.database ?? '', ...Object.keys(settings).sort(), '', ...Object.keys(params).sort()].join(
      ',',
    );
    const slots = settings['readonly'] === undefined ? writers : readers;
    await slots.enter();
    let connection: Session | null = null;
    let clean = false;
    const onAbort = () => mark && cancel(mark);
    try {
      assertOpen();
      if (statement.signal?.aborted) throw new AppError('aborted', 'the query was given up before it began');
      connection = statement.session?.connection ?? pool.take(key);
      if (statement.database) await connection.queryAsync(`USE ${identifier(statement.database)}`);
      if (prelude) await connection.queryAsync(prelude);
      statement.signal?.addEventListener('abort', onAbort, { once: true });
      const result = await use(connection);
      clean = leavesNoTrace(statement.sql);
      return result;
    } finally {
      statement.signal?.removeEventListener('abort', onAbort);
      if (connection && !statement.session) {
        if (clean && !closed) pool.give(key, connection);
        else connection.close();
      }
      slots.leave();
    }
  }

  const run = (statement: Statement): Promise<EngineResult> =>
    withBody(statement, (sql) =>
      withConnection(statement, async (connection) => {
        const result = await connection.queryAsync(sql, { format: statement.format ?? 'TabSeparated' });
        return {
          bytes: result.bytes(),
          rowsRead: result.rowsRead,
          bytesRead: result.bytesRead,
          elapsedSeconds: result.elapsed,
        };
      }),
    );

  /** Hands chunks over one at a time: the engine goes on only when the last one was taken. */
  async function* stream(statement: Statement): AsyncGenerator<Uint8Array> {
    let taken: () => void = () => undefined;
    let ready: (chunk: Uint8Array) => void = () => undefined;
    let stopped = false;
    const hand = (chunk: Uint8Array) =>
      new Promise<void>((next) => {
        taken = next;
        ready(chunk);
      });
    let arrival = new Promise<Uint8Array>((resolveChunk) => (ready = resolveChunk));
    const done = withConnection(statement, async (connection) => {
      const cursor = connection.queryStream(statement.sql, { format: statement.format ?? 'TabSeparated' });
      for await (const chunk of cursor) {
        if (stopped) break;
        await hand(chunk.raw());
      }
      if (stopped) throw new AppError('aborted', 'the reader went away');
    });
    const failed = done.then(() => null);
    failed.catch(() => undefined);
    try {
      for (;;) {
        const chunk = await Promise.race([arrival, failed]);
        if (chunk === null) break;
        arrival = new Promise((resolveChunk) => (ready = resolveChunk));
        yield chunk;
        taken();
      }
    } finally {
      stopped = true;
      taken();
      await failed.catch(() => undefined);
    }
  }

  return {
    run,
    stream,
    openSession: () => {
      const connection = open();
      return { connection, close: () => connection.close() };
    },
    close: async () => {
      closed = true;
      pool.close();
      keeper.close();
      await rm(bodies, { recursive: true, force: true });
    },
  };
}
