import type { SearchItem } from '../../schemas/api/search.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { ExceptionFilter } from '../filter.ts';
import type { Scope } from '../scope.ts';
import { FINAL_SETTINGS } from './conditions.ts';
import { exceptionConditions } from './exception-filter.ts';

/** How well a text matches: 3 the whole, 2 its beginning, 1 a part, 0 not at all. */
export const rank = (text: string): string =>
  `multiIf(lowerUTF8(${text}) = wanted, 3, startsWith(lowerUTF8(${text}), wanted), 2, position(lowerUTF8(${text}), wanted) > 0, 1, 0)`;

const GROUP_NAME = `concat(workload, '/', container)`;

/**
 * What one row may be found as: kind, name, how well it matches, and what makes it one (cluster, namespace, workload
 * kind, name or fingerprint). A fingerprint is matched by its beginning alone.
 */
const HITS = `[
  ('workload', workload, ${rank('workload')}, (toString(cluster), toString(namespace), toString(workload_kind), workload)),
  ('pod', pod, ${rank('pod')}, (toString(cluster), toString(namespace), '', pod)),
  ('container', toString(container), ${rank('container')}, (toString(cluster), toString(namespace), '', toString(container))),
  ('node', toString(node), ${rank('node')}, (toString(cluster), '', '', toString(node))),
  ('namespace', toString(namespace), ${rank('namespace')}, (toString(cluster), toString(namespace), '', toString(namespace))),
  ('group', ${GROUP_NAME},
    greatest(${rank(GROUP_NAME)}, ${rank('reason')}, ${rank('hint')}, if(startsWith(lowerUTF8(fingerprint), wanted), ${rank('fingerprint')}, 0)),
    ('', '', '', fingerprint))
]`;

/** A thing that was found, and how well its name matches. */
export type RankedItem = SearchItem & { rank: number };

/** Things whose name holds the text, whatever its case, best match first. */
export function searchNames(
  scope: Scope,
  store: Store,
  request: { q: string; filter: ExceptionFilter; limit: number },
  options: QueryOptions,
): Promise<RankedItem[]> {
  const conditions = exceptionConditions(scope, request.filter);
  const wanted = `lowerUTF8(${conditions.bind('String', request.q)})`;
  const sql = `
    SELECT kind,
      argMax(found_name, newest) AS name,
      if(kind != 'group', key.1, if(uniqExact(found_cluster) = 1, any(found_cluster), '')) AS cluster,
      if(kind != 'group', key.2, if(uniqExact(found_namespace) = 1, any(found_namespace), '')) AS namespace,
      if(kind != 'group', key.3, argMax(found_kind, newest)) AS workload_kind,
      if(kind != 'group', NULL, key.4) AS fingerprint,
      argMax(found_reason, newest) AS reason,
      count() AS count,
      max(observed_at) AS last_seen,
      max(match) AS rank
    FROM (
      WITH ${wanted} AS wanted
      SELECT arrayJoin(arrayFilter(one -> one.3 > 0, ${HITS})) AS hit,
        hit.1 AS kind, hit.2 AS found_name, hit.3 AS match, hit.4 AS key,
        toString(cluster) AS found_cluster, toString(namespace) AS found_namespace, toString(workload_kind) AS found_kind,
        toString(reason) AS found_reason, observed_at, (observed_at, id) AS newest
      FROM exceptions WHERE ${conditions.sql()}
    )
    GROUP BY kind, key
    ORDER BY rank DESC, last_seen DESC, kind, name, cluster, namespace
    LIMIT ${conditions.bind('UInt32', request.limit)}
    ${FINAL_SETTINGS}`;
  return store.query<RankedItem>(sql, conditions.params, options);
}
