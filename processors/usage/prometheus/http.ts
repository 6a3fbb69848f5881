import { type Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Pool, buildConnector, type Dispatcher } from 'undici';
import type { Clock } from '../../../platform/clock.ts';
import { AppError } from '../../../platform/errors.ts';
import { connectionError, refusalError } from './answer-errors.ts';
import { credentialHeaders, maskSecrets, tlsFiles } from './credentials.ts';
import type { PrometheusOptions } from './options.ts';

const MOST_REDIRECTS = 3;
const ERROR_BYTES = 16 << 10;
const ERROR_CHARACTERS = 300;

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Behind the server's address: `/api/v1/query`. */
  readonly path: string;
  /** The query, without `?`. */
  readonly query?: string;
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer with status 2xx, its body yet to come. */
export interface HttpAnswer {
  readonly contentType: string;
  /** Unpacked where it came by gzip. Throws `prometheus_unavailable` when it is cut off or stops coming. */
  readonly body: AsyncIterable<Buffer>;
  readonly where: string;
  /** A text of the server as it may be shown: in one line, cut, and without what was secret in the request. */
  tell(text: string): string;
  /** Gives up what has not come yet. */
  discard(): void;
}

export type Http = ReturnType<typeof createHttp>;

const header = (headers: Dispatcher.ResponseData['headers'], name: string): string => {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
};

/** Collects a body. Throws `prometheus_too_much` above `maxBytes`, unless it is to be cut there. */
export async function collect(body: AsyncIterable<Buffer>, maxBytes: number, cut = false): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    parts.push(part);
    length += part.length;
    if (length <= maxBytes) continue;
    if (cut) break;
    throw new AppError('prometheus_too_much', `the answer has more than ${maxBytes} bytes`);
  }
  return Buffer.concat(parts);
}

/** Seconds or a date, as in RFC 9110. */
function retryAfter(value: string, nowMs: number): number | undefined {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** `error` and `errorType` of an answer of Prometheus' API, or the text itself. */
function errorOf(text: string): { errorType: string; text: string } {
  try {
    const answer = JSON.parse(text) as { error?: unknown; errorType?: unknown } | null;
    if (typeof answer?.error === 'string') {
      return { errorType: typeof answer.errorType === 'string' ? answer.errorType : '', text: answer.error };
    }
  } catch {
    // A page of a proxy, or a bare line of text.
  }
  return { errorType: '', text: /^\s*</.test(text) ? '(a page of HTML)' : text };
}

/** Requests to one server: its pool of connections, credentials, timeouts and redirects within its own origin. */
export function createHttp(options: PrometheusOptions, clock: Clock) {
  const base = new URL(options.url);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: options.parallel_requests,
    headersTimeout: options.answer_timeout_ms,
    bodyTimeout: options.idle_timeout_ms,
    connect: (to, done) => {
      try {
        const connect = buildConnector({ timeout: options.connect_timeout_ms, allowH2: false, ...tlsFiles(options) });
        connect(to, done);
      } catch (error) {
        done(error as Error, null);
      }
    },
  });

  async function* bodyOf(stream: Readable, where: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
    try {
      for await (const part of stream) yield part as Buffer;
    } catch (error) {
      throw connectionError(error, where, signal);
    }
  }

  /** Where a redirect leads, as a path of the same origin. */
  const redirected = (path: string, location: string, where: string): string => {
    const to = URL.canParse(location, base.origin + path) ? new URL(location, base.origin + path) : undefined;
    if (to?.origin === base.origin) return to.pathname + to.search;
    throw new AppError(
      'prometheus_bad_answer',
      `${where} leads to ${to ? to.origin : 'nowhere'}, which is not followed`,
      {
        details: { where },
      },
    );
  };

  const unpacked = (answer: Dispatcher.ResponseData, where: string): Readable => {
    const encoding = header(answer.headers, 'content-encoding').toLowerCase();
    if (encoding === '' || encoding === 'identity' || encoding === 'snappy') return answer.body;
    if (encoding !== 'gzip' && encoding !== 'x-gzip') {
      answer.body.on('error', () => {}).destroy();
      throw new AppError(
        'prometheus_bad_answer',
        `${where} packs its answer by ${JSON.stringify(encoding.slice(0, 40))}`,
      );
    }
    return pipeline(answer.body, createGunzip(), () => {});
  };

  async function send(
    request: HttpRequest,
    path: string,
    headers: Record<string, string>,
    where: string,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await pool.request({
        method: request.method,
        path,
        headers,
        body: request.body ?? null,
        signal: request.signal ?? null,
      });
    } catch (error) {
      throw connectionError(error, where, request.signal);
    }
  }

  return {
    /** The server's address, as it may be shown. */
    url: base.origin + prefix,

    /**
     * Sends a request and gives its answer out once its headers are here. Throws `aborted`, and the `prometheus_…`
     * errors: no status but 2xx is an answer.
     */
    async request(request: HttpRequest): Promise<HttpAnswer> {
      const where = base.origin + prefix + request.path;
      const secrets = { ...options.headers, ...(await credentialHeaders(options)) };
      const headers = { 'user-agent': 'tidemark', 'accept-encoding': 'gzip', ...secrets, ...request.headers };
      const tell = (text: string): string =>
        maskSecrets(text, secrets).replaceAll(/\s+/g, ' ').trim().slice(0, ERROR_CHARACTERS);
      let path = prefix + request.path + (request.query ? `?${request.query}` : '');
      for (let redirects = 0; ; redirects += 1) {
        const answer = await send(request, path, headers, where);
        const stream = unpacked(answer, where);
        const body = bodyOf(stream, where, request.signal);
        const discard = (): void => void stream.on('error', () => {}).destroy();
        const status = answer.statusCode;
        if (status >= 200 && status < 300) {
          return { contentType: header(answer.headers, 'content-type').toLowerCase(), body, where, tell, discard };
        }
        const location = header(answer.headers, 'location');
        if ([301, 302, 307, 308].includes(status) && location !== '' && redirects < MOST_REDIRECTS) {
          discard();
          path = redirected(path, location, where);
          continue;
        }
        const told = errorOf((await collect(body, ERROR_BYTES, true)).toString('utf8'));
        const retryAfterMs = retryAfter(header(answer.headers, 'retry-after'), clock.now());
        throw refusalError({ status, errorType: told.errorType, text: tell(told.text), retryAfterMs, where });
      }
    },

    /** Closes all connections; what is under way fails. */
    close: (): Promise<void> => pool.destroy(),
  };
}
