import { toTime } from '../../../platform/clock.ts';
import type { Store } from '../../../platform/store/store.ts';
import { usageWindowsTable, type ImportMethod, type UsageWindowRow } from '../../../schemas/usage.ts';
import type { HourState } from './plan.ts';

/** An hour as it is recorded, with what the rows before it have counted. */
export interface RecordedHour extends HourState {
  readonly pods: number;
  readonly rows: number;
  readonly samples: number;
  readonly badSamples: number;
  readonly method: '' | ImportMethod;
  readonly missing: readonly string[];
  readonly version: number;
}

export type RecordedHours = ReadonlyMap<number, RecordedHour>;

interface Read {
  readonly hour_ms: number;
  readonly to_ms: number | null;
  readonly next_ms: number | null;
  readonly updated_ms: number;
}

/** The hours of a cluster that are recorded and lie in [fromMs, toMs), or are still to be imported, whenever they are of. */
export async function readHours(
  store: Store,
  of: { cluster: string; fromMs: number; toMs: number },
): Promise<RecordedHours> {
  const sql = `
    SELECT state, tries, backfill, pods, rows, samples, bad_samples, method, missing, version,
      toUnixTimestamp64Milli(window_start) AS hour_ms, toUnixTimestamp64Milli(imported_to) AS to_ms,
      toUnixTimestamp64Milli(next_try_at) AS next_ms, toUnixTimestamp64Milli(updated_at) AS updated_ms
    FROM usage_windows
    WHERE cluster = {cluster:String} AND (state IN ('pending', 'failed', 'open')
      OR (window_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
        AND window_start < fromUnixTimestamp64Milli({to:Int64}, 'UTC')))`;
  const rows = await store.queryAfterWrite<UsageWindowRow & Read>(sql, {
    cluster: of.cluster,
    from: of.fromMs,
    to: of.toMs,
  });
  return new Map(
    rows.map((row) => [
      row.hour_ms,
      {
        state: row.state,
        importedToMs: row.to_ms,
        tries: row.tries,
        nextTryAtMs: row.next_ms,
        backfill: row.backfill === 1,
        updatedAtMs: row.updated_ms,
        pods: row.pods,
        rows: row.rows,
        samples: row.samples,
        badSamples: row.bad_samples,
        method: row.method,
        missing: row.missing,
        version: row.version,
      },
    ]),
  );
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

export const writeHours = (store: Store, rows: readonly UsageWindowRow[]): Promise<void> => {
  const [first] = rows;
  if (!first) return Promise.resolve();
  const token = `usage-windows/${first.cluster}/${first.window_start}/${rows.length}/${first.version}`;
  return store.insert(usageWindowsTable, rows, { token });
};

/** How many hours of the cluster are in which state. */
export async function countStates(store: Store, cluster: string): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query<{ state: string; hours: number }>(
    'SELECT state, toUInt32(count()) AS hours FROM usage_windows WHERE cluster = {cluster:String} GROUP BY state',
    { cluster },
  );
  return new Map(rows.map(({ state, hours }) => [state, hours]));
}
