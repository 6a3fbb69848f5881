import type { Condition } from '../../schemas/objects.ts';
import type { App, Template } from './app.ts';
import type { Kubelet } from './kubelet.ts';
import type { Nodes } from './nodes.ts';
import { setCondition, type RunningPod } from './pod-object.ts';
import { alive, createReplicaSets, podTemplate, readyOf, type ReplicaSetRun, type Workload } from './replica-sets.ts';
import type { Sim } from './sim.ts';

/** A running Deployment: what a team does to it. */
export interface DeploymentRun {
  readonly app: App;
  /** The release that the Deployment wants now. */
  readonly template: Template;
  pods(): RunningPod[];
  release(template: Template, cause: string): void;
  scale(replicas: number): void;
  replicas(): number;
  /** All wanted pods are of the wanted release and ready. */
  settled(): boolean;
}

const PROGRESS_DEADLINE_MS = 600_000;
const KEPT_REVISIONS = 2;

/**
 * The Deployment and ReplicaSet controllers in one: a rolling update with 25 % surge and 25 % unavailable. Reconciles a moment after
 * each change of a pod; failed pods stay where they are and are replaced.
 */
export function startDeployment(sim: Sim, nodes: Nodes, kubelet: Kubelet, app: App, first: Template): DeploymentRun {
  const { timeline, random, store, events } = sim;
  const selector = { matchLabels: { app: app.name } };
  const object = store.create<Workload>({
    kind: 'Deployment',
    metadata: {
      name: app.name,
      namespace: app.namespace,
      labels: { ...first.labels },
      annotations: { 'deployment.kubernetes.io/revision': '0' },
    },
    spec: {
      replicas: app.replicas,
      selector,
      template: podTemplate(first),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: KEPT_REVISIONS,
      progressDeadlineSeconds: PROGRESS_DEADLINE_MS / 1000,
    },
    status: { conditions: [] },
  });
  const replicaSets = createReplicaSets(sim, nodes, kubelet);
  const sets: ReplicaSetRun[] = [];
  let template = first;
  let wanted = app.replicas;
  let planned = false;
  let settled = false;
  let progressedAt = timeline.now();
  let progressWatch = () => {};

  const note = (reason: string, message: string) =>
    events.record(object, { type: 'Normal', reason, message, component: 'deployment-controller' });

  function reconcileSoon(): void {
    if (planned) return;
    planned = true;
    timeline.after(random.between(40, 160), () => {
      planned = false;
      reconcile();
    });
  }

  function newestSet(): ReplicaSetRun {
    const existing = sets.find((set) => set.template.hash === template.hash);
    const revision = String(Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0) + 1);
    const annotations = { 'deployment.kubernetes.io/revision': revision };
    if (existing === sets.at(-1) && existing) return existing;
    object.metadata.annotations = { ...object.metadata.annotations, ...annotations };
    if (existing) {
      sets.splice(sets.indexOf(existing), 1);
      sets.push(existing);
      existing.object.metadata.annotations = annotations;
      return existing;
    }
    const set = replicaSets.create(object, template, annotations);
    sets.push(set);
    return set;
  }

  /** The deployment controller's arithmetic for a rolling update. */
  function plan(newest: ReplicaSetRun): void {
    const old = sets.filter((set) => set !== newest);
    const total = () => sets.reduce((sum, set) => sum + set.wanted, 0);
    const surge = Math.ceil(wanted / 4);
    if (old.every((set) => set.wanted === 0)) resize(newest, wanted);
    else resize(newest, Math.min(wanted, newest.wanted + Math.max(0, wanted + surge - total())));
    const unready = newest.wanted - readyOf(newest.pods);
    let removable = total() - (wanted - Math.floor(wanted / 4)) - unready;
    const spare = () => readyOf(sets.flatMap((set) => [...set.pods])) - (wanted - Math.floor(wanted / 4));
    for (const set of old) {
      const sick = Math.min(removable, set.wanted - readyOf(set.pods));
      const cut = Math.max(0, Math.min(set.wanted, removable, Math.max(sick, spare())));
      resize(set, set.wanted - cut);
      removable -= cut;
    }
  }

  function resize(set: ReplicaSetRun, replicas: number): void {
    if (set.wanted === replicas) return;
    const way = replicas > set.wanted ? 'up' : 'down';
    note(
      'ScalingReplicaSet',
      `Scaled ${way} replica set ${set.object.metadata.name} from ${set.wanted} to ${replicas}`,
    );
    set.wanted = replicas;
    set.object.spec['replicas'] = replicas;
    progressedAt = timeline.now();
  }

  function writeStatus(newest: ReplicaSetRun): void {
    const pods = sets.flatMap((set) => [...set.pods]).filter(alive);
    const available = readyOf(pods);
    const updated = [...newest.pods].filter(alive).length;
    const enough = available >= wanted - Math.floor(wanted / 4);
    const complete = updated === wanted && available >= wanted && pods.length === wanted;
    const late = !complete && timeline.now() - progressedAt >= PROGRESS_DEADLINE_MS;
    const conditions = object.status['conditions'] as Condition[];
    const name = newest.object.metadata.name;
    setCondition(
      conditions,
      enough
        ? {
            type: 'Available',
            status: 'True',
            reason: 'MinimumReplicasAvailable',
            message: 'Deployment has minimum availability.',
          }
        : {
            type: 'Available',
            status: 'False',
            reason: 'MinimumReplicasUnavailable',
            message: 'Deployment does not have minimum availability.',
          },
      timeline.now(),
    );
    const progress = complete
      ? {
          status: 'True',
          reason: 'NewReplicaSetAvailable',
          message: `ReplicaSet "${name}" has successfully progressed.`,
        }
      : late
        ? {
            status: 'False',
            reason: 'ProgressDeadlineExceeded',
            message: `ReplicaSet "${name}" has timed out progressing.`,
          }
        : { status: 'True', reason: 'ReplicaSetUpdated', message: `ReplicaSet "${name}" is progressing.` };
    setCondition(conditions, { type: 'Progressing', ...progress }, timeline.now());
    object.status = {
      observedGeneration: object.metadata.generation ?? 1,
      replicas: pods.length,
      updatedReplicas: updated,
      readyReplicas: available,
      availableReplicas: available,
      ...(available < wanted ? { unavailableReplicas: wanted - available } : {}),
      conditions,
    };
    store.write(object);
    settled = complete;
  }

  function reconcile(): void {
    const newest = newestSet();
    plan(newest);
    for (const set of sets) replicaSets.fill(set);
    for (const set of sets) replicaSets.write(set);
    for (const set of sets.filter((each) => each.wanted === 0 && each.pods.size === 0).slice(0, -KEPT_REVISIONS)) {
      sets.splice(sets.indexOf(set), 1);
      store.delete(set.object);
    }
    writeStatus(newest);
  }

  sim.podChanged.add((pod) => {
    const set = sets.find(({ pods }) => pods.has(pod));
    if (!set) return;
    if (pod.gone) set.pods.delete(pod);
    reconcileSoon();
  });
  reconcileSoon();

  return {
    app,
    get template() {
      return template;
    },
    pods: () => sets.flatMap((set) => [...set.pods]).filter(alive),
    replicas: () => wanted,
    settled: () => settled,
    release(next, cause) {
      template = next;
      settled = false;
      progressedAt = timeline.now();
      object.spec['template'] = podTemplate(next);
      object.metadata.annotations = { ...object.metadata.annotations, 'kubernetes.io/change-cause': cause };
      object.metadata.labels = { ...next.labels };
      store.update(object);
      progressWatch();
      progressWatch = timeline.after(PROGRESS_DEADLINE_MS + 1_000, reconcileSoon);
      reconcileSoon();
    },
    scale(replicas) {
      wanted = replicas;
      settled = false;
      progressedAt = timeline.now();
      object.spec['replicas'] = replicas;
      store.update(object);
      reconcileSoon();
    },
  };
}
