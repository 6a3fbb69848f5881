import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';

/** When an insert is stopped: before it reaches the store, or when the store has answered and the writer does not know yet. */
export type InsertStage = 'before' | 'after';

export interface Insert {
  readonly table: string;
  /** Its deduplication token. */
  readonly token: string;
}

export interface Refusal {
  readonly status: number;
  readonly body: string;
  /** ClickHouse sends its own number of the error beside. */
  readonly code?: number;
}

/** Stands between one process and the store, and sees every insert. */
export interface StoreProxy {
  readonly url: string;
  /** Called at each stage of each insert, which waits for it; where it throws the connection breaks. */
  onInsert: (insert: Insert, stage: InsertStage) => void | Promise<void>;
  /** Answers every request with this instead of asking the store. */
  refusal: Refusal | null;
  /** Requests that were refused. */
  refused(): number;
  close(): Promise<void>;
}

function insertOf(url: string): Insert | null {
  const asked = new URL(url, 'http://loopback').searchParams;
  const table = /^\s*INSERT\s+INTO\s+`?(\w+)`?/i.exec(asked.get('query') ?? '')?.[1];
  return table ? { table, token: asked.get('insert_deduplication_token') ?? '' } : null;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function ask(target: string, asked: IncomingMessage, body: Buffer): Promise<{ answer: IncomingMessage; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { ...asked.headers, host: new URL(target).host, 'content-length': String(body.length) };
    delete (headers as Record<string, unknown>)['transfer-encoding'];
    const options = { method: asked.method, headers, agent: false };
    const sent = send(new URL(asked.url ?? '/', target), options, (answer) => {
      bodyOf(answer).then((received) => resolve({ answer, body: received }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A store that cannot be reached breaks the connection, as it would without the proxy. */
export async function startStoreProxy(target: string): Promise<StoreProxy> {
  let refused = 0;
  const serve = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(asked);
    const insert = insertOf(asked.url ?? '/');
    if (insert) await proxy.onInsert(insert, 'before');
    if (proxy.refusal) {
      refused++;
      const { status, code, body: says } = proxy.refusal;
      response.writeHead(status, code === undefined ? {} : { 'x-clickhouse-exception-code': String(code) });
      return void response.end(says);
    }
    const { answer, body: received } = await ask(target, asked, body);
    if (insert) await proxy.onInsert(insert, 'after');
    const headers = { ...answer.headers };
    delete headers['transfer-encoding'];
    response.writeHead(answer.statusCode ?? 500, { ...headers, 'content-length': String(received.length) });
    response.end(received);
  };
  const server = createServer((asked, response) => {
    serve(asked, response).catch(() => asked.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const proxy: StoreProxy = {
    url: `http://127.0.0.1:${port}`,
    onInsert: () => undefined,
    refusal: null,
    refused: () => refused,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
