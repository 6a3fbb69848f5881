import { EXCEPTION_FIELDS, type ExceptionItem, type Suppressed } from '../../schemas/api/exceptions.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { addScope, type Scope } from '../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS } from './conditions.ts';
import { exceptionConditions, type ExceptionFilter } from './exception-filter.ts';

export const EXCEPTION_COLUMNS = EXCEPTION_FIELDS.join(', ');

/** The last row of the page before: newest first, ids apart within a millisecond. */
export interface ExceptionKey {
  readonly observedAtMs: number;
  readonly id: string;
}

/**
 * A page of exceptions, newest first. The keys are found first, over the few columns that the filters need; only then
 * are whole rows read.
 */
export function listExceptions(
  scope: Scope,
  store: Store,
  request: { filter: ExceptionFilter; after: ExceptionKey | null; limit: number },
  options: QueryOptions,
): Promise<ExceptionItem[]> {
  const conditions = exceptionConditions(scope, request.filter);
  if (request.after) {
    const { observedAtMs, id } = request.after;
    conditions.and(`observed_at <= ${bindTime(conditions, observedAtMs)}`);
    conditions.and(`(observed_at, id) < (${bindTime(conditions, observedAtMs)}, ${conditions.bind('String', id)})`);
  }
  const limit = conditions.bind('UInt32', request.limit);
  const sql = `
    SELECT ${EXCEPTION_COLUMNS} FROM exceptions
    WHERE (cluster, namespace, observed_at, id) IN (
      SELECT cluster, namespace, observed_at, id FROM exceptions
      WHERE ${conditions.sql()}
      ORDER BY observed_at DESC, id DESC LIMIT ${limit}
    )
    ORDER BY observed_at DESC, id DESC LIMIT ${limit}
    ${FINAL_SETTINGS}`;
  return store.query<ExceptionItem>(sql, conditions.params, options);
}

/** How many rows the filter finds, on all pages together. */
export async function countExceptions(
  scope: Scope,
  store: Store,
  filter: ExceptionFilter,
  options: QueryOptions,
): Promise<number> {
  const conditions = exceptionConditions(scope, filter);
  const sql = `SELECT count() AS total FROM exceptions WHERE ${conditions.sql()} ${FINAL_SETTINGS}`;
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
  const conditions = exceptionConditions(scope, { ...filter, verdict: ['suppressed'] });
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
