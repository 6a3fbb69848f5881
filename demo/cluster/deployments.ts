import type { App, Template } from './app.ts';
import { podsOf, PROGRESS_DEADLINE_MS, wordStatus } from './deployment-status.ts';
import type { Kubelet } from './kubelet.ts';
import { CONTROLLER, noteWrite, type Write } from './managed-fields.ts';
import type { Nodes } from './nodes.ts';
import { isReady, type RunningPod } from './pod-object.ts';
import {
  alive,
  availableOf,
  createReplicaSets,
  podTemplate,
  type ReplicaSetRun,
  type Workload,
} from './replica-sets.ts';
import type { Sim } from './sim.ts';

/** A running Deployment: what a team does to it. */
export interface DeploymentRun {
  readonly app: App;
  /** The release that the Deployment wants now. */
  readonly template: Template;
  pods(): RunningPod[];
  release(template: Template, cause: string, by?: Write): void;
  scale(replicas: number, by?: Write): void;
  /** Holds up what is being rolled out, or lets it go on. */
  pause(paused: boolean): void;
  replicas(): number;
  /** All wanted pods are of the wanted release and available. */
  settled(): boolean;
}

const KEPT_REVISIONS = 2;
const REFUSED_AGAIN_MS = 20_000;
const REVISION = 'deployment.kubernetes.io/revision';
/** What a team rolls out with. */
export const HELM: Write = { manager: 'helm' };

function draftOf(app: App, first: Template) {
  const { name, namespace, replicas, minReadySeconds, maxUnavailable = '25%' } = app;
  return {
    kind: 'Deployment',
    metadata: { name, namespace, labels: { ...first.labels }, annotations: { [REVISION]: '0' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: podTemplate(first),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable } },
      ...(minReadySeconds ? { minReadySeconds } : {}),
      revisionHistoryLimit: KEPT_REVISIONS,
      progressDeadlineSeconds: PROGRESS_DEADLINE_MS / 1000,
    },
    status: { conditions: [] },
  };
}

/**
 * The Deployment and ReplicaSet controllers in one: a rolling update with 25 % surge and 25 % unavailable, or as many as the app
 * says. Reconciles a moment after each change of a pod; failed pods stay where they are and are replaced.
 */
export function startDeployment(sim: Sim, nodes: Nodes, kubelet: Kubelet, app: App, first: Template): DeploymentRun {
  const { timeline, random, store, events } = sim;
  const object = store.create<Workload>(draftOf(app, first));
  const replicaSets = createReplicaSets(sim, nodes, kubelet);
  const sets: ReplicaSetRun[] = [];
  let template = first;
  let wanted = app.replicas;
  let planned = false;
  let settled = false;
  let paused = false;
  let progressedAt = timeline.now();
  let progressWatch = () => {};
  const mayMiss = () => (app.maxUnavailable === '100%' ? wanted : Math.floor(wanted / 4));

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

  const setOf = ({ hash }: Template) => sets.find((set) => set.template.hash === hash);

  function newestSet(): ReplicaSetRun {
    const existing = setOf(template);
    if (existing && existing === sets.at(-1)) return existing;
    const revision = String(Number(object.metadata.annotations?.[REVISION] ?? 0) + 1);
    const annotations = { [REVISION]: revision };
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
    const now = timeline.now();
    const old = sets.filter((set) => set !== newest);
    const total = () => sets.reduce((sum, set) => sum + set.wanted, 0);
    const surge = Math.ceil(wanted / 4);
    if (old.every((set) => set.wanted === 0)) resize(newest, wanted);
    else resize(newest, Math.min(wanted, newest.wanted + Math.max(0, wanted + surge - total())));
    const unready = newest.wanted - availableOf(newest.pods, now);
    let removable = total() - (wanted - mayMiss()) - unready;
    const spare = () => availableOf(podsOf(sets), now) - (wanted - mayMiss());
    for (const set of old) {
      const sick = Math.min(removable, set.wanted - availableOf(set.pods, now));
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

  function reconcile(): void {
    const newest = paused ? setOf(template) : newestSet();
    if (newest && !paused) plan(newest);
    for (const set of sets) replicaSets.fill(set);
    for (const set of sets) replicaSets.write(set);
    for (const set of sets.filter((each) => each.wanted === 0 && each.pods.size === 0).slice(0, -KEPT_REVISIONS)) {
      sets.splice(sets.indexOf(set), 1);
      store.delete(set.object);
    }
    const now = timeline.now();
    const complete = wordStatus(object, { sets, newest, wanted, mayMiss: mayMiss(), paused, progressedAt, now });
    store.write(object, (written) => noteWrite(written, CONTROLLER, now));
    settled = complete && !paused;
    if (sets.some(({ refused }) => refused !== undefined)) timeline.after(REFUSED_AGAIN_MS, reconcileSoon);
  }

  /** A person's or a tool's change of the object itself. */
  function write(by: Write): void {
    settled = false;
    progressedAt = timeline.now();
    noteWrite(object, by, progressedAt);
    store.update(object);
    reconcileSoon();
  }

  sim.podChanged.add((pod) => {
    const set = sets.find(({ pods }) => pods.has(pod));
    if (!set) return;
    if (pod.gone) set.pods.delete(pod);
    else if (app.minReadySeconds && isReady(pod)) timeline.after(app.minReadySeconds * 1000, reconcileSoon);
    reconcileSoon();
  });
  noteWrite(object, HELM, timeline.now());
  store.update(object);
  reconcileSoon();

  return {
    app,
    get template() {
      return template;
    },
    pods: () => podsOf(sets).filter(alive),
    replicas: () => wanted,
    settled: () => settled,
    release(next, cause, by = HELM) {
      template = next;
      object.spec['template'] = podTemplate(next);
      object.metadata.annotations = { ...object.metadata.annotations, 'kubernetes.io/change-cause': cause };
      object.metadata.labels = { ...next.labels };
      write(by);
      progressWatch();
      progressWatch = timeline.after(PROGRESS_DEADLINE_MS + 1_000, reconcileSoon);
    },
    scale(replicas, by = { manager: 'kubectl', subresource: 'scale' }) {
      wanted = replicas;
      object.spec['replicas'] = replicas;
      write(by);
    },
    pause(now) {
      paused = now;
      if (now) object.spec['paused'] = true;
      else delete object.spec['paused'];
      write({ manager: 'kubectl-rollout' });
    },
  };
}
