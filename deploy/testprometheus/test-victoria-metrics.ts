import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prometheusPrograms } from './prometheus-packages.ts';
import { getText, startServer } from './server-process.ts';
import type { TestServer } from './test-prometheus.ts';

const DEFAULT_MEMORY_BYTES = 6 * 2 ** 30;

export interface TestVictoriaMetrics extends TestServer {
  /** What was imported is found by queries after this, and stands on the disk. */
  flush(): Promise<void>;
}

export interface VictoriaMetricsOptions {
  /** Kept when it stops; a new one under the system's temporary folder otherwise. */
  dir?: string;
  /** Samples older than this are refused, and so are those more than two days ahead. Ten years unless said. */
  retention?: string;
  /** VictoriaMetrics' own: `['-search.maxSamplesPerQuery=2000000000']`. */
  args?: readonly string[];
  /** For its caches. 6 GiB. */
  memoryBytes?: number;
}

async function isOurVictoriaMetrics(url: string, nonce: string): Promise<boolean | null> {
  const flags = await getText(`${url}/flags`);
  if (flags === null) return null;
  if (!flags.includes(nonce)) return false;
  return (await getText(`${url}/health`)) === null ? null : true;
}

/**
 * Starts Debian's VictoriaMetrics on a free port of loopback and waits until it is ready. Answers are not cached, so that each
 * query is computed. Where it does not start the folder stays, with `server.log` in it.
 */
export async function startVictoriaMetrics(options: VictoriaMetricsOptions = {}): Promise<TestVictoriaMetrics> {
  const { victoriaMetrics } = await prometheusPrograms();
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'tidemark-victoria-')));
  mkdirSync(dir, { recursive: true });
  const nonce = randomUUID();
  const server = await startServer({
    name: 'VictoriaMetrics',
    program: victoriaMetrics,
    logFile: join(dir, 'server.log'),
    args: (port) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(dir, 'data')}`,
      `-retentionPeriod=${options.retention ?? '10y'}`,
      `-memory.allowedBytes=${options.memoryBytes ?? DEFAULT_MEMORY_BYTES}`,
      '-search.disableCache',
      // The name of a self-scrape that is off: a flag that can be asked for.
      `-selfScrapeJob=${nonce}`,
      ...(options.args ?? []),
    ],
    isOurs: (url) => isOurVictoriaMetrics(url, nonce),
  });
  return {
    url: server.url,
    dir,
    pid: server.pid,
    async flush() {
      if ((await getText(`${server.url}/internal/force_flush`)) === null)
        throw new Error('VictoriaMetrics did not flush');
    },
    async stop() {
      await server.end();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}
