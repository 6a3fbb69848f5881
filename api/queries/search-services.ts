import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { SearchItem } from '../../schemas/api/search.ts';
import type { FilterLists } from '../filter.ts';
import { addScope, type Scope } from '../scope.ts';
import { createConditions } from './conditions.ts';
import { addServiceLists } from './service-conditions.ts';
import { rank, type RankedItem } from './search.ts';

/** Live services whose name holds the text, whatever its case, best match first. */
export function searchServices(
  scope: Scope,
  store: Store,
  request: { q: string; lists: Pick<FilterLists, 'cluster' | 'namespace'>; limit: number },
  options: QueryOptions,
): Promise<RankedItem[]> {
  const conditions = createConditions();
  addScope(conditions, scope);
  addServiceLists(conditions, request.lists, ['cluster', 'namespace']);
  conditions.and('isNull(deleted_at)');
  const wanted = `lowerUTF8(${conditions.bind('String', request.q)})`;
  const sql = `
    WITH ${wanted} AS wanted
    SELECT 'service' AS kind, toString(service) AS name, toString(cluster) AS cluster, toString(namespace) AS namespace,
      '' AS workload_kind, NULL AS fingerprint, toString(state) AS reason, 0 AS count, since AS last_seen,
      ${rank('toString(service)')} AS rank
    FROM services WHERE ${conditions.sql()} AND rank > 0
    ORDER BY rank DESC, last_seen DESC, name, cluster, namespace
    LIMIT 1 BY cluster, namespace, name LIMIT ${conditions.bind('UInt32', request.limit)}`;
  return store.query<SearchItem & { rank: number }>(sql, conditions.params, options);
}
