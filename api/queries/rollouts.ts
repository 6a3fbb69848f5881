import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { Order } from '../../schemas/api/parameters.ts';
import { ROLLOUT_FIELDS, type RolloutDetail, type RolloutItem, type RolloutMark } from '../../schemas/api/rollouts.ts';
import type { RolloutSort } from '../../schemas/api/service-parameters.ts';
import { addScope, type Scope } from '../scope.ts';
import type { ServiceFilter } from '../service-filter.ts';
import type { TimeRange } from '../times.ts';
import {
  bindTime,
  createConditions,
  FINAL_SETTINGS,
  nestedConditions,
  someVersion,
  type Conditions,
} from './conditions.ts';
import { addSelection } from './exception-filter.ts';
import { OUTAGE_KEY } from './outages.ts';
import { addServiceLists } from './service-conditions.ts';

export type RolloutFilter = ServiceFilter & TimeRange;

/** The last row of the page before. */
export interface RolloutKey {
  readonly startedAtMs: number;
  readonly id: string;
}

/** What the table is sorted by. */
export const ROLLOUT_KEY = 'cluster, namespace, workload_kind, workload, observed_at, id';

const DURATION = `if(isNull(finished_at), NULL, greatest(0, dateDiff('millisecond', started_at, finished_at)) / 1000) AS duration_s`;

const LISTS = ['cluster', 'namespace', 'workload_kind', 'team', 'environment', 'outcome', 'kind', 'manager'] as const;
const WORKLOAD = `[concat(workload_kind, '/', workload), workload]`;

/** Rollouts that were going on in the range. */
function rolloutConditions(scope: Scope, filter: RolloutFilter): Conditions {
  const conditions = createConditions();
  addScope(conditions, scope);
  addServiceLists(conditions, filter.lists, LISTS);
  addSelection(conditions, WORKLOAD, filter.lists.workload, { many: true });
  addSelection(conditions, `if(empty(services), [''], services)`, filter.lists.service, { many: true });
  if (filter.to !== undefined) conditions.and(`started_at < ${bindTime(conditions, filter.to)}`);
  if (filter.from !== undefined) {
    conditions.and(`(isNull(finished_at) OR finished_at >= ${bindTime(conditions, filter.from)})`);
  }
  return conditions;
}

/** Columns to sort by: names of this table alone reach the SQL. Those that last are the longest. */
const SORT_COLUMNS: Readonly<Record<RolloutSort, string>> = {
  started_at: 'started_at',
  duration: 'ifNull(duration_s, inf)',
  cluster: 'cluster',
  namespace: 'namespace',
  workload: 'workload',
  kind: 'kind',
  outcome: 'outcome',
  manager: 'manager',
};

function orderBy(sort: RolloutSort, order: Order): string {
  const first = `${SORT_COLUMNS[sort]} ${order === 'asc' ? 'ASC' : 'DESC'}`;
  return sort === 'started_at' ? `${first}, id DESC` : `${first}, started_at DESC, id DESC`;
}

/** How often a service was down because of each of these rollouts, blips aside; perhaps of others too. `ids`: SQL. */
function outagesBy(conditions: Conditions, scope: Scope, ids: string): string {
  const inner = nestedConditions(conditions);
  addScope(inner, scope);
  inner.and(someVersion('outages_versions', OUTAGE_KEY, `rollout IN (${ids})`));
  inner.and(`kind = 'down' AND blip = 0 AND rollout != ''`);
  return `SELECT rollout, count() AS outages FROM outages WHERE ${inner.sql()} GROUP BY rollout`;
}

const COLUMNS = `${ROLLOUT_FIELDS.map((field) => `r.${field} AS ${field}`).join(', ')}, r.duration_s AS duration_s,
  toUInt64(o.outages) AS outages`;

export interface RolloutsRequest {
  readonly filter: RolloutFilter;
  /** Only with the order that is the default: newest first. */
  readonly after: RolloutKey | null;
  readonly limit: number;
  readonly sort: RolloutSort;
  readonly order: Order;
  readonly offset: number;
}

/** A page of rollouts. */
export function listRollouts(
  scope: Scope,
  store: Store,
  request: RolloutsRequest,
  options: QueryOptions,
): Promise<RolloutItem[]> {
  const conditions = rolloutConditions(scope, request.filter);
  if (request.after) {
    const { startedAtMs, id } = request.after;
    conditions.and(`(started_at, id) < (${bindTime(conditions, startedAtMs)}, ${conditions.bind('String', id)})`);
  }
  const limit = `LIMIT ${conditions.bind('UInt32', request.limit)} OFFSET ${conditions.bind('UInt32', request.offset)}`;
  const order = orderBy(request.sort, request.order);
  const sql = `
    WITH page AS (
      SELECT ${ROLLOUT_FIELDS.join(', ')}, ${DURATION} FROM rollouts WHERE ${conditions.sql()} ORDER BY ${order} ${limit}
    )
    SELECT ${COLUMNS}
    FROM page AS r
    LEFT JOIN (${outagesBy(conditions, scope, 'SELECT id FROM page')}) AS o ON o.rollout = r.id
    ORDER BY ${order} ${FINAL_SETTINGS}`;
  return store.query<RolloutItem>(sql, conditions.params, options);
}

/** How many rollouts the filter finds, on all pages together. */
export async function countRollouts(
  scope: Scope,
  store: Store,
  filter: RolloutFilter,
  options: QueryOptions,
): Promise<number> {
  const conditions = rolloutConditions(scope, filter);
  const sql = `SELECT count() AS total FROM rollouts WHERE ${conditions.sql()} ${FINAL_SETTINGS}`;
  const [row] = await store.query<{ total: number }>(sql, conditions.params, options);
  return row?.total ?? 0;
}

/** One rollout with what it changed, or null where none has this id within the scope. */
export async function getRollout(
  scope: Scope,
  store: Store,
  id: string,
  options: QueryOptions,
): Promise<RolloutDetail | null> {
  const conditions = createConditions();
  addScope(conditions, scope);
  const wanted = conditions.bind('String', id);
  conditions.and(`id = ${wanted}`);
  const sql = `
    SELECT ${COLUMNS}, r.changes AS changes
    FROM (
      SELECT ${ROLLOUT_FIELDS.join(', ')}, changes, ${DURATION} FROM rollouts WHERE ${conditions.sql()} LIMIT 1
    ) AS r
    LEFT JOIN (${outagesBy(conditions, scope, wanted)}) AS o ON o.rollout = r.id
    ${FINAL_SETTINGS}`;
  const [row] = await store.query<RolloutItem & { changes: string }>(sql, conditions.params, options);
  return row ? { ...row, changes: JSON.parse(row.changes || '[]') as RolloutDetail['changes'] } : null;
}

/** Marks for a chart: the newest ones of the range, oldest first. */
export function listRolloutMarks(
  scope: Scope,
  store: Store,
  request: { filter: RolloutFilter; limit: number },
  options: QueryOptions,
): Promise<RolloutMark[]> {
  const conditions = rolloutConditions(scope, request.filter);
  const sql = `
    SELECT * FROM (
      SELECT id, cluster, namespace, workload_kind, workload, kind, outcome, started_at, finished_at, revision
      FROM rollouts WHERE ${conditions.sql()}
      ORDER BY started_at DESC, id DESC LIMIT ${conditions.bind('UInt32', request.limit)}
    )
    ORDER BY started_at, id ${FINAL_SETTINGS}`;
  return store.query<RolloutMark>(sql, conditions.params, options);
}
