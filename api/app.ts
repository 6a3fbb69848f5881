import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createAuthenticator, requireRole, unauthorized, type Principal } from './auth.ts';
import type { ApiDeps, ApiOptions, App, RouteContext } from './context.ts';
import { answerTo, createErrorHandler, errorBody } from './errors.ts';
import { createLiveExceptions } from './live.ts';
import { parseQuerystring } from './querystring.ts';
import { clusterRoutes } from './routes/clusters.ts';
import { downloadRoutes } from './routes/downloads.ts';
import { servePages } from './pages.ts';
import { exceptionRoutes } from './routes/exceptions.ts';
import { groupRoutes } from './routes/groups.ts';
import { importRoutes } from './routes/imports.ts';
import { maintenanceRoutes } from './routes/maintenance.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { operationRoutes } from './routes/operations.ts';
import { overviewRoutes } from './routes/overview.ts';
import { outageRoutes } from './routes/outages.ts';
import { rolloutRoutes } from './routes/rollouts.ts';
import { runReportRoutes } from './routes/run-reports.ts';
import { runRoutes } from './routes/runs.ts';
import { searchRoutes } from './routes/search.ts';
import { serviceRoutes } from './routes/services.ts';
import { sessionRoutes } from './routes/session.ts';
import { sizingRoutes } from './routes/sizing.ts';
import { slaRoutes } from './routes/sla.ts';
import { streamRoutes } from './routes/stream.ts';
import { usageRoutes } from './routes/usage.ts';
import { workloadRoutes } from './routes/workloads.ts';
import { SESSION_COOKIE } from './session-cookie.ts';
import { DEFAULT_SIZING } from './sizing/options.ts';
import { DEFAULT_RETENTION } from '../platform/usage-retention.ts';

const BODY_LIMIT_BYTES = 64 * 1024;
const DEFAULTS: Required<Omit<ApiOptions, 'importedClusters'>> = {
  queryTimeoutMs: 10_000,
  searchTimeoutMs: 15_000,
  maxStreams: 200,
  maxStreamsEach: 40,
  streamBufferBytes: 256 * 1024,
  sla: { objective: 99.9, objectives: [], time_zone: 'UTC' },
  sizing: DEFAULT_SIZING,
  retention: DEFAULT_RETENTION,
};

const ROUTES = [
  overviewRoutes,
  exceptionRoutes,
  downloadRoutes,
  groupRoutes,
  searchRoutes,
  serviceRoutes,
  outageRoutes,
  rolloutRoutes,
  workloadRoutes,
  slaRoutes,
  maintenanceRoutes,
  clusterRoutes,
  usageRoutes,
  nodeRoutes,
  sizingRoutes,
  importRoutes,
  runRoutes,
  runReportRoutes,
  streamRoutes,
  sessionRoutes,
  operationRoutes,
];

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

const createServer = (): App =>
  Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    routerOptions: { querystringParser: parseQuerystring, maxParamLength: 300 },
    // Every bad parameter is listed; an unknown one is an error, not a filter that silently does nothing.
    ajv: { customOptions: { allErrors: true, removeAdditional: false, coerceTypes: 'array', useDefaults: true } },
    frameworkErrors: (error, _request, reply) => {
      const { status, body } = answerTo(error);
      void (reply as unknown as FastifyReply)
        .code(status)
        .header('content-type', 'application/json; charset=utf-8')
        .send(JSON.stringify(body));
    },
    clientErrorHandler: (_error, socket) => {
      if (!socket.writable) return;
      const body = JSON.stringify(errorBody('bad_request', 'this is not a request that can be read'));
      const head = [
        'HTTP/1.1 400 Bad Request',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        'Connection: close',
      ];
      socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

/** Nothing but routes marked public answers to a stranger; who asks is known before parameters are looked at. */
function guard(app: App, auth: ApiDeps['auth']): (request: FastifyRequest) => Principal {
  const authenticate = createAuthenticator(auth);
  const principals = new WeakMap<FastifyRequest, Principal>();
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    const open = auth.tokens !== null && (access === 'public' || request.is404);
    if (open) return;
    const principal = authenticate(request);
    if (access === 'operator') requireRole(principal.scope, 'operator');
    principals.set(request, principal);
  });
  return (request) => {
    const principal = principals.get(request);
    if (!principal) throw unauthorized();
    return principal;
  };
}

function observe(app: App, deps: ApiDeps): void {
  const seconds = deps.metrics.histogram(
    'api_request_seconds',
    'Time to answer a request',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    ['method', 'route', 'status'],
  );
  app.addHook('onSend', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', DATA_POLICY);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    seconds.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    deps.log.debug(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    );
  });
}

/** Aborts the queries of a client that has gone. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}

/**
 * The API over its dependencies, ready for `inject` or `listen`. Closing it ends the live streams; the store and the bus
 * stay open.
 */
export async function buildApp(deps: ApiDeps): Promise<FastifyInstance> {
  const { store, bus, clock, log, metrics } = deps;
  const options = { ...DEFAULTS, ...deps.options };
  const app = createServer();
  const live = createLiveExceptions({
    bus,
    clock,
    log,
    metrics,
    maxClients: options.maxStreams,
    maxClientsEach: options.maxStreamsEach,
    maxPendingBytes: options.streamBufferBytes,
  });

  app.setErrorHandler(createErrorHandler(log));
  app.setNotFoundHandler((request, reply) => {
    void reply.code(404).send(errorBody('not_found', `nothing answers ${request.method} at this address`));
  });
  const principal = guard(app, deps.auth);
  observe(app, deps);
  app.addHook('preClose', () => live.close());

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tidemark',
        version: '1',
        description:
          'Times are RFC 3339 in UTC with milliseconds. Lists answer {items, next, total}; pass next back as cursor. In a filter that is a list, !value excludes, (none) stands for the empty text, and a backslash takes the character after it as it is: \\, is a comma within a value.',
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
  });

  const context: RouteContext = {
    store,
    bus,
    clock,
    metrics,
    live,
    principal,
    auth: deps.auth,
    version: deps.version ?? '',
    sla: options.sla,
    sizing: options.sizing,
    retention: options.retention,
    importedClusters: options.importedClusters ? new Set(options.importedClusters) : null,
    limits: (reply, kind) => ({
      timeoutMs: kind === 'search' ? options.searchTimeoutMs : options.queryTimeoutMs,
      signal: goneSignal(reply),
    }),
  };
  await app.register(async (scoped) => {
    const typed = scoped.withTypeProvider<TypeBoxTypeProvider>();
    for (const routes of ROUTES) routes(typed, context);
  });
  if (deps.pagesDir !== undefined) await servePages(app, deps.pagesDir);
  return app;
}
