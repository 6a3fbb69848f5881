import type {
  ComparedReason,
  ComparedUsage,
  Counted,
  CountPair,
  Pair,
  RunComparison,
} from '../../schemas/api/run-comparisons.ts';
import type { RunItem, RunReason, RangeReport } from '../../schemas/api/runs.ts';
import type { UsageItem } from '../../schemas/api/usage.ts';

/** Two values side by side. What is not known on either side has no difference; nothing is divided by 0. */
export const pairOf = (a: number | null, b: number | null): Pair => ({
  a,
  b,
  difference: a === null || b === null ? null : b - a,
  ratio: a === null || b === null || a === 0 ? null : b / a,
});

const perHour = (count: number | null, hours: number): number | null =>
  count === null || hours <= 0 ? null : count / hours;

/** A run with what it came to. */
export type ReportedRun = RangeReport & { readonly run: RunItem };

interface Hours {
  readonly a: number;
  readonly b: number;
}

const countPair = (a: number, b: number, hours: Hours): CountPair => ({
  ...pairOf(a, b),
  a_per_hour: perHour(a, hours.a),
  b_per_hour: perHour(b, hours.b),
});

interface Owned {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload_kind: string;
  readonly workload: string;
}

/** What is the same on both sides; null where one has nothing of it. */
export interface Match<T> {
  readonly a: T | null;
  readonly b: T | null;
}

const keyBy = <T>(rows: readonly T[], key: (row: T) => string): Map<string, T | null> => {
  const found = new Map<string, T | null>();
  for (const row of rows) found.set(key(row), found.has(key(row)) ? null : row);
  return found;
};

/**
 * Pairs rows of the same cluster, namespace, kind, name and `more`. A row whose cluster the other side has nothing of is paired with the
 * one of the same name in a cluster that this side has nothing of, where there is just one on each side.
 */
export function matchRows<T extends Owned>(
  a: readonly T[],
  b: readonly T[],
  more: (row: T) => string = () => '',
): Match<T>[] {
  const nameOf = (row: T) => JSON.stringify([row.namespace, row.workload_kind, row.workload, more(row)]);
  const wholeName = (row: T) => JSON.stringify([row.cluster, nameOf(row)]);
  const exact = keyBy(b, wholeName);
  const [clustersOfA, clustersOfB] = [a, b].map((rows) => new Set(rows.map(({ cluster }) => cluster)));
  const ownA = keyBy(
    a.filter(({ cluster }) => !clustersOfB?.has(cluster)),
    nameOf,
  );
  const ownB = keyBy(
    b.filter(({ cluster }) => !clustersOfA?.has(cluster)),
    nameOf,
  );
  const partner = (row: T): T | null => {
    const same = exact.get(wholeName(row));
    if (same) return same;
    return ownA.get(nameOf(row)) === row ? (ownB.get(nameOf(row)) ?? null) : null;
  };
  const pairs = a.map((row) => ({ a: row, b: partner(row) }));
  const taken = new Set(pairs.map(({ b: row }) => row));
  return [...pairs, ...b.filter((row) => !taken.has(row)).map((row) => ({ a: null, b: row }))];
}

function namesOf<T extends Owned>({ a, b }: Match<T>) {
  const row = a ?? b;
  return {
    cluster_a: a?.cluster ?? null,
    cluster_b: b?.cluster ?? null,
    namespace: row?.namespace ?? '',
    workload_kind: row?.workload_kind ?? '',
    workload: row?.workload ?? '',
  };
}

function comparedReason(match: Match<RunReason>, hours: Hours): ComparedReason {
  const { a, b } = match;
  return {
    ...namesOf(match),
    type: (a ?? b)?.type ?? 'death',
    reason: (a ?? b)?.reason ?? '',
    count: countPair(a?.count ?? 0, b?.count ?? 0, hours),
  };
}

function comparedUsage(match: Match<UsageItem>): ComparedUsage {
  const { a, b } = match;
  const of = (value: (item: UsageItem) => number | null) => pairOf(a && value(a), b && value(b));
  const resource = (name: 'cpu' | 'memory') => ({
    avg: of((item) => item[name].avg),
    max: of((item) => item[name].max),
    p95: of((item) => item[name].p95),
    request: of((item) => item[name].request),
    limit: of((item) => item[name].limit),
    danger: of((item) => item.danger[name]),
    waste: of((item) => item.waste[name]),
  });
  return {
    ...namesOf(match),
    pods: of((item) => item.pods),
    cpu: resource('cpu'),
    memory: resource('memory'),
    throttled: { avg: of((item) => item.throttled.avg), max: of((item) => item.throttled.max) },
    oom_kills: of((item) => item.oom_kills),
  };
}

const COUNTS: Readonly<Record<Counted, (report: ReportedRun) => number>> = {
  deaths: ({ exceptions }) => exceptions.deaths,
  others: ({ exceptions }) => exceptions.others,
  oom_kills: ({ exceptions }) => exceptions.oom_kills,
  groups: ({ exceptions }) => exceptions.groups_total,
  new_groups: ({ exceptions }) => exceptions.new_groups,
  outages: ({ outages }) => outages.down,
  unplanned_outages: ({ outages }) => outages.unplanned,
  downtime_s: ({ outages }) => outages.downtime_s,
  unplanned_s: ({ outages }) => outages.unplanned_s,
  rollouts: ({ rollouts }) => rollouts.total,
  failed_rollouts: ({ rollouts }) => rollouts.failed,
};

const byName = (a: ComparedUsage, b: ComparedUsage): number => {
  const [one, other] = [a, b].map((row) =>
    [row.namespace, row.workload, row.workload_kind, row.cluster_a ?? row.cluster_b].join(' '),
  );
  return one! < other! ? -1 : one! > other! ? 1 : 0;
};

const sideOf = ({ run, from, to, hours, going_on, whole, complete, watched }: ReportedRun): RunComparison['a'] => ({
  run,
  from,
  to,
  hours,
  going_on,
  whole,
  complete,
  watched,
});

/** Two reports side by side: counts also by the hour, since the lengths may differ; differences are b - a. */
export function compareRuns(a: ReportedRun, b: ReportedRun): RunComparison {
  const hours = { a: a.hours, b: b.hours };
  const reasons = matchRows(a.exceptions.by_workload, b.exceptions.by_workload, (row) => `${row.type} ${row.reason}`);
  const usage = matchRows(a.usage.items, b.usage.items);
  const change = ({ count }: ComparedReason) => Math.abs((count.b_per_hour ?? 0) - (count.a_per_hour ?? 0));
  return {
    a: sideOf(a),
    b: sideOf(b),
    counts: Object.entries(COUNTS).map(([name, value]) => ({
      name: name as Counted,
      ...countPair(value(a), value(b), hours),
    })),
    exceptions: reasons.map((match) => comparedReason(match, hours)).toSorted((x, y) => change(y) - change(x)),
    usage: usage.map(comparedUsage).toSorted(byName),
    only_a: usage.filter((match) => match.b === null).length,
    only_b: usage.filter((match) => match.a === null).length,
    cut: [a, b].some((report) => report.usage.total > report.usage.items.length),
  };
}
