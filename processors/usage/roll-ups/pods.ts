import { BUCKETED_MEASURES } from '../../../schemas/usage-buckets.ts';
import type { Table } from '../../../schemas/column.ts';
import { MEASURE_NAMES } from '../../../schemas/usage.ts';
import { bucketsOfInstants, bucketsOfRollUps, summariesOfInstants, summariesOfRollUps } from './aggregates.ts';
import { rowsWithin, WITHIN } from './range.ts';

/** What a pod belongs to may change within the hour; what it was last counts. */
const OWNER = ['workload_kind', 'workload', 'node', 'team', 'environment'];
const lastOwner = OWNER.map((name) => `argMax(u.${name}, u.at) AS ${name}`);

/** SELECT of one row a pod and hour from a table with the columns of `pod_usage`: parameters `cluster`, `from`, `to` (milliseconds), `version`. */
export const podHoursSql = (from: Table): string => `
  SELECT u.cluster AS cluster, u.namespace AS namespace, u.pod AS pod, toStartOfHour(u.at) AS at,
    ${[...lastOwner, 'count() AS instants'].join(', ')},
    ${summariesOfInstants(MEASURE_NAMES).join(', ')},
    ${bucketsOfInstants(BUCKETED_MEASURES).join(', ')},
    {version:UInt64} AS version, toUInt8(0) AS deleted
  ${rowsWithin(from)}
  GROUP BY u.cluster, toStartOfHour(u.at), u.namespace, u.pod`;

/** The same of one row a pod and day, from the hours. */
export const podDaysSql = `
  SELECT u.cluster AS cluster, u.namespace AS namespace, u.pod AS pod, toStartOfDay(u.at) AS at,
    ${[...lastOwner, 'sum(u.instants) AS instants'].join(', ')},
    ${summariesOfRollUps(MEASURE_NAMES).join(', ')},
    ${bucketsOfRollUps(BUCKETED_MEASURES).join(', ')},
    {version:UInt64} AS version, toUInt8(0) AS deleted
  FROM pod_usage_1h_versions AS u FINAL
  WHERE ${WITHIN}
  GROUP BY u.cluster, toStartOfDay(u.at), u.namespace, u.pod`;
