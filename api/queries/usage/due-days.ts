import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import { addScope, type Scope } from '../../scope.ts';
import type { UsageFilter } from '../../usage/filter.ts';
import { bindTime, createConditions, FINAL_SETTINGS } from '../conditions.ts';
import type { Period } from '../service-conditions.ts';
import { addPatterns } from './conditions.ts';

/** Beginnings of the days (UTC), in milliseconds, that are to be summed up again in any of the clusters: `period` lies on days. */
export async function listDueDays(
  scope: Scope,
  store: Store,
  { filter, period }: { filter: Pick<UsageFilter, 'cluster'>; period: Period },
  options: QueryOptions,
): Promise<ReadonlySet<number>> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'none' });
  addPatterns(conditions, 'cluster', filter.cluster);
  conditions.and(`day >= ${bindTime(conditions, period.from)} AND day < ${bindTime(conditions, period.to)}`);
  const sql = `
    SELECT DISTINCT toUnixTimestamp64Milli(day) AS day_ms FROM usage_days_due WHERE ${conditions.sql()} ${FINAL_SETTINGS}`;
  const found = await store.query<{ day_ms: number }>(sql, conditions.params, options);
  return new Set(found.map(({ day_ms: ms }) => ms));
}
