import Type, { type Static } from 'typebox';
import { answers, ErrorBody } from '../../schemas/api/envelope.ts';
import { AppError } from '../../platform/errors.ts';
import type { App, RouteContext } from '../context.ts';
import { DOCS_PAGE, DOCS_POLICY } from '../docs-page.ts';
import { seesEverything } from '../scope.ts';

const CHECK_MS = 3000;

const Health = Type.Object({ status: Type.Literal('ok') });
const Readiness = Type.Object({
  ready: Type.Boolean(),
  checks: Type.Array(Type.Object({ name: Type.String(), ready: Type.Boolean() })),
});

const page = (mediaType: string) => ({
  200: { description: 'OK', content: { [mediaType]: { schema: Type.String() } } },
  '4xx': ErrorBody,
});

/** What operators and tools ask for: health, metrics, the API's own description. */
export function operationRoutes(app: App, { store, bus, clock, metrics, principal }: RouteContext): void {
  const config = { access: 'public' } as const;
  const tags = ['operations'];

  const health = {
    operationId: 'health',
    summary: 'Whether the process lives',
    tags,
    security: [],
    response: { 200: Health },
  };
  app.get('/healthz', { schema: health, config }, () => ({ status: 'ok' as const }));

  const check = async (name: string, probe: () => Promise<void>): Promise<{ name: string; ready: boolean }> => {
    const passed = probe().then(
      () => true,
      () => false,
    );
    const limit = new AbortController();
    const late = clock.sleep(CHECK_MS, limit.signal).then(() => false);
    const ready = await Promise.race([passed, late]);
    limit.abort();
    return { name, ready };
  };
  const readiness = {
    operationId: 'readiness',
    summary: 'Whether the store and the journal answer',
    tags,
    security: [],
    response: { 200: Readiness, 503: Readiness },
  };
  app.get('/readyz', { schema: readiness, config }, async (_request, reply): Promise<Static<typeof Readiness>> => {
    const checks = await Promise.all([check('store', () => store.ping()), check('journal', () => bus.check())]);
    const ready = checks.every((one) => one.ready);
    if (!ready) reply.code(503);
    return { ready, checks };
  });

  const prometheus = {
    operationId: 'metrics',
    summary: 'Metrics of this process, as Prometheus reads them',
    description: 'Needs a token that sees every cluster and namespace.',
    tags,
    response: page('text/plain'),
  };
  app.get('/metrics', { schema: prometheus }, async (request, reply) => {
    if (!seesEverything(principal(request).scope)) {
      throw new AppError('forbidden', 'metrics need a token that sees every cluster and namespace');
    }
    reply.header('content-type', metrics.registry.contentType);
    return metrics.registry.metrics();
  });

  const openapi = {
    operationId: 'openapi',
    summary: 'This description',
    tags,
    security: [],
    response: answers(Type.Unknown()),
  };
  app.get('/api/v1/openapi.json', { schema: openapi, config }, () => app.swagger());

  const docs = {
    operationId: 'docs',
    summary: 'A page to browse this description',
    tags,
    security: [],
    response: page('text/html'),
  };
  app.get('/api/v1/docs', { schema: docs, config }, (_request, reply) => {
    reply.header('content-security-policy', DOCS_POLICY);
    reply.header('content-type', 'text/html; charset=utf-8');
    return DOCS_PAGE;
  });
}
