import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { Cause } from '../../schemas/outages.ts';
import { addScope, type Scope } from '../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS, nestedConditions, type Conditions } from './conditions.ts';
import { addChoice, touches, type Period, type ServiceChoice, type ServiceName } from './service-conditions.ts';

// What the figures are made of. Flat queries side by side: of one that joined them, most of the time would be its analysis.

/** An agent that has said nothing for so long is silent. Milliseconds. */
export const SILENT_AFTER_MS = 30_000;

const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`;

/** Milliseconds; what has not ended has no end. */
export type StoredInterval = readonly [
  kind: 'down' | 'degraded' | 'off',
  planned: number,
  cause: Cause,
  startedEarliest: number,
  startedAt: number,
  startedLatest: number,
  endedEarliest: number | null,
  endedAt: number | null,
  endedLatest: number | null,
];

export interface ServiceIntervals extends ServiceName {
  readonly service_uid: string;
  readonly intervals: readonly StoredInterval[];
  /** The newest in which it was down; with the id '' where there is none. */
  readonly newest: readonly [startedMs: number, id: string, observedMs: number];
}

/** Intervals of the chosen services in which they were down, degraded or off and that touch the period, blips left out. */
export function listIntervals(
  scope: Scope,
  store: Store,
  request: { choice: ServiceChoice; period: Period },
  options: QueryOptions,
): Promise<ServiceIntervals[]> {
  const conditions = createConditions();
  addChoice(conditions, scope, request.choice);
  conditions.and(`kind IN ('down', 'degraded', 'off') AND (kind != 'down' OR blip = 0)`);
  conditions.and(touches(conditions, request.period));
  const times = ['started_earliest', 'started_at', 'started_latest', 'ended_earliest', 'ended_at', 'ended_latest'];
  const sql = `
    SELECT cluster, namespace, service, service_uid,
      groupArray((toString(kind), planned, toString(cause), ${times.map(ms).join(', ')})) AS intervals,
      maxIf((${ms('started_at')}, id, ${ms('observed_at')}), kind = 'down') AS newest
    FROM outages WHERE ${conditions.sql()}
    GROUP BY cluster, namespace, service, service_uid ${FINAL_SETTINGS}`;
  return store.query<ServiceIntervals>(sql, conditions.params, options);
}

/** What was not watched: services and endpoint slices; pods; what is wanted, by the workloads; or all, since an agent is silent. */
export interface Gaps {
  readonly cluster: string;
  /** '' for all. */
  readonly namespace: string;
  readonly of: 'services' | 'pods' | 'workloads' | 'all';
  readonly spans: readonly (readonly [from: number, to: number | null])[];
}

/**
 * Time that nobody watched, by cluster. A kind that may not be read at all is no gap but for services and endpoint slices: what is
 * wanted is then told by the pods and endpoints that are there. An agent that was not heard of in the last `silentAfterMs` of the
 * period is silent since it was.
 */
export async function listGaps(
  scope: Scope,
  store: Store,
  period: Period,
  options: QueryOptions,
  silentAfterMs = SILENT_AFTER_MS,
): Promise<Gaps[]> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'shared' });
  conditions.and(`(state IN ('gap', 'closed') AND of != '' OR state = 'unreadable' AND of = 'services')`);
  conditions.and(`\`from\` < ${bindTime(conditions, period.to)}`);
  conditions.and(`(isNull(\`to\`) OR \`to\` > ${bindTime(conditions, period.from)})`);
  const sql = `
    SELECT cluster, namespace,
      multiIf(kind IN ('service', 'endpointslice'), 'services', kind = 'pod', 'pods', kind IN ('workload/deployments',
        'workload/statefulsets', 'workload/daemonsets', 'workload/replicasets'), 'workloads', '') AS of,
      groupArray((${ms('`from`')}, ${ms('`to`')})) AS spans
    FROM coverage WHERE ${conditions.sql()} GROUP BY cluster, namespace, of ${FINAL_SETTINGS}`;
  const silent = createConditions();
  addScope(silent, scope, { namespace: 'none' });
  silent.and(`last_heartbeat_at < ${bindTime(silent, period.to - silentAfterMs)}`);
  const since = `
    SELECT cluster, '' AS namespace, 'all' AS of, [(${ms('last_heartbeat_at')}, NULL)] AS spans
    FROM clusters WHERE ${silent.sql()}`;
  const [gaps, silences] = await Promise.all([
    store.query<Gaps>(sql, conditions.params, options),
    store.query<Gaps>(since, silent.params, options),
  ]);
  return [...gaps, ...silences];
}

/** A window of maintenance; a name that is '' stands for all. */
export interface SlaWindow extends ServiceName {
  readonly from_ms: number;
  readonly to_ms: number;
}

/** The windows that touch the period. One speaks of every service that it matches: who may see that may see the window. */
export function listSlaWindows(
  scope: Scope,
  store: Store,
  period: Period,
  options: QueryOptions,
): Promise<SlaWindow[]> {
  const conditions = createConditions();
  addWindowScope(conditions, scope);
  conditions.and(`\`from\` < ${bindTime(conditions, period.to)} AND \`to\` > ${bindTime(conditions, period.from)}`);
  const sql = `
    SELECT cluster, namespace, service, ${ms('`from`')} AS from_ms, ${ms('`to`')} AS to_ms
    FROM maintenance_windows WHERE ${conditions.sql()}`;
  return store.query<SlaWindow>(sql, conditions.params, options);
}

/** Windows within the scope; one of all clusters, or of all namespaces, is everybody's. */
export function addWindowScope(conditions: Conditions, scope: Scope): void {
  const own = nestedConditions(conditions);
  addScope(own, scope, { namespace: 'shared' });
  const shared = nestedConditions(conditions);
  addScope(shared, { ...scope, clusters: ['*'] }, { namespace: 'shared' });
  conditions.and(`((${own.sql()}) OR (cluster = '' AND ${shared.sql()}))`);
}
