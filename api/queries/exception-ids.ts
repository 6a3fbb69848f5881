import type { ExceptionItem } from '../../schemas/api/exceptions.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { addScope, type Scope } from '../scope.ts';
import { createConditions, FINAL_SETTINGS } from './conditions.ts';
import { EXCEPTION_COLUMNS } from './exceptions.ts';

/** Those of the exceptions that the scope holds, oldest first, at most 200. */
export async function listExceptionsById(
  scope: Scope,
  store: Store,
  ids: readonly string[],
  options: QueryOptions,
): Promise<ExceptionItem[]> {
  if (ids.length === 0) return [];
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`id IN ${conditions.bind('Array(String)', ids)}`);
  const sql = `
    SELECT ${EXCEPTION_COLUMNS} FROM exceptions WHERE ${conditions.sql()}
    ORDER BY observed_at, id LIMIT 200 ${FINAL_SETTINGS}`;
  return store.query<ExceptionItem>(sql, conditions.params, options);
}
