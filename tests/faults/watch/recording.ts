import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../../../demo/cluster/random.ts';
import { createAgent, type Agent } from '../../../ingest/agent/agent.ts';
import { createTransport } from '../../../ingest/agent/https-transport.ts';
import { loadCluster } from '../../../ingest/agent/kube-config.ts';
import { createProjector } from '../../../ingest/agent/projections/projector.ts';
import { createRedactor } from '../../../ingest/agent/redact.ts';
import type { ReflectorOptions } from '../../../ingest/agent/reflector-deps.ts';
import type { Bus } from '../../../platform/bus/journal.ts';
import type { LocalLog } from '../../../platform/bus/local-log.ts';
import { createLocalBus } from '../../../platform/bus/local-bus.ts';
import { openLocalLog } from '../../../platform/bus/sqlite-log.ts';
import { realClock, type Clock } from '../../../platform/clock.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import { migrate } from '../../../platform/store/migrate.ts';
import type { Store } from '../../../platform/store/store.ts';
import { ARCHIVE_GROUP, ARCHIVE_VERSION, createArchiveFold } from '../../../processors/journal/archive.ts';
import { createCoverageFold } from '../../../processors/journal/coverage.ts';
import { createExceptionsFold } from '../../../processors/journal/exceptions/fold.ts';
import { exceptionOptions } from '../../../processors/journal/exceptions/options.ts';
import { createJournalProcessor, type JournalProcessor } from '../../../processors/journal/runtime.ts';
import { journalTopic } from '../../../schemas/topics.ts';
import { until } from '../../../deploy/testkube/test-kube.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../schemas/clickhouse', import.meta.url));

/** The folds and the store behind every journal of a folder. */
export interface Engine {
  readonly store: Store;
  /** Resolves when every group has folded all that the log holds. */
  folded(localLog: LocalLog): Promise<void>;
  close(): Promise<void>;
}

export async function startEngine(
  dir: string,
  { clock = realClock, archiveOnly = false }: { clock?: Clock; archiveOnly?: boolean } = {},
): Promise<Engine> {
  const parts = { clock, log: silentLogger, metrics: createMetrics() };
  const store = createStore({ ...parts, target: { path: join(dir, 'store') } });
  await migrate(store, { dir: MIGRATIONS }, silentLogger);
  const bus: Bus = createLocalBus({ ...parts, dir: join(dir, 'journal') });
  const publisher = await bus.publisher();
  const shared = { ...parts, store, publisher, reader: bus.reader };
  const archive = { group: ARCHIVE_GROUP, version: ARCHIVE_VERSION, folds: [createArchiveFold] };
  const journal = {
    group: 'journal',
    version: 1,
    folds: [createExceptionsFold(exceptionOptions()), createCoverageFold],
  };
  const processors: JournalProcessor[] = (archiveOnly ? [archive] : [archive, journal]).map((group) =>
    createJournalProcessor({ ...shared, ...group }),
  );
  const failed = Promise.all(processors.map((processor) => processor.run())).then(() => undefined);
  failed.catch(() => undefined);
  return {
    store,
    async folded(localLog) {
      const last = localLog.bounds().next - 1;
      const done = ({ status }: JournalProcessor) =>
        status().some(({ topic, progress }) => topic === localLog.topic && progress.position >= last);
      const all = until('all entries are folded', async () => processors.every(done));
      await Promise.race([all, failed]);
    },
    async close() {
      for (const processor of processors) await processor.close();
      await publisher.close();
      await bus.close();
      await store.close();
    },
  };
}

/** An agent with its local log. */
export interface Recording {
  readonly agent: Agent;
  readonly localLog: LocalLog;
  /** Stops in good order; rejects with what ended the agent. */
  stop(): Promise<void>;
}

export function startRecording(options: {
  cluster: string;
  kubeconfig: string;
  dir: string;
  clock: Clock;
  reflector?: Partial<ReflectorOptions>;
  sources?: readonly string[];
}): Recording {
  const { cluster, clock, dir } = options;
  const topic = journalTopic(cluster);
  const parts = { clock, log: silentLogger, metrics: createMetrics() };
  const redact = createRedactor({ extra: [] });
  const localLog = openLocalLog({ ...parts, dir: join(dir, 'journal', topic), topic });
  const transport = createTransport(loadCluster({ kubeconfig: options.kubeconfig }));
  const agent = createAgent({
    ...parts,
    cluster,
    transport,
    localLog,
    redact,
    project: createProjector({ redact, envHashKey: 'faults', annotations: { allow: [] } }),
    random: createRandom(cluster).next,
    createLogCatcher: () => ({ onPod: () => {}, onPodGone: () => {}, close: () => Promise.resolve() }),
    options: {
      lease: { mode: 'off' },
      sources: options.sources ?? [],
      ...(options.reflector ? { reflector: options.reflector } : {}),
    },
  });
  const stop = new AbortController();
  const ended = agent.run(stop.signal);
  ended.catch(() => undefined);
  return {
    agent,
    localLog,
    async stop() {
      stop.abort();
      await ended;
      transport.close();
    },
  };
}
