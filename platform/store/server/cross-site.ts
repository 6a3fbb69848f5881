import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../../loopback.ts';
import { ServerError } from './http-errors.ts';

/**
 * Throws ServerError (status 403) for a request that a web page elsewhere had a browser send. It needs neither a password
 * nor a preflight to post a statement to a store on loopback, so the browser's own word on where a request began decides:
 * Sec-Fetch-Site, or, where an older browser gives none, an Origin. While the store is `open` (without a password) a Host
 * that is not this machine's is refused too: a name elsewhere that was rebound to 127.0.0.1 looks same-origin.
 * Clients that are no browsers send neither header.
 */
export function refuseCrossSite(headers: IncomingHttpHeaders, open: boolean): void {
  const site = headers['sec-fetch-site'];
  const elsewhere = site === undefined ? headers.origin !== undefined : site !== 'none' && site !== 'same-origin';
  if (elsewhere) throw refusal('Requests from web pages of other sites are refused');
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (open && !isLoopback(host))
    throw refusal('A store without a password answers to the names of this machine only: use 127.0.0.1 or localhost');
}

const refusal = (message: string): ServerError => new ServerError(497, 'ACCESS_DENIED', message, 403);
