import { createHash } from 'node:crypto';

/** sha256 over the parts, each with its length so that no two lists of parts read the same; 32 hex digits. */
export function shortHash(...parts: readonly (string | number)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const text = String(part);
    hash.update(`${text.length}:${text};`);
  }
  return hash.digest('hex').slice(0, 32);
}

export const deathId = (cluster: string, podUid: string, container: string, generation: number, ordinal: number) =>
  shortHash('death', cluster, podUid, container, generation, ordinal);

/** `spell` counts the pod's spells of every kind from 0. */
export const stuckId = (cluster: string, podUid: string, container: string, kind: string, spell: number) =>
  shortHash('stuck', cluster, podUid, container, kind, spell);

export const podEndId = (cluster: string, podUid: string) => shortHash('pod', cluster, podUid);

export const jobId = (cluster: string, jobUid: string) => shortHash('job', cluster, jobUid);
