import type { MadeDeath } from '../lived-cluster.ts';
import type { DeathRow } from '../recorded-rows.ts';
import type { Arrival, Transition } from './history.ts';

const keyOf = (uid: string, container: string, ordinal: number): string => `${uid} ${container} #${ordinal}`;

/**
 * What is wrong with the rows of deaths: each death of a failure since the pod was first recorded has one row, unless the pod was
 * never seen again; no row tells of a death that was none.
 */
export function checkDeaths(
  made: readonly MadeDeath[],
  rows: readonly DeathRow[],
  { arrivals, transitions }: { arrivals: readonly Arrival[]; transitions: readonly Transition[] },
): { missed: string[]; doubled: string[]; invented: string[]; told: number } {
  const found = { missed: [] as string[], doubled: [] as string[], invented: [] as string[], told: 0 };
  const firstAt = new Map<string, Arrival>();
  /** As of when a pod's newest recorded state is. */
  const lastMadeAt = new Map<string, number>();
  const madeAt = new Map(transitions.map(({ uid, revision, at }) => [`${uid} ${revision}`, at]));
  for (const arrival of arrivals) {
    if (!firstAt.has(arrival.uid)) firstAt.set(arrival.uid, arrival);
    if (arrival.op !== 'vanished') lastMadeAt.set(arrival.uid, madeAt.get(`${arrival.uid} ${arrival.revision}`) ?? -1);
  }
  const truth = new Set(made.map(({ uid, container, ordinal }) => keyOf(uid, container, ordinal)));
  const told = new Set<string>();
  const ids = new Set<string>();
  for (const row of rows) {
    const key = keyOf(row.pod_uid, row.container, row.ordinal);
    if (told.has(key) || ids.has(row.id)) found.doubled.push(key);
    told.add(key);
    ids.add(row.id);
    if (row.generation > 0) found.invented.push(`${key} of generation ${row.generation}`);
    // What died before the record began is known from the pod's first state at most.
    else if (!truth.has(key) && firstAt.get(row.pod_uid)?.op !== 'list') found.invented.push(key);
  }
  for (const { uid, container, ordinal, exitCode, at } of made) {
    if (exitCode === 0) continue;
    const key = keyOf(uid, container, ordinal);
    if (told.has(key)) found.told += 1;
    else if ((lastMadeAt.get(uid) ?? -1) >= at && (firstAt.get(uid)?.at ?? 0) <= at) found.missed.push(key);
  }
  return found;
}
