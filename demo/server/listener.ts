import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../platform/clock.ts';

const LISTEN_AGAIN_MS = 50;

/** A port of the loopback address on which a server can go away and come back. */
export interface Listener {
  readonly url: string;
  /** Breaks every connection, answers nobody for `awayMs`, then listens on the same port; `onBack` is called just before. */
  restart(awayMs: number, onBack: () => void): void;
  close(): Promise<void>;
}

/** Listens on `port`, or on one that the system chooses for 0. Rejects where it is taken. */
export async function listen(port: number, clock: Clock, onRequest: RequestListener): Promise<Listener> {
  const server = createServer(onRequest);
  let closed = false;
  let cancelReturn = () => {};
  const open = (at: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const end = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await open(port);
  const { port: bound } = server.address() as AddressInfo;

  function comeBack(): void {
    if (closed) return;
    // Somebody else may have been given the port meanwhile.
    open(bound).catch(() => {
      cancelReturn = clock.after(LISTEN_AGAIN_MS, comeBack);
    });
  }
  return {
    url: `http://127.0.0.1:${bound}`,
    restart(awayMs, onBack) {
      if (closed || !server.listening) return;
      void end();
      cancelReturn = clock.after(awayMs, () => {
        onBack();
        comeBack();
      });
    },
    close() {
      closed = true;
      cancelReturn();
      return end();
    },
  };
}
