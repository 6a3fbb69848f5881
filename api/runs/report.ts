import { fromTime } from '../../platform/clock.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { RangeReport, RunExceptions, RunOutage, RunOutages, RunUsage } from '../../schemas/api/runs.ts';
import type { OutageItem } from '../../schemas/api/services.ts';
import type { UsageItem } from '../../schemas/api/usage.ts';
import { countRun, listReasons, listRunGroups, MOST_ROWS, type RunRequest } from '../queries/runs/exceptions.ts';
import { listRunOutages } from '../queries/runs/outages.ts';
import { listRunRollouts } from '../queries/runs/rollouts.ts';
import { listFirstWatched } from '../queries/runs/watched.ts';
import type { Period } from '../queries/service-conditions.ts';
import { listGaps, listSlaWindows, SILENT_AFTER_MS, type SlaWindow } from '../queries/sla-sources.ts';
import { keyOf, listUsage } from '../queries/usage/figures.ts';
import { listImported } from '../queries/usage/imports.ts';
import type { Scope } from '../scope.ts';
import { only } from '../selection.ts';
import { lengthWithin, toSpans } from '../time-spans.ts';
import { cutsAcrossGroups, type UsageFilter } from '../usage/filter.ts';
import { toTotals, toUsageItem } from '../usage/items.ts';
import type { UsageRetention } from '../../platform/usage-retention.ts';
import { readKept } from '../usage/kept.ts';
import { planRange, resolutionOf } from '../usage/parts.ts';
import { tellPeriod, type About, type Subject } from './about.ts';
import { knownOf, ownerOf, type KnownShare, type KnownShares } from './known.ts';
import { completeOf, watchedOf } from './watched.ts';

/** Of more workloads than one page has, so many by each further order. */
const MOST_OF_OTHERS = 100;

/** The filter of usage that selects what a range is about. */
export function usageFilterOf({ clusters, namespaces, workloads }: About): UsageFilter {
  return {
    ...(clusters.length > 0 ? { cluster: only(...clusters) } : {}),
    ...(namespaces.length > 0 ? { namespace: only(...namespaces) } : {}),
    ...(workloads.length > 0 ? { workload: only(...workloads) } : {}),
  };
}

/** What a report is asked of. */
export interface ReportRequest {
  readonly subject: Subject;
  readonly nowMs: number;
  readonly retention: UsageRetention;
}

/** A range of the same length just before. */
export const before = ({ about, period }: Subject): RunRequest => ({
  about,
  period: { from: Math.max(0, 2 * period.from - period.to), to: period.from },
});

async function readExceptions(
  scope: Scope,
  store: Store,
  request: RunRequest & { before: RunRequest },
  options: QueryOptions,
): Promise<RunExceptions> {
  const [counts, reasons, groups] = await Promise.all([
    countRun(scope, store, request, options),
    listReasons(scope, store, request, options),
    listRunGroups(scope, store, request, options),
  ]);
  return { ...counts, by_workload: reasons, groups };
}

const matches = (pattern: string, name: string): boolean => pattern === '' || pattern === name;

/** How an outage counts in a period, windows of maintenance told. */
export function toRunOutage(item: OutageItem, { from, to }: Period, windows: readonly SlaWindow[]): RunOutage {
  const begin = Math.max(from, fromTime(item.started_at));
  const end = Math.max(begin, Math.min(to, item.ended_at === null ? to : fromTime(item.ended_at)));
  const own = windows.filter(
    ({ cluster, namespace, service }) =>
      matches(cluster, item.cluster) && matches(namespace, item.namespace) && matches(service, item.service),
  );
  const covered = lengthWithin(toSpans(own.map((window) => [window.from_ms, window.to_ms])), begin, end);
  return { ...item, announced: end > begin && covered >= end - begin, within_s: (end - begin) / 1000 };
}

/** The figures of a range's outages. */
export function sumOutages(all: readonly RunOutage[]): RunOutages {
  const down = all.filter(({ kind }) => kind === 'down');
  const unplanned = down.filter(({ planned, announced }) => !planned && !announced);
  const degraded = all.filter(({ kind }) => kind === 'degraded');
  const seconds = (of: readonly RunOutage[]) => of.reduce((sum, { within_s: one }) => sum + one, 0);
  const longestFirst = (of: readonly RunOutage[]) => of.toSorted((a, b) => b.within_s - a.within_s);
  return {
    down: down.length,
    unplanned: unplanned.length,
    degraded: degraded.length,
    downtime_s: seconds(down),
    unplanned_s: seconds(unplanned),
    degraded_s: seconds(degraded),
    items: [...longestFirst(down), ...longestFirst(degraded)].slice(0, MOST_ROWS),
  };
}

/** A report, and of the workloads that have a limit how much is known of what is held against it. */
export interface HeldReport extends RangeReport {
  readonly known: KnownShares;
}

async function readUsage(
  scope: Scope,
  store: Store,
  request: ReportRequest,
  options: QueryOptions,
): Promise<{ usage: RunUsage; known: KnownShares }> {
  const { about, period } = request.subject;
  const filter = usageFilterOf(about);
  const by = 'workload';
  const { nowMs, retention } = request;
  const kept = await readKept(scope, store, { filter, range: period, nowMs, retention }, options);
  const plan = planRange(period, kept, cutsAcrossGroups(by, filter, scope));
  const imported = await listImported(scope, store, { filter, period: plan.range }, options);
  const read = (sort: 'danger_memory' | 'danger_cpu' | 'waste_cpu' | 'waste_memory', limit: number) =>
    listUsage(scope, store, { by, filter, plan, sort, order: 'desc', limit, offset: 0, imported }, options);
  const first = await read('danger_memory', MOST_ROWS);
  const { rows, totals } = first;
  const others =
    totals.total > rows.length
      ? await Promise.all(
          (['danger_cpu', 'waste_cpu', 'waste_memory'] as const).map((sort) => read(sort, MOST_OF_OTHERS)),
        )
      : [];
  const items = new Map<string, UsageItem>();
  const known = new Map<string, KnownShare>();
  for (const row of [rows, ...others.map((other) => other.rows)].flat()) {
    const item = toUsageItem(row, by, plan);
    items.set(JSON.stringify(keyOf(row)), item);
    known.set(ownerOf(item), knownOf(row));
  }
  const told = [first, ...others].find((one) => one.plan.bucketed) ?? first;
  const usage = {
    items: [...items.values()],
    total: totals.total,
    totals: toTotals(totals),
    resolution: resolutionOf(told.plan),
  };
  return { usage, known };
}

/**
 * What a range came to, as far as the scope goes: exceptions, outages, rollouts, usage, and how much of all this is known.
 * `since`: what new exceptions are held against; a range of the same length before, unless told.
 */
export async function readReport(
  scope: Scope,
  store: Store,
  request: ReportRequest & { since?: RunRequest },
  options: QueryOptions,
): Promise<HeldReport> {
  const { subject } = request;
  const { about, period } = subject;
  const filter = usageFilterOf({ ...about, namespaces: [], workloads: [] });
  const range = { about, period };
  const [exceptions, outages, windows, rollouts, used, imported, gaps, first] = await Promise.all([
    readExceptions(scope, store, { ...range, before: request.since ?? before(subject) }, options),
    listRunOutages(scope, store, range, options),
    listSlaWindows(scope, store, period, options),
    listRunRollouts(scope, store, range, options),
    readUsage(scope, store, request, options),
    listImported(scope, store, { filter, period }, options),
    // Of a range that is over nothing is taken to be watched before an agent was heard of after it.
    listGaps(scope, store, period, options, request.nowMs > period.to ? 0 : SILENT_AFTER_MS),
    listFirstWatched(scope, store, options),
  ]);
  const clusters = first.map(({ cluster }) => cluster);
  return {
    ...tellPeriod(period),
    going_on: subject.goingOn,
    whole: subject.whole,
    exceptions,
    outages: sumOutages(outages.map((item) => toRunOutage(item, period, windows))),
    rollouts,
    usage: used.usage,
    complete: completeOf(subject, imported, clusters),
    watched: watchedOf(subject, gaps, first),
    known: used.known,
  };
}
