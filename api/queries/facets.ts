import type { Facets } from '../../schemas/api/exceptions.ts';
import type { FilterField } from '../../schemas/api/filters.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { FILTER_VALUES, without, type ExceptionFilter } from '../filter.ts';
import type { Scope } from '../scope.ts';
import { FINAL_SETTINGS } from './conditions.ts';
import { exceptionConditions } from './exception-filter.ts';

export interface FacetsRequest {
  readonly filter: ExceptionFilter;
  readonly field: FilterField;
  /** Part of the value, whatever its case. */
  readonly search: string | undefined;
  readonly limit: number;
}

/** The values of a field among what the other filters find, most frequent first, and the rows in further values. */
export async function countValues(
  scope: Scope,
  store: Store,
  request: FacetsRequest,
  options: QueryOptions,
): Promise<Facets> {
  const { field, search } = request;
  const { sql: column, many } = FILTER_VALUES[field];
  const conditions = exceptionConditions(scope, without(request.filter, field));
  const found =
    search === undefined ? '1' : `positionCaseInsensitiveUTF8(value, ${conditions.bind('String', search)}) > 0`;
  const sql = `
    SELECT toString(value) AS value, count() AS count, sum(count()) OVER () AS all
    FROM (SELECT ${many ? `arrayJoin(${column})` : column} AS value FROM exceptions WHERE ${conditions.sql()})
    WHERE ${found}
    GROUP BY value ORDER BY count DESC, value LIMIT ${conditions.bind('UInt32', request.limit)}
    ${FINAL_SETTINGS}`;
  const rows = await store.query<{ value: string; count: number; all: number }>(sql, conditions.params, options);
  const items = rows.map(({ value, count }) => ({ value, count }));
  const shown = items.reduce((sum, { count }) => sum + count, 0);
  return { field, items, others: (rows[0]?.all ?? 0) - shown };
}
