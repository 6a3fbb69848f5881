import Type from 'typebox';
import { answers, ErrorBody } from '../../schemas/api/envelope.ts';
import { Session, SignIn } from '../../schemas/api/session.ts';
import type { FastifyRequest } from 'fastify';
import { principalOf, unauthorized, type Principal } from '../auth.ts';
import type { App, RouteContext } from '../context.ts';
import { clearSession, setSession } from '../session-cookie.ts';

const PATH = '/api/v1/session';

/** Whether the browser came over https, to us or to the proxy before us. */
function isSecure(request: FastifyRequest): boolean {
  const forwarded = String(request.headers['x-forwarded-proto'] ?? '').split(',')[0];
  return request.protocol === 'https' || forwarded?.trim().toLowerCase() === 'https';
}

/** Who is signed in. The cookie lets a browser's pages, downloads and EventSource through. */
export function sessionRoutes(app: App, { principal, auth, version }: RouteContext): void {
  const tags = ['session'];
  const open = auth.tokens === null;
  const toSession = ({ name, scope }: Principal): Session => ({
    name,
    role: scope.role,
    clusters: [...scope.clusters],
    namespaces: [...scope.namespaces],
    open,
    version,
  });

  const current = {
    operationId: 'getSession',
    summary: 'Who asks, and what they may see',
    tags,
    response: answers(Session),
  };
  app.get(PATH, { schema: current }, (request) => toSession(principal(request)));

  const signIn = {
    operationId: 'signIn',
    summary: 'Keep a token in a cookie of this browser, for 30 days',
    description:
      'HttpOnly and SameSite=Strict. Changes by the cookie must come from a page of the same address. While the API is open, no cookie is set.',
    tags,
    security: [],
    body: SignIn,
    response: answers(Session),
  };
  app.post(PATH, { schema: signIn, config: { access: 'public' } }, async (request, reply) => {
    const { token } = request.body;
    const found = principalOf(auth, token);
    if (!found) throw unauthorized();
    if (!open) reply.header('set-cookie', setSession(token, isSecure(request)));
    return toSession(found);
  });

  const signOut = {
    operationId: 'signOut',
    summary: 'Forget the cookie',
    tags,
    security: [],
    response: { 204: Type.Null({ description: 'Forgotten' }), '4xx': ErrorBody, '5xx': ErrorBody },
  };
  app.delete(PATH, { schema: signOut, config: { access: 'public' } }, async (request, reply) => {
    await reply
      .code(204)
      .header('set-cookie', clearSession(isSecure(request)))
      .send(null);
  });
}
