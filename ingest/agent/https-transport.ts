import * as http from 'node:http';
import * as https from 'node:https';
import { AppError, messageOf } from '../../platform/errors.ts';
import type { ClusterAccess, Credentials } from './kube-config.ts';
import type { KubeRequest, KubeResponse, KubeTransport } from './kube-transport.ts';
import { createRedactor } from './redact.ts';

export interface TransportOptions {
  /** Connections for calls that end soon; watches and followed logs have their own, one each. */
  readonly maxSockets: number;
  readonly keepAliveMs: number;
  readonly userAgent: string;
}

const TRANSPORT_DEFAULTS: TransportOptions = {
  maxSockets: 32,
  keepAliveMs: 30_000,
  userAgent: 'tidemark-agent',
};

const TLS_TROUBLE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL)/;

const isStream = (path: string): boolean => /[?&](watch|follow)=(true|1)(&|$)/.test(path);

/** The server may close a kept connection just as it is used again: a GET is then sent once more. */
class ReusedSocketError extends Error {
  override readonly name = 'ReusedSocketError';

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/** A plugin's own words may quote what it was given. */
const redact = createRedactor({ extra: [] });

function unavailable(server: string, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = thrown instanceof ReusedSocketError ? thrown.cause : thrown;
  const code = (error as { code?: string }).code ?? '';
  const advice = TLS_TROUBLE.test(code) ? '; check the certificate authority of the kubeconfig' : '';
  return new AppError(
    'unavailable',
    `the API server ${server} cannot be reached: ${code || messageOf(error)}${advice}`,
    {
      retryable: true,
      cause: error,
      details: { code },
    },
  );
}

/**
 * One API server over node:http or node:https. Credentials are asked for with every request; after a 401 they are made
 * anew and the request is sent once more.
 */
export function createTransport(access: ClusterAccess, given: Partial<TransportOptions> = {}): KubeTransport {
  const options = { ...TRANSPORT_DEFAULTS, ...given };
  const base = new URL(access.server);
  const secure = base.protocol === 'https:';
  const prefix = base.pathname.replace(/\/$/, '');
  const { Agent } = secure ? https : http;
  const alive = { keepAlive: true, keepAliveMsecs: options.keepAliveMs };
  const calls = new Agent({ ...alive, maxSockets: options.maxSockets });
  const streams = new Agent({ ...alive, maxSockets: Infinity });

  function send(request: KubeRequest, credentials: Credentials, signal: AbortSignal): Promise<KubeResponse> {
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const headers: Record<string, string> = {
      accept: 'application/json, */*',
      'user-agent': options.userAgent,
      ...credentials.headers,
      ...(body === null
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? https : http).request({
        ...(secure ? credentials.tls : {}),
        protocol: base.protocol,
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port || (secure ? 443 : 80),
        method: request.method ?? 'GET',
        path: prefix + request.path,
        headers,
        agent: credentials.agent ?? (isStream(request.path) ? streams : calls),
        signal,
      });
      outgoing.setSocketKeepAlive(true, options.keepAliveMs);
      outgoing.on('error', (error) => reject(outgoing.reusedSocket ? new ReusedSocketError(error) : error));
      outgoing.once('response', (incoming) => {
        resolve(answerOf(incoming, request));
      });
      outgoing.end(body ?? undefined);
    });
  }

  function answerOf(incoming: http.IncomingMessage, { path, signal, timeoutMs }: KubeRequest): KubeResponse {
    incoming.on('error', () => undefined);
    const status = incoming.statusCode ?? 0;
    const mayRest = status === 200 && isStream(path);
    return {
      status,
      headers: incoming.headers as Record<string, string | undefined>,
      body: bodyOf(incoming, { server: access.server, signal, quietMs: mayRest ? null : timeoutMs }),
      destroy: () => void incoming.destroy(),
    };
  }

  async function attempt(request: KubeRequest): Promise<KubeResponse> {
    const late = new AbortController();
    const ended = request.signal ? AbortSignal.any([request.signal, late.signal]) : late.signal;
    const timer = setTimeout(() => late.abort(), request.timeoutMs);
    try {
      const credentials = await within(access.credentials(), ended);
      return await send(request, credentials, ended).catch((error: unknown) => {
        const again = error instanceof ReusedSocketError && !ended.aborted && (request.method ?? 'GET') === 'GET';
        if (!again) throw error;
        return send(request, credentials, ended);
      });
    } catch (error) {
      if (request.signal?.aborted) throw new AppError('aborted', 'the request was given up', { cause: error });
      if (late.signal.aborted) {
        const message = `the API server ${access.server} did not answer within ${request.timeoutMs} ms`;
        throw new AppError('timeout', message, { retryable: true });
      }
      throw unavailable(access.server, error);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    server: access.server,
    async request(request) {
      const first = await attempt(request);
      if (first.status !== 401) return first;
      first.destroy();
      access.rejected();
      return attempt(request);
    },
    close() {
      calls.destroy();
      streams.destroy();
    },
  };
}

/** Credentials may come from a plugin that hangs: the request's own end counts for them too. */
function within(credentials: Promise<Credentials>, signal: AbortSignal): Promise<Credentials> {
  return new Promise((resolve, reject) => {
    const give = (): void =>
      reject(new AppError('timeout', 'the credentials did not come in time', { retryable: true }));
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    credentials
      .then(resolve, (error: unknown) => {
        // A parser's message quotes what it could not read: here a plugin's answer, which is a secret.
        const why = error instanceof SyntaxError ? 'the answer of the plugin is not JSON' : messageOf(error);
        const said = redact(why.split('\n', 1)[0]?.slice(0, 1000) ?? '').text.slice(0, 200);
        const message = `the credentials could not be had: ${said}`;
        reject(new AppError('unavailable', message, { retryable: true }));
      })
      .finally(() => signal.removeEventListener('abort', give));
  });
}

/** A body that rests for `quietMs` is broken off; null lets it rest for ever. */
async function* bodyOf(
  incoming: http.IncomingMessage,
  { server, signal, quietMs }: { server: string; signal: AbortSignal | undefined; quietMs: number | null },
): AsyncGenerator<Uint8Array> {
  const giveUp = (): void => {
    const message = `the API server ${server} stopped within its answer for ${quietMs} ms`;
    incoming.destroy(new AppError('timeout', message, { retryable: true }));
  };
  const timer = quietMs === null ? null : setTimeout(giveUp, quietMs);
  try {
    for await (const chunk of incoming) {
      timer?.refresh();
      yield chunk as Buffer;
    }
  } catch (error) {
    if (signal?.aborted) throw new AppError('aborted', 'the request was given up', { cause: error });
    throw unavailable(server, error);
  } finally {
    if (timer) clearTimeout(timer);
  }
}
