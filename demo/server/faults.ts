/** What a fault test may see of a request before it is answered. */
export interface FaultRequest {
  readonly method: string;
  readonly path: string;
  /** Plural name of the resource, '' outside of resources. */
  readonly resource: string;
  readonly verb: 'list' | 'watch' | 'get' | 'log' | 'write' | 'other';
  /** The request asks for a further page of a list. */
  readonly continued: boolean;
}

/**
 * What goes wrong; `afterEvents` is for a watch: so many of its events arrive before.
 *
 * `status`: answered with that HTTP status. `expired`: 410, for a watch as an ERROR event in the stream.
 * `reset`: the connection breaks. `close`: the body ends in good order, whatever time was asked for.
 * `freeze`: nothing more is sent and nothing closed. `truncate`: the body ends in the middle of an object.
 * `garble`: a watch event is cut in its middle, and further lines follow. `stale`: a list shows the objects as they were
 * so many revisions ago. `slow`: a list's headers and then its body take so long; the body comes in pieces.
 * `token`: the token that this request carries is refused from now on, with 401; the client can have a new one after
 * `renewMs`, which is for the test to see to.
 * `restart`: the server is away for so long, every connection broken, and then serves the same state at the same
 * address; with `forgetful` its watch cache begins anew, so that a watch from before gets 410.
 */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'expired' }
  | { readonly kind: 'reset'; readonly afterEvents?: number }
  | { readonly kind: 'close'; readonly afterEvents?: number }
  | { readonly kind: 'freeze'; readonly afterEvents?: number }
  | { readonly kind: 'truncate'; readonly afterEvents?: number }
  | { readonly kind: 'garble'; readonly afterEvents?: number }
  | { readonly kind: 'stale'; readonly revisions: number }
  | { readonly kind: 'slow'; readonly headersMs: number; readonly bodyMs: number }
  | { readonly kind: 'token'; readonly renewMs: number }
  | { readonly kind: 'restart'; readonly awayMs: number; readonly forgetful: boolean };

/** Asked at each request; undefined lets it pass. */
export type Faults = (request: FaultRequest) => Fault | undefined;
