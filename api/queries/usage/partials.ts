import type { UsageBy } from '../../../schemas/api/usage-parameters.ts';
import type { Resolution } from '../../../schemas/api/usage.ts';
import { BUCKET_BASES, bucketSql, type BucketedMeasure } from '../../../schemas/usage-buckets.ts';
import type { Measure } from '../../../schemas/usage.ts';
import type { Scope } from '../../scope.ts';
import type { UsageFilter } from '../../usage/filter.ts';
import { floorTo, STEP_MS, type Part, type Plan } from '../../usage/parts.ts';
import { bindTime, type Conditions } from '../conditions.ts';
import { addGroupFilter, addPodFilter, rowConditions, whereOf, type RowConditions } from './conditions.ts';
import { KEY, KEY_OF_GROUP, keyIsOneOf, keyOfRow, podIsOneOf, selectKey, type UsageKey } from './keys.ts';
import { percentileSql } from './percentile.ts';

/** What is asked of the rows of usage. */
export interface UsageRequest {
  readonly by: UsageBy;
  readonly filter: UsageFilter;
  readonly plan: Plan;
  readonly measures: readonly Measure[];
  /** Of these, what percentiles are made of. */
  readonly spread: readonly BucketedMeasure[];
  /** Only rows of these. */
  readonly keys?: readonly UsageKey[];
  /** Milliseconds; figures of each step of so long, in the column `slot`, rather than of the whole range. */
  readonly slotMs?: number;
}

/** Which rows are asked for. */
export type UsageChoice = Pick<UsageRequest, 'by' | 'filter' | 'plan'>;

/** Shares: of a group their mean and maximum, not their sum. */
const SHARES: ReadonlySet<Measure> = new Set(['cpu_throttled', 'gpu_utilisation']);

export const POD_TABLES: Readonly<Record<Resolution, string>> = {
  '30s': 'pod_usage_versions',
  '1h': 'pod_usage_1h_versions',
  '1d': 'pod_usage_1d_versions',
};
const GROUP_TABLES = { '1h': 'group_usage_1h_versions', '1d': 'group_usage_1d_versions' } as const;

/** Of pods, who they belong to: the newest row tells. */
const OWNER = 'toString(workload_kind), toString(workload), toString(node), toString(team), toString(environment)';
const NO_OWNER = `('', '', '', '', '')`;

const slotOf = ({ slotMs }: UsageRequest): string =>
  slotMs === undefined ? '' : `, intDiv(toUnixTimestamp64Milli(at), ${slotMs}) AS slot`;
const slotKey = ({ slotMs }: UsageRequest): string => (slotMs === undefined ? '' : ', slot');

/** Whether a percentile is told from the values themselves: where nothing but instants is read. */
export const isExactSpread = ({ plan }: Pick<UsageRequest, 'plan'>): boolean =>
  !plan.bucketed && plan.parts.every(({ step }) => step === '30s');

const figuresOfValues = (one: Measure, value: string): string =>
  `max(${value}) AS x_${one}, sum(${value}) AS s_${one}, count(${value}) AS c_${one}`;
/** Of `m` maxima, `t` totals and `n` counts. */
const figuresOfSums = (one: Measure): string =>
  `max(m_${one}) AS x_${one}, sum(t_${one}) AS s_${one}, sum(n_${one}) AS c_${one}`;

/** Of instants: `x` the maximum, `s` the sum, `c` the count, `b` what percentiles are made of. */
function ofInstants(
  request: UsageRequest,
  column: (measure: Measure) => string,
  figuresOf: (measure: Measure) => string = (measure) => figuresOfValues(measure, column(measure)),
): string[] {
  const exact = isExactSpread(request);
  return [
    ...request.measures.map(figuresOf),
    ...request.spread.map((measure) => {
      const value = column(measure);
      if (exact) return `groupArray(${value}) AS b_${measure}`;
      const bucket = bucketSql(`assumeNotNull(${value})`, BUCKET_BASES[measure]);
      return `sumMapIf(map(toUInt16(${bucket}), toUInt64(1)), isNotNull(${value})) AS b_${measure}`;
    }),
  ];
}

function ofRollUps({ measures, spread }: UsageRequest): string[] {
  return [
    ...measures.flatMap((measure) => [
      `max(${measure}_max) AS x_${measure}`,
      `sum(${measure}_sum) AS s_${measure}`,
      `sum(${measure}_count) AS c_${measure}`,
    ]),
    ...spread.map((measure) => `CAST(sumMap(${measure}_buckets), 'Map(UInt16, UInt64)') AS b_${measure}`),
  ];
}

const spanOf = (step: Resolution): string[] => [
  `min(toUnixTimestamp64Milli(at)) AS first_ms`,
  `max(toUnixTimestamp64Milli(at)) + ${STEP_MS[step]} AS last_ms`,
];

function addPart(rows: RowConditions, { from, to }: Part): void {
  rows.key.and(`at >= ${bindTime(rows.key, from)} AND at < ${bindTime(rows.key, to)}`);
}

/** Conditions of rows of pods, those of the part. */
function podRows(conditions: Conditions, scope: Scope, request: UsageRequest, part: Part): RowConditions {
  const rows = rowConditions(conditions);
  addPodFilter(rows, scope, request.filter);
  addPart(rows, part);
  const { by, keys } = request;
  if (keys && by === 'pod') rows.key.and(podIsOneOf(rows.key, keys));
  else if (keys) rows.other.and(keyIsOneOf(rows.other, keyOfRow(by), keys));
  return rows;
}

function podsPart(conditions: Conditions, scope: Scope, request: UsageRequest, part: Part): string {
  const figures = part.step === '30s' ? ofInstants(request, (measure) => measure) : ofRollUps(request);
  return `
    SELECT ${selectKey(keyOfRow('pod'))}${slotOf(request)}, argMax((${OWNER}), at) AS owner, 0 AS most_pods,
      ${[...spanOf(part.step), ...figures].join(', ')}
    FROM ${POD_TABLES[part.step]} FINAL ${whereOf(podRows(conditions, scope, request, part))}
    GROUP BY ${KEY}${slotKey(request)}`;
}

function groupRollUpPart(
  conditions: Conditions,
  scope: Scope,
  request: UsageRequest,
  part: Part,
  table: string,
): string {
  const rows = rowConditions(conditions);
  addGroupFilter(rows.key, scope, request.by, request.filter);
  addPart(rows, part);
  if (request.keys) rows.key.and(keyIsOneOf(rows.key, KEY_OF_GROUP, request.keys));
  return `
    SELECT ${selectKey(KEY_OF_GROUP)}${slotOf(request)}, ${NO_OWNER} AS owner, toUInt64(max(pods_max)) AS most_pods,
      ${[...spanOf(part.step), ...ofRollUps(request)].join(', ')}
    FROM ${table} FINAL ${whereOf(rows)}
    GROUP BY ${KEY}${slotKey(request)}`;
}

/** Groups at each instant, summed over their pods, then over the instants. */
function groupInstantsPart(conditions: Conditions, scope: Scope, request: UsageRequest, part: Part): string {
  const rows = podRows(conditions, scope, request, part);
  const sums = request.measures.map((measure) =>
    SHARES.has(measure)
      ? `max(${measure}) AS m_${measure}, sum(${measure}) AS t_${measure}, count(${measure}) AS n_${measure}`
      : `sum(${measure}) AS v_${measure}`,
  );
  const figures = ofInstants(
    request,
    (measure) => `v_${measure}`,
    (one) => (SHARES.has(one) ? figuresOfSums(one) : figuresOfValues(one, `v_${one}`)),
  );
  return `
    SELECT ${KEY}${slotOf(request)}, ${NO_OWNER} AS owner, max(pods) AS most_pods,
      ${[...spanOf(part.step), ...figures].join(', ')}
    FROM (
      SELECT ${selectKey(keyOfRow(request.by))}, at, ${['count() AS pods', ...sums].join(', ')}
      FROM ${POD_TABLES['30s']} FINAL ${whereOf(rows)} GROUP BY ${KEY}, at
    ) GROUP BY ${KEY}${slotKey(request)}`;
}

/**
 * Groups from the hours or days of their pods. At how many instants the group is known is at most what the hour has, and at most what
 * its pods have together: exact where a pod follows another, or where some pod is always there; an average is too low where several
 * live together for a part of an hour. Maxima of sums it does not tell.
 */
function groupOfRollUpsPart(conditions: Conditions, scope: Scope, request: UsageRequest, part: Part): string {
  const rows = podRows(conditions, scope, request, part);
  const cap = STEP_MS[part.step] / STEP_MS['30s'];
  const inner = request.measures.flatMap((measure) => {
    const share = SHARES.has(measure);
    const count = share ? `sum(${measure}_count)` : `least(${cap}, sum(${measure}_count))`;
    return [
      `${share ? `max(${measure}_max)` : "CAST(NULL, 'Nullable(Float64)')"} AS m_${measure}`,
      `sum(${measure}_sum) AS t_${measure}`,
      `${count} AS n_${measure}`,
    ];
  });
  const figures = request.measures.map(figuresOfSums);
  return `
    SELECT ${KEY}${slotOf(request)}, ${NO_OWNER} AS owner, 0 AS most_pods, ${[...spanOf(part.step), ...figures].join(', ')}
    FROM (
      SELECT ${selectKey(keyOfRow(request.by))}, at, ${inner.join(', ')}
      FROM ${POD_TABLES[part.step]} FINAL ${whereOf(rows)} GROUP BY ${KEY}, at
    ) GROUP BY ${KEY}${slotKey(request)}`;
}

function partSql(conditions: Conditions, scope: Scope, request: UsageRequest, part: Part): string {
  if (request.by === 'pod') return podsPart(conditions, scope, request, part);
  if (part.step === '30s') return groupInstantsPart(conditions, scope, request, part);
  if (request.plan.fromPods) return groupOfRollUpsPart(conditions, scope, request, part);
  return groupRollUpPart(conditions, scope, request, part, GROUP_TABLES[part.step]);
}

/**
 * A query of what was used in the range by key (and `slot`): `owner`, `most_pods`, `first_ms`, `last_ms` and of each measure `x_` (the
 * maximum, null where nothing is known), `s_` (sum), `c_` (count), of those in `spread` also `b_`: counts by bucket, or all values
 * where `isExactSpread`. Its values are bound with `conditions`.
 */
export function usageSql(conditions: Conditions, scope: Scope, asked: UsageRequest): string {
  const request = asked.plan.estimated ? { ...asked, spread: [] } : asked;
  const parts = request.plan.parts.map((part) => partSql(conditions, scope, request, part));
  const figures = [
    ...request.measures.map(
      (one) => `max(part.x_${one}) AS x_${one}, sum(part.s_${one}) AS s_${one}, sum(part.c_${one}) AS c_${one}`,
    ),
    ...request.spread.map(
      (one) => `${isExactSpread(request) ? 'groupArrayArray' : 'sumMap'}(part.b_${one}) AS b_${one}`,
    ),
  ];
  return `
    SELECT ${KEY}${slotKey(request)}, argMax(part.owner, part.last_ms) AS owner, max(part.most_pods) AS most_pods,
      min(part.first_ms) AS first_ms, max(part.last_ms) AS last_ms, ${figures.join(', ')}
    FROM (${parts.join('\n    UNION ALL')}) AS part
    GROUP BY ${KEY}${slotKey(request)}`;
}

/** SQL of the 95th percentile by nearest rank out of what `usageSql` names `x_`, `s_`, `c_` and `b_`, and null where nothing is known. */
export function p95Sql(request: UsageRequest, measure: BucketedMeasure): string {
  const spread = `b_${measure}`;
  if (request.plan.estimated) return `CAST(NULL, 'Nullable(Float64)')`;
  if (isExactSpread(request)) {
    const rank = `intDiv(95 * length(${spread}) + 99, 100)`;
    return `if(empty(${spread}), NULL, arrayElement(arraySort(${spread}), ${rank}))`;
  }
  const [max, sum, count] = [`x_${measure}`, `s_${measure}`, `c_${measure}`];
  return percentileSql({ buckets: spread, max, sum, count, base: BUCKET_BASES[measure] }, 95);
}

/** A query of about how many pods the filter finds, as their hours have it. */
export function countPodsSql(conditions: Conditions, scope: Scope, { filter, plan }: UsageChoice): string {
  const rows = rowConditions(conditions);
  addPodFilter(rows, scope, filter);
  addPart(rows, { step: '1h', from: floorTo(plan.range.from, STEP_MS['1h']), to: plan.range.to });
  return `SELECT uniq(cluster, namespace, pod) AS pods FROM ${POD_TABLES['1h']} ${whereOf(rows)}`;
}
