import type { ClusterChange, ReasonChange, Signals, WorkloadDeaths } from '../../schemas/api/overview.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { RowFilter } from '../filter.ts';
import type { Scope } from '../scope.ts';
import type { StateSignals } from './signals-now.ts';
import { bindTime, FINAL_SETTINGS, type Conditions } from './conditions.ts';
import { exceptionConditions } from './exception-filter.ts';

/** A period, and the one of the same length just before. Milliseconds. */
export interface Periods {
  readonly filter: RowFilter;
  readonly previousFrom: number;
  /** Where the period before ends and this one begins. */
  readonly from: number;
  readonly to: number;
}

const DEATHS = `type = 'death'`;

/** Those that are counts of rows. */
type RowSignals = Omit<Signals, 'new_groups' | keyof StateSignals>;

/** What each signal counts. The types are never summed. */
const SIGNALS: Readonly<Record<keyof RowSignals, string>> = {
  deaths: DEATHS,
  oom_kills: `${DEATHS} AND reason = 'OOMKilled'`,
  crash_loops: `type = 'stuck' AND reason = 'CrashLoopBackOff'`,
  stuck: `type = 'stuck' AND reason != 'CrashLoopBackOff'`,
  pods: `type = 'pod'`,
  jobs: `type = 'job'`,
};
type Signal = keyof typeof SIGNALS;
const SIGNAL_NAMES = Object.keys(SIGNALS) as Signal[];

/** Conditions over both periods, and the one that tells this period's rows. */
function bothPeriods(scope: Scope, periods: Periods): { conditions: Conditions; isCurrent: string } {
  const conditions = exceptionConditions(scope, { ...periods.filter, from: periods.previousFrom, to: periods.to });
  return { conditions, isCurrent: `observed_at >= ${bindTime(conditions, periods.from)}` };
}

export async function compareSignals(
  scope: Scope,
  store: Store,
  periods: Periods,
  options: QueryOptions,
): Promise<RowSignals> {
  const { conditions, isCurrent } = bothPeriods(scope, periods);
  const counts = SIGNAL_NAMES.map(
    (name) => `
      countIf(${SIGNALS[name]} AND is_current) AS ${name}_current,
      countIf(${SIGNALS[name]} AND NOT is_current) AS ${name}_previous`,
  );
  const sql = `
    SELECT ${counts.join(',')}
    FROM (SELECT type, reason, ${isCurrent} AS is_current FROM exceptions WHERE ${conditions.sql()})
    ${FINAL_SETTINGS}`;
  const [row] = await store.query<Record<`${Signal}_${'current' | 'previous'}`, number>>(
    sql,
    conditions.params,
    options,
  );
  const signals = SIGNAL_NAMES.map((name) => [
    name,
    { current: row?.[`${name}_current`] ?? 0, previous: row?.[`${name}_previous`] ?? 0 },
  ]);
  return Object.fromEntries(signals) as RowSignals;
}

/** The 12 most frequent types and reasons of either period. */
export function compareReasons(
  scope: Scope,
  store: Store,
  periods: Periods,
  options: QueryOptions,
): Promise<ReasonChange[]> {
  const { conditions, isCurrent } = bothPeriods(scope, periods);
  const sql = `
    SELECT type, reason, countIf(is_current) AS current, countIf(NOT is_current) AS previous
    FROM (SELECT type, reason, ${isCurrent} AS is_current FROM exceptions WHERE ${conditions.sql()})
    GROUP BY type, reason
    ORDER BY greatest(current, previous) DESC, current DESC, type, reason LIMIT 12
    ${FINAL_SETTINGS}`;
  return store.query<ReasonChange>(sql, conditions.params, options);
}

/** Deaths a cluster, most first. */
export function compareClusters(
  scope: Scope,
  store: Store,
  periods: Periods,
  options: QueryOptions,
): Promise<ClusterChange[]> {
  const { conditions, isCurrent } = bothPeriods(scope, periods);
  conditions.and(DEATHS);
  const sql = `
    SELECT cluster, countIf(is_current) AS current, countIf(NOT is_current) AS previous
    FROM (SELECT cluster, ${isCurrent} AS is_current FROM exceptions WHERE ${conditions.sql()})
    GROUP BY cluster
    ORDER BY current DESC, previous DESC, cluster LIMIT 100
    ${FINAL_SETTINGS}`;
  return store.query<ClusterChange>(sql, conditions.params, options);
}

/** The 10 workloads with most deaths. */
export function compareWorkloads(
  scope: Scope,
  store: Store,
  periods: Periods,
  options: QueryOptions,
): Promise<WorkloadDeaths[]> {
  const { conditions, isCurrent } = bothPeriods(scope, periods);
  conditions.and(DEATHS);
  const sql = `
    WITH sumMapIf([why], [toInt64(1)], is_current) AS times
    SELECT cluster, namespace, workload_kind, workload,
      countIf(is_current) AS deaths,
      countIf(NOT is_current) AS previous,
      uniqExactIf(fingerprint, is_current) AS groups,
      maxIf(observed_at, is_current) AS last_seen,
      arraySort((name, count) -> (-count, name), times.1, times.2)[1] AS reason,
      argMaxIf(id, (observed_at, id), is_current) AS sample_id
    FROM (
      SELECT cluster, namespace, workload_kind, workload, fingerprint, observed_at, id, toString(reason) AS why,
        ${isCurrent} AS is_current
      FROM exceptions WHERE ${conditions.sql()}
    )
    GROUP BY cluster, namespace, workload_kind, workload HAVING deaths > 0
    ORDER BY deaths DESC, last_seen DESC, cluster, namespace, workload_kind, workload LIMIT 10
    ${FINAL_SETTINGS}`;
  return store.query<WorkloadDeaths>(sql, conditions.params, options);
}
