import type { Answer } from '../../lib/api/client.ts';

export type ClusterItem = Answer<'listClusters'>['items'][number];

/** 0: all is watched; the more, the worse. A silent agent tells nothing at all. */
function trouble({ status, coverage, gaps, holes }: ClusterItem): number {
  if (status === 'silent') return 4;
  if (coverage.some(({ state }) => state === 'unreadable')) return 3;
  if (coverage.some(({ state }) => state !== 'watching')) return 2;
  return gaps.length > 0 || holes > 0 ? 1 : 0;
}

/** The clusters that need a look first, the others by name. */
export const worstFirst = (clusters: readonly ClusterItem[]): ClusterItem[] =>
  clusters.toSorted((a, b) => trouble(b) - trouble(a) || (a.cluster < b.cluster ? -1 : 1));

/** Whether something is missed now; gaps of the past are none. */
export const inTrouble = (cluster: ClusterItem): boolean => trouble(cluster) > 1;
