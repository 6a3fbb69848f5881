import type { CheckItem, CheckName } from '../../schemas/api/run-comparisons.ts';
import type { Thresholds } from '../../schemas/api/run-parameters.ts';
import type { RangeReport } from '../../schemas/api/runs.ts';
import type { UsageItem } from '../../schemas/api/usage.ts';
import type { OomKilled } from '../queries/runs/exceptions.ts';
import type { About } from './about.ts';
import { matchRows, type Match } from './compare.ts';
import { foundCheck, type Found } from './found.ts';
import { ownerOf, type KnownShare } from './known.ts';
import type { HeldReport } from './report.ts';

type Line = CheckItem['what'][number];

const MOST_LINES = 50;
/** Sums of floating-point numbers may differ that much without being another number. */
const EPSILON = 1e-9;

const line = (text: string, link: string | null = null): Line => ({ text, link });
const percent = (share: number): string => `${Math.floor(share * 10_000) / 100} %`;
const path = (...parts: readonly string[]): string => parts.map((part) => `/${encodeURIComponent(part)}`).join('');

const workloadLink = ({ cluster, namespace, workload_kind: kind, workload }: UsageItem): string =>
  path('workloads', cluster, namespace, kind, workload);

/** What checks are made of. */
export interface CheckInput {
  readonly about: Pick<About, 'namespaces' | 'workloads'>;
  readonly found: Found;
  readonly report: HeldReport;
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

type RatioName = 'memory_ratio' | 'cpu_ratio' | 'throttled';
interface Ratio {
  readonly what: string;
  readonly value: (item: UsageItem) => number | null;
  readonly known: (shares: KnownShare) => number | null;
}
const RATIOS: Readonly<Record<RatioName, Ratio>> = {
  memory_ratio: { what: 'memory / limit', value: ({ danger }) => danger.memory, known: ({ memory }) => memory },
  cpu_ratio: { what: 'CPU / limit', value: ({ danger }) => danger.cpu, known: ({ cpu }) => cpu },
  throttled: { what: 'throttled', value: ({ throttled }) => throttled.avg, known: ({ throttled }) => throttled },
};

/** Why a ratio cannot be told, in lines: of a range that is read from coarser rows, of too many workloads, or of some of them. */
function unknownLines(report: HeldReport, { what, value, known }: Ratio, minComplete: number): Line[] {
  const { items, total, resolution } = report.usage;
  const cut = `${total} workloads are too many to check: name clusters, namespaces or workloads`;
  const coarse =
    resolution.why === 'retention'
      ? 'not known: instants of this range are no longer kept, and hours or days reach beyond it'
      : 'not known: maxima cannot be told from hours of pods; check at most 48 hours, or whole workloads';
  const partly = items.flatMap((item) => {
    const share = known(report.known.get(ownerOf(item)) ?? { cpu: null, memory: null, throttled: null });
    if (share === null || (value(item) !== null && share >= minComplete - EPSILON)) return [];
    return [line(`${ownerOf(item)}: ${what} is known of ${percent(share)} of its time`, workloadLink(item))];
  });
  return [
    ...(total > items.length ? [line(cut)] : []),
    ...(resolution.exact ? [] : [line(coarse)]),
    ...(maxOf(items.map(value)) === null ? [line('it is not known of any workload')] : []),
    ...partly,
  ];
}

/**
 * A ratio of each workload that must not be passed, unless the same workload had as much in the baseline. What is not known is no
 * better for a baseline, and a baseline that is not exact excuses nothing.
 */
function ofWorkloads(input: CheckInput, name: RatioName, limit: number, minComplete: number): CheckItem {
  const { report } = input;
  const { what, value } = RATIOS[name];
  const baseline = input.baseline?.usage.resolution.exact ? input.baseline : null;
  const matches: Match<UsageItem>[] = matchRows(baseline?.usage.items ?? [], report.usage.items);
  const over = matches
    .flatMap(({ a, b }) => {
      const [now, then] = [b && value(b), a && value(a)];
      const passed = b !== null && now !== null && now > limit && (then === null || now > then + EPSILON);
      return passed ? [{ item: b, now }] : [];
    })
    .toSorted((one, other) => other.now - one.now);
  const unknown = unknownLines(report, RATIOS[name], minComplete);
  return {
    name,
    ok: unknown.length === 0 && over.length === 0,
    limit,
    // A greatest value that breaches is so whatever is unknown beside it; one that does not is no answer.
    found: unknown.length > 0 && over.length === 0 ? null : maxOf(report.usage.items.map(value)),
    baseline: baseline && maxOf(baseline.usage.items.map(value)),
    what: [
      ...unknown.slice(0, MOST_LINES / 2),
      ...over.map(({ item, now }) => line(`${ownerOf(item)}: ${what} ${percent(now)}`, workloadLink(item))),
    ].slice(0, MOST_LINES),
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

const unfinishedLines = ({ rollouts }: RangeReport): Line[] =>
  rollouts.items
    .filter(({ unfinished }) => unfinished)
    .map((rollout) => line(`${ownerOf(rollout)}: going on since ${rollout.started_at}`, path('rollouts', rollout.id)));

const newExceptions = ({ exceptions }: RangeReport): number => exceptions.new_exceptions;

/**
 * Holds a report against thresholds. A breach is forgiven where the baseline was as bad: counts by the hour, ratios workload by
 * workload. What is missing is never forgiven.
 */
export function checkReport(input: CheckInput, thresholds: Thresholds): CheckItem[] {
  const { report, baseline, oomKilled } = input;
  const outages = outageLines(report);
  const { whole, usage } = report;
  const checks: CheckItem[] = [
    foundCheck(input.about, { whole, items: usage.items, found: input.found }),
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
  checks.push(
    // What is to come of them no baseline knows.
    counted(
      { ...input, baseline: null },
      'unfinished_rollouts',
      thresholds.max_unfinished_rollouts,
      (one) => one.rollouts.unfinished,
      unfinishedLines(report),
    ),
  );
  for (const [name, limit] of [
    ['memory_ratio', memory],
    ['cpu_ratio', cpu],
    ['throttled', throttled],
  ] as const) {
    if (limit !== undefined) checks.push(ofWorkloads(input, name, limit, thresholds.min_complete));
  }
  return checks;
}
