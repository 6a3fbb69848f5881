import { createHash } from 'node:crypto';
import type { Columns } from '../../../platform/store/native-block.ts';
import { MEASURE_NAMES, type Measure } from '../../../schemas/usage.ts';
import type { UsageColumns } from '../evaluate/columns.ts';
import type { PodName } from '../evaluate/pods.ts';
import type { Owner, PodSpan } from './journal-pods.ts';
import { HOUR_MS, hourOf } from './plan.ts';

/** Owners by instant: the journal's spans, else one for all. */
export interface OwnersOf {
  spansOf(pod: PodName): readonly PodSpan[];
  elseOf(pod: PodName): Owner;
}

/** Columns of pod_usage_versions for a block of a window. */
export function rowColumns(block: UsageColumns, of: { cluster: string; version: number }, owners: OwnersOf): Columns {
  const { entries, indexes } = ownersByRow(block, owners);
  const ofOwner = (name: keyof Owner) => ({ dictionary: entries.map((owner) => owner[name]), indexes });
  const ofPod = (name: keyof PodName) => ({
    dictionary: block.pods.map((pod) => pod[name]),
    indexes: block.podIndexes,
  });
  const measures = MEASURE_NAMES.map((name) => [name, block.measures[name] ?? Number.NaN] as const);
  return {
    cluster: of.cluster,
    namespace: ofPod('namespace'),
    pod: ofPod('pod'),
    workload_kind: ofOwner('workload_kind'),
    workload: ofOwner('workload'),
    node: ofOwner('node'),
    team: ofOwner('team'),
    environment: ofOwner('environment'),
    at: block.atMs,
    ...Object.fromEntries(measures),
    version: of.version,
    deleted: 0,
  };
}

/** For each row the owner at its instant: of the last span that has begun by then, else of the first. */
function ownersByRow({ rows, pods, podIndexes, atMs }: UsageColumns, owners: OwnersOf) {
  const entries: Owner[] = [];
  const firstOf = pods.map((pod) => {
    const spans = owners.spansOf(pod);
    entries.push(...(spans.length > 0 ? spans : [owners.elseOf(pod)]));
    return { first: entries.length - Math.max(spans.length, 1), spans };
  });
  const indexes = new Uint32Array(rows);
  for (const { index, from, end } of stretchesOf(podIndexes)) {
    const { first, spans } = firstOf[index] as (typeof firstOf)[number];
    let place = 0;
    for (let row = from; row < end; row++) {
      while (place + 1 < spans.length && (spans[place + 1] as PodSpan).fromMs <= (atMs[row] as number)) place++;
      indexes[row] = first + place;
    }
  }
  return { entries, indexes };
}

/** A fingerprint of a block's rows. */
export function contentHash(columns: Columns): string {
  const hash = createHash('sha256');
  for (const [name, values] of Object.entries(columns)) {
    hash.update(name);
    const parts = typeof values === 'object' && 'dictionary' in values ? [values.dictionary, values.indexes] : [values];
    for (const part of parts) {
      if (ArrayBuffer.isView(part)) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      else hash.update(JSON.stringify(part));
    }
  }
  return hash.digest('base64url').slice(0, 22);
}

/** What the rows of one hour come to. */
export interface HourCount {
  rows: number;
  readonly pods: Set<string>;
  /** Measures of which at least one value is known. */
  readonly known: Set<Measure>;
}

/** Adds a block's rows to the counts of their hours. */
export function countRows(counts: Map<number, HourCount>, { pods, podIndexes, atMs, measures }: UsageColumns): void {
  for (const { index, from, end } of stretchesOf(podIndexes)) {
    const { namespace, pod } = pods[index] as PodName;
    for (let row = from; row < end;) {
      const hourMs = hourOf(atMs[row] as number);
      const first = row;
      while (row < end && (atMs[row] as number) < hourMs + HOUR_MS) row++;
      let count = counts.get(hourMs);
      if (!count) counts.set(hourMs, (count = { rows: 0, pods: new Set(), known: new Set() }));
      count.rows += row - first;
      count.pods.add(`${namespace}/${pod}`);
      for (const measure of MEASURE_NAMES) {
        if (!count.known.has(measure) && hasKnown(measures[measure], first, row)) count.known.add(measure);
      }
    }
  }
}

function hasKnown(values: Float64Array | undefined, from: number, end: number): boolean {
  if (!values) return false;
  for (let row = from; row < end; row++) if (!Number.isNaN(values[row])) return true;
  return false;
}

/** The rows of each pod, which follow one another: its place among the pods, its first row and that after its last. */
function* stretchesOf(podIndexes: Uint32Array): Generator<{ index: number; from: number; end: number }> {
  for (let from = 0; from < podIndexes.length;) {
    const index = podIndexes[from] as number;
    let end = from + 1;
    while (end < podIndexes.length && podIndexes[end] === index) end++;
    yield { index, from, end };
    from = end;
  }
}
