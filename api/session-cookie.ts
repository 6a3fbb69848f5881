import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../platform/errors.ts';

/** Carries the token of a browser, whose pages, downloads and EventSource cannot send a header of their own. */
export const SESSION_COOKIE = 'tidemark_session';

const MAX_AGE_SECONDS = 30 * 24 * 3600;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Out of reach of scripts, and sent with requests of this site's own pages alone. */
const attributes = (secure: boolean): string => `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;

/** A Set-Cookie header that keeps the token for 30 days. */
export const setSession = (token: string, secure: boolean): string =>
  `${SESSION_COOKIE}=${encodeURIComponent(token)}; Max-Age=${MAX_AGE_SECONDS}; ${attributes(secure)}`;

/** A Set-Cookie header that forgets the token. */
export const clearSession = (secure: boolean): string => `${SESSION_COOKIE}=; Max-Age=0; ${attributes(secure)}`;

/** The token in a Cookie header, or null. */
export function readSession(header: string | undefined): string | null {
  for (const pair of header?.split(';') ?? []) {
    const [name = '', ...value] = pair.split('=');
    if (name.trim() !== SESSION_COOKIE) continue;
    try {
      return decodeURIComponent(value.join('=').trim()) || null;
    } catch {
      return null;
    }
  }
  return null;
}

const hostOf = (origin: string | undefined): string | null =>
  origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null;

/**
 * Throws AppError `forbidden` where a request that changes something cannot show that it comes from this site's own
 * pages. A browser sends the cookie by itself, so it alone does not prove that its owner wanted the change; SameSite
 * would let pages of sibling domains and other ports of this host through.
 */
export function assertSameOrigin(request: { method: string; headers: IncomingHttpHeaders }): void {
  const { method, headers } = request;
  if (SAFE_METHODS.has(method)) return;
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin') return;
  if (site === undefined && headers.host !== undefined && hostOf(headers.origin) === headers.host.toLowerCase()) return;
  throw new AppError('forbidden', 'a change by the session cookie must come from a page of this address');
}
