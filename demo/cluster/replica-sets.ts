import type { Condition, OwnerReference } from '../../schemas/objects.ts';
import type { Template } from './app.ts';
import type { Kubelet } from './kubelet.ts';
import type { Nodes } from './nodes.ts';
import { kubeTime, type KubeObject } from './objects.ts';
import { isReady, type RunningPod } from './pod-object.ts';
import type { Sim } from './sim.ts';

export type Workload = KubeObject & { spec: Record<string, unknown>; status: Record<string, unknown> };

export interface ReplicaSetRun {
  readonly object: Workload;
  readonly template: Template;
  readonly pods: Set<RunningPod>;
  wanted: number;
  /** Why the API server took no pod when one was made last. */
  refused?: string;
}

export const ownerOf = (object: KubeObject): OwnerReference => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  name: object.metadata.name,
  uid: object.metadata.uid,
  controller: true,
});

export const podTemplate = ({ labels, annotations, spec }: Template) => ({
  metadata: { labels, ...(annotations ? { annotations } : {}) },
  spec,
});

/** As the ReplicaSet's condition says that its pods are refused; its Deployment has the same. */
export function replicaFailure({ object, refused = '' }: ReplicaSetRun, now: number): Condition {
  const known = (object.status['conditions'] as Condition[] | undefined)?.[0]?.lastTransitionTime;
  return {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: refused,
    lastTransitionTime: known ?? kubeTime(now),
  };
}

/** Counts as a replica: a pod that failed or is being deleted does not. */
export const alive = (pod: RunningPod): boolean =>
  !pod.gone && !pod.object.metadata.deletionTimestamp && pod.object.status.phase !== 'Failed';

export const readyOf = (pods: Iterable<RunningPod>): number => {
  let count = 0;
  for (const pod of pods) if (alive(pod) && isReady(pod)) count += 1;
  return count;
};

/** Ready for as long as its app asks for. `now` in milliseconds. */
export function availableOf(pods: Iterable<RunningPod>, now: number): number {
  let count = 0;
  for (const pod of pods) {
    const { minReadySeconds = 0 } = pod.template.app;
    if (alive(pod) && isReady(pod) && (minReadySeconds === 0 || readySince(pod) + minReadySeconds * 1000 <= now)) {
      count += 1;
    }
  }
  return count;
}

const readySince = ({ object }: RunningPod): number =>
  Date.parse(object.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '');

/** The ReplicaSet controller: makes and deletes pods until there are as many as wanted, those that are not ready first. */
export function createReplicaSets(sim: Sim, nodes: Nodes, kubelet: Kubelet) {
  const { store, timeline, random, events } = sim;
  const note = (set: ReplicaSetRun, reason: string, message: string, type: 'Normal' | 'Warning' = 'Normal') =>
    events.record(set.object, { type, reason, message, component: 'replicaset-controller' });

  function create(owner: Workload, template: Template, annotations: Record<string, string>): ReplicaSetRun {
    const { app, hash } = template;
    const labels = { ...template.labels, 'pod-template-hash': hash };
    const object = store.create<Workload>({
      kind: 'ReplicaSet',
      metadata: {
        name: `${app.name}-${hash}`,
        namespace: app.namespace,
        labels,
        annotations,
        ownerReferences: [ownerOf(owner)],
      },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: app.name, 'pod-template-hash': hash } },
        ...(app.minReadySeconds ? { minReadySeconds: app.minReadySeconds } : {}),
        template: { ...podTemplate(template), metadata: { ...podTemplate(template).metadata, labels } },
      },
      status: { replicas: 0 },
    });
    return { object, template, pods: new Set<RunningPod>(), wanted: 0 };
  }

  function fill(set: ReplicaSetRun): void {
    const pods = [...set.pods].filter(alive);
    const generateName = `${set.object.metadata.name}-`;
    const { namespace, name: app } = set.template.app;
    const refusal = sim.refusals.get(`${namespace}/${app}`);
    delete set.refused;
    if (refusal !== undefined && pods.length < set.wanted) {
      set.refused = `pods "${generateName}${random.suffix(5)}" is forbidden: ${refusal}`;
      return note(set, 'FailedCreate', `Error creating: ${set.refused}`, 'Warning');
    }
    for (let i = pods.length; i < set.wanted; i++) {
      const pod = nodes.submit({
        name: generateName + random.suffix(5),
        generateName,
        template: set.template,
        labels: { 'pod-template-hash': set.template.hash },
        owner: ownerOf(set.object),
      });
      set.pods.add(pod);
      note(set, 'SuccessfulCreate', `Created pod: ${pod.object.metadata.name}`);
    }
    if (pods.length <= set.wanted) return;
    const order = pods.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)));
    for (const pod of order.slice(0, pods.length - set.wanted)) {
      note(set, 'SuccessfulDelete', `Deleted pod: ${pod.object.metadata.name}`);
      kubelet.stop(pod);
    }
  }

  function write(set: ReplicaSetRun): void {
    const count = [...set.pods].filter(alive).length;
    const ready = readyOf(set.pods);
    const available = availableOf(set.pods, timeline.now());
    set.object.status = {
      replicas: count,
      ...(count > 0 ? { fullyLabeledReplicas: count } : {}),
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(available > 0 ? { availableReplicas: available } : {}),
      ...(set.refused === undefined ? {} : { conditions: [replicaFailure(set, timeline.now())] }),
      observedGeneration: set.object.metadata.generation ?? 1,
    };
    store.write(set.object);
  }

  return { create, fill, write };
}
