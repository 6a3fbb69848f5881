import Type, { type Static, type TSchema } from 'typebox';
import { column, maybeFloat64, maybeTime, oneOf, table, text, time, uint32, uint64, uint8, word } from './column.ts';
import { BUCKETED_MEASURES } from './usage-buckets.ts';

/** Seconds between two instants of a pod's rows; instants are whole multiples of it since the Unix epoch. */
export const USAGE_STEP_SECONDS = 30;

/** What was used: the column, and what it is. Null where nothing is known, never 0 for it. */
export const USED_MEASURES = {
  cpu_cores: 'CPU used, in cores (irate over 2 minutes)',
  cpu_throttled: 'Share of CPU periods in which it was throttled, 0 to 1 (over 2 minutes)',
  memory_bytes: 'Working set, in bytes',
  gpu_utilisation: 'Utilisation of its busiest GPU, 0 to 1',
  gpu_memory_bytes: 'Memory used on its fullest GPU, in bytes',
  network_receive_bytes_per_second: 'Bytes received a second',
  network_transmit_bytes_per_second: 'Bytes sent a second',
  file_read_bytes_per_second: 'Bytes read a second',
  file_write_bytes_per_second: 'Bytes written a second',
  file_bytes: 'Bytes in the file systems of its containers',
} as const;

/** What was asked for and allowed, as it was in force at the instant. Null where none was set or nothing is known. */
export const SET_MEASURES = {
  cpu_request_cores: 'CPU requested, in cores',
  cpu_limit_cores: 'CPU limit, in cores',
  memory_request_bytes: 'Memory requested, in bytes',
  memory_limit_bytes: 'Memory limit, in bytes',
  gpu_request: 'GPUs requested',
  gpu_limit: 'Limit of GPUs',
} as const;

export type UsedMeasure = keyof typeof USED_MEASURES;
export type SetMeasure = keyof typeof SET_MEASURES;
export type Measure = UsedMeasure | SetMeasure;
export const USED = Object.keys(USED_MEASURES) as readonly UsedMeasure[];
export const SET = Object.keys(SET_MEASURES) as readonly SetMeasure[];
export const MEASURES = { ...USED_MEASURES, ...SET_MEASURES } as const;
export const MEASURE_NAMES = [...USED, ...SET] as readonly Measure[];

const each = <const K extends string, S extends TSchema>(names: readonly K[], make: (name: K) => S) =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, S>;

const owner = {
  cluster: word('Cluster'),
  namespace: word('Kubernetes namespace'),
};
const ofPod = {
  ...owner,
  pod: text('Pod name'),
  workload_kind: word("Kind of the top owner: Deployment, StatefulSet, CronJob, ... or Pod; '' where nothing tells"),
  workload: text("Name of the top owner; '' where nothing tells"),
  node: word("Node; '' where nothing tells"),
  team: word('Team, by the configured label'),
  environment: word('Environment, by the configured label'),
};
const version = uint64('Milliseconds since the Unix epoch of the import that wrote it; a later one replaces it');
const deleted = uint8('1 where a later import found it gone');

/**
 * The workload of a pod's row as SQL, where roll-ups and queries group by it: a pod of which nothing tells the owner is one of its
 * own. `of` is put before the columns, with its dot.
 */
export const workloadSql = (of = ''): { readonly kind: string; readonly name: string } => ({
  kind: `if(${of}workload = '', '', ${of}workload_kind)`,
  name: `if(${of}workload = '', ${of}pod, ${of}workload)`,
});

export const PodUsageRow = Type.Object({
  ...ofPod,
  at: time('Instant; one each 30 seconds'),
  ...each(MEASURE_NAMES, (name) => maybeFloat64(MEASURES[name])),
  version,
  deleted,
});
export type PodUsageRow = Static<typeof PodUsageRow>;
/** Written to the versions table; read through the view `pod_usage`. */
export const podUsageTable = table('pod_usage_versions', PodUsageRow);
/** The same rows of hours that are older than `pod_usage` keeps, until they are summed up. */
export const podUsageImportTable = table('pod_usage_import_versions', PodUsageRow);

/** 0 to 65,535. */
const BUCKET = String.raw`^(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$`;
const Buckets = (comment: string) =>
  column(
    Type.Record(Type.String({ pattern: BUCKET }), Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 }), {
      additionalProperties: false,
    }),
    'Map(UInt16, UInt32)',
    comment,
  );

type Summary<M extends string> = Record<`${M}_max`, ReturnType<typeof maybeFloat64>> &
  Record<`${M}_sum`, ReturnType<typeof column>> &
  Record<`${M}_count`, ReturnType<typeof uint32>>;

const float64 = (comment: string) => column(Type.Number(), 'Float64', comment);

/** Maximum, sum and count of each measure; the average is sum / count, and count 0 means that nothing is known. */
const summaries = <const M extends Measure>(names: readonly M[]) =>
  Object.assign(
    {},
    ...names.map((name) => ({
      [`${name}_max`]: maybeFloat64(`Maximum. ${MEASURES[name]}`),
      [`${name}_sum`]: float64('Sum over the instants in which it is known'),
      [`${name}_count`]: uint32('Instants in which it is known'),
    })),
  ) as Summary<M>;
const buckets = <const M extends (typeof BUCKETED_MEASURES)[number]>(names: readonly M[]) =>
  Object.fromEntries(
    names.map((name) => [`${name}_buckets`, Buckets('Instants by logarithmic bucket, 5 % apart, for percentiles')]),
  ) as Record<`${M}_buckets`, ReturnType<typeof Buckets>>;

export const PodUsageRollUpRow = Type.Object({
  ...ofPod,
  at: time('Beginning of the hour or day, UTC'),
  instants: uint32('Instants in which anything is known of it'),
  ...summaries(MEASURE_NAMES),
  ...buckets(BUCKETED_MEASURES),
  version,
  deleted,
});
export const podUsageHourTable = table('pod_usage_1h_versions', PodUsageRollUpRow);
export const podUsageDayTable = table('pod_usage_1d_versions', PodUsageRollUpRow);

/** What is summed over the pods of a group at each instant, before the instants are summed up. */
export const GROUPED_MEASURES = [
  'cpu_cores',
  'memory_bytes',
  'gpu_memory_bytes',
  ...SET,
] as const satisfies readonly Measure[];
export const GROUPED_BUCKETS = ['cpu_cores', 'memory_bytes', 'gpu_memory_bytes'] as const;
export const USAGE_GROUPS = ['workload', 'namespace', 'team', 'node', 'cluster'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

export const GroupUsageRollUpRow = Type.Object({
  cluster: word('Cluster'),
  by: oneOf(USAGE_GROUPS, 'What the pods have in common: workload, namespace, team, node or cluster'),
  namespace: word("Kubernetes namespace of a workload or namespace; else ''"),
  workload_kind: word("Kind of a workload; else ''"),
  name: text('Name of the workload, namespace, team, node or cluster'),
  at: time('Beginning of the hour or day, UTC'),
  instants: uint32('Instants in which anything is known of any of its pods'),
  pods_max: uint32('Most pods at one instant'),
  ...summaries(GROUPED_MEASURES),
  ...buckets(GROUPED_BUCKETS),
  version,
  deleted,
});
export const groupUsageHourTable = table('group_usage_1h_versions', GroupUsageRollUpRow);
export const groupUsageDayTable = table('group_usage_1d_versions', GroupUsageRollUpRow);

/**
 * `pending`: to be imported; `open`: the hour that goes on, imported as far as `imported_to`; `done`; `failed`: tried, and will be
 * tried again at `next_try_at`; `given-up`: not tried again: the server says that it keeps no samples of that time, or hours of that
 * time are kept no longer here.
 */
export const WINDOW_STATES = ['pending', 'open', 'done', 'failed', 'given-up'] as const;
export type WindowState = (typeof WINDOW_STATES)[number];
export const IMPORT_METHODS = ['remote_read', 'query_range'] as const;
export type ImportMethod = (typeof IMPORT_METHODS)[number];

export const UsageWindowRow = Type.Object({
  cluster: word('Cluster'),
  window_start: time('Beginning of the hour, UTC'),
  state: oneOf(WINDOW_STATES, 'pending, open, done, failed (tried again at next_try_at) or given-up'),
  imported_to: maybeTime('Up to here its instants are in pod_usage'),
  tries: uint32('Tries that failed since the last success'),
  next_try_at: maybeTime('When it is tried again'),
  error_code: word("What went wrong last: prometheus_unavailable, prometheus_denied, ... or ''"),
  error: text('The same in words'),
  method: oneOf(['', ...IMPORT_METHODS], "remote_read or query_range; '' before the first success"),
  missing: column(
    Type.Array(Type.String()),
    'Array(LowCardinality(String))',
    'Measures of which the server had nothing in this hour',
  ),
  pods: uint32('Pods found'),
  rows: uint64('Rows written to pod_usage'),
  samples: uint64('Samples read'),
  bad_samples: uint64('Samples left out: not a number, infinite, or out of order'),
  duration_ms: uint32('How long the last import took'),
  backfill: uint8('1 where somebody asked for it, rather than the clock'),
  updated_at: time('When this was written'),
  version: uint64('Milliseconds since the Unix epoch; a later one replaces it'),
});
export type UsageWindowRow = Static<typeof UsageWindowRow>;
/** Written to the versions table; read through the view `usage_windows`. */
export const usageWindowsTable = table('usage_windows_versions', UsageWindowRow);

export const UsageSourceRow = Type.Object({
  cluster: word('Cluster'),
  measure: word('Measure: cpu_cores, memory_request_bytes, ...'),
  source: word("Where it comes from: a metric's family, journal, or off; '' where nothing was found"),
  expression: text('What is asked for, as PromQL'),
  chosen: oneOf(['found', 'configured', 'none'], 'Found by asking, set in the configuration, or nothing was found'),
  series: uint32('Series that were there when it was asked for'),
  checked_at: time('When it was asked for'),
  version: uint64('Milliseconds since the Unix epoch; a later one replaces it'),
});
export type UsageSourceRow = Static<typeof UsageSourceRow>;
/** Written to the versions table; read through the view `usage_sources`. */
export const usageSourcesTable = table('usage_sources_versions', UsageSourceRow);

export const UsageImportRow = Type.Object({
  cluster: word('Cluster'),
  window_start: time('Beginning of the hour, UTC'),
  imported_version: uint64('Version of the last import, where it has or ever had rows; else 0'),
  settings: word('Fingerprint of the settings of its server it was tried with last'),
  journal_to: maybeTime(
    'Up to here its journal was known when it was imported; null where there is none, or it was not looked at',
  ),
  version: uint64('Milliseconds since the Unix epoch; a later one replaces it'),
});
export type UsageImportRow = Static<typeof UsageImportRow>;
/** Written to the versions table; read through the view `usage_imports`. */
export const usageImportsTable = table('usage_imports_versions', UsageImportRow);

export const UsageDayRow = Type.Object({
  cluster: word('Cluster'),
  day: time('Beginning of the day, UTC'),
  version: uint64('Version of the rows of the day; made before its hours were read'),
});
export type UsageDayRow = Static<typeof UsageDayRow>;
/** Written to the versions table; the view `usage_days_due` has the days that are to be summed up (again). */
export const usageDaysTable = table('usage_days_versions', UsageDayRow);
