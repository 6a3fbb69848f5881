import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { OutageItem } from '../../../schemas/api/services.ts';
import type { Scope } from '../../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS } from '../conditions.ts';
import { OUTAGE_COLUMNS, readOutage, type StoredOutage } from '../outages.ts';
import { addAboutServices } from './conditions.ts';
import type { RunRequest } from './exceptions.ts';

/** Beyond this nobody reads on, and the sums are those of the first. */
const MOST = 5000;

/** Intervals in which services were down or degraded and that touch the period, blips aside; oldest first. */
export async function listRunOutages(
  scope: Scope,
  store: Store,
  { about, period }: RunRequest,
  options: QueryOptions,
): Promise<OutageItem[]> {
  const conditions = createConditions();
  addAboutServices(conditions, scope, about);
  conditions.and(`kind IN ('down', 'degraded') AND blip = 0`);
  conditions.and(`started_at < ${bindTime(conditions, period.to)}`);
  conditions.and(`(isNull(ended_at) OR ended_at > ${bindTime(conditions, period.from)})`);
  const sql = `
    SELECT ${OUTAGE_COLUMNS} FROM outages WHERE ${conditions.sql()}
    ORDER BY started_at, id LIMIT ${MOST} ${FINAL_SETTINGS}`;
  return (await store.query<StoredOutage>(sql, conditions.params, options)).map(readOutage);
}
