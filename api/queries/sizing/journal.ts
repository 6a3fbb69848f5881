import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import { addScope, type Scope } from '../../scope.ts';
import { addRange } from '../exception-filter.ts';
import { bindTime, createConditions, FINAL_SETTINGS, type Conditions } from '../conditions.ts';
import { addPatterns, addWorkloads } from '../usage/conditions.ts';
import { KEY, KEY_OF_WORKLOAD, keyOfRow, selectKey, type KEY_COLUMNS } from '../usage/keys.ts';
import { podSpansSql } from '../usage/pod-spans.ts';
import type { SizingChoice } from './figures.ts';

export type Key = Readonly<Record<(typeof KEY_COLUMNS)[number], string>>;

/** What the newest pod of a workload asks for; `containers` as `PodResourcesRow` has it. */
export interface StoredAsked extends Key {
  readonly newest: readonly [
    cpuRequest: number | null,
    cpuLimit: number | null,
    memoryRequest: number | null,
    memoryLimit: number | null,
    gpuRequest: number | null,
    gpuLimit: number | null,
    gpuResource: string,
    containers: string,
    unreadable: number,
  ];
}

function ofWorkloads(scope: Scope, { filter }: SizingChoice): Conditions {
  const conditions = createConditions();
  addScope(conditions, scope);
  addPatterns(conditions, 'cluster', filter.cluster);
  addPatterns(conditions, 'namespace', filter.namespace);
  addWorkloads(conditions, 'workload_kind', 'workload', filter.workload);
  return conditions;
}

/** What the newest pod of each workload asked for that was there in the range. */
export function listAsked(
  scope: Scope,
  store: Store,
  choice: SizingChoice,
  options: QueryOptions,
): Promise<StoredAsked[]> {
  const conditions = ofWorkloads(scope, choice);
  const { from, to } = choice.plan.range;
  conditions.and(`started_at < ${bindTime(conditions, to)}`);
  conditions.and(`(isNull(ended_at) OR ended_at > ${bindTime(conditions, from)})`);
  const sql = `
    SELECT ${selectKey(keyOfRow('workload'))},
      argMax((cpu_request_cores, cpu_limit_cores, memory_request_bytes, memory_limit_bytes, gpu_request, gpu_limit,
        toString(gpu_resource), containers, unreadable), (started_at, observed_at, id)) AS newest
    FROM ${podSpansSql(conditions)} GROUP BY ${KEY} ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

export interface StoredAutoscaler extends Key {
  readonly autoscaler: string;
  readonly min_replicas: number;
  readonly max_replicas: number;
  readonly cpu_target_percent: number | null;
  readonly memory_target_percent: number | null;
}

/** The autoscaler of each workload at the end of the range; of several the newest. */
export function listAutoscalers(
  scope: Scope,
  store: Store,
  choice: SizingChoice,
  options: QueryOptions,
): Promise<StoredAutoscaler[]> {
  const conditions = ofWorkloads(scope, choice);
  const end = bindTime(conditions, choice.plan.range.to);
  conditions.and(`started_at <= ${end} AND (isNull(ended_at) OR ended_at > ${end})`);
  const sql = `
    SELECT ${selectKey(KEY_OF_WORKLOAD)}, name AS autoscaler, min_replicas, max_replicas, cpu_target_percent,
      memory_target_percent
    FROM autoscalers WHERE ${conditions.sql()} ORDER BY started_at DESC, id LIMIT 1 BY ${KEY} ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

export interface StoredKills extends Key {
  readonly kills: number;
  readonly container: string;
  readonly last_ms: number;
}

/** How many containers of each workload died as OOMKilled in the range, and the newest; what a rule suppressed counts too. */
export function listOomKills(
  scope: Scope,
  store: Store,
  choice: SizingChoice,
  options: QueryOptions,
): Promise<StoredKills[]> {
  const conditions = ofWorkloads(scope, choice);
  conditions.and(`type = 'death' AND reason = 'OOMKilled'`);
  addRange(conditions, 'observed_at', choice.plan.range);
  const sql = `
    SELECT ${selectKey(keyOfRow('workload'))}, toFloat64(count()) AS kills,
      argMax(toString(container), observed_at) AS container, toUnixTimestamp64Milli(max(observed_at)) AS last_ms
    FROM exceptions WHERE ${conditions.sql()} GROUP BY ${KEY} ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

/**
 * Measures that a cluster's import has a source of. The journal is none by itself: it tells of a workload where it has its pods, and
 * then `listAsked` has them.
 */
export function listFoundMeasures(
  scope: Scope,
  store: Store,
  { filter }: SizingChoice,
  options: QueryOptions,
): Promise<{ cluster: string; measure: string }[]> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'none' });
  addPatterns(conditions, 'cluster', filter.cluster);
  conditions.and(`source NOT IN ('', 'off', 'journal')`);
  const sql = `SELECT cluster, measure FROM usage_sources WHERE ${conditions.sql()} ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}
