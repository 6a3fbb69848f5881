import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ServerError } from './http-errors.ts';

export interface Credentials {
  readonly username: string;
  /** '' lets everybody in, which is for loopback alone. */
  readonly password: string;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

function given(request: IncomingMessage, query: URLSearchParams): { username: string; password: string } {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const basic = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic) {
    const [username = '', ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    return { username, password: rest.join(':') };
  }
  return {
    username: header('x-clickhouse-user') ?? query.get('user') ?? 'default',
    password: header('x-clickhouse-key') ?? query.get('password') ?? '',
  };
}

/** Throws ServerError 516 (status 403, as ClickHouse) unless the request carries the user and password. Compares in constant time. */
export function authenticate(request: IncomingMessage, query: URLSearchParams, expected: Credentials): void {
  if (expected.password === '') return;
  const { username, password } = given(request, query);
  const [rightUser, rightPassword] = [same(username, expected.username), same(password, expected.password)];
  if (rightUser && rightPassword) return;
  throw new ServerError(
    516,
    'AUTHENTICATION_FAILED',
    `${username}: Authentication failed: password is incorrect, or there is no user with such name`,
  );
}
