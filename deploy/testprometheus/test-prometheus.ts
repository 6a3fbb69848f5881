import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rename, rm, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prometheusPrograms } from './prometheus-packages.ts';
import { getText, startServer } from './server-process.ts';

export { prometheusAvailable, prometheusMissing } from './prometheus-packages.ts';

const DEFAULT_MEMORY_BYTES = 6 * 2 ** 30;
const IDLE_CONFIG = 'global: {scrape_interval: 1h}\n';

/** A real Prometheus or VictoriaMetrics on loopback. */
export interface TestServer {
  /** Without a slash at its end; the API stands at `<url>/api/v1`. */
  readonly url: string;
  /** Where its data and its log lie. */
  readonly dir: string;
  readonly pid: number;
  /** Ends it and removes its folder, unless the folder was the caller's. */
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** Kept when it stops; a new one under the system's temporary folder otherwise. */
  dir?: string;
  /** The path of a configuration (see `writeScrapeConfig`). Nothing is scraped otherwise. */
  config?: string;
  /** A folder with blocks (see `makeBlocks`): they are moved into the data folder, so it must lie on the same disk. */
  blocks?: string;
  /** Prometheus' own: `['--query.max-samples=200000000']`. */
  args?: readonly string[];
  /** Blocks are compacted by themselves. Off by default: it would run at times of its own in the middle of a measurement. */
  compaction?: boolean;
  /** Where Go's collector begins to work harder; not a bound. 6 GiB. */
  memoryBytes?: number;
}

async function moveBlocks(from: string, data: string): Promise<void> {
  for (const name of await readdir(from)) await rename(join(from, name), join(data, name));
}

async function isOurPrometheus(url: string, nonce: string): Promise<boolean | null> {
  const flags = await getText(`${url}/api/v1/status/flags`);
  if (flags === null) return null;
  const { data } = JSON.parse(flags) as { data?: Record<string, string> };
  if (data?.['web.page-title'] !== nonce) return false;
  return (await getText(`${url}/-/ready`)) === null ? null : true;
}

/**
 * Starts Debian's Prometheus on a free port of loopback and waits until it is ready. Remote read is on as always, remote write
 * is accepted, blocks of any age are kept for ten years. Where it does not start the folder stays, with `server.log` in it.
 */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<TestServer> {
  const { prometheus } = await prometheusPrograms();
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'tidemark-prometheus-')));
  const data = join(dir, 'data');
  mkdirSync(data, { recursive: true });
  if (options.blocks !== undefined) await moveBlocks(options.blocks, data);
  const idle = join(dir, 'idle.yml');
  if (options.config === undefined) writeFileSync(idle, IDLE_CONFIG);
  const nonce = randomUUID();
  const server = await startServer({
    name: 'Prometheus',
    program: prometheus,
    env: { GOMEMLIMIT: `${options.memoryBytes ?? DEFAULT_MEMORY_BYTES}B` },
    logFile: join(dir, 'server.log'),
    args: (port) => [
      `--config.file=${options.config ?? idle}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=10y',
      ...(options.compaction === true
        ? []
        : ['--storage.tsdb.min-block-duration=2h', '--storage.tsdb.max-block-duration=2h']),
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.page-title=${nonce}`,
      '--web.enable-lifecycle',
      '--web.enable-admin-api',
      '--web.enable-remote-write-receiver',
      ...(options.args ?? []),
    ],
    isOurs: (url) => isOurPrometheus(url, nonce),
  });
  return {
    url: server.url,
    dir,
    pid: server.pid,
    async stop() {
      await server.end();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}
