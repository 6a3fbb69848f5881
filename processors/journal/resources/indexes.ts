import { createDueTimes } from '../due-times.ts';
import type { FoldState } from '../fold.ts';
import { createGroups } from '../groups.ts';
import { targetOf } from '../objects/owners.ts';
import { MINUTE_MS } from '../objects/times.ts';
import { AUTOSCALER_PREFIX, NODE_PREFIX, POD_PREFIX } from './state.ts';
import type { SpanRow, SpanState } from './state.ts';

/** How long what is gone is remembered. */
const REMEMBERED_MS = 10 * MINUTE_MS;

/** What is derived from the state and kept beside it: what is to be forgotten when, and which pods belong to whom. */
export interface Indexes {
  put(key: string, state: SpanState): void;
  drop(key: string): void;
  /** Keys of what may be forgotten by `now`. */
  due(now: number): string[];
  /** Keys of the pods that wait for the entry of that owner, in their order. */
  waitingFor(owner: string): string[];
  /** Keys of the pods with a row of that workload, in their order. */
  of(target: string): string[];
  rebuild(state: FoldState): void;
}

const placesOf = (key: string, { owner, row }: SpanState): string[] => {
  const pod = key.startsWith(POD_PREFIX) ? (row as (SpanRow & Owned) | undefined) : undefined;
  const target = pod && targetOf(pod.namespace, { kind: pod.workload_kind, name: pod.workload });
  return [...(owner ? [`owner/${owner}`] : []), ...(target ? [`of/${target}`] : [])];
};

interface Owned {
  namespace: string;
  workload_kind: string;
  workload: string;
}

export function createIndexes(): Indexes {
  const dueTimes = createDueTimes();
  const members = createGroups();
  const places = new Map<string, string[]>();

  const leave = (key: string) => {
    for (const place of places.get(key) ?? []) members.remove(place, key);
    places.delete(key);
  };
  const indexes: Indexes = {
    put(key, state) {
      leave(key);
      const own = placesOf(key, state);
      if (own.length > 0) places.set(key, own);
      for (const place of own) members.add(place, key);
      dueTimes.put(key, state.gone === undefined ? Infinity : state.gone + REMEMBERED_MS);
    },
    drop(key) {
      leave(key);
      dueTimes.drop(key);
    },
    due: (now) => dueTimes.due(now),
    waitingFor: (owner) => members.of(`owner/${owner}`).sort(),
    of: (target) => members.of(`of/${target}`).sort(),
    rebuild(state) {
      for (const prefix of [POD_PREFIX, NODE_PREFIX, AUTOSCALER_PREFIX]) {
        for (const [key, value] of state.entries<SpanState>(prefix)) indexes.put(key, value);
      }
    },
  };
  return indexes;
}
