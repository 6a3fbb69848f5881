import type { Store } from '../../../platform/store/store.ts';
import { SET, type SetMeasure } from '../../../schemas/usage.ts';
import type { UsageWindow } from '../evaluate/window.ts';

/** Whose a pod is, and where it runs; '' where nothing tells. */
export interface Owner {
  readonly workload_kind: string;
  readonly workload: string;
  readonly node: string;
  readonly team: string;
  readonly environment: string;
}

/** A pod in a span in which it asked for the same, as the journal tells it. */
export interface PodSpan extends Owner, Readonly<Record<SetMeasure, number | null>> {
  readonly namespace: string;
  readonly pod: string;
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** What the journal knows of a cluster's pods in a range. */
export interface JournalPods {
  /** Whether it was being recorded when the range began. */
  readonly knows: boolean;
  /** Spans of a pod, oldest first, without overlaps. */
  of(pod: { readonly namespace: string; readonly pod: string }): readonly PodSpan[];
  readonly spans: readonly PodSpan[];
}

const keyOf = ({ namespace, pod }: { readonly namespace: string; readonly pod: string }): string =>
  `${namespace}\0${pod}`;

/** Reads the pods of `cluster` that were there from `fromMs` until before `toMs`. Of two spans at one instant that seen later counts. */
export async function readJournalPods(
  store: Store,
  of: { cluster: string; fromMs: number; toMs: number },
): Promise<JournalPods> {
  const params = { cluster: of.cluster, from: of.fromMs, to: of.toMs };
  const rows = await store.query<PodSpan>(
    `SELECT namespace, pod, workload_kind, workload, node, team, environment, ${SET.join(', ')},
      toUnixTimestamp64Milli(started_at) AS fromMs, toUnixTimestamp64Milli(ended_at) AS toMs
    FROM pod_resources
    WHERE cluster = {cluster:String} AND started_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND (ended_at IS NULL OR ended_at > fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
    ORDER BY observed_at, id`,
    params,
  );
  const first = await store.query<{ first: number | null }>(
    `SELECT toUnixTimestamp64Milli(min(observed_at)) AS first, count() AS spans
    FROM pod_resources_versions WHERE cluster = {cluster:String} HAVING spans > 0`,
    { cluster: of.cluster },
  );
  const since = first[0]?.first ?? Number.POSITIVE_INFINITY;
  const byPod = new Map<string, PodSpan[]>();
  for (const span of rows) {
    const key = keyOf(span);
    byPod.set(key, [...(byPod.get(key) ?? []).flatMap((before) => without(before, span)), span]);
  }
  for (const spans of byPod.values()) spans.sort((one, other) => one.fromMs - other.fromMs);
  return { knows: since <= of.fromMs, of: (pod) => byPod.get(keyOf(pod)) ?? [], spans: [...byPod.values()].flat() };
}

/** What is left of a span beside one that counts instead of it. */
function without(span: PodSpan, other: PodSpan): PodSpan[] {
  const end = span.toMs ?? Number.POSITIVE_INFINITY;
  const otherEnd = other.toMs ?? Number.POSITIVE_INFINITY;
  if (end <= other.fromMs || otherEnd <= span.fromMs) return [span];
  const before = span.fromMs < other.fromMs ? [{ ...span, toMs: other.fromMs }] : [];
  const after = otherEnd < end ? [{ ...span, fromMs: otherEnd }] : [];
  return [...before, ...after];
}

/** Puts what the journal knows into a window: which pods ran, and of `measures` what they asked for. */
export function fillFromJournal(window: UsageWindow, pods: JournalPods, measures: readonly SetMeasure[]): void {
  for (const span of pods.spans) {
    if (span.node !== '') window.markRunning(span, span);
    for (const measure of measures) {
      const value = span[measure];
      if (value !== null) window.fill(measure, span, span, value);
    }
  }
}
