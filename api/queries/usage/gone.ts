import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import { addScope, type Scope } from '../../scope.ts';
import type { UsageFilter } from '../../usage/filter.ts';
import { bindTime, createConditions, FINAL_SETTINGS, type Conditions } from '../conditions.ts';
import type { Period } from '../service-conditions.ts';
import { addPatterns } from './conditions.ts';

// What is configured tells what will go, not what is there: of days that were let go before they were to be kept for longer, and of
// hours that were older than rows are kept when they were imported, the sums are all that there is.

export interface GoneRequest {
  readonly filter: UsageFilter;
  /** Each lies on hours, or on days. */
  readonly periods: readonly Period[];
}

function addPeriods(conditions: Conditions, periods: readonly Period[]): void {
  const within = periods.map(
    ({ from, to }) => `at >= ${bindTime(conditions, from)} AND at < ${bindTime(conditions, to)}`,
  );
  conditions.and(`(${within.join(' OR ')})`);
}

/**
 * Beginnings of the hours, in milliseconds, that are summed up in any of the clusters and of which rows of 30 s are gone, all or some,
 * of the pods that may be asked about. Of each hour it is the pod with the most instants whose rows are counted: to count those of all costs as much as to read them.
 */
export async function listHoursWithoutInstants(
  scope: Scope,
  store: Store,
  request: GoneRequest,
  options: QueryOptions,
): Promise<ReadonlySet<number>> {
  if (request.periods.length === 0) return new Set();
  const rows = createConditions();
  addScope(rows, scope);
  for (const field of ['cluster', 'namespace', 'pod'] as const) addPatterns(rows, field, request.filter[field]);
  addPeriods(rows, request.periods);
  const sql = `
    WITH summed AS (
      SELECT cluster, toStartOfHour(at) AS hour, max(instants) AS most, argMax((namespace, pod), instants) AS whose
      FROM pod_usage_1h_versions FINAL PREWHERE ${rows.sql()} GROUP BY cluster, hour
    )
    SELECT DISTINCT toUnixTimestamp(hour) AS hour_s FROM summed
    LEFT JOIN (
      SELECT cluster, toStartOfHour(at) AS hour, uniqExact(at) AS there
      FROM pod_usage_versions
      WHERE ${rows.sql()} AND (cluster, toStartOfHour(at), namespace, pod) IN (
        SELECT cluster, hour, tupleElement(whose, 1), tupleElement(whose, 2) FROM summed)
      GROUP BY cluster, hour
    ) AS found USING (cluster, hour)
    WHERE there < most ${FINAL_SETTINGS}`;
  const found = await store.query<{ hour_s: number }>(sql, rows.params, options);
  return new Set(found.map(({ hour_s: seconds }) => seconds * 1000));
}

/** Beginnings of the days (UTC), in milliseconds, that are summed up in any of the clusters and of which hours are gone, all or some. */
export async function listDaysWithoutHours(
  scope: Scope,
  store: Store,
  request: GoneRequest,
  options: QueryOptions,
): Promise<ReadonlySet<number>> {
  if (request.periods.length === 0) return new Set();
  const rows = createConditions();
  rows.and("`by` = 'cluster'");
  addScope(rows, scope, { namespace: 'none' });
  addPatterns(rows, 'cluster', request.filter.cluster);
  addPeriods(rows, request.periods);
  const sql = `
    SELECT DISTINCT toUnixTimestamp(day) AS day_s
    FROM (SELECT cluster, toStartOfDay(at) AS day, instants FROM group_usage_1d_versions FINAL PREWHERE ${rows.sql()}) AS summed
    LEFT JOIN (
      SELECT cluster, toStartOfDay(at) AS day, sum(instants) AS there
      FROM group_usage_1h_versions FINAL PREWHERE ${rows.sql()} GROUP BY cluster, day
    ) AS found USING (cluster, day)
    WHERE there < instants ${FINAL_SETTINGS}`;
  const found = await store.query<{ day_s: number }>(sql, rows.params, options);
  return new Set(found.map(({ day_s: seconds }) => seconds * 1000));
}
