import { EXCEPTION_FIELDS, type ExceptionItem, type Suppressed } from '../../schemas/api/exceptions.ts';
import { EXCEPTION_SORTS, type ExceptionSort, type Order } from '../../schemas/api/parameters.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { addScope, type Scope } from '../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS } from './conditions.ts';
import type { ExceptionFilter } from '../filter.ts';
import { only } from '../selection.ts';
import { exceptionConditions, type GroupedFilter } from './exception-filter.ts';

export const EXCEPTION_COLUMNS = EXCEPTION_FIELDS.join(', ');

/** The last row of the page before: newest first, ids apart within a millisecond. */
export interface ExceptionKey {
  readonly observedAtMs: number;
  readonly id: string;
}

export const keyOf = ({ observed_at: at, id }: ExceptionItem): ExceptionKey => ({ observedAtMs: Date.parse(at), id });

/** Columns to sort by: names of this table alone reach the SQL. */
const SORT_COLUMNS: Readonly<Record<ExceptionSort, string>> = Object.fromEntries(
  EXCEPTION_SORTS.map((column) => [column, column]),
) as Record<ExceptionSort, string>;

/** Equal ones, and all where nothing is asked for: the newest first. */
function orderBy(sort: ExceptionSort = 'observed_at', order: Order = 'desc'): string {
  const first = `${SORT_COLUMNS[sort]} ${order === 'asc' ? 'ASC' : 'DESC'}`;
  return sort === 'observed_at' ? `${first}, id DESC` : `${first}, observed_at DESC, id DESC`;
}

export interface ExceptionsRequest {
  readonly filter: GroupedFilter;
  /** Only with the order that is the default: newest first. */
  readonly after: ExceptionKey | null;
  readonly limit: number;
  readonly sort?: ExceptionSort;
  readonly order?: Order;
  readonly offset?: number;
}

/**
 * A page of exceptions. The keys are found first, over the few columns that the filters and the order need; only then
 * are whole rows read.
 */
export function listExceptions(
  scope: Scope,
  store: Store,
  request: ExceptionsRequest,
  options: QueryOptions,
): Promise<ExceptionItem[]> {
  const conditions = exceptionConditions(scope, request.filter);
  if (request.after) {
    const { observedAtMs, id } = request.after;
    conditions.and(`observed_at <= ${bindTime(conditions, observedAtMs)}`);
    conditions.and(`(observed_at, id) < (${bindTime(conditions, observedAtMs)}, ${conditions.bind('String', id)})`);
  }
  const limit = conditions.bind('UInt32', request.limit);
  const offset = conditions.bind('UInt32', request.offset ?? 0);
  const order = orderBy(request.sort, request.order);
  const sql = `
    SELECT ${EXCEPTION_COLUMNS} FROM exceptions
    WHERE (cluster, namespace, observed_at, id) IN (
      SELECT cluster, namespace, observed_at, id FROM exceptions
      WHERE ${conditions.sql()}
      ORDER BY ${order} LIMIT ${limit} OFFSET ${offset}
    )
    ORDER BY ${order} LIMIT ${limit}
    ${FINAL_SETTINGS}`;
  return store.query<ExceptionItem>(sql, conditions.params, options);
}

const COUNTED = { rows: 'count()', groups: 'uniqExact(fingerprint)' } as const;

/** How many rows, or groups, the filter finds, on all pages together. */
export async function countMatches(
  scope: Scope,
  store: Store,
  request: { filter: GroupedFilter; of: keyof typeof COUNTED },
  options: QueryOptions,
): Promise<number> {
  const conditions = exceptionConditions(scope, request.filter);
  const sql = `SELECT ${COUNTED[request.of]} AS total FROM exceptions WHERE ${conditions.sql()} ${FINAL_SETTINGS}`;
  const [row] = await store.query<{ total: number }>(sql, conditions.params, options);
  return row?.total ?? 0;
}

/** How many rows each rule suppressed, whatever verdict the filter names. */
export async function countSuppressed(
  scope: Scope,
  store: Store,
  filter: ExceptionFilter,
  options: QueryOptions,
): Promise<Suppressed> {
  const conditions = exceptionConditions(scope, {
    ...filter,
    lists: { ...filter.lists, verdict: only('suppressed') },
  });
  const sql = `
    SELECT rule, count() AS count FROM exceptions WHERE ${conditions.sql()}
    GROUP BY rule ORDER BY count DESC, rule ${FINAL_SETTINGS}`;
  const rows = await store.query<{ rule: string; count: number }>(sql, conditions.params, options);
  return { total: rows.reduce((sum, row) => sum + row.count, 0), by_rule: rows };
}

/** One exception, or null where none has this id within the scope. */
export async function getException(
  scope: Scope,
  store: Store,
  id: string,
  options: QueryOptions,
): Promise<ExceptionItem | null> {
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`id = ${conditions.bind('String', id)}`);
  const sql = `SELECT ${EXCEPTION_COLUMNS} FROM exceptions WHERE ${conditions.sql()} LIMIT 1 ${FINAL_SETTINGS}`;
  const [row] = await store.query<ExceptionItem>(sql, conditions.params, options);
  return row ?? null;
}
