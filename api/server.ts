import type { AddressInfo } from 'node:net';
import { AppError, messageOf } from '../platform/errors.ts';
import { buildApp } from './app.ts';
import { assertListenAllowed } from './auth.ts';
import type { ApiDeps } from './context.ts';

export interface RunningApi {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** Ends the streams, waits for running answers and stops listening. */
  close(): Promise<void>;
}

/**
 * Listens. Port 0 lets the system choose. Throws AppError `config_invalid` where it would be open to others than this
 * machine, or where the address cannot be had.
 */
export async function startApi(deps: ApiDeps & { host: string; port: number }): Promise<RunningApi> {
  const { host, port } = deps;
  assertListenAllowed({ host, tokens: deps.auth.tokens });
  const app = await buildApp(deps);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw new AppError(
      'config_invalid',
      `the API cannot listen on ${host}:${port} (api.port, TIDEMARK_API_PORT): ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  const address = app.server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, close: () => app.close() };
}
