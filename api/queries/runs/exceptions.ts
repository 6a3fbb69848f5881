import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { RunGroup, RunReason } from '../../../schemas/api/runs.ts';
import type { About } from '../../runs/about.ts';
import type { Scope } from '../../scope.ts';
import { createConditions, FINAL_SETTINGS, nestedConditions, type Conditions } from '../conditions.ts';
import { addRange } from '../exception-filter.ts';
import type { Period } from '../service-conditions.ts';
import { addAbout } from './conditions.ts';

/** At most so many rows of each list. */
export const MOST_ROWS = 500;

export interface RunRequest {
  readonly about: About;
  readonly period: Period;
}

function addPeriod(conditions: Conditions, scope: Scope, { about, period }: RunRequest): Conditions {
  addAbout(conditions, scope, about);
  addRange(conditions, 'observed_at', period);
  return conditions;
}
const inPeriod = (scope: Scope, request: RunRequest): Conditions => addPeriod(createConditions(), scope, request);

/** What was reported, by reason and workload, most frequent first. */
export function listReasons(
  scope: Scope,
  store: Store,
  request: RunRequest,
  options: QueryOptions,
): Promise<RunReason[]> {
  const conditions = inPeriod(scope, request);
  conditions.and(`verdict = 'reported'`);
  const keys = 'cluster, namespace, workload_kind, workload, type, reason';
  const sql = `
    SELECT ${keys}, toFloat64(count()) AS count, toFloat64(uniqExact(fingerprint)) AS groups,
      toFloat64(uniqExact(namespace, pod_uid)) AS pods,
      min(observed_at) AS first_at, argMin(id, (observed_at, id)) AS first_id
    FROM exceptions WHERE ${conditions.sql()} GROUP BY ${keys}
    ORDER BY count DESC, ${keys} LIMIT ${MOST_ROWS} ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

/** A query of the groups of which something was seen, reported or not. */
const seenIn = (outer: Conditions, scope: Scope, before: RunRequest): string =>
  `SELECT fingerprint FROM exceptions WHERE ${addPeriod(nestedConditions(outer), scope, before).sql()}`;

/** The groups of what was reported: new ones first, then the most frequent. New: nothing of it was seen in `before`. */
export function listRunGroups(
  scope: Scope,
  store: Store,
  request: RunRequest & { before: RunRequest },
  options: QueryOptions,
): Promise<RunGroup[]> {
  const conditions = inPeriod(scope, request);
  conditions.and(`verdict = 'reported'`);
  const first = ['cluster', 'namespace', 'workload_kind', 'workload', 'type', 'reason', 'container', 'hint', 'id'].map(
    (name) => `toString(${name})`,
  );
  const sql = `
    SELECT fingerprint, first.1 AS cluster, first.2 AS namespace, first.3 AS workload_kind, first.4 AS workload,
      first.5 AS type, first.6 AS reason, first.7 AS container, first.8 AS hint, first.9 AS first_id,
      first.10 AS exit_code, count, first_at, last_at, is_new AS new
    FROM (
      SELECT fingerprint, toFloat64(count()) AS count, min(observed_at) AS first_at, max(observed_at) AS last_at,
        argMin(tuple(${first.join(', ')}, exit_code), (observed_at, id)) AS first,
        fingerprint NOT IN (${seenIn(conditions, scope, request.before)}) AS is_new
      FROM exceptions WHERE ${conditions.sql()} GROUP BY fingerprint
    )
    ORDER BY is_new DESC, count DESC, fingerprint LIMIT ${MOST_ROWS} ${FINAL_SETTINGS}`;
  return store
    .query<Omit<RunGroup, 'new'> & { new: number }>(sql, conditions.params, options)
    .then((rows) => rows.map((row) => ({ ...row, new: row.new === 1 })));
}

export interface RunCounts {
  readonly deaths: number;
  readonly others: number;
  readonly oom_kills: number;
  readonly groups_total: number;
  readonly new_groups: number;
  readonly new_exceptions: number;
}

/** Counts over all rows, however many the lists have. */
export async function countRun(
  scope: Scope,
  store: Store,
  request: RunRequest & { before: RunRequest },
  options: QueryOptions,
): Promise<RunCounts> {
  const conditions = inPeriod(scope, request);
  const reported = `verdict = 'reported'`;
  const isNew = `${reported} AND fingerprint NOT IN (${seenIn(conditions, scope, request.before)})`;
  const sql = `
    SELECT toFloat64(countIf(${reported} AND type = 'death')) AS deaths,
      toFloat64(countIf(${reported} AND type != 'death')) AS others,
      toFloat64(countIf(type = 'death' AND reason = 'OOMKilled')) AS oom_kills,
      toFloat64(uniqExactIf(fingerprint, ${reported})) AS groups_total,
      toFloat64(uniqExactIf(fingerprint, ${isNew})) AS new_groups, toFloat64(countIf(${isNew})) AS new_exceptions
    FROM exceptions WHERE ${conditions.sql()} ${FINAL_SETTINGS}`;
  const [row] = await store.query<RunCounts>(sql, conditions.params, options);
  return row ?? { deaths: 0, others: 0, oom_kills: 0, groups_total: 0, new_groups: 0, new_exceptions: 0 };
}

export interface OomKilled {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload_kind: string;
  readonly workload: string;
  readonly count: number;
  readonly first_id: string;
}

/** Workloads whose containers died as OOMKilled, what a rule suppressed too; the most often first. */
export function listOomKilled(
  scope: Scope,
  store: Store,
  request: RunRequest,
  options: QueryOptions,
): Promise<OomKilled[]> {
  const conditions = inPeriod(scope, request);
  conditions.and(`type = 'death' AND reason = 'OOMKilled'`);
  const keys = 'cluster, namespace, workload_kind, workload';
  const sql = `
    SELECT ${keys}, toFloat64(count()) AS count, argMin(id, (observed_at, id)) AS first_id
    FROM exceptions WHERE ${conditions.sql()} GROUP BY ${keys} ORDER BY count DESC, ${keys}
    LIMIT ${MOST_ROWS} ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}
