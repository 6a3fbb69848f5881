import { createDueTimes } from '../due-times.ts';
import type { DueTimes } from '../due-times.ts';
import type { FoldState } from '../fold.ts';
import { createGroups } from '../groups.ts';
import type { Groups } from '../groups.ts';
import { targetOf } from '../objects/owners.ts';
import { createServiceIndex } from '../objects/services.ts';
import type { ServiceIndex } from '../objects/services.ts';
import { createEndpointIndex } from './endpoints.ts';
import { createLabelIndex } from './label-index.ts';
import type { LabelIndex } from './label-index.ts';
import type { EndpointIndex } from './endpoints.ts';
import type { PodState, RolloutState, ServiceRecord, SliceState, WorkloadState } from './state.ts';

/** Names a service. */
export const serviceTarget = (namespace: string, name: string): string => `${namespace}/${name}`;

/**
 * What is derived from the state and kept beside it. A restart builds it again.
 */
export interface Indexes {
  readonly endpoints: EndpointIndex;
  /** Uids of services by what they select: the live ones, and those that are gone while their rows can change. */
  readonly selectors: ServiceIndex;
  /** Uid of the live service of that name. */
  uidOf(target: string): string | undefined;
  /** Services with intervals whose rows can change. */
  readonly busy: ReadonlySet<string>;
  /** Services about which the lists have not told all yet. */
  readonly held: ReadonlySet<string>;
  putService(uid: string, service: ServiceRecord): void;
  dropService(uid: string): void;
  /** Uids of the live workloads by the labels of the pods that they make. */
  readonly workloads: Pick<LabelIndex, 'like'>;
  /** Uid of the workload of that target, also for a while after it is gone. */
  workloadOf(target: string): string | undefined;
  putWorkload(uid: string, workload: WorkloadState): void;
  dropWorkload(uid: string, workload: WorkloadState): void;
  /** Pods by the target of their owner; those without one by `pod/<namespace>`. */
  readonly pods: Omit<Groups, 'add' | 'remove'>;
  /** Targets of pods' owners by the pods' labels; without Jobs' pods that have done their work. */
  readonly owners: Pick<LabelIndex, 'like'>;
  putPod(uid: string, pod: PodState): void;
  dropPod(uid: string, pod: PodState): void;
  /** Pods on a node. */
  readonly byNode: Omit<Groups, 'add' | 'remove'>;
  /** Rollouts by the target of their workload. */
  readonly rollouts: Omit<Groups, 'add' | 'remove'>;
  putRollout(rollout: RolloutState): void;
  dropRollout(rollout: RolloutState): void;
  readonly due: DueTimes;
}

export const ownerTarget = ({ namespace, owner }: Pick<PodState, 'namespace' | 'owner'>): string =>
  owner ? targetOf(namespace, owner) : `pod/${namespace}`;

export const rolloutTarget = ({ namespace, workload_kind, workload }: RolloutState): string =>
  targetOf(namespace, { kind: workload_kind, name: workload });

export function createIndexes(): Indexes {
  const uids = new Map<string, string>();
  const workloadUids = new Map<string, { uid: string; goneAt: number }>();
  const [pods, byNode, rollouts] = [createGroups(), createGroups(), createGroups()];
  const [workloads, owners] = [createLabelIndex(), createLabelIndex()];
  const selectors = createServiceIndex();
  const [busy, held] = [new Set<string>(), new Set<string>()];
  const due = createDueTimes();
  const mark = (set: Set<string>, uid: string, on: boolean) => (on ? set.add(uid) : set.delete(uid));
  return {
    endpoints: createEndpointIndex(),
    selectors,
    uidOf: (target) => uids.get(target),
    busy,
    held,
    putService(uid, service) {
      const { namespace, service: name, deleted_at } = service.row;
      const target = serviceTarget(namespace, name);
      mark(busy, uid, service.open !== undefined || service.lately !== undefined);
      mark(held, uid, !service.judged && deleted_at === null);
      if (deleted_at === null || busy.has(uid))
        selectors.put(uid, { namespace, name: uid, selector: service.selector });
      else selectors.drop(uid);
      if (deleted_at === null) {
        uids.set(target, uid);
        return;
      }
      if (uids.get(target) === uid) uids.delete(target);
    },
    dropService(uid) {
      selectors.drop(uid);
      busy.delete(uid);
      held.delete(uid);
    },
    workloads,
    workloadOf: (target) => workloadUids.get(target)?.uid,
    putWorkload(uid, workload) {
      const target = targetOf(workload.namespace, workload);
      const known = workloadUids.get(target);
      const goneAt = workload.gone ?? Infinity;
      // Of several of a name the live one, else the last: whatever the order in which they come.
      if (!known || known.uid === uid || goneAt >= known.goneAt) workloadUids.set(target, { uid, goneAt });
      workloads.drop(uid);
      if (workload.gone === undefined) workloads.add(uid, workload.namespace, workload.labels);
    },
    dropWorkload(uid, workload) {
      const target = targetOf(workload.namespace, workload);
      if (workloadUids.get(target)?.uid === uid) workloadUids.delete(target);
      workloads.drop(uid);
    },
    pods,
    owners,
    putPod(uid, pod) {
      const target = ownerTarget(pod);
      pods.add(target, uid);
      const isDone = pod.owner?.kind === 'Job' && pod.over !== undefined;
      if (!isDone) owners.add(target, pod.namespace, pod.labels);
      if (pod.node) byNode.add(pod.node, uid);
    },
    dropPod(uid, pod) {
      const target = ownerTarget(pod);
      pods.remove(target, uid);
      if (pods.in(target).size === 0) owners.drop(target);
      if (pod.node) byNode.remove(pod.node, uid);
    },
    byNode,
    rollouts,
    putRollout: (rollout) => rollouts.add(rolloutTarget(rollout), rollout.id),
    dropRollout: (rollout) => rollouts.remove(rolloutTarget(rollout), rollout.id),
    due,
  };
}

/** Fills new indexes from a state, in one pass over it. */
export function rebuild(indexes: Indexes, state: FoldState, dueOf: (key: string, value: unknown) => number): void {
  const puts: Readonly<Record<string, (uid: string, value: never) => void>> = {
    slice: (uid, slice: SliceState) =>
      indexes.endpoints.replace(serviceTarget(slice.namespace, slice.service), uid, undefined, slice),
    workload: indexes.putWorkload,
    pod: indexes.putPod,
    rollout: (_id, rollout: RolloutState) => indexes.putRollout(rollout),
    service: indexes.putService,
    node: () => {},
    group: () => {},
  };
  for (const [key, value] of state.entries<never>('')) {
    const slash = key.indexOf('/');
    const put = puts[key.slice(0, slash)];
    if (!put) continue;
    put(key.slice(slash + 1), value);
    indexes.due.put(key, dueOf(key, value));
  }
}
