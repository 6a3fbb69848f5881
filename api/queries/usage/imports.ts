import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { UsageSourceRow, UsageWindowRow, WindowState } from '../../../schemas/usage.ts';
import { addScope, type Scope } from '../../scope.ts';
import type { Selection } from '../../selection.ts';
import { addRange } from '../exception-filter.ts';
import { bindTime, createConditions, FINAL_SETTINGS, type Conditions } from '../conditions.ts';
import type { Period } from '../service-conditions.ts';
import { addPatterns } from './conditions.ts';

export interface ImportFilter {
  readonly cluster?: Selection | undefined;
}

const HOUR_MS = 3_600_000;

function clusterConditions(scope: Scope, { cluster }: ImportFilter): Conditions {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'none' });
  addPatterns(conditions, 'cluster', cluster);
  return conditions;
}

/** Milliseconds of the period that are imported, of each cluster whose usage is or was to be; what failed or was given up is only as far as it was before. */
export async function listImported(
  scope: Scope,
  store: Store,
  request: { filter: ImportFilter; period: Period },
  options: QueryOptions,
): Promise<{ cluster: string; imported_ms: number }[]> {
  const conditions = clusterConditions(scope, request.filter);
  const { from, to } = request.period;
  const [begin, end] = [conditions.bind('Int64', from), conditions.bind('Int64', to)];
  const start = 'toUnixTimestamp64Milli(window_start)';
  const soFar = `ifNull(toUnixTimestamp64Milli(imported_to), ${start})`;
  const had = `(cluster, window_start) IN (
    SELECT cluster, window_start FROM usage_imports WHERE imported_version > 0 AND ${conditions.sql()})`;
  const until = `multiIf(state = 'done', ${start} + ${HOUR_MS}, state IN ('failed', 'given-up') AND NOT ${had}, ${start}, ${soFar})`;
  const sql = `
    SELECT cluster, sum(imported) AS imported_ms FROM (
      SELECT cluster, greatest(0, least(${until}, ${end}) - greatest(${start}, ${begin})) AS imported
      FROM usage_windows WHERE ${conditions.sql()}
      UNION ALL SELECT cluster, 0 AS imported FROM usage_sources WHERE ${conditions.sql()}
    ) GROUP BY cluster ORDER BY cluster ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

export interface ImportState {
  readonly cluster: string;
  /** Milliseconds; null before the first import. */
  readonly imported_to: number | null;
  readonly method: UsageWindowRow['method'];
  readonly missing: readonly string[];
  readonly states: Readonly<Partial<Record<WindowState, number>>>;
  readonly backfill_left: number;
  readonly rows: number;
  readonly samples: number;
  readonly bad_samples: number;
}

/** How the import of each cluster stands; rows and samples are those of the period. */
export async function listImportStates(
  scope: Scope,
  store: Store,
  request: { filter: ImportFilter; period: Period },
  options: QueryOptions,
): Promise<ImportState[]> {
  const conditions = clusterConditions(scope, request.filter);
  const { from, to } = request.period;
  const inPeriod = `window_start < ${bindTime(conditions, to)} AND window_start > ${bindTime(conditions, from - HOUR_MS)}`;
  const end = `if(state = 'done', toUnixTimestamp64Milli(window_start) + ${HOUR_MS}, toUnixTimestamp64Milli(imported_to))`;
  const succeeded = `state IN ('done', 'open') AND isNotNull(${end})`;
  const sql = `
    SELECT cluster, maxIf(${end}, ${succeeded}) AS newest_to,
      argMaxIf(method, window_start, ${succeeded}) AS newest_method,
      argMaxIf(missing, window_start, ${succeeded}) AS newest_missing,
      sumMap(map(toString(state), toUInt64(1))) AS states,
      countIf(backfill = 1 AND state IN ('pending', 'failed')) AS backfill_left,
      sumIf(rows, ${inPeriod}) AS rows_of_period, sumIf(samples, ${inPeriod}) AS samples_of_period,
      sumIf(bad_samples, ${inPeriod}) AS bad_of_period
    FROM usage_windows WHERE ${conditions.sql()} GROUP BY cluster ORDER BY cluster ${FINAL_SETTINGS}`;
  interface Row extends Pick<ImportState, 'cluster' | 'states' | 'backfill_left'> {
    readonly newest_to: number | null;
    readonly newest_method: ImportState['method'];
    readonly newest_missing: readonly string[];
    readonly rows_of_period: number;
    readonly samples_of_period: number;
    readonly bad_of_period: number;
  }
  return (await store.query<Row>(sql, conditions.params, options)).map((row) => ({
    cluster: row.cluster,
    states: row.states,
    backfill_left: row.backfill_left,
    imported_to: row.newest_to,
    method: row.newest_method,
    missing: row.newest_missing,
    rows: row.rows_of_period,
    samples: row.samples_of_period,
    bad_samples: row.bad_of_period,
  }));
}

export type FailedWindow = Pick<
  UsageWindowRow,
  'cluster' | 'window_start' | 'state' | 'tries' | 'next_try_at' | 'error_code' | 'error' | 'updated_at'
>;
const FAILED_EACH = 20;

/** Windows that could not be imported, whenever they are of; the newest hours of each cluster. */
export function listFailedWindows(
  scope: Scope,
  store: Store,
  filter: ImportFilter,
  options: QueryOptions,
): Promise<FailedWindow[]> {
  const conditions = clusterConditions(scope, filter);
  conditions.and(`error_code != '' AND state != 'done'`);
  const sql = `
    SELECT cluster, window_start, state, tries, next_try_at, error_code, error, updated_at
    FROM usage_windows WHERE ${conditions.sql()}
    ORDER BY cluster, window_start DESC LIMIT ${FAILED_EACH} BY cluster ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

/** Where each measure of each cluster comes from. */
export function listSources(
  scope: Scope,
  store: Store,
  filter: ImportFilter,
  options: QueryOptions,
): Promise<Omit<UsageSourceRow, 'version'>[]> {
  const conditions = clusterConditions(scope, filter);
  const sql = `
    SELECT cluster, measure, source, expression, chosen, series, checked_at
    FROM usage_sources WHERE ${conditions.sql()} ORDER BY cluster, measure`;
  return store.query(sql, conditions.params, options);
}

export interface WindowSpan {
  readonly cluster: string;
  readonly state: WindowState;
  readonly from_ms: number;
  readonly to_ms: number;
}

/** The hours of the period that have a window, neighbours of one state together; oldest first. */
export function listWindowSpans(
  scope: Scope,
  store: Store,
  request: { filter: ImportFilter; period: Period },
  options: QueryOptions,
): Promise<WindowSpan[]> {
  const conditions = clusterConditions(scope, request.filter);
  addRange(conditions, 'window_start', request.period);
  // Of hours in a row, the hour less its place among those of its state is the same.
  const hour = `intDiv(toUnixTimestamp64Milli(window_start), ${HOUR_MS})`;
  const sql = `
    SELECT cluster, state, min(hour) * ${HOUR_MS} AS from_ms, (max(hour) + 1) * ${HOUR_MS} AS to_ms
    FROM (
      SELECT cluster, state, ${hour} AS hour,
        hour - row_number() OVER (PARTITION BY cluster, state ORDER BY window_start) AS run
      FROM usage_windows WHERE ${conditions.sql()}
    )
    GROUP BY cluster, state, run ORDER BY cluster, from_ms ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

/** The windows of one cluster in the period. */
export function listWindowsOf(
  scope: Scope,
  store: Store,
  request: { cluster: string; period: Period },
  options: QueryOptions,
): Promise<UsageWindowRow[]> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'none' });
  conditions.and(`cluster = ${conditions.bind('String', request.cluster)}`);
  addRange(conditions, 'window_start', request.period);
  const sql = `SELECT * FROM usage_windows WHERE ${conditions.sql()} ORDER BY window_start ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

/** Whether usage of the cluster is or was imported. */
export async function isImported(scope: Scope, store: Store, cluster: string, options: QueryOptions): Promise<boolean> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'none' });
  conditions.and(`cluster = ${conditions.bind('String', cluster)}`);
  const sql = `
    SELECT 1 FROM usage_sources WHERE ${conditions.sql()} UNION ALL
    SELECT 1 FROM usage_windows WHERE ${conditions.sql()} LIMIT 1`;
  return (await store.query(sql, conditions.params, options)).length > 0;
}
