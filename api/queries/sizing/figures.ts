import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { Resolution } from '../../../schemas/api/usage.ts';
import { BUCKET_BASES, bucketSql, type BucketedMeasure } from '../../../schemas/usage-buckets.ts';
import type { Measure } from '../../../schemas/usage.ts';
import type { Scope } from '../../scope.ts';
import type { UsageFilter } from '../../usage/filter.ts';
import { STEP_MS, type Part, type Plan } from '../../usage/parts.ts';
import { bindTime, createConditions, FINAL_SETTINGS, type Conditions } from '../conditions.ts';
import { addPodFilter, rowConditions, whereOf } from '../usage/conditions.ts';
import { KEY, KEY_COLUMNS, keyOfRow, selectKey } from '../usage/keys.ts';
import { percentileSql } from '../usage/percentile.ts';

export interface SizingChoice {
  readonly filter: UsageFilter;
  readonly plan: Plan;
}

const SPREAD = ['cpu_cores', 'memory_bytes', 'gpu_utilisation'] as const satisfies readonly BucketedMeasure[];
const ASKED = [
  'cpu_request_cores',
  'cpu_limit_cores',
  'memory_request_bytes',
  'memory_limit_bytes',
  'gpu_request',
  'gpu_limit',
] as const satisfies readonly Measure[];
/** In this order they come back. */
export const PERCENTILES = [50, 90, 95, 99] as const;

type Spread = (typeof SPREAD)[number];

/** What a workload's pods used, each by itself: `x_` maximum, `a_` average, `q_` the percentiles (none where nothing is known). */
export type StoredWorkload = {
  readonly k_cluster: string;
  readonly k_namespace: string;
  readonly k_kind: string;
  readonly k_name: string;
  readonly owner: readonly [team: string, environment: string];
  readonly first_ms: number;
  readonly last_ms: number;
  /** Instants of the 30 s grid: of all pods together, in which there was any, and in which use of any is known. */
  readonly pod_instants: number;
  readonly there: number;
  readonly known: number;
  readonly throttled: number | null;
  /** As last known, in the order of the measures: requests and limits of CPU, memory and GPUs. */
  readonly asked: readonly (number | null)[];
} & Readonly<Record<`x_${Spread}` | `a_${Spread}`, number | null>> &
  Readonly<Record<`q_${Spread}`, readonly number[]>>;

const TABLES: Readonly<Record<Resolution, string>> = {
  '30s': 'pod_usage_versions',
  '1h': 'pod_usage_1h_versions',
  '1d': 'pod_usage_1d_versions',
};

function ofInstants(): string[] {
  return [
    ...SPREAD.flatMap((one) => [
      `max(${one}) AS x_${one}`,
      `sum(${one}) AS s_${one}`,
      `count(${one}) AS c_${one}`,
      `sumMapIf(map(toUInt16(${bucketSql(`assumeNotNull(${one})`, BUCKET_BASES[one])}), toUInt64(1)), isNotNull(${one})) AS b_${one}`,
    ]),
    'sum(cpu_throttled) AS s_throttled',
    'count(cpu_throttled) AS c_throttled',
    'count() AS part_pod_instants',
    'uniqExact(at) AS part_there',
    'uniqExactIf(at, isNotNull(cpu_cores) OR isNotNull(memory_bytes)) AS part_known',
    `argMax((${ASKED.join(', ')}), (at, pod)) AS part_asked`,
  ];
}

/**
 * Of hours or days. In how many instants a workload was there is at most what the hour has, and at most what its pods have together:
 * exact where some pod is always there or where one follows another.
 */
function ofRollUps(step: Resolution): string[] {
  const cap = STEP_MS[step] / STEP_MS['30s'];
  const within = (instants: string) =>
    `arraySum(n -> least(${cap}, n), mapValues(sumMap(map(toUnixTimestamp64Milli(at), toUInt64(${instants})))))`;
  return [
    ...SPREAD.flatMap((one) => [
      `max(${one}_max) AS x_${one}`,
      `sum(${one}_sum) AS s_${one}`,
      `sum(${one}_count) AS c_${one}`,
      `CAST(sumMap(${one}_buckets), 'Map(UInt16, UInt64)') AS b_${one}`,
    ]),
    'sum(cpu_throttled_sum) AS s_throttled',
    'sum(cpu_throttled_count) AS c_throttled',
    'sum(instants) AS part_pod_instants',
    `${within('instants')} AS part_there`,
    `${within('greatest(cpu_cores_count, memory_bytes_count)')} AS part_known`,
    `argMax((${ASKED.map((one) => `${one}_max`).join(', ')}), (at, pod)) AS part_asked`,
  ];
}

function partSql(conditions: Conditions, scope: Scope, filter: UsageFilter, { step, from, to }: Part): string {
  const rows = rowConditions(conditions);
  addPodFilter(rows, scope, filter);
  rows.key.and(`at >= ${bindTime(rows.key, from)} AND at < ${bindTime(rows.key, to)}`);
  rows.other.and(`workload != ''`);
  return `
    SELECT ${selectKey(keyOfRow('workload'))}, argMax((toString(team), toString(environment)), at) AS part_owner,
      min(toUnixTimestamp64Milli(at)) AS part_first, max(toUnixTimestamp64Milli(at)) + ${STEP_MS[step]} AS part_last,
      ${(step === '30s' ? ofInstants() : ofRollUps(step)).join(', ')}
    FROM ${TABLES[step]} FINAL ${whereOf(rows)}
    GROUP BY ${KEY}`;
}

/** Percentiles by nearest rank out of counts by bucket. */
function percentilesSql(one: Spread): string {
  const of = {
    buckets: `b_${one}`,
    max: `x_${one}`,
    sum: `s_${one}`,
    count: `c_${one}`,
    base: BUCKET_BASES[one],
  };
  const percentiles = PERCENTILES.map((percent) => `assumeNotNull(${percentileSql(of, percent)})`);
  return `if(empty(b_${one}), [], [${percentiles.join(', ')}]) AS q_${one}`;
}

/**
 * What the pods of each workload used, over all of its pods and instants, sorted by name; at most so many. One scan of the rows that
 * the plan names, with the counts by bucket of all pods of a workload added up.
 */
export function listSizingFigures(
  scope: Scope,
  store: Store,
  { filter, plan, limit }: SizingChoice & { limit: number },
  options: QueryOptions,
): Promise<StoredWorkload[]> {
  const conditions = createConditions();
  const parts = plan.parts.map((part) => partSql(conditions, scope, filter, part));
  const merged = SPREAD.flatMap((one) => [
    `max(part.x_${one}) AS x_${one}`,
    `sum(part.s_${one}) AS s_${one}`,
    `sum(part.c_${one}) AS c_${one}`,
    `sumMap(part.b_${one}) AS b_${one}`,
  ]);
  const figures = SPREAD.flatMap((one) => [
    `x_${one}`,
    `if(c_${one} = 0, NULL, s_${one} / c_${one}) AS a_${one}`,
    percentilesSql(one),
  ]);
  const sql = `
    SELECT ${KEY}, owner, first_ms, last_ms, pod_instants, there, known, asked,
      if(c_throttled = 0, NULL, s_throttled / c_throttled) AS throttled, ${figures.join(', ')}
    FROM (
      SELECT ${KEY}, argMax(part.part_owner, part.part_last) AS owner,
        min(part.part_first) AS first_ms, max(part.part_last) AS last_ms,
        toFloat64(sum(part.part_pod_instants)) AS pod_instants, toFloat64(sum(part.part_there)) AS there,
        toFloat64(sum(part.part_known)) AS known, argMax(part.part_asked, part.part_last) AS asked,
        sum(part.s_throttled) AS s_throttled, sum(part.c_throttled) AS c_throttled, ${merged.join(', ')}
      FROM (${parts.join('\n    UNION ALL')}) AS part
      GROUP BY ${KEY}
    )
    ORDER BY ${KEY} LIMIT ${conditions.bind('UInt32', limit)} ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

/** A key of a row as text, to find rows of another query by. */
export const keyText = (row: Readonly<Record<(typeof KEY_COLUMNS)[number], string>>): string =>
  JSON.stringify(KEY_COLUMNS.map((column) => row[column]));
