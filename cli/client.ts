import { Agent, request } from 'undici';
import { AppError, messageOf, type ErrorCode } from '../platform/errors.ts';

export interface ClientTarget {
  /** Address of the API, perhaps with a path before /api. */
  readonly url: URL;
  readonly token?: string;
  /** PEM of the authority that the server's certificate is held against. */
  readonly ca?: string;
}

type Value = string | number | boolean;
export type Query = Readonly<Record<string, Value | readonly string[] | undefined>>;

/** The API, as a pipeline asks it. */
export interface Client {
  /** Address of a page, of a path that the API tells. */
  readonly pageUrl: (path: string) => string;
  /**
   * The answer's body. `path`: parts of it below /api/v1, to be escaped. Throws AppError: `unavailable` (retryable) where nothing answers
   * in time or the server says so, the server's own code for what it refuses, `internal` where the answer is not the API's.
   */
  readonly ask: <T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: readonly string[],
    more?: { readonly query?: Query; readonly body?: object },
  ) => Promise<T>;
  readonly close: () => Promise<void>;
}

const TIMEOUT_MS = 60_000;
const MOST_BYTES = 64 << 20;

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
};

function addQuery(url: URL, query: Query): void {
  for (const [name, value] of Object.entries(query)) {
    // A list's values are split at commas: those that are part of a value are escaped.
    if (Array.isArray(value)) {
      for (const one of value as readonly string[])
        url.searchParams.append(name, one.replaceAll(/[\\,]/g, String.raw`\$&`));
    } else if (value !== undefined) url.searchParams.set(name, String(value));
  }
}

/** What the API says of an error, or null where this is not the API. */
function errorIn(body: unknown): { code: string; message: string; problems: string[] } | null {
  const { error } = (body ?? {}) as { error?: { code?: unknown; message?: unknown; details?: { problems?: unknown } } };
  if (typeof error?.code !== 'string' || typeof error.message !== 'string') return null;
  const problems = Array.isArray(error.details?.problems) ? (error.details.problems as unknown[]) : [];
  const told = problems.map((problem) => {
    const { parameter = '', message = '' } = problem as { parameter?: string; message?: string };
    return `${parameter} ${message}`;
  });
  return { code: error.code, message: error.message, problems: told };
}

function refusal(status: number, body: unknown, origin: string): AppError {
  const said = errorIn(body);
  if (status >= 500) {
    const message = said ? said.message : `answered ${status}`;
    return new AppError('unavailable', `${origin}: ${message}`, { retryable: true });
  }
  const code = CODES[status];
  if (!said || code === undefined) {
    return new AppError('internal', `${origin} answered ${status}, which is not Tidemark's API: is the address right?`);
  }
  const problems = said.problems.length > 0 ? ` (${said.problems.join('; ')})` : '';
  return new AppError(code, `${said.message}${problems}`);
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A client of the API at an address. Nothing is followed elsewhere, so the token reaches this server alone. */
export function createClient({ url, token, ca }: ClientTarget): Client {
  const dispatcher = new Agent({
    connect: { timeout: 10_000, ...(ca === undefined ? {} : { ca }) },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    maxResponseSize: MOST_BYTES,
  });
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  return {
    pageUrl: (path) => base + path,
    async ask<T>(method: string, path: readonly string[], more: { query?: Query; body?: object } = {}): Promise<T> {
      const target = new URL(`${base}/api/v1/${path.map(encodeURIComponent).join('/')}`);
      addQuery(target, more.query ?? {});
      let status: number;
      let text: string;
      try {
        const answer = await request(target, {
          dispatcher,
          method,
          headers: {
            accept: 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(more.body ? { 'content-type': 'application/json' } : {}),
          },
          ...(more.body ? { body: JSON.stringify(more.body) } : {}),
        });
        status = answer.statusCode;
        text = await answer.body.text();
      } catch (error) {
        throw new AppError('unavailable', `${base} cannot be asked: ${messageOf(error) || 'no connection'}`, {
          retryable: true,
          cause: error,
        });
      }
      const body = parseBody(text);
      if (status !== 200) throw refusal(status, body, base);
      if (typeof body === 'object' && body !== null) return body as T;
      throw new AppError('internal', `${base} did not answer with JSON: is this Tidemark's address?`);
    },
    close: () => dispatcher.close(),
  };
}
