import type { Table } from '../../../schemas/column.ts';
import { BUCKET_BASES, bucketSql, type BucketedMeasure } from '../../../schemas/usage-buckets.ts';
import {
  GROUPED_BUCKETS,
  GROUPED_MEASURES,
  USAGE_STEP_SECONDS,
  workloadSql,
  type Measure,
} from '../../../schemas/usage.ts';
import { bucketsOfRollUps, summariesOfRollUps } from './aggregates.ts';
import { rowsWithin, WITHIN } from './range.ts';

const SLOTS = 3600 / USAGE_STEP_SECONDS;

/** By group, its keys and what GROUPING says where these are the keys: a bit each of namespace, kind, team and node that is not. */
const GROUPS = [
  { by: 'workload', keys: ['namespace', 'kind', 'workload'], name: 'workload', grouping: 0b0011 },
  { by: 'namespace', keys: ['namespace'], name: 'namespace', grouping: 0b0111 },
  { by: 'team', keys: ['team'], name: 'team', grouping: 0b1101 },
  { by: 'node', keys: ['node'], name: 'node', grouping: 0b1110 },
  { by: 'cluster', keys: [], name: 'cluster', grouping: 0b1111 },
] as const;

const chosen = (of: (group: (typeof GROUPS)[number]) => string): string =>
  `multiIf(${GROUPS.map((group) => `g.grouped = ${group.grouping}, ${of(group)}`).join(', ')}, '')`;

/**
 * One row a group and hour, each measure an array of its sums at the hour's instants, null where nothing is known. The instant
 * is a place in an array and no key: grouping by it, too, costs four times as much.
 */
const sumsOfInstants = (from: Table): string => `
  SELECT cluster, hour, namespace, kind, workload, team, node, grouping(namespace, kind, team, node) AS grouped,
    countResample(0, ${SLOTS}, 1)(slot, slot) AS pods,
    ${GROUPED_MEASURES.map((name) => `sumOrNullResample(0, ${SLOTS}, 1)(${name}, slot) AS ${name}`).join(', ')}
  FROM (
    SELECT u.cluster AS cluster, toStartOfHour(u.at) AS hour, u.namespace AS namespace,
      ${workloadSql('u.').kind} AS kind, ${workloadSql('u.').name} AS workload,
      u.team AS team, u.node AS node, intDiv(toUnixTimestamp(u.at) % 3600, ${USAGE_STEP_SECONDS}) AS slot,
      ${GROUPED_MEASURES.map((name) => `u.${name} AS ${name}`).join(', ')}
    ${rowsWithin(from)})
  GROUP BY GROUPING SETS (${GROUPS.map(({ keys }) => `(${['cluster', 'hour', ...keys].join(', ')})`).join(', ')})`;

const knownOf = (name: Measure): string =>
  `arrayMap(value -> assumeNotNull(value), arrayFilter(value -> isNotNull(value), g.${name})) AS ${name}_known`;

const summaryOf = (name: Measure): string =>
  `if(empty(${name}_known), NULL, arrayMax(${name}_known)) AS ${name}_max,
    arraySum(${name}_known) AS ${name}_sum, length(${name}_known) AS ${name}_count`;

const bucketsOf = (name: BucketedMeasure): string => {
  const bucket = `toUInt16(${bucketSql('value', BUCKET_BASES[name])})`;
  return `arrayReduce('sumMap', arrayMap(value -> map(${bucket}, toUInt32(1)), ${name}_known)) AS ${name}_buckets`;
};

/**
 * SELECT of one row a group and hour from a table with the columns of `pod_usage`: parameters `cluster`, `from`, `to` (milliseconds), `version`. Pods
 * without a team, or without a node, are a group too: the groups of a cluster add up to it.
 */
export const groupHoursSql = (from: Table): string => `
  SELECT g.cluster AS cluster, ${chosen(({ by }) => `'${by}'`)} AS \`by\`, g.namespace AS namespace,
    g.kind AS workload_kind, ${chosen(({ name }) => `toString(g.${name})`)} AS name, g.hour AS at,
    arrayCount(count -> count > 0, g.pods) AS instants, arrayMax(g.pods) AS pods_max,
    ${GROUPED_MEASURES.map(knownOf).join(',\n    ')},
    ${GROUPED_MEASURES.map(summaryOf).join(',\n    ')},
    ${GROUPED_BUCKETS.map(bucketsOf).join(',\n    ')},
    {version:UInt64} AS version, toUInt8(0) AS deleted
  FROM (${sumsOfInstants(from)}) AS g`;

/** The same of one row a group and day, from the hours. */
export const groupDaysSql = `
  SELECT u.cluster AS cluster, u.by AS \`by\`, u.namespace AS namespace, u.workload_kind AS workload_kind, u.name AS name,
    toStartOfDay(u.at) AS at, sum(u.instants) AS instants, max(u.pods_max) AS pods_max,
    ${summariesOfRollUps(GROUPED_MEASURES).join(',\n    ')},
    ${bucketsOfRollUps(GROUPED_BUCKETS).join(',\n    ')},
    {version:UInt64} AS version, toUInt8(0) AS deleted
  FROM group_usage_1h_versions AS u FINAL
  WHERE ${WITHIN}
  GROUP BY u.cluster, u.by, u.namespace, u.workload_kind, u.name, toStartOfDay(u.at)`;
