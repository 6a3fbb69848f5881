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
import { createWindow } from '../evaluate/window.ts';
import { sourceRows } from '../sources.ts';
import { findOwners } from '../sources-owners.ts';
import { fillFromJournal, readJournalPods, type JournalPods } from './journal-pods.ts';
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
}

/** What the parts of a job come to, hour by hour. */
export interface Totals {
  samples: number;
  badSamples: number;
  method: ImportMethod;
  readonly sources: Map<Measure, Sources extends ReadonlyMap<Measure, infer S> ? S : never>;
  readonly counts: Map<number, HourCount>;
}

/** Imports the instants of a range: rows of `into`, which has the columns of pod_usage. Throws what the server and the store throw. */
export async function importPart(
  server: UsageServer,
  { fromMs, toMs }: Instants,
  version: number,
  totals: Totals,
  deps: ImportDeps,
  signal: AbortSignal,
  into: Table = podUsageTable,
): Promise<void> {
  const { store } = deps;
  const { cluster } = server;
  const range = { fromMs, toMs };
  const journal = await readJournalPods(store, { cluster, ...range });
  const sources = await server.sources(range, journal.knows, signal);
  await recordSources(server, sources, range, deps);
  const window = createWindow({ ...range, stepMs: STEP_MS });
  const { method, badSamples } = await server.read(window, sources, range, signal);
  fillFromJournal(window, journal, measuresOfJournal(sources));
  const owners = await ownersOf(server, journal, range, signal);
  for (const block of window.blocks(MOST_ROWS)) {
    signal.throwIfAborted();
    const columns = rowColumns(block, { cluster, version }, owners);
    const token = `usage/${cluster}/${fromMs}/${toMs}/${version}/${contentHash(columns)}`;
    await store.insertColumns(into, columns, { token, rows: block.rows });
    countRows(totals.counts, block);
  }
  const counted = window.counts();
  totals.samples += counted.samples;
  totals.badSamples += counted.badSamples + badSamples;
  totals.method = method;
  for (const [measure, source] of sources) totals.sources.set(measure, source);
}

/** Where nothing else tells what was asked for, the journal does. */
const measuresOfJournal = (sources: Sources): SetMeasure[] =>
  SET.filter((measure) => ['journal', 'none'].includes(sources.get(measure)?.kind ?? 'none'));

const NO_TEAM = { team: '', environment: '' };

/** Owners by the journal; by kube-state-metrics where it was not recording yet. */
async function ownersOf(
  { prometheus }: UsageServer,
  journal: JournalPods,
  { fromMs, toMs }: Instants,
  signal: AbortSignal,
): Promise<OwnersOf> {
  const asked = journal.knows
    ? undefined
    : await findOwners({ prometheus, matchers: prometheus.matchers, fromMs, toMs, signal });
  const nobody = { workload_kind: '', workload: '', node: '' };
  return { spansOf: (pod) => journal.of(pod), elseOf: (pod) => ({ ...(asked?.of(pod) ?? nobody), ...NO_TEAM }) };
}

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
