import type { Store } from '../../../platform/store/store.ts';
import { SET, type SetMeasure } from '../../../schemas/usage.ts';
import type { Span, UsageWindow } from '../evaluate/window.ts';

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

/** Reads what the journal knows, part by part. */
export interface JournalReader {
  /** The pods that were there from `fromMs` until before `toMs`. Of two spans at one instant that seen later counts. */
  pods(range: { fromMs: number; toMs: number }): Promise<JournalPods>;
}

const KEY = 'cluster, namespace, pod, observed_at, id';
const TO = "fromUnixTimestamp64Milli({to:Int64}, 'UTC')";
const FROM = "fromUnixTimestamp64Milli({from:Int64}, 'UTC')";
/** Spans end later than the range begins, so that the index of ends passes over what was long over. */
const IN_RANGE = `cluster = {cluster:String} AND started_at < ${TO} AND (isNull(ended_at) OR ended_at > ${FROM})`;

/** Keys of all versions that are in a range, by which the pods are found. */
export const JOURNAL_KEYS_SQL = `SELECT ${KEY} FROM pod_resources_versions WHERE ${IN_RANGE}`;

/**
 * Pods in a range. FINAL by itself reads around the index of ends, so keys are looked for among all versions first: one that had not
 * ended yet, where a later one tells when it did, is sorted out by the same condition again. A row's month never changes.
 */
const PODS_SQL = `
  SELECT namespace, pod, workload_kind, workload, node, team, environment, ${SET.join(', ')},
    toUnixTimestamp64Milli(started_at) AS fromMs, toUnixTimestamp64Milli(ended_at) AS toMs
  FROM pod_resources
  WHERE (${KEY}) IN (${JOURNAL_KEYS_SQL}) AND ${IN_RANGE}
  ORDER BY observed_at, id
  SETTINGS do_not_merge_across_partitions_select_final = 1`;

const KNOWS_SQL = `
  SELECT 1 FROM pod_resources_versions
  WHERE cluster = {cluster:String} AND observed_at <= ${FROM} LIMIT 1`;

/** A reader of one cluster's journal. From when on it is known to have been recorded is remembered. */
export function createJournalReader(store: Store, cluster: string): JournalReader {
  let knownFromMs = Number.POSITIVE_INFINITY;

  async function knows(fromMs: number): Promise<boolean> {
    if (fromMs >= knownFromMs) return true;
    const found = await store.query(KNOWS_SQL, { cluster, from: fromMs });
    if (found.length > 0) knownFromMs = fromMs;
    return found.length > 0;
  }

  return {
    async pods({ fromMs, toMs }) {
      const rows = await store.query<PodSpan>(PODS_SQL, { cluster, from: fromMs, to: toMs });
      const byPod = new Map<string, PodSpan[]>();
      for (const span of rows) {
        const key = keyOf(span);
        byPod.set(key, [...(byPod.get(key) ?? []).flatMap((before) => without(before, span)), span]);
      }
      for (const spans of byPod.values()) spans.sort((one, other) => one.fromMs - other.fromMs);
      const spans = [...byPod.values()].flat();
      return { knows: await knows(fromMs), of: (pod) => byPod.get(keyOf(pod)) ?? [], spans };
    },
  };
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

/**
 * Puts what the journal knows into a window: which pods ran, and of `measures` what they asked for. What had not ended when the journal
 * was last heard of (`heardToMs`; null: after the window) may be over since: from then on a pod is there near what is known of its
 * use; where of no pod anything is, to the end.
 */
export function fillFromJournal(
  window: UsageWindow,
  pods: JournalPods,
  measures: readonly SetMeasure[],
  heardToMs: number | null,
): void {
  const near = heardToMs === null ? undefined : window.nearUse();
  for (const span of pods.spans) {
    // It waits for a node, and runs nowhere.
    if (span.node === '') continue;
    const isSure = heardToMs === null || !near || span.toMs !== null;
    for (const part of isSure ? [span] : partsOf(span, heardToMs, near(span))) {
      window.markRunning(span, part);
      for (const measure of measures) {
        const value = span[measure];
        if (value !== null) window.fill(measure, span, part, value);
      }
    }
  }
}

function partsOf({ fromMs }: Span, heardToMs: number, near: readonly Span[]): Span[] {
  const after = Math.max(fromMs, heardToMs);
  const used = near.map((part) => ({ fromMs: Math.max(after, part.fromMs), toMs: part.toMs }));
  return [{ fromMs, toMs: after }, ...used].filter((part) => part.toMs === null || part.fromMs < part.toMs);
}
