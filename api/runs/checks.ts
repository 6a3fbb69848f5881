import type { CheckItem, CheckName } from '../../schemas/api/run-comparisons.ts';
import type { Thresholds } from '../../schemas/api/run-parameters.ts';
import type { RangeReport } from '../../schemas/api/runs.ts';
import type { UsageItem } from '../../schemas/api/usage.ts';
import type { OomKilled } from '../queries/runs/exceptions.ts';
import { matchRows, type Match } from './compare.ts';

type Line = CheckItem['what'][number];

const MOST_LINES = 50;
/** Sums of floating-point numbers may differ that much without being another number. */
const EPSILON = 1e-9;

const line = (text: string, link: string | null = null): Line => ({ text, link });
const percent = (share: number): string => `${Math.floor(share * 10_000) / 100} %`;
const path = (...parts: readonly string[]): string => parts.map((part) => `/${encodeURIComponent(part)}`).join('');

interface Owned {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload_kind: string;
  readonly workload: string;
}
const ownerOf = ({ cluster, namespace, workload_kind: kind, workload }: Owned): string =>
  `${cluster}/${namespace} ${kind}/${workload}`;
const workloadLink = ({ cluster, namespace, workload_kind: kind, workload }: Owned): string =>
  path('workloads', cluster, namespace, kind, workload);

/** What checks are made of. */
export interface CheckInput {
  readonly report: RangeReport;
  /** What it is held against, or null. */
  readonly baseline: RangeReport | null;
  readonly oomKilled: readonly OomKilled[];
}

/** A share that must be reached. What is missing is unknown, which is never good: no baseline excuses it. */
function least(
  name: CheckName,
  limit: number,
  share: number | null,
  base: number | null | undefined,
  what: Line[],
): CheckItem {
  const ok = limit === 0 || (share !== null && share >= limit - EPSILON);
  const lines = share === null && !ok ? [line('no cluster is known')] : what;
  return { name, ok, limit, found: share, baseline: base ?? null, what: lines.slice(0, MOST_LINES) };
}

/** A count that must not be passed, unless the baseline had as many by the hour. */
function counted(
  { report, baseline }: CheckInput,
  name: CheckName,
  limit: number,
  value: (report: RangeReport) => number,
  what: readonly Line[],
): CheckItem {
  const found = value(report);
  const base = baseline && value(baseline);
  const asBad =
    baseline !== null && base !== null && baseline.hours > 0 && found * baseline.hours <= base * report.hours + EPSILON;
  return { name, ok: found <= limit || asBad, limit, found, baseline: base, what: what.slice(0, MOST_LINES) };
}

const maxOf = (values: readonly (number | null | undefined)[]): number | null => {
  const known = values.filter((value) => typeof value === 'number');
  return known.length === 0 ? null : Math.max(...known);
};

/** A ratio of each workload that must not be passed, unless the same workload had as much in the baseline. */
function ofWorkloads(
  { report, baseline }: CheckInput,
  name: CheckName,
  limit: number,
  value: (item: UsageItem) => number | null,
  tell: (item: UsageItem, value: number) => string,
): CheckItem {
  const matches: Match<UsageItem>[] = matchRows(baseline?.usage.items ?? [], report.usage.items);
  const over = matches
    .flatMap(({ a, b }) => {
      const [now, then] = [b && value(b), a && value(a)];
      const passed = b !== null && now !== null && now > limit && (then === null || now > then + EPSILON);
      return passed ? [{ item: b, now }] : [];
    })
    .toSorted((one, other) => other.now - one.now);
  const found = maxOf(report.usage.items.map(value));
  const unknown = found === null ? [line('it is not known of any workload')] : [];
  return {
    name,
    ok: found !== null && over.length === 0,
    limit,
    found,
    baseline: baseline && maxOf(baseline.usage.items.map(value)),
    what: [...unknown, ...over.map(({ item, now }) => line(tell(item, now), workloadLink(item)))].slice(0, MOST_LINES),
  };
}

function completeLines({ complete }: RangeReport): Line[] {
  return complete.clusters
    .filter(({ missing_hours: missing }) => missing > 0)
    .map(({ cluster, imported_hours: imported, missing_hours: missing }) =>
      line(
        `${cluster}: ${missing.toFixed(2)} of ${(imported + missing).toFixed(2)} hours are not imported`,
        '/clusters',
      ),
    );
}

const UNWATCHED = { all: 'nothing', pods: 'no pods', services: 'no services', workloads: 'no workloads' } as const;
function watchedLines({ watched }: RangeReport): Line[] {
  return watched.clusters.flatMap(({ cluster, spans }) =>
    spans.map(({ from, to, namespace, of }) =>
      line(
        `${cluster}${namespace === '' ? '' : `/${namespace}`}: ${UNWATCHED[of]} watched ${from} to ${to}`,
        '/clusters',
      ),
    ),
  );
}

function exceptionLines({ exceptions }: RangeReport): Line[] {
  return exceptions.groups
    .filter((group) => group.new)
    .map((group) =>
      line(
        `${ownerOf(group)}${group.container === '' ? '' : ` ${group.container}`}: ${group.reason}${group.exit_code === null ? '' : ` (exit code ${group.exit_code})`}, ${group.count} times since ${group.first_at}`,
        path('exceptions', group.first_id),
      ),
    );
}

function outageLines({ outages }: RangeReport): Line[] {
  return outages.items
    .filter(({ kind, planned, announced }) => kind === 'down' && !planned && !announced)
    .map(({ cluster, namespace, service, started_at: at, within_s: seconds, cause, ended_at: end }) =>
      line(
        `${cluster}/${namespace} ${service}: down for ${seconds.toFixed(0)} s since ${at}, ${cause}${end === null ? ', and still is' : ''}`,
        path('services', cluster, namespace, service),
      ),
    );
}

const rolloutLines = ({ rollouts }: RangeReport): Line[] =>
  rollouts.items
    .filter(({ failed }) => failed)
    .map((rollout) =>
      line(
        `${ownerOf(rollout)}: ${rollout.outcome}${rollout.reason === '' ? '' : `, ${rollout.reason}`}`,
        path('rollouts', rollout.id),
      ),
    );

const newExceptions = ({ exceptions }: RangeReport): number => exceptions.new_exceptions;

/** The rows that a report has are not by throttling: of more workloads than it has, it cannot tell the most throttled. */
function throttledCheck(input: CheckInput, limit: number): CheckItem {
  const { items, total } = input.report.usage;
  const tell = (item: UsageItem, ratio: number) => `${ownerOf(item)}: throttled ${percent(ratio)}`;
  const check = ofWorkloads(input, 'throttled', limit, (item) => item.throttled.avg, tell);
  if (total <= items.length) return check;
  const cut = line(`${total} workloads are too many to check: name clusters, namespaces or workloads`);
  return { ...check, ok: false, what: [cut, ...check.what].slice(0, MOST_LINES) };
}

/**
 * Holds a report against thresholds. A breach is forgiven where the baseline was as bad: counts by the hour, ratios workload by
 * workload. What is missing is never forgiven.
 */
export function checkReport(input: CheckInput, thresholds: Thresholds): CheckItem[] {
  const { report, baseline, oomKilled } = input;
  const outages = outageLines(report);
  const checks: CheckItem[] = [
    least('watched', thresholds.min_watched, report.watched.share, baseline?.watched.share, watchedLines(report)),
    least('complete', thresholds.min_complete, report.complete.share, baseline?.complete.share, completeLines(report)),
    // What is new is already told by the baseline.
    counted(
      { ...input, baseline: null },
      'new_exceptions',
      thresholds.max_new_exceptions,
      newExceptions,
      exceptionLines(report),
    ),
    counted(
      input,
      'oom_kills',
      thresholds.max_oom_kills,
      ({ exceptions }) => exceptions.oom_kills,
      oomKilled.map((one) => line(`${ownerOf(one)}: ${one.count} times`, path('exceptions', one.first_id))),
    ),
    counted(input, 'outages', thresholds.max_outages, (one) => one.outages.unplanned, outages),
  ];
  const {
    max_downtime_s: downtime,
    max_memory_ratio: memory,
    max_cpu_ratio: cpu,
    max_throttled: throttled,
  } = thresholds;
  if (downtime !== undefined) {
    checks.push(counted(input, 'downtime_s', downtime, (one) => one.outages.unplanned_s, outages));
  }
  checks.push(
    counted(
      input,
      'failed_rollouts',
      thresholds.max_failed_rollouts,
      (one) => one.rollouts.failed,
      rolloutLines(report),
    ),
  );
  const share = (what: string) => (item: UsageItem, ratio: number) => `${ownerOf(item)}: ${what} ${percent(ratio)}`;
  if (memory !== undefined) {
    checks.push(ofWorkloads(input, 'memory_ratio', memory, (item) => item.danger.memory, share('memory / limit')));
  }
  if (cpu !== undefined) {
    checks.push(ofWorkloads(input, 'cpu_ratio', cpu, (item) => item.danger.cpu, share('CPU / limit')));
  }
  if (throttled !== undefined) checks.push(throttledCheck(input, throttled));
  return checks;
}
