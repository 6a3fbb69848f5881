import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { UsageSort } from '../../../schemas/api/usage-parameters.ts';
import { GROUPED_BUCKETS, GROUPED_MEASURES, MEASURE_NAMES, SET, type Measure } from '../../../schemas/usage.ts';
import { BUCKETED_MEASURES, type BucketedMeasure } from '../../../schemas/usage-buckets.ts';
import type { Scope } from '../../scope.ts';
import { instantsIn, STEP_MS, type Plan } from '../../usage/parts.ts';
import { createConditions, FINAL_SETTINGS, type Conditions } from '../conditions.ts';
import { KEY, KEY_COLUMNS, type UsageKey } from './keys.ts';
import { oomKillsSql, readOomLimits, tellsOomKills } from './oom-kills.ts';
import { countPodsSql, isExactSpread, p95Sql, usageSql, type UsageChoice, type UsageRequest } from './partials.ts';

/** A row of the table as the store tells it. Milliseconds; `x_` maximum, `a_` average, `c_` instants known, `p_` 95th percentile. */
export type StoredFigures = {
  readonly k_cluster: string;
  readonly k_namespace: string;
  readonly k_kind: string;
  readonly k_name: string;
  readonly owner: readonly [kind: string, workload: string, node: string, team: string, environment: string];
  readonly most_pods: number;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly oom_kills: number | null;
  /** The memory limit at the newest of them. */
  readonly oom_limit_bytes?: number | null;
} & Readonly<Partial<Record<`${'x' | 'a' | 'c'}_${Measure}` | `p_${BucketedMeasure}`, number | null>>>;

export const keyOf = (row: StoredFigures): UsageKey => ({
  cluster: row.k_cluster,
  namespace: row.k_namespace,
  kind: row.k_kind,
  name: row.k_name,
});

export type UsageOrder = { readonly sort: UsageSort; readonly order: 'asc' | 'desc' };

/**
 * Over all rows that the filter finds. Cores, bytes and GPUs are what all had together at an instant, on average over the time that is
 * imported of each cluster: a pod that was there for a tenth of it counts a tenth, whatever the rows are of.
 */
export interface StoredTotals {
  readonly total: number;
  readonly cpu_avg: number | null;
  readonly cpu_request: number | null;
  readonly cpu_limit: number | null;
  readonly memory_avg: number | null;
  readonly memory_request: number | null;
  readonly memory_limit: number | null;
  readonly gpu_request: number | null;
  readonly gpu_limit: number | null;
  readonly oom_kills: number | null;
}

const AVERAGED: Readonly<Record<Exclude<keyof StoredTotals, 'total' | 'oom_kills'>, Measure>> = {
  cpu_avg: 'cpu_cores',
  cpu_request: 'cpu_request_cores',
  cpu_limit: 'cpu_limit_cores',
  memory_avg: 'memory_bytes',
  memory_request: 'memory_request_bytes',
  memory_limit: 'memory_limit_bytes',
  gpu_request: 'gpu_request',
  gpu_limit: 'gpu_limit',
};
/** Totals out of the columns of `StoredFigures` and `instants`: at how many anything can be known in the row's cluster. */
const TOTALS = [
  'toFloat64(count() OVER ()) AS t_total',
  ...Object.entries(AVERAGED).map(([name, one]) => `sum(a_${one} * c_${one} / instants) OVER () AS t_${name}`),
  'sum(toFloat64(oom_kills)) OVER () AS t_oom_kills',
].join(', ');

/** Milliseconds of the range that are imported, by cluster. */
export type ImportedTime = readonly { readonly cluster: string; readonly imported_ms: number }[];

/** Instants that are imported of the row's cluster: those of the range where nothing is told, and as many as a row knows at least. */
function instantsSql(conditions: Conditions, { plan }: UsageRequest, imported: ImportedTime): string {
  const known = imported.filter(({ imported_ms: ms }) => ms > 0);
  const clusters = conditions.bind(
    'Array(String)',
    known.map(({ cluster }) => cluster),
  );
  const instants = conditions.bind(
    'Array(Float64)',
    known.map(({ imported_ms: ms }) => ms / STEP_MS['30s']),
  );
  const told = `transform(k_cluster, ${clusters}, ${instants}, toFloat64(${instantsIn(plan.range)}))`;
  const most = Object.values(AVERAGED).map((one) => `c_${one}`);
  return `greatest(${told}, toFloat64(max(greatest(${most.join(', ')})) OVER (PARTITION BY k_cluster)))`;
}

const NAMES = ['k_cluster', 'k_namespace', 'k_kind', 'k_name'];
const ORDERS: Readonly<Record<UsageSort, string>> = {
  waste_cpu: 'x_cpu_request_cores - p_cpu_cores',
  waste_memory: 'x_memory_request_bytes - p_memory_bytes',
  danger_cpu: 'x_cpu_cores / nullIf(x_cpu_limit_cores, 0)',
  danger_memory: 'x_memory_bytes / nullIf(x_memory_limit_bytes, 0)',
  name: `tuple(${NAMES.join(', ')})`,
  workload: 'tupleElement(owner, 2)',
  node: 'tupleElement(owner, 3)',
  team: 'tupleElement(owner, 4)',
  cpu_avg: 'a_cpu_cores',
  cpu_max: 'x_cpu_cores',
  cpu_p95: 'p_cpu_cores',
  cpu_request: 'x_cpu_request_cores',
  cpu_limit: 'x_cpu_limit_cores',
  memory_avg: 'a_memory_bytes',
  memory_max: 'x_memory_bytes',
  memory_p95: 'p_memory_bytes',
  memory_request: 'x_memory_request_bytes',
  memory_limit: 'x_memory_limit_bytes',
  gpu_avg: 'a_gpu_utilisation',
  gpu_max: 'x_gpu_utilisation',
  gpu_p95: 'p_gpu_utilisation',
  gpu_memory_avg: 'a_gpu_memory_bytes',
  gpu_memory_max: 'x_gpu_memory_bytes',
  gpu_memory_p95: 'p_gpu_memory_bytes',
  gpu_request: 'x_gpu_request',
  gpu_limit: 'x_gpu_limit',
  throttled_avg: 'a_cpu_throttled',
  throttled_max: 'x_cpu_throttled',
  network_receive: 'a_network_receive_bytes_per_second',
  network_transmit: 'a_network_transmit_bytes_per_second',
  file_read: 'a_file_read_bytes_per_second',
  file_write: 'a_file_write_bytes_per_second',
  file_bytes: 'a_file_bytes',
  oom_kills: 'oom_kills',
  pods: 'most_pods',
  first_at: 'first_ms',
  last_at: 'last_ms',
};

/** The percentiles that an order goes by. */
const spreadOf = (sort: UsageSort): BucketedMeasure[] =>
  BUCKETED_MEASURES.filter((measure) => ORDERS[sort].includes(`p_${measure}`));

const measuresOf = (by: UsageRequest['by']): readonly Measure[] => (by === 'pod' ? MEASURE_NAMES : GROUPED_MEASURES);
const spreadMeasures = (by: UsageRequest['by']): readonly BucketedMeasure[] =>
  by === 'pod' ? BUCKETED_MEASURES : GROUPED_BUCKETS;

const SET_NAMES: ReadonlySet<Measure> = new Set(SET);

/** The columns of `StoredFigures` out of those of `usageSql`. Where maxima of sums cannot be told, requests are averages. */
function figureColumns(request: UsageRequest): string[] {
  const { estimated } = request.plan;
  const unknown = `CAST(NULL, 'Nullable(Float64)')`;
  return [
    ...request.measures.flatMap((one) => {
      const average = `if(c_${one} = 0, NULL, s_${one} / c_${one})`;
      const told = !estimated || one === 'cpu_throttled' || one === 'gpu_utilisation';
      const most = told ? `usage.x_${one}` : SET_NAMES.has(one) ? average : unknown;
      return [`${most} AS x_${one}`, `${average} AS a_${one}`, `c_${one}`];
    }),
    ...request.spread.map((one) => `${p95Sql(request, one)} AS p_${one}`),
  ];
}

function figuresSql(conditions: Conditions, scope: Scope, request: UsageRequest): string {
  return `
    SELECT ${KEY}, owner, most_pods, first_ms, last_ms, ${figureColumns(request).join(', ')}
    FROM (${usageSql(conditions, scope, request)}) AS usage`;
}

const NO_TOTALS: StoredTotals = {
  total: 0,
  oom_kills: null,
  ...(Object.fromEntries(Object.keys(AVERAGED).map((name) => [name, null])) as Record<keyof typeof AVERAGED, null>),
};

function splitTotals(row: Readonly<Record<string, unknown>>): { figures: StoredFigures; totals: StoredTotals } {
  const own = Object.entries(row);
  const totals = own.filter(([name]) => name.startsWith('t_')).map(([name, value]) => [name.slice(2), value] as const);
  const figures = own.filter(([name]) => !name.startsWith('t_'));
  return {
    figures: Object.fromEntries(figures) as unknown as StoredFigures,
    totals: Object.fromEntries(totals) as unknown as StoredTotals,
  };
}

async function listSorted(
  scope: Scope,
  store: Store,
  request: UsageRequest & UsageOrder & { limit: number; offset: number; imported?: ImportedTime },
  options: QueryOptions,
): Promise<{ rows: StoredFigures[]; totals: StoredTotals }> {
  const { sort, order, limit, offset, imported = [] } = request;
  const conditions = createConditions();
  const told = tellsOomKills(request);
  const kills = told ? oomKillsSql(conditions, scope, request) : '';
  const ordered = ORDERS[sort];
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  const sql = `
    SELECT * EXCEPT (instants), ${TOTALS} FROM (
      SELECT figures.*, ${instantsSql(conditions, request, imported)} AS instants,
        ${told ? 'toFloat64(kills)' : `CAST(NULL, 'Nullable(Float64)')`} AS oom_kills
      FROM (${figuresSql(conditions, scope, request)}) AS figures
      ${told ? `LEFT JOIN (${kills}) AS killed USING (${KEY})` : ''}
    )
    ORDER BY isNull(${ordered}), ${ordered} ${direction}, ${NAMES.join(', ')}
    LIMIT ${conditions.bind('UInt32', limit)} OFFSET ${conditions.bind('UInt32', offset)} ${FINAL_SETTINGS}`;
  const found = await store.query<Record<string, unknown>>(sql, conditions.params, options);
  const rows = found.map(splitTotals);
  if (rows.length === 0 && offset > 0) {
    const { totals } = await listSorted(scope, store, { ...request, limit: 1, offset: 0 }, options);
    return { rows: [], totals };
  }
  return { rows: rows.map(({ figures }) => figures), totals: rows[0]?.totals ?? NO_TOTALS };
}

/** A statement has at most 256 kB with its values; of more rows, those of all are read. */
const MOST_KEY_CHARACTERS = 100_000;

const identity = (row: StoredFigures): string => JSON.stringify(KEY_COLUMNS.map((column) => row[column]));

/** The percentiles of these rows, and of groups what no roll-up of groups has. */
async function addTheRest(
  scope: Scope,
  store: Store,
  choice: UsageChoice,
  request: { rows: readonly StoredFigures[]; known: readonly BucketedMeasure[] },
  options: QueryOptions,
): Promise<StoredFigures[]> {
  const { rows, known } = request;
  if (rows.length === 0) return [];
  const keys = rows.map(keyOf);
  const few = JSON.stringify(keys).length < MOST_KEY_CHARACTERS ? { keys } : {};
  const read = async (more: Pick<UsageRequest, 'plan' | 'measures' | 'spread'>) => {
    if (more.measures.length === 0) return [];
    const conditions = createConditions();
    const sql = `${figuresSql(conditions, scope, { ...choice, ...more, ...few })} ${FINAL_SETTINGS}`;
    return store.query<StoredFigures>(sql, conditions.params, options);
  };
  const spread = !choice.plan.estimated ? spreadMeasures(choice.by).filter((one) => !known.includes(one)) : [];
  const others = choice.by === 'pod' ? [] : MEASURE_NAMES.filter((one) => !measuresOf(choice.by).includes(one));
  const ofPods = { ...choice.plan, fromPods: true, estimated: true };
  const killed = rows.filter((row) => (row.oom_kills ?? 0) > 0).map(keyOf);
  const [limits, ...more] = await Promise.all([
    readOomLimits(scope, store, { choice, keys: killed }, options),
    read({ plan: choice.plan, measures: spread, spread }),
    read({ plan: ofPods, measures: others, spread: [] }),
  ]);
  const byKey = more.map((list) => new Map(list.map((row) => [identity(row), row])));
  return rows.map((row) => {
    const found = byKey.map((list) => list.get(identity(row)) ?? {});
    return { ...found[0], ...found[1], ...row, oom_limit_bytes: limits.get(identity(row)) ?? null };
  });
}

/** Of a page of so many rows percentiles are told exactly from instants. */
const PAGE_ROWS = 500;
/** Values of one measure that are held to tell percentiles of all rows exactly: 32 MB, and the engine's copies of them. */
const MOST_VALUES = 4_000_000;

/** The plan, with percentiles from buckets where those of all rows are needed and the instants are too many to hold. */
async function boundSpread(
  scope: Scope,
  store: Store,
  request: UsageChoice & { spread: readonly BucketedMeasure[]; limit: number; mostValues?: number | undefined },
  options: QueryOptions,
): Promise<Plan> {
  const { plan, spread, limit, mostValues = MOST_VALUES } = request;
  const ofAll = spread.length > 0 || limit > PAGE_ROWS;
  if (!ofAll || !isExactSpread(request)) return plan;
  const conditions = createConditions();
  const sql = countPodsSql(conditions, scope, request);
  const [{ pods } = { pods: 0 }] = await store.query<{ pods: number }>(sql, conditions.params, options);
  return pods * instantsIn(plan.range) > mostValues ? { ...plan, bucketed: true } : plan;
}

/**
 * The rows of the table, sorted, and the totals of all that the filter finds. Two steps: the figures of all, then of those that are
 * asked for the percentiles, which cost the most to read. `plan`: the same, and whether percentiles are told from buckets.
 * `mostValues`: how many values of a measure are held at most to tell them exactly. `imported`: what totals are averaged over.
 */
export async function listUsage(
  scope: Scope,
  store: Store,
  request: UsageChoice & UsageOrder & { limit: number; offset: number; mostValues?: number; imported?: ImportedTime },
  options: QueryOptions,
): Promise<{ rows: StoredFigures[]; totals: StoredTotals; plan: Plan }> {
  const known = spreadOf(request.sort).filter((one) => spreadMeasures(request.by).includes(one));
  const plan = await boundSpread(scope, store, { ...request, spread: known }, options);
  const choice = { ...request, plan };
  const first = { ...choice, measures: measuresOf(request.by), spread: known };
  const { rows, totals } = await listSorted(scope, store, first, options);
  return { rows: await addTheRest(scope, store, choice, { rows, known }, options), totals, plan };
}
