import type { HistogramBy } from '../../schemas/api/parameters.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { Scope } from '../scope.ts';
import { FINAL_SETTINGS } from './conditions.ts';
import type { ExceptionFilter } from '../filter.ts';
import { exceptionConditions } from './exception-filter.ts';

export interface HistogramRow {
  /** Number of the bucket since the Unix epoch. */
  bucket: number;
  key: string;
  count: number;
}

/** Exceptions a bucket and key; buckets without any are left out. */
export function countByBucket(
  scope: Scope,
  store: Store,
  request: { filter: ExceptionFilter; bucketSeconds: number; by: HistogramBy },
  options: QueryOptions,
): Promise<HistogramRow[]> {
  const conditions = exceptionConditions(scope, request.filter);
  const sql = `
    SELECT intDiv(toUnixTimestamp64Milli(observed_at), ${conditions.bind('Int64', request.bucketSeconds * 1000)}) AS bucket,
      toString(${request.by}) AS key, count() AS count
    FROM exceptions WHERE ${conditions.sql()}
    GROUP BY bucket, key
    ${FINAL_SETTINGS}`;
  return store.query<HistogramRow>(sql, conditions.params, options);
}
