import fastifyStatic from '@fastify/static';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../platform/errors.ts';
import type { App } from './context.ts';

/**
 * What a page may do: load this origin's own files and ask this origin's API; nothing inline, nothing from elsewhere, no
 * frames and no forms. Markup is made of strings by Svelte's templates alone.
 */
export const PAGES_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

const YEAR_SECONDS = 365 * 86_400;
/** The build writes a hash of the content into these names. */
const HASHED = 'assets/';

/** Names of files that the build may write: no dot in front, nothing that leads upwards. */
const FILE = /^(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)+$/;

/** A name that nothing can have is as absent as one that nothing has. */
const NO_FILE = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (NO_FILE.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/**
 * Serves the built pages of `dir`: its files, and index.html at every address that is neither a file nor the API's, since
 * the pages read the address themselves. Where nothing was built, the API goes on and these addresses say what to do.
 */
export async function servePages(app: App, dir: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: dir,
    serve: false,
    preCompressed: true,
    index: false,
    cacheControl: false,
    suppressWarning: true,
  });
  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    schema: { hide: true },
    config: { access: 'public' },
    handler: async (request, reply) => {
      const path = (request.params as { '*': string })['*'];
      const found = path !== 'index.html' && FILE.test(path) && (await isFile(join(dir, path)));
      if (!found && /^(api\/|assets\/|metrics$|healthz$|readyz$)/.test(path)) return reply.callNotFound();
      if (!(await isFile(join(dir, 'index.html')))) {
        throw new AppError(
          'not_found',
          'the pages are not built here: npm run build; the API is described at /api/v1/docs',
        );
      }
      if (!found) reply.header('content-security-policy', PAGES_POLICY);
      const immutable = path.startsWith(HASHED);
      reply.header('cache-control', immutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
      return reply.sendFile(found ? path : 'index.html');
    },
  });
}
