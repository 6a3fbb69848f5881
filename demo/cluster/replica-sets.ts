import type { OwnerReference } from '../../schemas/objects.ts';
import type { Template } from './app.ts';
import type { Kubelet } from './kubelet.ts';
import type { Nodes } from './nodes.ts';
import type { KubeObject } from './objects.ts';
import { isReady, type RunningPod } from './pod-object.ts';
import type { Sim } from './sim.ts';

export type Workload = KubeObject & { spec: Record<string, unknown>; status: Record<string, unknown> };

export interface ReplicaSetRun {
  readonly object: Workload;
  readonly template: Template;
  readonly pods: Set<RunningPod>;
  wanted: number;
}

export const ownerOf = (object: KubeObject): OwnerReference => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  name: object.metadata.name,
  uid: object.metadata.uid,
  controller: true,
});

export const podTemplate = (template: Template) => ({ metadata: { labels: template.labels }, spec: template.spec });

/** Counts as a replica: a pod that failed or is being deleted does not. */
export const alive = (pod: RunningPod): boolean =>
  !pod.gone && !pod.object.metadata.deletionTimestamp && pod.object.status.phase !== 'Failed';

export const readyOf = (pods: Iterable<RunningPod>): number => {
  let count = 0;
  for (const pod of pods) if (alive(pod) && isReady(pod)) count += 1;
  return count;
};

/** The ReplicaSet controller: makes and deletes pods until there are as many as wanted, those that are not ready first. */
export function createReplicaSets(sim: Sim, nodes: Nodes, kubelet: Kubelet) {
  const { store, random, events } = sim;
  const note = (set: ReplicaSetRun, reason: string, message: string) =>
    events.record(set.object, { type: 'Normal', reason, message, component: 'replicaset-controller' });

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
        template: { ...podTemplate(template), metadata: { labels } },
      },
      status: { replicas: 0 },
    });
    return { object, template, pods: new Set<RunningPod>(), wanted: 0 };
  }

  function fill(set: ReplicaSetRun): void {
    const pods = [...set.pods].filter(alive);
    const generateName = `${set.object.metadata.name}-`;
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
    set.object.status = {
      replicas: count,
      ...(count > 0 ? { fullyLabeledReplicas: count } : {}),
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      observedGeneration: set.object.metadata.generation ?? 1,
    };
    store.write(set.object);
  }

  return { create, fill, write };
}
