import type { GroupItem, GroupNote } from '../../schemas/api/exceptions.ts';
import type { GroupSort, Order } from '../../schemas/api/parameters.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { addScope, type Scope } from '../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS } from './conditions.ts';
import { exceptionConditions, type GroupedFilter } from './exception-filter.ts';

/** The last group of the page before, and the newest instant of the first page: what came later stays out of all pages. */
export interface GroupKey {
  readonly lastSeenMs: number;
  readonly fingerprint: string;
  readonly asOfMs: number;
}

type GroupRow = Omit<GroupItem, 'acknowledged' | 'first_seen_ever'> & { acknowledged: number };

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

/** Columns to sort by: names of this table alone reach the SQL. */
const SORT_COLUMNS: Readonly<Record<GroupSort, string>> = {
  last_seen: 'last_seen',
  first_seen: 'first_seen',
  count: 'count',
  pods: 'pods',
};

/** Equal ones: the last seen first. */
function orderBy(sort: GroupSort, order: Order): string {
  const first = `${SORT_COLUMNS[sort]} ${order === 'asc' ? 'ASC' : 'DESC'}`;
  return sort === 'last_seen' ? `${first}, fingerprint DESC` : `${first}, last_seen DESC, fingerprint DESC`;
}

export interface GroupsRequest {
  readonly filter: GroupedFilter;
  /** Only with the order that is the default: last seen first. */
  readonly after: GroupKey | null;
  readonly limit: number;
  readonly sort: GroupSort;
  readonly order: Order;
  readonly offset: number;
}

/** A page of groups, with what people said of them. */
export async function listGroups(
  scope: Scope,
  store: Store,
  request: GroupsRequest,
  options: QueryOptions,
): Promise<GroupItem[]> {
  const { after } = request;
  const conditions = exceptionConditions(scope, request.filter);
  let having = '1';
  if (after) {
    conditions.and(`observed_at <= ${bindTime(conditions, after.asOfMs)}`);
    const fingerprint = conditions.bind('String', after.fingerprint);
    having = `(last_seen, fingerprint) < (${bindTime(conditions, after.lastSeenMs)}, ${fingerprint})`;
  }
  const limit = `LIMIT ${conditions.bind('UInt32', request.limit)} OFFSET ${conditions.bind('UInt32', request.offset)}`;
  const order = orderBy(request.sort, request.order);
  const sql = `
    SELECT g.fingerprint AS fingerprint, count, first_seen, last_seen, pods, clusters, namespaces, workloads, reasons, types,
      newest.1 AS sample_id, newest.2 AS container, newest.3 AS exit_code, newest.4 AS hint, first_image,
      n.acknowledged AS acknowledged, n.owner AS owner, n.note AS note, n.updated_by AS updated_by,
      if(n.fingerprint = '', NULL, n.updated_at) AS updated_at
    FROM (
      SELECT ${GROUP_FIELDS} FROM exceptions WHERE ${conditions.sql()}
      GROUP BY fingerprint HAVING ${having}
      ORDER BY ${order} ${limit}
    ) AS g
    LEFT JOIN (SELECT * FROM exception_group_notes FINAL) AS n ON n.fingerprint = g.fingerprint
    ORDER BY ${order}
    ${FINAL_SETTINGS}`;
  const rows = await store.query<GroupRow>(sql, conditions.params, options);
  const fingerprints = rows.map(({ fingerprint }) => fingerprint);
  const firstSeen = await firstSeenEver(scope, store, fingerprints, options);
  return rows.map((row) => ({
    ...row,
    first_seen_ever: firstSeen.get(row.fingerprint) ?? row.first_seen,
    acknowledged: row.acknowledged === 1,
  }));
}

/** When each group was first seen in all that is kept within the scope, whatever the verdict. */
async function firstSeenEver(
  scope: Scope,
  store: Store,
  fingerprints: readonly string[],
  options: QueryOptions,
): Promise<Map<string, string>> {
  if (fingerprints.length === 0) return new Map();
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`fingerprint IN ${conditions.bind('Array(String)', fingerprints)}`);
  const sql = `
    SELECT fingerprint, min(observed_at) AS first_seen FROM exceptions WHERE ${conditions.sql()}
    GROUP BY fingerprint ${FINAL_SETTINGS}`;
  type FirstRow = Pick<GroupItem, 'fingerprint' | 'first_seen'>;
  const rows = await store.query<FirstRow>(sql, conditions.params, options);
  return new Map(rows.map((row) => [row.fingerprint, row.first_seen]));
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
