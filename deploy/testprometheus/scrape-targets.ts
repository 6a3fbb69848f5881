import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One job of a scrape configuration. */
export interface ScrapeJob {
  readonly job: string;
  /** `host:port` each; or the path of a `file_sd` file (JSON or YAML) that may change later. */
  readonly targets: readonly string[] | { readonly file: string };
  /** Labels of all targets that are named here. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly intervalMs?: number;
  /** Prometheus' own keys of a `scrape_config`: `{scheme: 'https', tls_config: {…}, honor_labels: true}`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const DEFAULT_INTERVAL_MS = 1000;

/** Writes a configuration for `startPrometheus`. It is JSON, which is YAML too. External labels go out with remote read. */
export function writeScrapeConfig(
  file: string,
  jobs: readonly ScrapeJob[],
  options: { intervalMs?: number; externalLabels?: Readonly<Record<string, string>> } = {},
): void {
  const intervalMs = options.intervalMs ?? DEFAULT_INTERVAL_MS;
  const config = {
    global: { scrape_interval: `${intervalMs}ms`, external_labels: options.externalLabels ?? {} },
    scrape_configs: jobs.map(({ job, targets, labels, path, intervalMs: every, more }) => ({
      job_name: job,
      metrics_path: path ?? '/metrics',
      scrape_interval: `${every ?? intervalMs}ms`,
      scrape_timeout: `${Math.min(every ?? intervalMs, 10_000)}ms`,
      ...('file' in targets
        ? { file_sd_configs: [{ files: [targets.file], refresh_interval: '1s' }] }
        : { static_configs: [{ targets, labels: labels ?? {} }] }),
      ...more,
    })),
  };
  writeFileSync(file, JSON.stringify(config, null, 2));
}

export interface ExposedTargets {
  /** `host:port`, for a job's targets. */
  readonly target: string;
  readonly url: string;
  /** How often each path was asked for. */
  readonly scrapes: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/**
 * Serves Prometheus text on loopback, a function a path, called at each scrape: `{'/metrics': () => 'up_to_date 1\n'}`. What
 * throws is answered with 500, as a target that fails.
 */
export async function exposeTargets(
  pages: Readonly<Record<string, (request: IncomingMessage) => string | Promise<string>>>,
): Promise<ExposedTargets> {
  const scrapes = new Map<string, number>();
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://target').pathname;
    const page = pages[path];
    scrapes.set(path, (scrapes.get(path) ?? 0) + 1);
    try {
      const text = await page?.(request);
      response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(text);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    target,
    url: `http://${target}`,
    scrapes,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
