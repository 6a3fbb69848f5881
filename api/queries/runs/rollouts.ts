import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import { ROLLOUT_FIELDS, type RolloutItem } from '../../../schemas/api/rollouts.ts';
import type { RunRollout } from '../../../schemas/api/runs.ts';
import { addScope, type Scope } from '../../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS, nestedConditions } from '../conditions.ts';
import { addAbout } from './conditions.ts';
import { MOST_ROWS, type RunRequest } from './exceptions.ts';

/**
 * Rollouts that were going on in the period, failed ones first, then unfinished ones, then oldest first, and how many there are. Failed: it
 * failed or was rolled back, and that came about in the period. Unfinished: it was over only after the period, or is not yet, and had
 * not failed before.
 */
export async function listRunRollouts(
  scope: Scope,
  store: Store,
  { about, period }: RunRequest,
  options: QueryOptions,
): Promise<{ items: RunRollout[]; total: number; failed: number; unfinished: number }> {
  const conditions = createConditions();
  addAbout(conditions, scope, about);
  const [from, to] = [bindTime(conditions, period.from), bindTime(conditions, period.to)];
  conditions.and(`started_at < ${to} AND (isNull(finished_at) OR finished_at >= ${from})`);
  const outages = nestedConditions(conditions);
  addScope(outages, scope);
  const sql = `
    SELECT ${ROLLOUT_FIELDS.map((field) => `r.${field} AS ${field}`).join(', ')}, r.duration_s AS duration_s,
      toFloat64(o.outages) AS outages, r.has_failed AS has_failed, r.goes_on AS goes_on,
      r.all_rows AS all_rows, r.all_failed AS all_failed, r.all_going_on AS all_going_on
    FROM (
      SELECT *, toFloat64(count() OVER ()) AS all_rows, toFloat64(sum(has_failed) OVER ()) AS all_failed,
        toFloat64(sum(goes_on) OVER ()) AS all_going_on
      FROM (
        SELECT ${ROLLOUT_FIELDS.join(', ')},
          if(isNull(finished_at), NULL, greatest(0, dateDiff('millisecond', started_at, finished_at)) / 1000) AS duration_s,
          ifNull(failed_at, ifNull(finished_at, started_at)) AS went_wrong_at,
          outcome IN ('failed', 'rolled-back') AND went_wrong_at >= ${from} AND went_wrong_at < ${to} AS has_failed,
          (isNull(finished_at) OR finished_at >= ${to}) AND NOT (outcome IN ('failed', 'rolled-back') AND went_wrong_at < ${to}) AS goes_on
        FROM rollouts WHERE ${conditions.sql()}
      )
      ORDER BY has_failed DESC, goes_on DESC, started_at, id LIMIT ${MOST_ROWS}
    ) AS r
    LEFT JOIN (
      SELECT rollout, count() AS outages FROM outages
      WHERE ${outages.sql()} AND kind = 'down' AND blip = 0 AND rollout != '' AND started_at < ${to} GROUP BY rollout
    ) AS o ON o.rollout = r.id
    ORDER BY has_failed DESC, goes_on DESC, started_at, id ${FINAL_SETTINGS}`;
  type Row = RolloutItem & {
    has_failed: number;
    goes_on: number;
    all_rows: number;
    all_failed: number;
    all_going_on: number;
  };
  const rows = await store.query<Row>(sql, conditions.params, options);
  return {
    items: rows.map(
      ({
        has_failed: failed,
        goes_on: goesOn,
        all_rows: _all,
        all_failed: _failed,
        all_going_on: _goingOn,
        ...row
      }) => ({
        ...row,
        failed: failed === 1,
        unfinished: goesOn === 1,
      }),
    ),
    total: rows[0]?.all_rows ?? 0,
    failed: rows[0]?.all_failed ?? 0,
    unfinished: rows[0]?.all_going_on ?? 0,
  };
}
