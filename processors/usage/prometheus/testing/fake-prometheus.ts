import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Matcher } from '../matchers.ts';
import {
  chunksOf,
  decodeReadRequest,
  encodeChunkedSeries,
  encodeFrame,
  encodeReadResponse,
  type ReadQuery,
  type TestSeries,
} from './read-encoding.ts';

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  /** Of the address and, for a form, of the body. */
  readonly params: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface FakeAnswer {
  status: number;
  headers: Record<string, string>;
  /** Parts are written one after the other as the reader takes them. */
  body: Buffer | Iterable<Buffer>;
}

/** What may go wrong with an answer that is otherwise right. */
export type Fault =
  /** Answers this instead. */
  | { kind: 'answer'; status: number; body?: string; headers?: Record<string, string> }
  /** Takes the request and says nothing. */
  | { kind: 'hang' }
  /** Half of the body, then nothing more, the connection open. */
  | { kind: 'stall' }
  /** Half of the body, then the connection is reset. */
  | { kind: 'cut' }
  /** Half of the body, as if that were all. */
  | { kind: 'half' }
  | { kind: 'gzip' }
  /** Another body, part by part as the reader takes it. */
  | { kind: 'parts'; parts: Iterable<Buffer> }
  /** Another body or type. */
  | { kind: 'change'; change: (answer: FakeAnswer & { body: Buffer }) => void };

export type ValuesOf = (expression: string, fromMs: number, toMs: number, stepMs: number) => readonly TestSeries[];

/** All of it may be changed while the server runs. */
export interface FakeBehaviour {
  /** What remote read, `series` and label values know. */
  series: readonly TestSeries[];
  remoteRead: 'streamed' | 'samples' | 'none';
  /** Samples of a chunk, and chunks of a frame: a series spans frames where it has more. */
  chunkSamples: number;
  frameChunks: number;
  /** What query_range answers, and query with one instant; unset: 422 of an expression that nobody can evaluate. */
  values: ValuesOf | undefined;
  warnings: readonly string[];
  /** A fault for this request, or none. */
  fault: ((request: FakeRequest) => Fault | undefined) | undefined;
}

const json = (body: unknown, status = 200): FakeAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});
const refusal = (status: number, errorType: string, error: string): FakeAnswer =>
  json({ status: 'error', errorType, error }, status);

/** Whether labels match, by Prometheus' rules: a label that is missing is empty, expressions match as a whole. */
export function matches(labels: Readonly<Record<string, string>>, matchers: readonly Matcher[]): boolean {
  return matchers.every(({ name, op, value }) => {
    const text = labels[name] ?? '';
    const equal = op === '=' || op === '!=' ? text === value : new RegExp(`^(?:${value})$`, 's').test(text);
    return equal === (op === '=' || op === '=~');
  });
}

/** Matchers of a selector in PromQL, `name{label="value"}`. */
export function parseSelector(text: string): Matcher[] {
  const metric = /^[a-zA-Z_:][\w:]*/.exec(text)?.[0];
  const found = [...text.matchAll(/([a-zA-Z_]\w*)(=~|!~|!=|=)("(?:[^"\\]|\\.)*")/g)];
  const labels = found.map(([, name, op, value]): Matcher => ({
    name: name!,
    op: op as Matcher['op'],
    value: JSON.parse(value!) as string,
  }));
  return metric === undefined ? labels : [{ name: '__name__', op: '=', value: metric }, ...labels];
}

const textOf = (value: number | bigint): string => {
  if (typeof value === 'bigint' || Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
};

function remoteRead(behaviour: FakeBehaviour, request: FakeRequest): FakeAnswer {
  if (behaviour.remoteRead === 'none') {
    return {
      status: 400,
      headers: { 'content-type': 'text/plain' },
      body: Buffer.from(`unsupported path requested: ${request.path}`),
    };
  }
  const { queries, accepted } = decodeReadRequest(request.body);
  const found = (query: ReadQuery): TestSeries[] =>
    behaviour.series.filter(({ labels }) => matches(labels, query.matchers));
  const overlapping =
    (query: ReadQuery) =>
    (chunk: { minTimeMs: number; maxTimeMs: number }): boolean =>
      chunk.maxTimeMs >= query.fromMs && chunk.minTimeMs <= query.toMs;
  if (behaviour.remoteRead === 'samples' || !accepted.includes(1)) {
    const results = queries.map((query) =>
      found(query)
        .map(({ labels, samples }) => ({
          labels,
          samples: samples.filter(({ atMs }) => atMs >= query.fromMs && atMs <= query.toMs),
        }))
        .filter(({ samples }) => samples.length > 0),
    );
    return {
      status: 200,
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      body: encodeReadResponse(results),
    };
  }
  function* frames(): Generator<Buffer> {
    for (const [index, query] of queries.entries()) {
      for (const { labels, samples } of found(query)) {
        const chunks = chunksOf(samples, behaviour.chunkSamples).filter(overlapping(query));
        for (let at = 0; at < chunks.length; at += behaviour.frameChunks) {
          yield encodeFrame(encodeChunkedSeries(labels, chunks.slice(at, at + behaviour.frameChunks), index));
        }
      }
    }
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse' },
    body: { [Symbol.iterator]: frames },
  };
}

function evaluate(behaviour: FakeBehaviour, params: URLSearchParams, atInstant: boolean): FakeAnswer {
  const ms = (name: string): number => Math.round(Number(params.get(name)) * 1000);
  const [fromMs, toMs, stepMs] = atInstant ? [ms('time'), ms('time'), 1000] : [ms('start'), ms('end'), ms('step')];
  if ((toMs - fromMs) / stepMs > 11_000) {
    return refusal(
      400,
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  if (!behaviour.values) return refusal(422, 'execution', 'nothing can be evaluated here');
  const found = behaviour.values(params.get('query') ?? '', fromMs, toMs, stepMs);
  const pair = ({ atMs, value }: TestSeries['samples'][number]): [number, string] => [atMs / 1000, textOf(value)];
  const result = found.flatMap(({ labels, samples }) =>
    samples.length === 0
      ? []
      : atInstant
        ? { metric: labels, value: pair(samples.at(-1)!) }
        : { metric: labels, values: samples.map(pair) },
  );
  return json({
    status: 'success',
    data: { resultType: atInstant ? 'vector' : 'matrix', result },
    ...(behaviour.warnings.length > 0 && { warnings: behaviour.warnings }),
  });
}

function answerOf(behaviour: FakeBehaviour, request: FakeRequest): FakeAnswer {
  const { path, params } = request;
  const selected = (): TestSeries[] => {
    const selectors = params.getAll('match[]').map(parseSelector);
    return behaviour.series.filter(
      ({ labels }) => selectors.length === 0 || selectors.some((selector) => matches(labels, selector)),
    );
  };
  if (path.endsWith('/api/v1/read')) return remoteRead(behaviour, request);
  if (path.endsWith('/api/v1/query_range')) return evaluate(behaviour, params, false);
  if (path.endsWith('/api/v1/query')) return evaluate(behaviour, params, true);
  if (path.endsWith('/api/v1/series')) return json({ status: 'success', data: selected().map(({ labels }) => labels) });
  const label = /\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1];
  if (label !== undefined) {
    const values = selected().flatMap(({ labels }) => labels[decodeURIComponent(label)] ?? []);
    return json({ status: 'success', data: [...new Set(values)].sort() });
  }
  if (path.endsWith('/api/v1/status/buildinfo')) return json({ status: 'success', data: { version: '2.42.0' } });
  return { status: 404, headers: { 'content-type': 'text/plain' }, body: Buffer.from('404 page not found') };
}

const wholeOf = (body: FakeAnswer['body']): Buffer => (Buffer.isBuffer(body) ? body : Buffer.concat([...body]));

async function write(response: ServerResponse, answer: FakeAnswer, fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'answer') {
    response.writeHead(fault.status, { 'content-type': 'text/plain', ...fault.headers }).end(fault.body ?? '');
    return;
  }
  if (fault?.kind === 'change') {
    const changed = { ...answer, body: wholeOf(answer.body) };
    fault.change(changed);
    response.writeHead(changed.status, changed.headers).end(changed.body);
    return;
  }
  if (fault?.kind === 'gzip') {
    response
      .writeHead(answer.status, { ...answer.headers, 'content-encoding': 'gzip' })
      .end(gzipSync(wholeOf(answer.body)));
    return;
  }
  response.writeHead(answer.status, answer.headers);
  if (fault === undefined || fault.kind === 'parts') {
    let wake = (): void => {};
    response.on('drain', () => wake()).on('close', () => wake());
    const body = fault?.parts ?? answer.body;
    for (const part of Buffer.isBuffer(body) ? [body] : body) {
      if (response.destroyed) return;
      if (!response.write(part)) await new Promise<void>((go) => (wake = go));
    }
    response.end();
    return;
  }
  const whole = wholeOf(answer.body);
  const half = whole.subarray(0, Math.max(1, Math.floor(whole.length / 2)));
  if (fault.kind === 'half') response.end(half);
  else response.write(half, () => void (fault.kind === 'cut' && response.socket?.resetAndDestroy()));
}

export type FakePrometheus = Awaited<ReturnType<typeof startFakePrometheus>>;

/** A server on loopback with Prometheus' HTTP API over given series, that can do whatever a bad one does. */
export async function startFakePrometheus(given: Partial<FakeBehaviour> = {}, tls?: ServerOptions) {
  const behaviour: FakeBehaviour = {
    series: [],
    remoteRead: 'streamed',
    chunkSamples: 120,
    frameChunks: 4,
    values: undefined,
    warnings: [],
    fault: undefined,
    ...given,
  };
  const requests: FakeRequest[] = [];
  const sockets = new Set<Socket>();
  const listener = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of message) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const url = new URL(message.url ?? '/', 'http://fake');
    const form = message.headers['content-type'] === 'application/x-www-form-urlencoded' ? body.toString() : '';
    const params = new URLSearchParams([...url.searchParams, ...new URLSearchParams(form)]);
    const request = { method: message.method ?? '', path: url.pathname, params, headers: message.headers, body };
    requests.push(request);
    await write(response, answerOf(behaviour, request), behaviour.fault?.(request));
  };
  const handle: RequestListener = (message, response) => {
    listener(message, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = tls ? createTlsServer(tls, handle) : createServer(handle);
  server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behaviour,
    /** Every request that came, the last one last. */
    requests,
    close: async (): Promise<void> => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
