import { fromTime, toTime } from '../../platform/clock.ts';
import type { RunItem } from '../../schemas/api/runs.ts';
import type { RunRow } from '../../schemas/runs.ts';
import { createMatcher } from '../name-pattern.ts';
import type { Period } from '../queries/service-conditions.ts';
import { seesEveryCluster, seesEveryNamespace, type Scope } from '../scope.ts';

/** What a range is asked of. Empty: all. `*` stands for any characters, in namespaces and workloads (Kind/name, or the name). */
export interface About {
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
  readonly workloads: readonly string[];
}

/** A run as it is stored, its version left out. */
export type StoredRun = Omit<RunRow, 'version' | 'deleted'>;

/** Whether there is a name that both patterns tell of. */
export function patternsMeet(one: string, other: string): boolean {
  // reach[j]: the part of `one` so far, and the first j characters of `other`, can be the same name.
  let reach = [true];
  for (let j = 0; j < other.length; j++) reach.push(reach[j]! && other[j] === '*');
  for (const character of one) {
    const next = [reach[0]! && character === '*'];
    for (let j = 0; j < other.length; j++) {
      const wild = character === '*' || other[j] === '*';
      next.push(wild ? reach[j + 1]! || next[j]! || reach[j]! : reach[j]! && character === other[j]);
    }
    reach = next;
  }
  return reach.at(-1)!;
}

/** A pattern whose text another one tells of has no name that the other has not. */
const isWithin = (patterns: readonly string[], pattern: string): boolean =>
  patterns.some((one) => createMatcher(one)(pattern));

/** Whether all that it is about lies in the scope. */
export function reaches(scope: Scope, { clusters, namespaces }: Pick<About, 'clusters' | 'namespaces'>): boolean {
  const everyCluster =
    clusters.length === 0 ? seesEveryCluster(scope) : clusters.every((cluster) => isWithin(scope.clusters, cluster));
  const everyNamespace =
    namespaces.length === 0
      ? seesEveryNamespace(scope)
      : namespaces.every((namespace) => isWithin(scope.namespaces, namespace));
  return everyCluster && everyNamespace;
}

/** The part of it that lies in the scope, or null where none does. */
export function withinScope<T extends Pick<About, 'clusters' | 'namespaces'>>(scope: Scope, about: T): T | null {
  const clusters = about.clusters.filter((cluster) => isWithin(scope.clusters, cluster));
  const namespaces = about.namespaces.filter((namespace) =>
    scope.namespaces.some((pattern) => patternsMeet(pattern, namespace)),
  );
  if (about.clusters.length > 0 && clusters.length === 0) return null;
  if (about.namespaces.length > 0 && namespaces.length === 0) return null;
  return { ...about, clusters, namespaces };
}

/** Whether a run that ends then, or for null never, goes on. */
export const goesOn = (to: string | null, nowMs: number): boolean => to === null || fromTime(to) > nowMs;

/** A run as the API shows it to this reader, or null where they may see nothing of it. */
export function toRunItem(scope: Scope, run: StoredRun, nowMs: number): RunItem | null {
  const seen = withinScope(scope, run);
  if (!seen) return null;
  return {
    id: run.id,
    name: run.name,
    from: run.started_at,
    to: run.ended_at,
    going_on: goesOn(run.ended_at, nowMs),
    clusters: [...seen.clusters],
    namespaces: [...seen.namespaces],
    workloads: [...run.workloads],
    whole: reaches(scope, run),
    note: run.note,
    created_by: run.created_by,
    updated_at: run.updated_at,
  };
}

/** What a report is made of. */
export interface Subject {
  readonly about: About;
  /** Milliseconds, up to now at most. */
  readonly period: Period;
  readonly goingOn: boolean;
  readonly whole: boolean;
}

/** What a run is reported by, as far as its reader may see it. */
export const subjectOfRun = (run: RunItem, nowMs: number): Subject => {
  const from = Math.min(fromTime(run.from), nowMs);
  const to = Math.min(run.to === null ? nowMs : fromTime(run.to), nowMs);
  return { about: run, period: { from, to: Math.max(from, to) }, goingOn: run.going_on, whole: run.whole };
};

/** The beginning and end of a period, as answers tell it. */
export const tellPeriod = ({ from, to }: Period) => ({
  from: toTime(from),
  to: toTime(to),
  hours: (to - from) / 3_600_000,
});
