import type { GroupItem, GroupNote } from '../../schemas/api/exceptions.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { addScope, type Scope } from '../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS } from './conditions.ts';
import { exceptionConditions, type ExceptionFilter } from './exception-filter.ts';

/** The last group of the page before, and the newest instant of the first page: what came later stays out of all pages. */
export interface GroupKey {
  readonly lastSeenMs: number;
  readonly fingerprint: string;
  readonly asOfMs: number;
}

type GroupRow = Omit<GroupItem, 'acknowledged'> & { acknowledged: number };

const GROUP_FIELDS = `
  fingerprint,
  count() AS count,
  min(observed_at) AS first_seen,
  max(observed_at) AS last_seen,
  uniqExact(cluster, namespace, pod_uid) AS pods,
  arraySort(groupUniqArray(100)(toString(cluster))) AS clusters,
  arraySort(groupUniqArray(100)(toString(namespace))) AS namespaces,
  arraySort(groupUniqArray(100)(concat(workload_kind, '/', workload))) AS workloads,
  arraySort(groupUniqArray(100)(toString(reason))) AS reasons,
  arraySort(groupUniqArray(toString(type))) AS types,
  argMax(tuple(id, toString(container), exit_code, hint), (observed_at, id)) AS newest,
  argMin(image, (observed_at, id)) AS first_image`;

/** A page of groups, the last seen first, with what people said of them. */
export async function listGroups(
  scope: Scope,
  store: Store,
  request: { filter: ExceptionFilter; after: GroupKey | null; limit: number },
  options: QueryOptions,
): Promise<GroupItem[]> {
  const { after, limit } = request;
  const conditions = exceptionConditions(scope, request.filter);
  let having = '1';
  if (after) {
    conditions.and(`observed_at <= ${bindTime(conditions, after.asOfMs)}`);
    const fingerprint = conditions.bind('String', after.fingerprint);
    having = `(last_seen, fingerprint) < (${bindTime(conditions, after.lastSeenMs)}, ${fingerprint})`;
  }
  const sql = `
    SELECT g.fingerprint AS fingerprint, count, first_seen, last_seen, pods, clusters, namespaces, workloads, reasons, types,
      newest.1 AS sample_id, newest.2 AS container, newest.3 AS exit_code, newest.4 AS hint, first_image,
      n.acknowledged AS acknowledged, n.owner AS owner, n.note AS note, n.updated_by AS updated_by,
      if(n.fingerprint = '', NULL, n.updated_at) AS updated_at
    FROM (
      SELECT ${GROUP_FIELDS} FROM exceptions WHERE ${conditions.sql()}
      GROUP BY fingerprint HAVING ${having}
      ORDER BY last_seen DESC, fingerprint DESC LIMIT ${conditions.bind('UInt32', limit)}
    ) AS g
    LEFT JOIN (SELECT * FROM exception_group_notes FINAL) AS n ON n.fingerprint = g.fingerprint
    ORDER BY last_seen DESC, fingerprint DESC
    ${FINAL_SETTINGS}`;
  const rows = await store.query<GroupRow>(sql, conditions.params, options);
  return rows.map((row) => ({ ...row, acknowledged: row.acknowledged === 1 }));
}

/** How many groups the filter finds, on all pages together. */
export async function countGroups(
  scope: Scope,
  store: Store,
  filter: ExceptionFilter,
  options: QueryOptions,
): Promise<number> {
  const conditions = exceptionConditions(scope, filter);
  const sql = `SELECT uniqExact(fingerprint) AS total FROM exceptions WHERE ${conditions.sql()} ${FINAL_SETTINGS}`;
  const [row] = await store.query<{ total: number }>(sql, conditions.params, options);
  return row?.total ?? 0;
}

/** Whether the scope holds any exception of the group. */
export async function groupExists(
  scope: Scope,
  store: Store,
  fingerprint: string,
  options: QueryOptions,
): Promise<boolean> {
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`fingerprint = ${conditions.bind('String', fingerprint)}`);
  const sql = `SELECT 1 AS found FROM exceptions WHERE ${conditions.sql()} LIMIT 1 ${FINAL_SETTINGS}`;
  return (await store.query<{ found: number }>(sql, conditions.params, options)).length > 0;
}

/** What people said of a group, or null. Only for a group that `groupExists` has found within the scope. */
export async function getGroupNote(
  _scope: Scope,
  store: Store,
  fingerprint: string,
  options: QueryOptions,
): Promise<GroupNote | null> {
  const sql = `
    SELECT fingerprint, acknowledged, owner, note, updated_by, updated_at FROM exception_group_notes FINAL
    WHERE fingerprint = {fingerprint:String} LIMIT 1`;
  type NoteRow = Omit<GroupNote, 'acknowledged'> & { acknowledged: number };
  const [row] = await store.query<NoteRow>(sql, { fingerprint }, options);
  return row ? { ...row, acknowledged: row.acknowledged === 1 } : null;
}
