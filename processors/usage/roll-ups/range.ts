import { podUsageTable } from '../../../schemas/usage.ts';
import type { Table } from '../../../schemas/column.ts';

/** Condition on a table named `u`: of `cluster`, from `from` until before `to`, in milliseconds since the Unix epoch. */
export const WITHIN = `u.cluster = {cluster:String}
    AND u.at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND u.at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

/** The rows of pod_usage within; of another table with its columns, those that were written under `version`. */
export const rowsWithin = (from: Table): string =>
  `FROM ${from.name} AS u FINAL
  WHERE ${WITHIN}${from === podUsageTable ? '' : ' AND u.version = {version:UInt64}'}`;
