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

/** An answer that is not a success. `offline`: no answer came at all. */
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

/** The API's operations, typed by its own description. Relative to the page's origin. */
export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', querySerializer });

interface ErrorBody {
  error?: { code?: string; message?: string; details?: unknown };
}

/** The body of an answer. Throws ApiError for every other; an answer 401 also leads to the sign-in page. */
export async function body<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let settled;
  try {
    settled = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('offline', 0, error instanceof Error ? error.message : String(error));
  }
  const { data, error, response } = settled;
  if (response.ok) return data as T;
  if (response.status === 401) signedOut();
  const said = (error as ErrorBody | undefined)?.error;
  throw new ApiError(said?.code ?? 'unreadable', response.status, said?.message ?? response.statusText, said?.details);
}
