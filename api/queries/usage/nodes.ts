import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import { addScope, type Scope } from '../../scope.ts';
import type { UsageFilter } from '../../usage/filter.ts';
import { bindTime, createConditions, FINAL_SETTINGS, type Conditions } from '../conditions.ts';
import { addPatterns } from './conditions.ts';
import { podSpansSql } from './pod-spans.ts';

export interface AtInstant {
  readonly filter: Pick<UsageFilter, 'cluster'>;
  readonly atMs: number;
}

export interface StoredNode {
  readonly cluster: string;
  readonly node: string;
  readonly cpu_cores: number | null;
  readonly memory_bytes: number | null;
  readonly gpus: number | null;
  readonly unschedulable: number;
}

function holdsAt(conditions: Conditions, atMs: number): void {
  const at = bindTime(conditions, atMs);
  conditions.and(`started_at <= ${at} AND (isNull(ended_at) OR ended_at > ${at})`);
}

/** What each node had to give at the instant. */
export function listNodesAt(
  scope: Scope,
  store: Store,
  { filter, atMs }: AtInstant,
  options: QueryOptions,
): Promise<StoredNode[]> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'none' });
  addPatterns(conditions, 'cluster', filter.cluster);
  holdsAt(conditions, atMs);
  const sql = `
    SELECT cluster, node, cpu_cores, memory_bytes, gpus, unschedulable FROM node_resources
    WHERE ${conditions.sql()} ORDER BY cluster, node, started_at DESC LIMIT 1 BY cluster, node ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

export interface StoredRequests {
  readonly cluster: string;
  /** '' for pods that wait for one. */
  readonly node: string;
  readonly pods: number;
  readonly cpu_requests: number;
  readonly cpu_limits: number;
  readonly memory_requests: number;
  readonly memory_limits: number;
  readonly gpu_requests: number;
  readonly gpu_limits: number;
}

/** What the pods of each node asked for together at the instant; what is not set adds nothing. */
export function listRequestsAt(
  scope: Scope,
  store: Store,
  { filter, atMs }: AtInstant,
  options: QueryOptions,
): Promise<StoredRequests[]> {
  const conditions = createConditions();
  addScope(conditions, scope);
  addPatterns(conditions, 'cluster', filter.cluster);
  holdsAt(conditions, atMs);
  const sum = (column: string) => `sum(ifNull(${column}, 0))`;
  const sql = `
    SELECT cluster, node, count() AS pods,
      ${sum('cpu_request_cores')} AS cpu_requests, ${sum('cpu_limit_cores')} AS cpu_limits,
      ${sum('memory_request_bytes')} AS memory_requests, ${sum('memory_limit_bytes')} AS memory_limits,
      ${sum('gpu_request')} AS gpu_requests, ${sum('gpu_limit')} AS gpu_limits
    FROM (
      SELECT * FROM ${podSpansSql(conditions)}
      ORDER BY started_at DESC LIMIT 1 BY cluster, pod_uid
    )
    GROUP BY cluster, node ORDER BY cluster, node ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}
