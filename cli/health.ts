import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { AppError, messageOf } from '../platform/errors.ts';
import type { Parts } from './parts.ts';

/** `/healthz` and `/metrics` of a role without an API. `problem` answers what is wrong, or null. Throws AppError `config_invalid` where the port is taken. */
export async function serveHealth(
  role: 'agent' | 'processors',
  { config, metrics }: Pick<Parts, 'config' | 'metrics'>,
  problem: () => string | null,
): Promise<{ url: string; close(): Promise<void> }> {
  const { metrics_host: host, metrics_port: port } = config[role];
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type }).end(body);
    if (request.method !== 'GET') return void answer(405, 'text/plain', 'GET only\n');
    if (request.url === '/healthz') {
      const wrong = problem();
      return void answer(wrong === null ? 200 : 503, 'text/plain', `${wrong ?? 'ok'}\n`);
    }
    if (request.url === '/metrics') {
      metrics.registry.metrics().then(
        (text) => answer(200, metrics.registry.contentType, text),
        (error: unknown) => answer(500, 'text/plain', `${messageOf(error)}\n`),
      );
      return undefined;
    }
    return void answer(404, 'text/plain', '/healthz or /metrics\n');
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new AppError(
      'config_invalid',
      `cannot listen on ${host}:${port} (${role}.metrics_port): ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
