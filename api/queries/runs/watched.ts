import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import { addScope, type Scope } from '../../scope.ts';
import { createConditions, FINAL_SETTINGS } from '../conditions.ts';

/** Since when the pods of a cluster were first watched, in milliseconds; null where they never were. */
export interface FirstWatched {
  readonly cluster: string;
  readonly since_ms: number | null;
}

/** The clusters that are known, each with the beginning of its first watch. */
export function listFirstWatched(scope: Scope, store: Store, options: QueryOptions): Promise<FirstWatched[]> {
  const spans = createConditions();
  addScope(spans, scope, { namespace: 'none' });
  const watching = `state = 'watching' AND kind = 'pod'`;
  const sql = `
    SELECT cluster, if(sum(spans) = 0, NULL, minIf(since, spans > 0)) AS since_ms FROM (
      SELECT cluster, toUnixTimestamp64Milli(min(\`from\`)) AS since, count() AS spans
      FROM coverage WHERE ${spans.sql()} AND ${watching} GROUP BY cluster
      UNION ALL
      SELECT cluster, toInt64(0) AS since, toUInt64(0) AS spans FROM clusters WHERE ${spans.sql()}
    ) GROUP BY cluster ORDER BY cluster ${FINAL_SETTINGS}`;
  return store.query(sql, spans.params, options);
}
