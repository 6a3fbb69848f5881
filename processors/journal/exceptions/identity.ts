import { shortHash } from '../objects/short-hash.ts';

export const deathId = (cluster: string, podUid: string, container: string, generation: number, ordinal: number) =>
  shortHash('death', cluster, podUid, container, generation, ordinal);

/** `spell` counts the pod's spells of every kind from 0. */
export const stuckId = (cluster: string, podUid: string, container: string, kind: string, spell: number) =>
  shortHash('stuck', cluster, podUid, container, kind, spell);

export const podEndId = (cluster: string, podUid: string) => shortHash('pod', cluster, podUid);

export const jobId = (cluster: string, jobUid: string) => shortHash('job', cluster, jobUid);
