import { toTime } from '../../../platform/clock.ts';
import type { Store } from '../../../platform/store/store.ts';
import {
  usageImportsTable,
  usageWindowsTable,
  type ImportMethod,
  type Measure,
  type UsageImportRow,
  type UsageWindowRow,
} from '../../../schemas/usage.ts';
import { HOUR_MS, type HourState } from './plan.ts';

/** An hour as it is recorded, with what the rows before it have counted. */
export interface RecordedHour extends HourState {
  readonly pods: number;
  readonly rows: number;
  readonly samples: number;
  readonly badSamples: number;
  readonly method: '' | ImportMethod;
  readonly missing: readonly string[];
  readonly version: number;
  /** Of the last import, where the hour has or ever had rows; else 0. */
  readonly importedVersion: number;
  /** Fingerprint of the settings it was tried with last; '' where it never was. */
  readonly settings: string;
  /** Up to here the journal was known when it was imported. */
  readonly journalToMs: number | null;
}

export type RecordedHours = ReadonlyMap<number, RecordedHour>;

interface Read {
  readonly hour_ms: number;
  readonly to_ms: number | null;
  readonly next_ms: number | null;
  readonly updated_ms: number;
  readonly imported_version?: number;
  readonly settings?: string;
  readonly journal_ms?: number | null;
  readonly behind?: number;
}

/** What belongs to a cluster's hours in what is recorded of them. */
export interface Recording {
  readonly cluster: string;
  /** Fingerprint of the settings of its server. */
  readonly settings: string;
  /** Names this process in its writes: two may come to the same version in one millisecond. */
  readonly by: string;
}

/**
 * The hours of a cluster that are recorded and lie in [fromMs, toMs), or are still to be imported, whenever they are of. What failed
 * or was given up under other settings than now is to be imported as if it never was, and so is, from `rowsFromMs` on, what was
 * imported while the journal did not reach to its end, once it does.
 */
export async function readHours(
  store: Store,
  of: { cluster: string; settings: string; fromMs: number; toMs: number; rowsFromMs: number },
): Promise<RecordedHours> {
  const end = 'toUnixTimestamp64Milli(window_start) + 3600000';
  const behind = `(state = 'done' AND ifNull(tried.journal_ms < ${end}, 0) AND ${end} <= {journal:Int64}
      AND toUnixTimestamp64Milli(window_start) >= {rows:Int64})`;
  const sql = `
    SELECT state, tries, backfill, pods, rows, samples, bad_samples, method, missing, version,
      tried.imported_version AS imported_version, tried.settings AS settings, tried.journal_ms AS journal_ms,
      ${behind} AS behind,
      toUnixTimestamp64Milli(window_start) AS hour_ms, toUnixTimestamp64Milli(imported_to) AS to_ms,
      toUnixTimestamp64Milli(next_try_at) AS next_ms, toUnixTimestamp64Milli(updated_at) AS updated_ms
    FROM usage_windows LEFT JOIN (
      SELECT window_start AS start, imported_version, settings, toUnixTimestamp64Milli(journal_to) AS journal_ms
      FROM usage_imports WHERE cluster = {cluster:String}
    ) AS tried ON usage_windows.window_start = tried.start
    WHERE cluster = {cluster:String} AND (state IN ('pending', 'failed', 'open')
      OR (state = 'given-up' AND tried.settings NOT IN ('', {settings:String}))
      OR ${behind}
      OR (window_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
        AND window_start < fromUnixTimestamp64Milli({to:Int64}, 'UTC')))`;
  const rows = await store.queryAfterWrite<UsageWindowRow & Read>(sql, {
    cluster: of.cluster,
    settings: of.settings,
    journal: (await readJournalTo(store, of.cluster)) ?? 0,
    rows: Math.max(0, of.rowsFromMs),
    from: of.fromMs,
    to: of.toMs,
  });
  return new Map(
    rows.map((row) => [
      row.hour_ms,
      {
        ...stateOf(row, of.settings),
        importedToMs: row.to_ms,
        backfill: row.backfill === 1,
        updatedAtMs: row.updated_ms,
        pods: row.pods,
        rows: row.rows,
        samples: row.samples,
        badSamples: row.bad_samples,
        method: row.method,
        missing: row.missing,
        version: row.version,
        importedVersion: row.imported_version ?? 0,
        settings: row.settings ?? '',
        importedWhole: (row.imported_version ?? 0) > 0 && (row.to_ms ?? 0) >= row.hour_ms + HOUR_MS,
        journalToMs: row.journal_ms ?? null,
      },
    ]),
  );
}

function stateOf(row: UsageWindowRow & Read, settings: string): Pick<HourState, 'state' | 'tries' | 'nextTryAtMs'> {
  if (row.behind) return { state: 'pending', tries: 0, nextTryAtMs: null };
  const failed = row.state === 'failed' || row.state === 'given-up';
  const { settings: triedWith = '' } = row;
  if (failed && triedWith !== '' && triedWith !== settings) return { state: 'pending', tries: 0, nextTryAtMs: null };
  return { state: row.state, tries: row.tries, nextTryAtMs: row.next_ms };
}

/** A row of usage_windows: what was recorded of the hour before, with `change`. */
export function windowRow(
  of: { cluster: string; hourMs: number; nowMs: number; version: number },
  before: RecordedHour | undefined,
  change: Partial<UsageWindowRow> & Pick<UsageWindowRow, 'state'>,
): UsageWindowRow {
  const timeOf = (ms: number | null | undefined): string | null => (typeof ms === 'number' ? toTime(ms) : null);
  return {
    cluster: of.cluster,
    window_start: toTime(of.hourMs),
    imported_to: timeOf(before?.importedToMs),
    tries: before?.tries ?? 0,
    next_try_at: null,
    error_code: '',
    error: '',
    method: before?.method ?? '',
    missing: [...(before?.missing ?? [])],
    pods: before?.pods ?? 0,
    rows: before?.rows ?? 0,
    samples: before?.samples ?? 0,
    bad_samples: before?.badSamples ?? 0,
    duration_ms: 0,
    backfill: before?.backfill ? 1 : 0,
    ...change,
    updated_at: toTime(of.nowMs),
    version: of.version,
  };
}

/** What stays true of an hour, whatever is asked for since. */
export type Tried = Pick<UsageImportRow, 'imported_version' | 'journal_to'>;

/** What stays true of an hour that could not be imported. */
export const triedInVain = (before: RecordedHour | undefined): Tried => ({
  imported_version: before?.importedVersion ?? 0,
  journal_to: typeof before?.journalToMs === 'number' ? toTime(before.journalToMs) : null,
});

/** Records hours, with what stays true of each; its state comes last. */
export async function writeHours(
  store: Store,
  { settings, by }: Recording,
  hours: readonly { readonly row: UsageWindowRow; readonly tried: Tried }[],
): Promise<void> {
  const [first] = hours;
  if (!first) return;
  const { cluster, window_start: start, version } = first.row;
  const token = `${cluster}/${start}/${hours.length}/${version}/${by}`;
  const imports = hours.map(({ row, tried }) => ({
    cluster,
    window_start: row.window_start,
    ...tried,
    settings,
    version: row.version,
  }));
  await store.insert(usageImportsTable, imports, { token: `usage-imports/${token}` });
  const rows = hours.map(({ row }) => row);
  await store.insert(usageWindowsTable, rows, { token: `usage-windows/${token}` });
}

/** How many hours of the cluster are in which state. */
export async function countStates(store: Store, cluster: string): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query<{ state: string; hours: number }>(
    'SELECT state, toUInt32(count()) AS hours FROM usage_windows WHERE cluster = {cluster:String} GROUP BY state',
    { cluster },
  );
  return new Map(rows.map(({ state, hours }) => [state, hours]));
}

/** Up to when the cluster's journal is known, by the newest proof of life in it; null where there is none. */
export async function readJournalTo(store: Store, cluster: string): Promise<number | null> {
  const rows = await store.queryAfterWrite<{ ms: number }>(
    `SELECT toUnixTimestamp64Milli(last_heartbeat_at) AS ms FROM clusters WHERE cluster = {cluster:String}`,
    { cluster },
  );
  return rows[0]?.ms ?? null;
}

/** Whether any of `wanted` ever came of the cluster. */
export async function everUsed(store: Store, cluster: string, wanted: readonly Measure[]): Promise<boolean> {
  const rows = await store.queryAfterWrite(
    `SELECT 1 AS found FROM usage_windows WHERE cluster = {cluster:String} AND samples > 0
      AND NOT hasAll(missing, {wanted:Array(String)}) LIMIT 1`,
    { cluster, wanted: [...wanted] },
  );
  return rows.length > 0;
}
