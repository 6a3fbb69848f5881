/** What a fault test may see of a request before it is answered. */
export interface FaultRequest {
  readonly method: string;
  readonly path: string;
  /** Plural name of the resource, '' outside of resources. */
  readonly resource: string;
  readonly verb: 'list' | 'watch' | 'get' | 'log' | 'write' | 'other';
}

/**
 * What goes wrong. `status`: answered with that HTTP status. `expired`: 410, for a watch as an ERROR event in the stream. `reset`: the
 * connection breaks, in a watch after `afterEvents`. `freeze`: nothing more is sent and nothing closed, in a watch
 * after `afterEvents`. `truncate`: the body ends in the middle of an object.
 */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'expired' }
  | { readonly kind: 'reset'; readonly afterEvents?: number }
  | { readonly kind: 'freeze'; readonly afterEvents?: number }
  | { readonly kind: 'truncate'; readonly afterEvents?: number };

/** Asked at each request; undefined lets it pass. */
export type Faults = (request: FaultRequest) => Fault | undefined;
