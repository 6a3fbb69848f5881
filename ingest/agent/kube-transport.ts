/** A response whose body is still on its way; `destroy` drops the connection. */
export interface KubeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
  destroy(): void;
}

export interface KubeRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Path and query, from the server's root: `/api/v1/pods?limit=500`. */
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** How long the server may take to answer with headers, and may rest within a body that is no watch or followed log. */
  readonly timeoutMs: number;
}

/**
 * One API server. Throws AppError `unavailable` (retryable) where the server cannot be reached or the connection breaks,
 * `timeout`, `aborted`; an HTTP status, whichever, is an answer and not an error. A broken body throws the same errors
 * from the iterator.
 */
export interface KubeTransport {
  readonly server: string;
  request(request: KubeRequest): Promise<KubeResponse>;
  close(): void;
}
