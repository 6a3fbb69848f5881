import type { FoldState } from '../fold.ts';
import { createServiceIndex } from './services.ts';
import type { ServiceIndex, ServiceState } from './services.ts';
import type { PodState } from './state.ts';

/**
 * What is derived from the state and kept beside it: which pod is due when, which pods run on a node, which wait for
 * their owner's entry, which have rows in a namespace. `rebuild` fills new ones from a state.
 */
export interface Indexes {
  readonly services: ServiceIndex;
  readonly byNode: Groups;
  readonly byOwner: Groups;
  readonly withRows: Groups;
  put(uid: string, pod: PodState, due: number): void;
  drop(uid: string): void;
  /** Uids of the pods that are due by `now`. */
  due(now: number): string[];
  rebuild(state: FoldState, dueOf: (pod: PodState) => number): void;
}

export interface Groups {
  get(group: string): string[];
}

interface OpenGroups extends Groups {
  move(uid: string, from: string, to: string): void;
}

function createGroups(): OpenGroups {
  const groups = new Map<string, Set<string>>();
  return {
    get: (group) => [...(groups.get(group) ?? [])],
    move(uid, from, to) {
      if (from && from !== to) {
        const left = groups.get(from);
        left?.delete(uid);
        if (left?.size === 0) groups.delete(from);
      }
      if (!to) return;
      const group = groups.get(to);
      if (group) group.add(uid);
      else groups.set(to, new Set([uid]));
    },
  };
}

interface Groupings {
  node: string;
  owner: string;
  rows: string;
}
const NOWHERE: Groupings = { node: '', owner: '', rows: '' };

const groupingsOf = (pod: PodState): Groupings => ({
  node: pod.gone || pod.over ? '' : pod.node,
  owner: pod.owner ?? '',
  rows: pod.deaths || pod.spells || pod.end ? pod.namespace : '',
});

export function createIndexes(): Indexes {
  const services = createServiceIndex();
  const byNode = createGroups();
  const byOwner = createGroups();
  const withRows = createGroups();
  const placed = new Map<string, Groupings>();
  const dueAt = new Map<string, number>();
  let next = Infinity;

  const move = (uid: string, to: Groupings) => {
    const from = placed.get(uid) ?? NOWHERE;
    byNode.move(uid, from.node, to.node);
    byOwner.move(uid, from.owner, to.owner);
    withRows.move(uid, from.rows, to.rows);
  };
  const put = (uid: string, pod: PodState, due: number) => {
    const to = groupingsOf(pod);
    move(uid, to);
    placed.set(uid, to);
    if (due === Infinity) dueAt.delete(uid);
    else dueAt.set(uid, due);
    next = Math.min(next, due);
  };
  return {
    services,
    byNode,
    byOwner,
    withRows,
    put,
    drop(uid) {
      move(uid, NOWHERE);
      placed.delete(uid);
      dueAt.delete(uid);
    },
    due(now) {
      if (now < next) return [];
      const due: string[] = [];
      next = Infinity;
      for (const [uid, at] of dueAt) {
        if (at <= now) due.push(uid);
        else next = Math.min(next, at);
      }
      return due;
    },
    rebuild(state, dueOf) {
      for (const [key, service] of state.entries<ServiceState>('service/')) services.put(key.slice(8), service);
      for (const [key, pod] of state.entries<PodState>('pod/')) put(key.slice(4), pod, dueOf(pod));
    },
  };
}
