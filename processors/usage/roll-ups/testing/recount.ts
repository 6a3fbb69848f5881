import { BUCKET_BASES, BUCKETED_MEASURES, bucketOf, type BucketedMeasure } from '../../../../schemas/usage-buckets.ts';
import {
  GROUPED_BUCKETS,
  GROUPED_MEASURES,
  MEASURE_NAMES,
  type Measure,
  type PodUsageRow,
} from '../../../../schemas/usage.ts';

/** Roll-ups counted from the rows one by one, without regard to cost: what the SQL is judged by. */
type Known = Readonly<Partial<Record<Measure, number | null>>>;
type Row = Record<string, unknown>;

function summaries(
  instants: readonly Known[],
  measures: readonly Measure[],
  bucketed: readonly BucketedMeasure[],
): Row {
  const row: Row = { instants: instants.length };
  for (const name of measures) {
    const known = instants.map((each) => each[name]).filter((value) => typeof value === 'number');
    row[`${name}_max`] = known.length === 0 ? null : Math.max(...known);
    row[`${name}_sum`] = known.reduce((sum, value) => sum + value, 0);
    row[`${name}_count`] = known.length;
    if (!bucketed.includes(name as BucketedMeasure)) continue;
    const counts = Map.groupBy(known, (value) => bucketOf(value, BUCKET_BASES[name as BucketedMeasure]));
    row[`${name}_buckets`] = Object.fromEntries(Array.from(counts, ([bucket, values]) => [bucket, values.length]));
  }
  return row;
}

const beginning = (at: string, periodMs: number): string =>
  new Date(Math.floor(Date.parse(at) / periodMs) * periodMs).toISOString();

/** Rows of `pod_usage` (one a pod and instant) rolled up by pod and period. */
export function recountPods(rows: readonly PodUsageRow[], periodMs: number, version: number): Row[] {
  const pods = Map.groupBy(rows, ({ namespace, pod, at }) => JSON.stringify([namespace, pod, beginning(at, periodMs)]));
  return Array.from(pods.values(), (instants) => {
    const last = instants.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1)!;
    const { cluster, namespace, pod, workload_kind, workload, node, team, environment, at } = last;
    const owner = { cluster, namespace, pod, workload_kind, workload, node, team, environment };
    return { ...owner, at: beginning(at, periodMs), ...summaries(instants, MEASURE_NAMES, BUCKETED_MEASURES), version };
  });
}

type Group = readonly [by: string, namespace: string, kind: string, name: string];

function groupsOf({ cluster, namespace, pod, workload_kind, workload, node, team }: PodUsageRow): Group[] {
  return [
    workload === '' ? ['workload', namespace, '', pod] : ['workload', namespace, workload_kind, workload],
    ['namespace', namespace, '', namespace],
    ['cluster', '', '', cluster],
    ['team', '', '', team],
    ['node', '', '', node],
  ];
}

/** The sum of each measure over those pods of which it is known. */
function sumOf(pods: readonly PodUsageRow[]): Known {
  const entries = GROUPED_MEASURES.map((name) => {
    const known = pods.map((pod) => pod[name]).filter((value) => value !== null);
    return [name, known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)];
  });
  return Object.fromEntries(entries);
}

/** Rows of `pod_usage` of one cluster rolled up by group and period. */
export function recountGroups(rows: readonly PodUsageRow[], periodMs: number, version: number): Row[] {
  const members = rows.flatMap((row) =>
    groupsOf(row).map((group) => ({ group, row, at: beginning(row.at, periodMs) })),
  );
  const groups = Map.groupBy(members, ({ group, at }) => JSON.stringify([group, at]));
  return Array.from(groups.values(), (found) => {
    const { group, row, at } = found[0]!;
    const [by, namespace, workload_kind, name] = group;
    const instants = Array.from(Map.groupBy(found, (each) => each.row.at).values());
    const keys = { cluster: row.cluster, by, namespace, workload_kind, name, at };
    return {
      ...keys,
      pods_max: Math.max(...instants.map((pods) => pods.length)),
      ...summaries(
        instants.map((pods) => sumOf(pods.map((each) => each.row))),
        GROUPED_MEASURES,
        GROUPED_BUCKETS,
      ),
      version,
    };
  });
}
