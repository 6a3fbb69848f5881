import { describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../platform/errors.ts';
import { buildApp } from './app.ts';
import { parseTokens } from './auth.ts';
import type { ApiDeps } from './context.ts';
import { encodeCursor } from './cursor.ts';
import { startApi } from './server.ts';
import { fakeBus, fakeDeps, fakeStore } from './testing/fake-deps.ts';

const HOST = { host: 'localhost' };
const TOKENS = parseTokens(
  JSON.stringify({ tokens: [{ name: 'v', token: 'viewer-secret-token', role: 'viewer' }] }),
  't',
);

async function withApp<T>(given: Partial<ApiDeps>, use: (app: FastifyInstance) => Promise<T>): Promise<T> {
  const app = await buildApp(fakeDeps(given));
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

interface ErrorAnswer {
  error: {
    code: string;
    message: string;
    details: { problems?: { in: string; parameter: string; message: string }[] };
  };
}

describe('errors', () => {
  it.each([
    [new AppError('store_unavailable', 'connect ECONNREFUSED 10.0.0.7:8123'), 503, 'store_unavailable', '5'],
    [new AppError('timeout', 'Code: 159'), 504, 'timeout', undefined],
    [new AppError('store_unavailable', 'Code: 159', { details: { clickhouse_code: 159 } }), 504, 'timeout', undefined],
    [new AppError('store_error', 'Code: 47. Unknown identifier secret_column'), 500, 'internal', undefined],
    [new TypeError('cannot read secret of undefined'), 500, 'internal', undefined],
  ])('%s', async (error, status, code, retryAfter) => {
    const { store } = fakeStore(() => {
      throw error;
    });
    await withApp({ store }, async (app) => {
      for (const url of [
        '/api/v1/exceptions',
        '/api/v1/exceptions/x',
        '/api/v1/exceptions/groups',
        '/api/v1/clusters',
        '/api/v1/coverage',
      ]) {
        const answer = await app.inject({ url, headers: HOST });
        expect([answer.statusCode, answer.headers['retry-after']]).toEqual([status, retryAfter]);
        expect(answer.json()).toMatchObject({ error: { code, details: {} } });
        expect(answer.body).not.toMatch(/10\.0\.0\.7|secret|Code:|\.ts|at /);
      }
    });
  });

  it.each([
    ['limit=0&type=x&verdict=y&from=yesterday&cluter=a', ['cluter', 'from', 'limit', 'type', 'verdict']],
    ['limit=501', ['limit']],
    ['limit=1.5', ['limit']],
    ['from=2026-13-45T00:00:00Z', ['from']],
    ['from=2026-11-22T12:00:00Z&to=2026-11-22T12:00:00Z', ['from']],
    ['q=a&q=b', ['q']],
    [`q=${'x'.repeat(201)}`, ['q']],
    [`cluster=${Array.from({ length: 101 }, (_, n) => n).join(',')}`, ['cluster']],
    ['cursor=%7B%7D', ['cursor']],
    [`cursor=${encodeCursor('groups', [1, 'a', 2])}`, ['cursor']],
    [`cursor=${encodeCursor('exceptions', ['1', 'a'])}`, ['cursor']],
    [`cursor=${encodeCursor('exceptions', [1, 2])}`, ['cursor']],
    [`cursor=${encodeCursor('exceptions', [1.5, 'a'])}`, ['cursor']],
    [`cursor=${encodeCursor('exceptions', [1, 'a', 'b'])}`, ['cursor']],
    ['__proto__=x', ['__proto__']],
  ])('?%s names every bad parameter', (query, parameters) =>
    withApp({}, async (app) => {
      const answer = await app.inject({ url: `/api/v1/exceptions?${query}`, headers: HOST });
      expect(answer.statusCode).toBe(400);
      const { error } = answer.json<ErrorAnswer>();
      expect(error.code).toBe('bad_request');
      const named = new Set(error.details.problems?.map((problem) => problem.parameter));
      expect([...named].toSorted()).toEqual(parameters);
    }),
  );

  it('shows how a time is written', () =>
    withApp({}, async (app) => {
      const answer = await app.inject({ url: '/api/v1/exceptions?from=2026-11-20', headers: HOST });
      const [problem] = answer.json<ErrorAnswer>().error.details.problems ?? [];
      const written = /for example (\S+)$/.exec(problem?.message ?? '')?.[1];
      expect(written).toBe('2026-11-20T00:00:00Z');
      const again = await app.inject({ url: `/api/v1/exceptions?from=${written}`, headers: HOST });
      expect(again.statusCode).toBe(200);
    }));

  it.each([
    ['GET', '/nope', 404, 'not_found'],
    ['POST', '/api/v1/exceptions', 404, 'not_found'],
    ['GET', '/%E0%A4%A', 400, 'bad_request'],
    ['GET', `/api/v1/exceptions/${'x'.repeat(301)}`, 414, 'bad_request'],
  ] as const)('%s %s: %i', (method, url, status, code) =>
    withApp({}, async (app) => {
      const answer = await app.inject({ method, url, headers: HOST });
      expect([answer.statusCode, answer.json<ErrorAnswer>().error.code]).toEqual([status, code]);
    }),
  );

  it.each([
    ['{', 'application/json', 400],
    [JSON.stringify({ note: 'x'.repeat(70_000) }), 'application/json', 413],
    ['note=x', 'application/x-www-form-urlencoded', 415],
    ['{"__proto__": {"note": "x"}}', 'application/json', 400],
    ['{"note": {"a": 1}}', 'application/json', 400],
  ])('the body %.30s as %s: %i', (payload, type, status) =>
    withApp({}, async (app) => {
      const headers = { ...HOST, 'content-type': type };
      const answer = await app.inject({ method: 'PATCH', url: '/api/v1/exceptions/groups/f', headers, payload });
      expect([answer.statusCode, answer.json<ErrorAnswer>().error.code]).toEqual([status, 'bad_request']);
    }),
  );
});

describe('access', () => {
  const PUBLIC = new Set([
    'get /healthz',
    'get /readyz',
    'get /api/v1/openapi.json',
    'get /api/v1/docs',
    'post /api/v1/session',
    'delete /api/v1/session',
  ]);

  it('asks for a token everywhere but where no data is', () =>
    withApp({ auth: { tokens: TOKENS } }, async (app) => {
      const { paths } = (await app.inject({ url: '/api/v1/openapi.json' })).json<{ paths: Record<string, object> }>();
      for (const [path, methods] of Object.entries(paths)) {
        for (const method of Object.keys(methods)) {
          const url = path.replaceAll(/\{\w+\}/g, 'x');
          const answer = await app.inject({ method: method.toUpperCase() as 'GET', url: `${url}?limit=bad` });
          const name = `${method} ${path}`;
          expect([name, answer.statusCode === 401]).toEqual([name, !PUBLIC.has(name)]);
          expect('www-authenticate' in answer.headers).toBe(!PUBLIC.has(name));
        }
      }
    }));

  it('takes no token from the address', () =>
    withApp({ auth: { tokens: TOKENS } }, async (app) => {
      expect((await app.inject({ url: '/api/v1/stream?access_token=viewer-secret-token' })).statusCode).toBe(401);
    }));

  it('lets a viewer read and not write', () =>
    withApp({ auth: { tokens: TOKENS } }, async (app) => {
      const headers = { authorization: 'Bearer viewer-secret-token' };
      expect((await app.inject({ url: '/api/v1/exceptions', headers })).statusCode).toBe(200);
      expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(200);
      const write = await app.inject({
        method: 'PATCH',
        url: '/api/v1/exceptions/groups/f',
        headers,
        payload: { note: 'x' },
      });
      expect(write.statusCode).toBe(403);
    }));

  it('answers on loopback to its own names alone', () =>
    withApp({}, async (app) => {
      for (const url of ['/api/v1/exceptions', '/healthz', '/nope']) {
        expect((await app.inject({ url, headers: { host: 'rebound.example' } })).statusCode).toBe(403);
      }
    }));

  it('never listens beyond loopback without tokens', () =>
    expect(startApi({ ...fakeDeps(), host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'config_invalid' }));
});

it('sends headers that keep a browser from doing more than it should', () =>
  withApp({}, async (app) => {
    for (const url of ['/api/v1/exceptions', '/api/v1/docs', '/nope', '/healthz']) {
      const { headers } = await app.inject({ url, headers: HOST });
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  }));

describe('readiness', () => {
  it.each([
    ['store', true, false],
    ['journal', false, true],
  ])('says that the %s is not ready', (name, badStore, badBus) => {
    const refuse = () => Promise.reject(new AppError('unavailable', 'broker-7.internal'));
    const { store } = fakeStore();
    return withApp(
      {
        store: badStore ? { ...store, ping: refuse } : store,
        bus: badBus ? { ...fakeBus().bus, check: refuse } : fakeBus().bus,
      },
      async (app) => {
        const answer = await app.inject({ url: '/readyz', headers: HOST });
        expect(answer.statusCode).toBe(503);
        expect(answer.body).not.toContain('broker-7');
        const { checks } = answer.json<{ checks: { name: string; ready: boolean }[] }>();
        expect(checks.filter((check) => !check.ready).map((check) => check.name)).toEqual([name]);
      },
    );
  });
});

it('measures requests by route and status', () =>
  withApp({}, async (app) => {
    await app.inject({ url: '/api/v1/exceptions/abc', headers: HOST });
    await app.inject({ url: '/nope', headers: HOST });
    const { body } = await app.inject({ url: '/metrics', headers: HOST });
    expect(body).toContain(
      'tidemark_api_request_seconds_count{method="GET",route="/api/v1/exceptions/:id",status="404"} 1',
    );
    expect(body).toContain('route="none",status="404"} 1');
  }));

it('gives every query a time limit, a search a longer one', async () => {
  const { store, asked } = fakeStore();
  await withApp({ store, options: { queryTimeoutMs: 1000, searchTimeoutMs: 2000 } }, async (app) => {
    await app.inject({ url: '/api/v1/exceptions', headers: HOST });
    await app.inject({ url: '/api/v1/exceptions?q=x', headers: HOST });
  });
  expect(asked.map((one) => one.options.timeoutMs)).toEqual([1000, 1000, 2000, 2000]);
});
