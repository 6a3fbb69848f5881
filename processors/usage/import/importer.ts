import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../platform/clock.ts';
import { AppError, isAppError, messageOf } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Metrics } from '../../../platform/metrics.ts';
import type { Store } from '../../../platform/store/store.ts';
import { KEEPS_ALL, type UsageRetention } from '../../../platform/usage-retention.ts';
import { createCandidates } from '../measures.ts';
import type { UsageOptions } from '../options.ts';
import { createPrometheus, type Prometheus } from '../prometheus/prometheus.ts';
import { createClusterImport, type ClusterImport } from './cluster-import.ts';
import { sumUpDays } from './days.ts';
import { createImportMetrics } from './metrics.ts';
import { DAY_MS } from './plan.ts';
import { createUsageServer } from './server.ts';
import { createTurns } from './turns.ts';

export interface ImporterDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Extended resources that count as GPUs, `*` for any characters. */
  readonly gpuResources: readonly string[];
  /** How long usage is kept; for ever, where it is not told. */
  readonly retention?: UsageRetention;
  /** 0 to 1, for pauses that are not in step. */
  readonly random?: () => number;
  readonly connect?: typeof createPrometheus;
  /** Whether a cluster's import may begin yet. */
  readonly isReady?: (cluster: string) => boolean;
}

const READY_LOOK_MS = 2_000;
const STORE_PAUSE_MS = 30_000;
const DAYS_LOOK_MS = 60_000;
/** A day of which hours are still being imported is summed up once they all are. */
const DAYS_REST_MS = 120_000;

/** Imports the usage of every configured cluster. */
export interface Importer {
  /** Goes on until `close`; never rejects. What fails is recorded and tried again. */
  run(): Promise<void>;
  /** One cluster's import, for a range that somebody asks for here and now. Throws AppError `config_invalid` for another name. */
  of(cluster: string): ClusterImport;
  close(): Promise<void>;
}

/** Versions rise within a process, and beyond what is recorded already. */
export function createVersions(now: () => number): (after?: number) => number {
  let last = 0;
  return (after = 0) => (last = Math.max(now(), last + 1, after + 1));
}

/** An importer of the servers that are enabled. Two of them on one store do the same work twice, and no harm. */
export function createImporter(options: UsageOptions, deps: ImporterDeps): Importer {
  const { store, clock, log, metrics, random = Math.random, connect = createPrometheus, retention = KEEPS_ALL } = deps;
  const by = randomUUID();
  const isReady = deps.isReady ?? (() => true);
  const stop = new AbortController();
  const candidates = createCandidates({ gpuResources: deps.gpuResources, gpu: options.gpu });
  const turns = createTurns(options.parallel_windows);
  const nextVersion = createVersions(() => clock.now());
  const importMetrics = createImportMetrics(metrics);
  const clients: Prometheus[] = [];
  const clusters = new Map<string, ClusterImport>();
  for (const server of options.prometheus.filter(({ enabled }) => enabled)) {
    const prometheus = connect(server, { clock, log });
    clients.push(prometheus);
    const usageServer = createUsageServer({ options: server, prometheus, candidates });
    const timing = {
      delayMs: options.delay_seconds * 1_000,
      intervalMs: options.interval_seconds * 1_000,
      catchUpMs: options.catch_up_days * DAY_MS,
    };
    const shared = { store, clock, log, random, turns, nextVersion, metrics: importMetrics, retention, by };
    clusters.set(server.cluster, createClusterImport(usageServer, timing, shared));
  }
  let running: Promise<void> | undefined;

  /** One cluster, on and on: what is wrong with the store passes, and nothing of it ends the loop. */
  async function goOn(cluster: string, work: ClusterImport): Promise<void> {
    while (!isReady(cluster) && !stop.signal.aborted) await clock.sleep(READY_LOOK_MS, stop.signal);
    while (!stop.signal.aborted) {
      try {
        const pauseMs = await work.step(stop.signal);
        if (pauseMs > 0) await clock.sleep(pauseMs, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        const code = isAppError(error) ? error.code : 'internal';
        importMetrics.failed(cluster, code);
        log.error({ cluster, code, error: messageOf(error) }, 'usage is not imported; tried again');
        await clock.sleep(STORE_PAUSE_MS, stop.signal);
      }
    }
  }

  /** Days of every cluster that is recorded, also of those that are configured no longer. Nothing ends the loop. */
  async function keepDays(): Promise<void> {
    const onFailure = (cluster: string, error: AppError) => importMetrics.failed(cluster, error.code);
    const days = {
      store,
      log,
      turns,
      now: () => clock.now(),
      nextVersion,
      by,
      retention,
      onFailure,
      pauses: new Map(),
    };
    while (!stop.signal.aborted) {
      try {
        await sumUpDays(days, { restMs: DAYS_REST_MS }, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        log.error({ error: messageOf(error) }, 'days of usage are not summed up; tried again');
      }
      await clock.sleep(DAYS_LOOK_MS, stop.signal);
    }
  }

  return {
    run() {
      running ??= Promise.all([...[...clusters].map(([cluster, work]) => goOn(cluster, work)), keepDays()]).then(
        () => undefined,
      );
      return running;
    },
    of(cluster) {
      const found = clusters.get(cluster);
      if (found) return found;
      const names = [...clusters.keys()].join(', ') || 'none';
      throw new AppError('config_invalid', `usage.prometheus has no cluster ${cluster} (${names})`);
    },
    async close() {
      stop.abort();
      await running;
      for (const client of clients) await client.close();
    },
  };
}
