import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, messageOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { isLoopback } from '../../loopback.ts';
import { createEngine, type Engine } from '../engine.ts';
import { authenticate } from './authenticate.ts';
import { refuseCrossSite } from './cross-site.ts';
import { describeError, sendError, ServerError } from './http-errors.ts';
import { readStoreRequest } from './read-request.ts';
import { respond } from './respond.ts';
import { createSessions } from './sessions.ts';

export interface StoreServerLimits {
  /** An INSERT's data, after decompression. */
  readonly bodyBytes: number;
  readonly queryBytes: number;
  /** Statements in the engine at once; each holds a thread of Node's pool. */
  readonly concurrentQueries: number;
  /** Requests waiting for their turn; more are turned away. */
  readonly waitingQueries: number;
  readonly sessions: number;
  readonly queryMemoryBytes: number;
  readonly queryTimeoutSeconds: number;
  /** Results in formats with a head or a foot are held as a whole; those beyond this are refused. */
  readonly bufferedResultBytes: number;
}

const DEFAULT_STORE_SERVER_LIMITS: StoreServerLimits = {
  bodyBytes: 1_000_000_000,
  queryBytes: 1_000_000,
  concurrentQueries: 3,
  waitingQueries: 200,
  sessions: 100,
  queryMemoryBytes: 2_000_000_000,
  queryTimeoutSeconds: 300,
  bufferedResultBytes: 256_000_000,
};

export interface StoreServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The embedded engine behind ClickHouse's HTTP interface. Throws AppError `config_invalid` where it would be open to others
 * without a password or where the address cannot be had, `store_unavailable` where the data folder cannot be opened.
 */
export async function createStoreServer(options: {
  path: string;
  host: string;
  port: number;
  username?: string;
  password?: string;
  log: Logger;
  limits?: Partial<StoreServerLimits>;
}): Promise<StoreServer> {
  const { host, log } = options;
  const credentials = { username: options.username ?? 'default', password: options.password ?? '' };
  if (!isLoopback(host) && credentials.password === '') {
    throw new AppError(
      'config_invalid',
      `the store listens on ${host}, which others can reach, and has no password: set one, or listen on 127.0.0.1`,
    );
  }
  const limits = { ...DEFAULT_STORE_SERVER_LIMITS, ...options.limits };
  const engine = createEngine({ path: options.path, concurrentStatements: limits.concurrentQueries });
  const sessions = createSessions(engine, limits.sessions);
  const running = new Set<AbortController>();

  const answer = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const queryId = url.searchParams.get('query_id') || randomUUID();
    response.setHeader('X-ClickHouse-Query-Id', queryId);
    response.setHeader('X-ClickHouse-Server-Display-Name', 'tidemark');
    response.setHeader('X-ClickHouse-Timezone', 'UTC');
    refuseCrossSite(request.headers, credentials.password === '');
    authenticate(request, url.searchParams, credentials);
    if (running.size >= limits.concurrentQueries + limits.waitingQueries) {
      throw new ServerError(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', 'Too many simultaneous queries');
    }
    const gone = new AbortController();
    running.add(gone);
    response.on('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    try {
      await execute(engine, sessions, limits, { request, response, url, signal: gone.signal });
    } finally {
      running.delete(gone);
    }
  };

  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://store');
    if (url && request.method === 'GET' && (url.pathname === '/ping' || (url.pathname === '/' && !url.search))) {
      response.writeHead(200, { 'Content-Type': 'text/plain; charset=UTF-8' }).end('Ok.\n');
      return;
    }
    if (url?.pathname !== '/' || !['GET', 'POST', 'HEAD'].includes(request.method ?? '')) {
      response.writeHead(404).end('There is no such handle\n');
      return;
    }
    answer(request, response, url).catch((error: unknown) => {
      const described = describeError(error);
      if (described.status >= 500)
        log.warn({ code: described.code, err: described.text.slice(0, 500) }, 'store query failed');
      if (!response.headersSent) sendError(response, error);
      else response.destroy();
      request.resume();
    });
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, host, resolve);
    });
  } catch (error) {
    await engine.close();
    throw new AppError('config_invalid', `the store cannot listen on ${host}:${options.port}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const { port } = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  log.info({ url }, 'store listens');
  return {
    url,
    close: async () => {
      for (const gone of running) gone.abort();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      sessions.close();
      await engine.close();
    },
  };
}

async function execute(
  engine: Engine,
  sessions: ReturnType<typeof createSessions>,
  limits: StoreServerLimits,
  io: { request: IncomingMessage; response: ServerResponse; url: URL; signal: AbortSignal },
): Promise<void> {
  const read = await readStoreRequest(io.request, io.url.searchParams, limits);
  const session = read.session ? sessions.acquire(read.session.id, read.session.mustExist) : undefined;
  try {
    const settings: Record<string, string> = {
      max_memory_usage: String(limits.queryMemoryBytes),
      max_execution_time: String(limits.queryTimeoutSeconds),
      ...read.settings,
    };
    const statement = {
      sql: read.sql,
      settings,
      params: read.params,
      format: read.format,
      signal: io.signal,
      ...(read.body === undefined ? {} : { body: read.body }),
      ...(read.database ? { database: read.database } : {}),
      ...(session ? { session } : {}),
    };
    await respond(engine, statement, read, { ...io, bufferedResultBytes: limits.bufferedResultBytes });
  } finally {
    if (read.session) sessions.release(read.session.id, read.session.timeoutMs);
  }
}
