import type { StoredFigures } from '../queries/usage/figures.ts';

interface Owned {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload_kind: string;
  readonly workload: string;
}
/** A workload in words, and as a key. */
export const ownerOf = ({ cluster, namespace, workload_kind: kind, workload }: Owned): string =>
  `${cluster}/${namespace} ${kind}/${workload}`;

/** Of the instants at which a limit was known, the share at which what is held against it was, too; null where none was set. */
export interface KnownShare {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly throttled: number | null;
}
/** By `ownerOf`. */
export type KnownShares = ReadonlyMap<string, KnownShare>;

const share = (known: number | null | undefined, of: number | null | undefined): number | null =>
  of ? Math.min(1, (known ?? 0) / of) : null;

export const knownOf = (row: StoredFigures): KnownShare => ({
  cpu: share(row.c_cpu_cores, row.c_cpu_limit_cores),
  memory: share(row.c_memory_bytes, row.c_memory_limit_bytes),
  throttled: share(row.c_cpu_throttled, row.c_cpu_limit_cores),
});
