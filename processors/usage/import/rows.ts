import { createHash } from 'node:crypto';
import type { Columns } from '../../../platform/store/native-block.ts';
import { MEASURE_NAMES, type Measure } from '../../../schemas/usage.ts';
import type { UsageColumns } from '../evaluate/columns.ts';
import type { PodName } from '../evaluate/pods.ts';
import type { Owner, PodSpan } from './journal-pods.ts';
import { hourOf } from './plan.ts';

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
  for (let row = 0; row < rows; row++) {
    const { first, spans } = firstOf[podIndexes[row] as number] as (typeof firstOf)[number];
    let place = 0;
    while (place + 1 < spans.length && (spans[place + 1] as PodSpan).fromMs <= (atMs[row] as number)) place++;
    indexes[row] = first + place;
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
export function countRows(counts: Map<number, HourCount>, block: UsageColumns): void {
  for (let row = 0; row < block.rows; row++) {
    const hourMs = hourOf(block.atMs[row] as number);
    let count = counts.get(hourMs);
    if (!count) counts.set(hourMs, (count = { rows: 0, pods: new Set(), known: new Set() }));
    count.rows++;
    const index = block.podIndexes[row] as number;
    if (row === 0 || index !== block.podIndexes[row - 1] || hourMs !== hourOf(block.atMs[row - 1] as number)) {
      const pod = block.pods[index] as PodName;
      count.pods.add(`${pod.namespace}/${pod.pod}`);
    }
    for (const measure of MEASURE_NAMES) {
      if (count.known.has(measure)) continue;
      const value = block.measures[measure]?.[row];
      if (value !== undefined && !Number.isNaN(value)) count.known.add(measure);
    }
  }
}
