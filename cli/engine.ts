import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTokens } from '../api/auth.ts';
import { startApi } from '../api/server.ts';
import { AppError, isAppError, messageOf } from '../platform/errors.ts';
import { migrate } from '../platform/store/migrate.ts';
import { applyRetention } from '../platform/store/retention.ts';
import { createStore } from '../platform/store/create-store.ts';
import type { Store } from '../platform/store/store.ts';
import { ARCHIVE_GROUP, ARCHIVE_VERSION, createArchiveFold } from '../processors/journal/archive.ts';
import { createCoverageFold } from '../processors/journal/coverage.ts';
import { createUnreadableFold } from '../processors/journal/unreadable.ts';
import { createExceptionsFold } from '../processors/journal/exceptions/fold.ts';
import { createOutagesFold } from '../processors/journal/outages/fold.ts';
import { createResourcesFold, RESOURCES_GROUP, RESOURCES_VERSION } from '../processors/journal/resources/fold.ts';
import { createRolloutsFold } from '../processors/journal/rollouts/fold.ts';
import { createJournalProcessor, type JournalProcessor } from '../processors/journal/runtime.ts';
import type { Bus, JournalReaderOptions, Publisher } from '../platform/bus/journal.ts';
import type { Config } from './config.ts';
import { openBus } from './journal.ts';
import type { Parts } from './parts.ts';
import { journalProblem, troubleProblem } from './problems.ts';
import { applyDaily, retentionOf } from './retention.ts';
import { startImporter } from './usage-import.ts';
import { VERSION } from './version.ts';

const PAGES = fileURLToPath(new URL('../web/dist', import.meta.url));
const MIGRATIONS = fileURLToPath(new URL('../schemas/clickhouse', import.meta.url));
/** Rises when the same entries give other rows. */
const JOURNAL_VERSION = 5;

export type EngineRole = 'processors' | 'api';

export interface Engine {
  /** Where the API listens, if it is a role of this engine. */
  readonly url: string | undefined;
  /** Resolves when `close` was called, rejects with the error that stopped a processor. */
  readonly done: Promise<void>;
  /** What keeps the processors from folding, or null. */
  problem(): string | null;
  close(): Promise<void>;
}

/** The store of the configuration: at its URL, or embedded under the data folder. */
export function openStore({ config, log, metrics }: Parts): Store {
  const { url, username, password, database } = config.clickhouse;
  const target = url === undefined ? { path: join(config.data_dir, 'store') } : { url, username, password, database };
  return createStore({ target, log, metrics });
}

/** Which clusters are imported. An API apart, whose configuration says nothing of it, cannot tell. */
function importedOf({ usage }: Parts['config'], roles: readonly string[]): { importedClusters?: string[] } {
  if (usage.prometheus.length === 0 && !roles.includes('processors')) return {};
  return { importedClusters: usage.prometheus.filter(({ enabled }) => enabled).map(({ cluster }) => cluster) };
}

/** Brings the store to this version's tables and the configured retention. */
export async function prepareStore(store: Store, { config, log }: Pick<Parts, 'config' | 'log'>): Promise<void> {
  try {
    await migrate(store, { dir: MIGRATIONS }, log);
    await applyRetention(store, retentionOf(config), log);
  } catch (error) {
    throw isAppError(error) ? whereStored(error, config) : error;
  }
}

/** What is wrong with the store, and which one it is. */
function whereStored(error: AppError, { clickhouse, data_dir }: Config): AppError {
  const where =
    clickhouse.url === undefined
      ? `the embedded store in ${join(data_dir, 'store')}`
      : `ClickHouse at ${URL.parse(clickhouse.url)?.origin ?? ''} (clickhouse.url)`;
  const { code, retryable, details } = error;
  return new AppError(code, `${where}: ${error.message}`, { cause: error, retryable, details });
}

/** Everything right of the journal: the folds, and the API. Migrates first. */
export async function startEngine(parts: Parts & { roles: readonly EngineRole[] }): Promise<Engine> {
  const { config, roles } = parts;
  const { tokens_file: tokensFile, allowed_hosts: allowedHosts } = config.api;
  const auth = { tokens: tokensFile === undefined ? null : await loadTokens(tokensFile), allowedHosts };
  const store = openStore(parts);
  const closers: (() => Promise<void>)[] = [() => store.close()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    await prepareStore(store, parts);
    const bus = openBus(parts);
    closers.push(() => bus.close());
    const processors = roles.includes('processors') ? await startProcessors(parts, store, bus, closers) : [];
    const stopped: string[] = [];
    let url: string | undefined;
    if (roles.includes('api')) {
      const { clock, log, metrics } = parts;
      const api = await startApi({
        store,
        bus,
        auth,
        clock,
        log,
        metrics,
        version: VERSION,
        pagesDir: PAGES,
        options: {
          sla: config.sla,
          sizing: config.sizing,
          retention: retentionOf(config),
          ...importedOf(config, roles),
        },
        host: config.api.host,
        port: config.api.port,
      });
      closers.push(() => api.close());
      url = api.url;
    }
    const done = Promise.all(processors.map((processor) => processor.run())).then(() => undefined);
    done.catch((error: unknown) => {
      stopped.push(messageOf(error));
      parts.log.error({ error: messageOf(error) }, 'a processor stopped');
    });
    const problem = () => stopped[0] ?? processorsProblem(processors, parts.clock.now());
    return { url, done, problem, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function processorsProblem(processors: readonly JournalProcessor[], now: number): string | null {
  for (const processor of processors) {
    for (const { topic, progress } of processor.status()) {
      const problem = journalProblem(progress, now);
      if (problem !== null) return `${topic}: ${problem}`;
    }
  }
  const troubles = processors.map((processor) => troubleProblem(processor.trouble(), now));
  return troubles.find((problem) => problem !== null) ?? null;
}

async function startProcessors(
  parts: Parts,
  store: Store,
  bus: Bus,
  closers: (() => Promise<void>)[],
): Promise<JournalProcessor[]> {
  const publisher: Publisher = await bus.publisher();
  closers.push(() => publisher.close());
  const { clock, log, metrics } = parts;
  const shared = {
    reader: (options: JournalReaderOptions) => bus.reader(options),
    store,
    publisher,
    clock,
    log,
    metrics,
  };
  const groups = groupsOf(parts.config);
  const processors = groups.map((group) => createJournalProcessor({ ...shared, ...group }));
  for (const processor of processors) closers.push(() => processor.close());
  const resources = processors[groups.findIndex(({ group }) => group === RESOURCES_GROUP)];
  if (resources) {
    const importer = startImporter(parts, store, resources);
    closers.push(() => importer.close());
  }
  closers.push(applyDaily(() => applyRetention(store, retentionOf(parts.config), log), parts));
  return processors;
}

function groupsOf(config: Config) {
  const journal = {
    group: 'journal',
    version: JOURNAL_VERSION,
    // Each hears the rows of those before it.
    folds: [
      createExceptionsFold(config.exceptions),
      createRolloutsFold(config.rollouts, config.labels),
      createOutagesFold(config.outages, config.labels),
      createCoverageFold,
      createUnreadableFold,
    ],
  };
  const resources = {
    group: RESOURCES_GROUP,
    version: RESOURCES_VERSION,
    folds: [createResourcesFold(config.resources, config.labels)],
  };
  const archive = { group: ARCHIVE_GROUP, version: ARCHIVE_VERSION, folds: [createArchiveFold] };
  return config.processors.archive ? [journal, resources, archive] : [journal, resources];
}
