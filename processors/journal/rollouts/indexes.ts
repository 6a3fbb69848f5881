import { createDueTimes } from '../due-times.ts';
import type { FoldState } from '../fold.ts';
import { createGroups } from '../groups.ts';
import { createServiceIndex } from '../objects/services.ts';
import type { ServiceIndex } from '../objects/services.ts';
import { targetOf } from '../objects/owners.ts';
import type { PodRecord, WorkloadState } from './state.ts';

/**
 * What is derived from the state and kept beside it: which workload a pod belongs to and which pods a workload has, which
 * workloads have rows that can change, and when something becomes due. Built again by `rebuild` after a restart.
 */
export interface Indexes {
  readonly services: ServiceIndex;
  /** Key of the workload of that target. */
  keyOf(target: string): string | undefined;
  /** Keys of the workloads with rows that can change. */
  busy(): string[];
  podsOf(target: string): string[];
  /** Pods whose ReplicaSet has not told yet who stands over it. */
  waitingFor(replicaSet: string): string[];
  putWorkload(key: string, workload: WorkloadState, due: number): void;
  dropWorkload(key: string, workload: WorkloadState): void;
  putPod(uid: string, pod: PodRecord): void;
  dropPod(uid: string, pod: PodRecord): void;
  /** Keys of the workloads that are due by `now`. */
  due(now: number): string[];
  rebuild(state: FoldState, dueOf: (workload: WorkloadState) => number): void;
}

export function createIndexes(): Indexes {
  const services = createServiceIndex();
  const keys = new Map<string, string>();
  const busy = new Set<string>();
  const pods = createGroups();
  const dueTimes = createDueTimes();
  const placeOf = (pod: PodRecord) =>
    pod.owner.kind === 'ReplicaSet' ? `waiting/${pod.owner.uid}` : targetOf(pod.namespace, pod.owner);

  const indexes: Indexes = {
    services,
    keyOf: (target) => keys.get(target),
    busy: () => [...busy].sort(),
    podsOf: (target) => pods.of(target).sort(),
    waitingFor: (replicaSet) => pods.of(`waiting/${replicaSet}`).sort(),
    putWorkload(key, workload, due) {
      keys.set(targetOf(workload.namespace, workload), key);
      if (workload.open || workload.lately) busy.add(key);
      else busy.delete(key);
      dueTimes.put(key, due);
    },
    dropWorkload(key, workload) {
      const target = targetOf(workload.namespace, workload);
      if (keys.get(target) === key) keys.delete(target);
      busy.delete(key);
      dueTimes.drop(key);
    },
    putPod: (uid, pod) => pods.add(placeOf(pod), uid),
    dropPod: (uid, pod) => pods.remove(placeOf(pod), uid),
    due: (now) => dueTimes.due(now),
    rebuild(state, dueOf) {
      for (const [key, value] of state.entries<never>('')) {
        if (key.startsWith('service/')) services.put(key.slice('service/'.length), value);
        else if (key.startsWith('pod/')) indexes.putPod(key.slice('pod/'.length), value);
        else if (key.startsWith('workload/') || key.startsWith('group/')) indexes.putWorkload(key, value, dueOf(value));
      }
    },
  };
  return indexes;
}
