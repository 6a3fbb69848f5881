import { createDueTimes } from '../due-times.ts';
import type { FoldState } from '../fold.ts';
import { createGroups } from '../groups.ts';
import type { Groups } from '../groups.ts';
import { createServiceIndex } from '../objects/services.ts';
import type { ServiceIndex, ServiceSelector } from '../objects/services.ts';
import type { PodState } from './state.ts';

/**
 * What is derived from the state and kept beside it: which pod is due when, which pods run on a node, which wait for
 * their owner's entry, which have rows in a namespace. `rebuild` fills new ones from a state.
 */
export interface Indexes {
  readonly services: ServiceIndex;
  readonly byNode: Pick<Groups, 'of'>;
  readonly byOwner: Pick<Groups, 'of'>;
  readonly withRows: Pick<Groups, 'of'>;
  put(uid: string, pod: PodState, due: number): void;
  drop(uid: string): void;
  /** Uids of the pods that are due by `now`. */
  due(now: number): string[];
  rebuild(state: FoldState, dueOf: (pod: PodState) => number): void;
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
  const dueTimes = createDueTimes();

  const move = (uid: string, to: Groupings) => {
    const from = placed.get(uid) ?? NOWHERE;
    for (const [groups, left, entered] of [
      [byNode, from.node, to.node],
      [byOwner, from.owner, to.owner],
      [withRows, from.rows, to.rows],
    ] as const) {
      if (left === entered) continue;
      if (left) groups.remove(left, uid);
      if (entered) groups.add(entered, uid);
    }
  };
  const put = (uid: string, pod: PodState, due: number) => {
    const to = groupingsOf(pod);
    move(uid, to);
    placed.set(uid, to);
    dueTimes.put(uid, due);
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
      dueTimes.drop(uid);
    },
    due: (now) => dueTimes.due(now),
    rebuild(state, dueOf) {
      for (const [key, service] of state.entries<ServiceSelector>('service/')) services.put(key.slice(8), service);
      for (const [key, pod] of state.entries<PodState>('pod/')) put(key.slice(4), pod, dueOf(pod));
    },
  };
}
