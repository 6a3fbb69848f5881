import createClient from 'openapi-fetch';
import { signedOut } from '../session.svelte.ts';
import { joinWords } from '../url/words.ts';
import type { components, operations, paths } from './generated/schema.ts';

export type { components, operations, paths };

/** What a successful answer of an operation holds. */
export type Answer<Name extends keyof operations> = operations[Name] extends {
  responses: { 200: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;

/** The query parameters of an operation. */
export type Query<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;

/**
 * An answer that is not a success. `offline`: no answer came at all; `timeout`: none came in time; `unreadable`: what came
 * is not the API's, such as a proxy's page.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  readonly details: unknown;
  constructor(code: string, status: number, message: string, details: unknown = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** What was thrown as an ApiError: `unexpected` where it was none. */
export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError('unexpected', 0, error instanceof Error ? error.message : String(error));

type Value = string | number | boolean | readonly string[] | undefined | null;

function querySerializer(query: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query as Record<string, Value>)) {
    const text = Array.isArray(value)
      ? joinWords(value as string[])
      : String((value as Exclude<Value, readonly string[]>) ?? '');
    if (text !== '') params.set(name, text);
  }
  return params.toString();
}

/** The path of an operation with its query, for what is not fetched but opened: downloads, event streams. */
export const apiPath = (path: keyof paths, query: Record<string, unknown> = {}): string => {
  const search = querySerializer(query);
  return search === '' ? path : `${path}?${search}`;
};

/** Longer than the API lets any of its queries run. */
const ANSWER_WITHIN_MS = 30_000;

/**
 * The API's operations, typed by its own description. Relative to the page's origin. Each answer has to be there, whole,
 * within half a minute; streams of events do not come this way.
 */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  querySerializer,
  fetch: (request) =>
    globalThis.fetch(request, {
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    }),
});

interface ErrorBody {
  error?: { code?: string; message?: string; details?: unknown };
}

const NO_CONTENT = 204;

/** Why a request came to no answer. */
function codeOf(error: unknown): 'timeout' | 'unreadable' | 'offline' {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  return error instanceof SyntaxError ? 'unreadable' : 'offline';
}

/** The body of an answer. Throws ApiError for every other; an answer 401 also leads to the sign-in page. */
export async function body<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let settled;
  try {
    settled = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(codeOf(error), 0, error instanceof Error ? error.message : String(error));
  }
  const { data, error, response } = settled;
  const { ok, status } = response;
  // Every operation answers with an object; deleting, with nothing.
  if (ok && (status === NO_CONTENT || (typeof data === 'object' && data !== null))) return data as T;
  if (ok) throw new ApiError('unreadable', status, `HTTP ${status}`);
  if (status === 401) signedOut();
  const said = (error as ErrorBody | undefined)?.error;
  throw new ApiError(said?.code ?? 'unreadable', status, said?.message ?? `HTTP ${status}`, said?.details);
}
