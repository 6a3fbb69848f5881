import { isAppError } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { Table } from '../../../schemas/column.ts';
import {
  podUsageTable,
  SET,
  usageSourcesTable,
  type ImportMethod,
  type Measure,
  type SetMeasure,
} from '../../../schemas/usage.ts';
import { narrowed } from '../evaluate/narrowed.ts';
import type { PodName } from '../evaluate/pods.ts';
import { createWindow, type UsageWindow } from '../evaluate/window.ts';
import { LOOKBACK_MS } from '../measures-candidate.ts';
import { findBesideJournal, sourceRows } from '../sources.ts';
import { findOwners, type PodOwners } from '../sources-owners.ts';
import { createJournalReader, fillFromJournal, type JournalPods, type JournalReader } from './journal-pods.ts';
import { DAY_MS, STEP_MS } from './plan.ts';
import { contentHash, countRows, rowColumns, type HourCount, type OwnersOf } from './rows.ts';
import type { Instants, Sources, UsageServer } from './server.ts';

/** Rows of one insert: memory goes with them. */
const MOST_ROWS = 150_000;

export interface ImportDeps {
  readonly store: Store;
  readonly now: () => number;
  /** Milliseconds since the Unix epoch, each later than those before it. */
  readonly nextVersion: (after?: number) => number;
  readonly log?: Logger;
}

/** What the parts of a server's imports remember. */
interface Remembered {
  readonly journal: JournalReader;
  /** Whether it was told that owners were too much for an answer. */
  toldOfOwners: boolean;
}
const ofServers = new WeakMap<UsageServer, Remembered>();

function rememberedOf(server: UsageServer, { store }: ImportDeps): Remembered {
  const there = ofServers.get(server);
  if (there) return there;
  const made = { journal: createJournalReader(store, server.cluster), toldOfOwners: false };
  ofServers.set(server, made);
  return made;
}

/** What the parts of a job come to, hour by hour. */
export interface Totals {
  samples: number;
  badSamples: number;
  method: ImportMethod;
  readonly sources: Map<Measure, Sources extends ReadonlyMap<Measure, infer S> ? S : never>;
  readonly counts: Map<number, HourCount>;
}

/** What a part has found before anything of it is written. */
export interface Found {
  readonly range: Instants;
  readonly samples: number;
  /** Values of CPU and memory that are known. */
  readonly values: number;
}

/** Where rows go, and what is held against them. */
export interface Into {
  /** Has the columns of pod_usage. */
  readonly table: Table;
  /** Up to here the journal was heard of; null or absent where there is none. */
  readonly journalToMs?: number | null;
  readonly mayWrite?: (found: Found) => Promise<boolean>;
}

/** Imports the instants of a range, rows only where they may be written. Throws what the server and the store throw. */
export async function importPart(
  server: UsageServer,
  { fromMs, toMs }: Instants,
  version: number,
  totals: Totals,
  deps: ImportDeps,
  signal: AbortSignal,
  into: Into = { table: podUsageTable },
): Promise<void> {
  const { store } = deps;
  const { cluster } = server;
  const range = { fromMs, toMs };
  const journal = await rememberedOf(server, deps).journal.pods(range);
  const sources = await server.sources(range, journal.knows, signal);
  await recordSources(server, sources, range, deps);
  const window = createWindow({ ...range, stepMs: STEP_MS });
  const { method, badSamples } = await server.read(window, sources, range, signal);
  const isStranger = (pod: PodName): boolean => journal.of(pod).length === 0;
  const hasStrangers = window.pods().some(isStranger);
  const beside = hasStrangers ? await readBeside(server, { window, sources, isStranger }, range, signal) : 0;
  const counted = window.counts();
  totals.samples += counted.samples;
  totals.badSamples += counted.badSamples + badSamples + beside;
  totals.method = method;
  for (const [measure, source] of sources) totals.sources.set(measure, source);
  const values = window.known('cpu_cores') + window.known('memory_bytes');
  if (into.mayWrite && !(await into.mayWrite({ range, samples: counted.samples, values }))) return;
  const asked = hasStrangers || !journal.knows ? await askOwners(server, range, deps, signal) : undefined;
  window.forgetIdle((pod) => asked?.of(pod).node ?? '');
  const { journalToMs = null } = into;
  const heardToMs = journalToMs !== null && journalToMs < toMs ? journalToMs : null;
  fillFromJournal(window, journal, measuresOfJournal(sources), heardToMs);
  const owners = ownersOf(journal, asked);
  for (const block of window.blocks(MOST_ROWS)) {
    signal.throwIfAborted();
    const columns = rowColumns(block, { cluster, version }, owners);
    const token = `usage/${cluster}/${fromMs}/${toMs}/${version}/${contentHash(columns)}`;
    await store.insertColumns(into.table, columns, { token, rows: block.rows });
    countRows(totals.counts, block);
  }
}

/** Where nothing else tells what was asked for, the journal does. */
const measuresOfJournal = (sources: Sources): SetMeasure[] =>
  SET.filter((measure) => ['journal', 'none'].includes(sources.get(measure)?.kind ?? 'none'));

/** Of pods that the journal knows nothing of, requests and limits are the server's; gives samples that never reached the window. */
async function readBeside(
  server: UsageServer,
  of: { window: UsageWindow; sources: Sources; isStranger: (pod: PodName) => boolean },
  range: Instants,
  signal: AbortSignal,
): Promise<number> {
  const { prometheus } = server;
  const beside = await findBesideJournal({
    prometheus,
    matchers: prometheus.matchers,
    sources: of.sources,
    fromMs: range.fromMs - LOOKBACK_MS,
    toMs: range.toMs - STEP_MS,
    signal,
  });
  const { badSamples } = await server.read(narrowed(of.window, of.isStranger), beside, range, signal);
  return badSamples;
}

/** Owners by kube-state-metrics; undefined where they are too much for an answer, which is told once. */
async function askOwners(
  server: UsageServer,
  { fromMs, toMs }: Instants,
  deps: ImportDeps,
  signal: AbortSignal,
): Promise<PodOwners | undefined> {
  const { prometheus, cluster } = server;
  const remembered = rememberedOf(server, deps);
  try {
    return await findOwners({
      prometheus,
      matchers: prometheus.matchers,
      fromMs: fromMs - LOOKBACK_MS,
      toMs: toMs - STEP_MS,
      signal,
    });
  } catch (error) {
    if (!isAppError(error, 'prometheus_too_much')) throw error;
    const about = { cluster, error: error.message };
    if (!remembered.toldOfOwners) deps.log?.warn(about, 'owners of pods are too many for an answer: they stay unknown');
    remembered.toldOfOwners = true;
    return undefined;
  }
}

const UNKNOWN = { workload_kind: '', workload: '', node: '', team: '', environment: '' };

/** Owners by the journal, else by what was asked. */
const ownersOf = (journal: JournalPods, asked: PodOwners | undefined): OwnersOf => ({
  spansOf: (pod) => journal.of(pod),
  elseOf: (pod) => ({ ...UNKNOWN, ...asked?.of(pod) }),
});

/** What is recorded of sources is today's; a backfill may find others of its time. */
async function recordSources(
  server: UsageServer,
  sources: Sources,
  { toMs }: Instants,
  deps: ImportDeps,
): Promise<void> {
  if (toMs < deps.now() - DAY_MS || !server.areNews(sources)) return;
  const { cluster } = server;
  const rows = sourceRows(cluster, sources, deps.now());
  await deps.store.insert(usageSourcesTable, rows, { token: `usage-sources/${cluster}/${deps.now()}` });
}
