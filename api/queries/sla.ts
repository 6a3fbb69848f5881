import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { Scope } from '../scope.ts';
import type { Life, SlaInterval } from '../sla-sums.ts';
import { toSpans, union, type Span, type Spans } from '../time-spans.ts';
import { createTurns } from '../turns.ts';
import type { Period, ServiceChoice, ServiceName } from './service-conditions.ts';
import { listServicesWithLives, type OutageRef, type Service } from './services.ts';
import {
  listGaps,
  listIntervals,
  listSlaWindows,
  type Gaps,
  type ServiceIntervals,
  type SlaWindow,
  type StoredInterval,
} from './sla-sources.ts';

/** The newest service of a name, and how all those of its name were in a period. */
export interface ServiceHistory {
  readonly service: Service;
  readonly lives: readonly Life[];
  /** The newest interval of the period in which it was down, blips aside. */
  readonly lastOutage: OutageRef | null;
}

/** The chosen services by name, each with what its figures over any time of the period are made of. */
export async function readHistories(
  scope: Scope,
  store: Store,
  request: { choice: ServiceChoice; period: Period },
  options: QueryOptions,
): Promise<ServiceHistory[]> {
  const { choice, period } = request;
  const [services, intervals, gaps, windows] = await Promise.all([
    listServicesWithLives(scope, store, choice, options),
    listIntervals(scope, store, request, options),
    listGaps(scope, store, period, options),
    listSlaWindows(scope, store, period, options),
  ]);
  const intervalsOf = new Map(intervals.map((found) => [uidKey(found, found.service_uid), found]));
  const [blindOf, maintenanceOf] = [blindness(gaps, period.to), maintenanceBy(windows)];
  const takeTurns = createTurns();
  const histories: ServiceHistory[] = [];
  for (const { lives, ...service } of services) {
    const own = lives.map(([uid, ...life]) => ({ life, found: intervalsOf.get(uidKey(service, uid)) }));
    const maintenance = maintenanceOf(service);
    histories.push({
      service,
      lives: own.flatMap(({ life: [type, ready, gone], found }) => {
        if (ready === null) return [];
        const life = { from: ready, to: gone ?? period.to, maintenance, ...blindOf(service, type === 'Headless') };
        return [{ ...life, intervals: (found?.intervals ?? []).map((stored) => readInterval(stored, period.to)) }];
      }),
      lastOutage: newestOutage(own.flatMap(({ found }) => (found ? [found] : []))),
    });
    await takeTurns();
  }
  return histories;
}

const uidKey = ({ cluster }: ServiceName, uid: string): string => JSON.stringify([cluster, uid]);

function readInterval(stored: StoredInterval, open: number): SlaInterval {
  const [kind, planned, cause, startedEarliest, startedAt, startedLatest, endedEarliest, endedAt, endedLatest] = stored;
  return {
    kind,
    planned: planned === 1,
    cause,
    likely: [startedAt, endedAt ?? open],
    most: [startedEarliest, endedLatest ?? open],
    least: [startedLatest, endedEarliest ?? open],
    ended: endedAt,
  };
}

function newestOutage(all: readonly ServiceIntervals[]): OutageRef | null {
  const [newest] = all.filter(({ newest: [, id] }) => id !== '').toSorted((a, b) => compareNewest(b.newest, a.newest));
  if (!newest) return null;
  const { cluster, namespace, service } = newest;
  const [, id, observedMs] = newest.newest;
  return { cluster, namespace, service, id, observedMs };
}

const compareNewest = (a: ServiceIntervals['newest'], b: ServiceIntervals['newest']): number =>
  a[0] - b[0] || (a[1] < b[1] ? -1 : 1);

/** The windows of a service: of its own name and of all that hold it, each merged once. */
function maintenanceBy(windows: readonly SlaWindow[]) {
  const keyOf = (cluster: string, namespace: string, service: string) => JSON.stringify([cluster, namespace, service]);
  const groups = Map.groupBy(windows, ({ cluster, namespace, service }) => keyOf(cluster, namespace, service));
  const merged = new Map(
    [...groups].map(([key, own]) => [key, toSpans(own.map(({ from_ms: from, to_ms: to }) => [from, to]))] as const),
  );
  return ({ cluster, namespace, service }: ServiceName): Spans => {
    const keys = [cluster, ''].flatMap((inCluster) =>
      [namespace, ''].flatMap((inNamespace) => [service, ''].map((name) => keyOf(inCluster, inNamespace, name))),
    );
    return union(...keys.map((key) => merged.get(key) ?? []));
  };
}

/** A function of names that computes each answer once. */
function once<T>(compute: (...key: string[]) => T): (...key: string[]) => T {
  const known = new Map<string, T>();
  return (...parts) => {
    const key = JSON.stringify(parts);
    const before = known.get(key);
    if (before !== undefined) return before;
    const computed = compute(...parts);
    known.set(key, computed);
    return computed;
  };
}

/**
 * When nobody watched a service, and what was wanted of it. A service without a cluster IP may publish pods that are not ready: of
 * such a one the pods tell whether it is.
 */
function blindness(gaps: readonly Gaps[], open: number) {
  const byPlace = Map.groupBy(gaps, ({ cluster, namespace, of }) => JSON.stringify([cluster, namespace, of]));
  const spansAt = once((cluster, namespace, of) => {
    const found = byPlace.get(JSON.stringify([cluster, namespace, of])) ?? [];
    return toSpans(found.flatMap(({ spans }) => spans.map((span) => closed(span, open))));
  });
  const spansOf = (cluster: string, namespace: string, ...all: Gaps['of'][]): Spans =>
    union(...all.map((of) => spansAt(cluster, namespace, of)));
  // Those of all namespaces by themselves, so that they are merged once for all services.
  const blindAt = once((cluster, namespace, type) => ({
    unwatched: spansOf(cluster, namespace, 'all', 'services', ...(type === 'Headless' ? (['pods'] as const) : [])),
    unasked: spansOf(cluster, namespace, 'all', 'workloads', 'pods'),
  }));
  const blindIn = once((cluster, namespace, type): Pick<Life, 'unwatched' | 'unasked'> => {
    const [shared, own] = [blindAt(cluster, '', type), blindAt(cluster, namespace, type)];
    return { unwatched: union(shared.unwatched, own.unwatched), unasked: union(shared.unasked, own.unasked) };
  });
  return ({ cluster, namespace }: ServiceName, isHeadless: boolean): Pick<Life, 'unwatched' | 'unasked'> =>
    blindIn(cluster, namespace, isHeadless ? 'Headless' : '');
}

const closed = ([from, to]: Gaps['spans'][number], open: number): Span => [from, to ?? open];
