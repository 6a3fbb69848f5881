import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { parseTokens } from './auth.ts';
import { fakeDeps } from './testing/fake-deps.ts';

const SECRET = 'a secret; with "signs"';
const TOKENS = parseTokens(
  JSON.stringify({
    tokens: [
      { name: 'on-call', token: SECRET, role: 'operator', clusters: ['prod-*'], namespaces: ['shop'] },
      { name: 'other', token: 'another-secret-token', role: 'viewer' },
    ],
  }),
  't',
);
const SESSION = {
  name: 'on-call',
  role: 'operator',
  clusters: ['prod-*'],
  namespaces: ['shop'],
  open: false,
  version: '1.2.3',
};
const PATH = '/api/v1/session';

let logged = '';
const log = pino({ level: 'trace' }, { write: (line) => void (logged += line) });
let app: FastifyInstance;
beforeAll(async () => {
  app = await buildApp(fakeDeps({ auth: { tokens: TOKENS }, version: '1.2.3', log }));
});
afterAll(() => app.close());

const signIn = (payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: PATH, payload, headers });
const cookieOf = async (token: string): Promise<string> =>
  String((await signIn({ token })).headers['set-cookie']).split(';')[0] ?? '';

describe('signing in', () => {
  it('keeps the token out of the reach of scripts and of other sites', async () => {
    const answer = await signIn({ token: SECRET });
    expect([answer.statusCode, answer.json()]).toEqual([200, SESSION]);
    const [pair, ...attributes] = String(answer.headers['set-cookie']).split('; ');
    expect(pair).toBe(`tidemark_session=${encodeURIComponent(SECRET)}`);
    expect(new Set(attributes)).toEqual(new Set(['Max-Age=2592000', 'Path=/', 'HttpOnly', 'SameSite=Strict']));
  });

  it.each([
    ['https', true],
    ['HTTPS, http', true],
    ['http, https', false],
    ['http', false],
  ])('behind a proxy that came by %s the cookie is for https alone: %s', async (proto, secure) => {
    const answer = await signIn({ token: SECRET }, { 'x-forwarded-proto': proto });
    expect(String(answer.headers['set-cookie']).endsWith('; Secure')).toBe(secure);
  });

  it.each([
    [{ token: 'not-a-known-secret' }, 401, 'unauthorized'],
    [{ token: 'x' }, 401, 'unauthorized'],
    [{}, 400, 'bad_request'],
    [{ token: '' }, 400, 'bad_request'],
    [{ token: 'x'.repeat(501) }, 400, 'bad_request'],
    [{ token: SECRET, name: 'me' }, 400, 'bad_request'],
  ])('%.40j: %i', async (payload, status, code) => {
    const answer = await signIn(payload);
    expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([status, code]);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('says no word of the token in the log', async () => {
    await signIn({ token: SECRET });
    await signIn({ token: SECRET, other: SECRET });
    await app.inject({ url: PATH, headers: { cookie: await cookieOf(SECRET) } });
    expect(logged).toContain(PATH);
    expect(logged).not.toMatch(/a secret|a%20secret/);
  });
});

describe('the cookie', () => {
  const ask = async (headers: Record<string, string>, url = PATH) => (await app.inject({ url, headers })).statusCode;

  it('lets a reader through wherever a token does', async () => {
    const cookie = await cookieOf(SECRET);
    const answer = await app.inject({ url: PATH, headers: { cookie: `theme=dark; ${cookie} ; x=y` } });
    expect([answer.statusCode, answer.json()]).toEqual([200, SESSION]);
    expect(await ask({ cookie }, '/api/v1/exceptions')).toBe(200);
    // The stream itself is told by its bad parameter, after the guard.
    expect(await ask({ cookie }, '/api/v1/stream?type=x')).toBe(400);
    expect(await ask({}, '/api/v1/stream?type=x')).toBe(401);
  });

  it.each([
    '',
    'tidemark_session=',
    'tidemark_session=not-a-known-secret',
    'tidemark_session=%E0%A4%A',
    'xtidemark_session=another-secret-token',
    'tidemark_session',
    `x=tidemark_session=another-secret-token`,
  ])('%j is nobody', async (cookie) => expect(await ask({ cookie })).toBe(401));

  it('gives way to the Authorization header, good or bad', async () => {
    const cookie = await cookieOf(SECRET);
    const headers = { cookie, authorization: 'Bearer another-secret-token' };
    expect((await app.inject({ url: PATH, headers })).json()).toMatchObject({ name: 'other' });
    expect(await ask({ cookie, authorization: 'Bearer not-a-known-secret' })).toBe(401);
  });

  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://tidemark.example' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ origin: 'https://tidemark.example' }, true],
    [{ origin: 'https://TIDEMARK.example' }, true],
    [{ origin: 'https://tidemark.example:8443' }, false],
    [{ origin: 'https://evil.example' }, false],
    [{ origin: 'null' }, false],
    [{}, false],
  ])('changes something from %j: %s', async (from, allowed) => {
    const headers = { host: 'tidemark.example', cookie: await cookieOf(SECRET), ...from };
    const url = '/api/v1/exceptions/groups/f';
    const answer = await app.inject({ method: 'PATCH', url, headers, payload: { note: 'x' } });
    // 404: past the guard, there is no such group.
    expect(answer.statusCode).toBe(allowed ? 404 : 403);
    expect((await app.inject({ url: PATH, headers })).statusCode).toBe(200);
  });

  it('is forgotten', async () => {
    const answer = await app.inject({ method: 'DELETE', url: PATH });
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(answer.headers['set-cookie']).toBe('tidemark_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict');
  });
});

it('needs no token while the API is open, and sets no cookie', async () => {
  const open = await buildApp(fakeDeps());
  const headers = { host: 'localhost' };
  const expected = { name: 'local', role: 'admin', clusters: ['*'], namespaces: ['*'], open: true, version: '' };
  expect((await open.inject({ url: PATH, headers })).json()).toEqual(expected);
  const answer = await open.inject({ method: 'POST', url: PATH, headers, payload: { token: 'any' } });
  expect([answer.statusCode, answer.json(), answer.headers['set-cookie']]).toEqual([200, expected, undefined]);
  await open.close();
});
