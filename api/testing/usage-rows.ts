import { fromTime, toTime } from '../../platform/clock.ts';
import type { Store } from '../../platform/store/store.ts';
import type { ColumnAnnotation, Table } from '../../schemas/column.ts';
import { BUCKET_BASES, BUCKETED_MEASURES, bucketOf, type BucketedMeasure } from '../../schemas/usage-buckets.ts';
import {
  GROUPED_BUCKETS,
  GROUPED_MEASURES,
  groupUsageDayTable,
  groupUsageHourTable,
  MEASURE_NAMES,
  podUsageDayTable,
  podUsageHourTable,
  podUsageTable,
  USAGE_GROUPS,
  type Measure,
  type PodUsageRow,
  type UsageGroup,
  type UsageSourceRow,
  type UsageWindowRow,
} from '../../schemas/usage.ts';
import { bucketPercentile } from './bucket-percentile.ts';
import { at } from './rows.ts';

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const NOTHING = Object.fromEntries(MEASURE_NAMES.map((name) => [name, null])) as Record<Measure, null>;

export const podUsageRow = (row: Partial<PodUsageRow>): PodUsageRow => ({
  cluster: 'east',
  namespace: 'a',
  pod: 'web-1',
  workload_kind: 'Deployment',
  workload: 'web',
  node: 'node-1',
  team: 'shop',
  environment: 'prod',
  at: at(0),
  ...NOTHING,
  version: 1,
  deleted: 0,
  ...row,
});

export const windowRow = (row: Partial<UsageWindowRow>): UsageWindowRow => ({
  cluster: 'east',
  window_start: at(-3600),
  state: 'done',
  imported_to: at(0),
  tries: 0,
  next_try_at: null,
  error_code: '',
  error: '',
  method: 'remote_read',
  missing: [],
  pods: 2,
  rows: 240,
  samples: 2400,
  bad_samples: 1,
  duration_ms: 12,
  backfill: 0,
  updated_at: at(0),
  version: 1,
  ...row,
});

export const sourceRow = (row: Partial<UsageSourceRow>): UsageSourceRow => ({
  cluster: 'east',
  measure: 'cpu_cores',
  source: 'cadvisor',
  expression: 'sum by (namespace, pod) (irate(container_cpu_usage_seconds_total[2m]))',
  chosen: 'found',
  series: 12,
  checked_at: at(-60),
  version: 1,
  ...row,
});

/** The name of a group as the roll-ups have it. */
export function groupOf(by: UsageGroup, row: PodUsageRow) {
  const name = {
    workload: row.workload,
    namespace: row.namespace,
    team: row.team,
    node: row.node,
    cluster: row.cluster,
  };
  const placed = by === 'workload' || by === 'namespace';
  return {
    cluster: row.cluster,
    namespace: placed ? row.namespace : '',
    workload_kind: by === 'workload' ? row.workload_kind : '',
    name: name[by],
  };
}

/** The rows by a key of theirs, in their order. */
export function gather<T>(rows: readonly T[], keyOf: (row: T) => unknown): T[][] {
  const found = new Map<string, T[]>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const list = found.get(key);
    if (list) list.push(row);
    else found.set(key, [row]);
  }
  return [...found.values()];
}

const knownOf = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** What a group used at each instant: the sum of what is known of its pods, null where nothing is. */
export const sumsByInstant = (rows: readonly PodUsageRow[], measure: Measure): (number | null)[] =>
  gather(rows, (row) => row.at).map((now) => {
    const known = knownOf(now.map((row) => row[measure]));
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  });

/** Average, maximum, count and percentile of values, null where none is known; from scratch. */
export function summary(values: readonly (number | null)[]) {
  const known = knownOf(values).toSorted((a, b) => a - b);
  const count = known.length;
  const max = known.at(-1) ?? null;
  const ranked = known[Math.ceil((95 * count) / 100) - 1] ?? null;
  return {
    count,
    sum: known.reduce((sum, value) => sum + value, 0),
    avg: count === 0 ? null : known.reduce((sum, value) => sum + value, 0) / count,
    max,
    p95: ranked,
    p95Of: (measure: BucketedMeasure): number | null =>
      count === 0 ? null : bucketPercentile(known, 95, BUCKET_BASES[measure]),
  };
}

function bucketsOf(values: readonly (number | null)[], base: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of knownOf(values)) {
    const bucket = String(bucketOf(value, base));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
}

function columnsOf(
  measures: readonly Measure[],
  bucketed: readonly BucketedMeasure[],
  valuesOf: (measure: Measure) => (number | null)[],
): Record<string, unknown> {
  const summed = measures.flatMap((measure) => {
    const { max, sum, count } = summary(valuesOf(measure));
    return [
      [`${measure}_max`, max],
      [`${measure}_sum`, sum],
      [`${measure}_count`, count],
    ] as const;
  });
  const buckets = bucketed.map(
    (measure) => [`${measure}_buckets`, bucketsOf(valuesOf(measure), BUCKET_BASES[measure])] as const,
  );
  return Object.fromEntries([...summed, ...buckets]);
}

const beginOf = (row: PodUsageRow, stepMs: number): string => toTime(Math.floor(fromTime(row.at) / stepMs) * stepMs);

function podRollUps(rows: readonly PodUsageRow[], stepMs: number): object[] {
  return gather(rows, (row) => [row.cluster, row.namespace, row.pod, beginOf(row, stepMs)]).map((own) => {
    const last = own.toSorted((a, b) => (a.at < b.at ? -1 : 1)).at(-1)!;
    const { cluster, namespace, pod, workload_kind, workload, node, team, environment } = last;
    return {
      cluster,
      namespace,
      pod,
      workload_kind,
      workload,
      node,
      team,
      environment,
      at: beginOf(last, stepMs),
      instants: own.length,
      ...columnsOf(MEASURE_NAMES, BUCKETED_MEASURES, (measure) => own.map((row) => row[measure])),
      version: 1,
      deleted: 0,
    };
  });
}

function groupRollUps(rows: readonly PodUsageRow[], by: UsageGroup, stepMs: number): object[] {
  return gather(rows, (row) => [groupOf(by, row), beginOf(row, stepMs)]).map((own) => {
    const instants = gather(own, (row) => row.at);
    return {
      ...groupOf(by, own[0]!),
      by,
      at: beginOf(own[0]!, stepMs),
      instants: instants.length,
      pods_max: Math.max(...instants.map((now) => now.length)),
      ...columnsOf(GROUPED_MEASURES, GROUPED_BUCKETS, (measure) => sumsByInstant(own, measure)),
      version: 1,
      deleted: 0,
    };
  });
}

/** A statement has at most 256 kB, with its values. */
const ROWS_AT_ONCE = 50;

/** Rows with columns that are maps from numbers, by way of JSON. */
async function insertAsJson(store: Store, table: Table, rows: readonly object[]): Promise<void> {
  const { properties } = table.row as unknown as { properties: Record<string, ColumnAnnotation> };
  const columns = table.columns.map((name) => `\`${name}\``).join(', ');
  const structure = table.columns.map((name) => `\`${name}\` ${properties[name]!.clickhouse}`).join(', ');
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const data = rows.slice(from, from + ROWS_AT_ONCE).map((row) => JSON.stringify(row));
    await store.command(
      `INSERT INTO ${table.name} (${columns}) SELECT ${columns} FROM format(JSONEachRow, {structure:String}, {data:String})
       SETTINGS date_time_input_format = 'best_effort'`,
      { structure, data: data.join('\n') },
    );
  }
}

/** Writes the rows and every roll-up of them, each computed from scratch. Rows of a pod and instant must not come twice. */
export async function insertUsage(store: Store, rows: readonly PodUsageRow[], token = 'usage'): Promise<void> {
  await store.insert(podUsageTable, rows, { token });
  await insertAsJson(store, podUsageHourTable, podRollUps(rows, HOUR_MS));
  await insertAsJson(store, podUsageDayTable, podRollUps(rows, DAY_MS));
  for (const by of USAGE_GROUPS) {
    await insertAsJson(store, groupUsageHourTable, groupRollUps(rows, by, HOUR_MS));
    await insertAsJson(store, groupUsageDayTable, groupRollUps(rows, by, DAY_MS));
  }
}
