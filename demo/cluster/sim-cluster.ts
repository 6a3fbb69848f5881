import type { Clock } from '../../platform/clock.ts';
import { bulk, catalogue, NAMESPACES } from '../scenarios/catalogue.ts';
import { ownLabels, templateOf, type App, type Behaviour, type StartFailure, type Template } from './app.ts';
import { startAutoscaler } from './autoscalers.ts';
import { startDeployment, type DeploymentRun } from './deployments.ts';
import { createEventRecorder } from './events.ts';
import { createJobs, type Jobs } from './jobs.ts';
import { createKubelet, type Kubelet } from './kubelet.ts';
import { GPU } from './node-object.ts';
import { createNodes, type Nodes } from './nodes.ts';
import { createObjectStore, type ObjectStore } from './object-store.ts';
import type { KubeObject } from './objects.ts';
import type { RunningPod } from './pod-object.ts';
import { createPodLives, type PodLives } from './pod-lives.ts';
import { createRandom } from './random.ts';
import { RESOURCES } from './resources.ts';
import { createServices } from './services.ts';
import type { Sim } from './sim.ts';
import { startSlotted, type SlottedRun } from './slotted.ts';
import { createTimeline } from './timeline.ts';

const GPU_NODES = 2;

/** What happens in a cluster beside its own routine: started once, plans its doings on the timeline. */
export type Scenario = (cluster: SimCluster) => void;

export interface SimClusterOptions {
  readonly name: string;
  readonly seed: string;
  /** Its time is the simulation's start; `start` follows it. */
  readonly clock: Clock;
  readonly scenarios?: readonly Scenario[];
  /** Default production. */
  readonly environment?: string;
  readonly nodes?: number;
  /** Factor on every application's replicas; 0 leaves the applications away. */
  readonly share?: number;
  /** Applications beside those of the catalogue. */
  readonly apps?: readonly App[];
  /** Plain pods beside the applications. */
  readonly bulkPods?: number;
  /** Changes kept for watchers. */
  readonly window?: number;
}

export interface Release {
  readonly version: string;
  readonly behaviours?: Record<string, Behaviour>;
  readonly failure?: StartFailure;
  readonly extra?: Record<string, unknown>;
  /** Annotations of the pods. */
  readonly annotations?: Record<string, string>;
  /** What its containers call the port of their figures. */
  readonly metricsName?: string;
}

/** One simulated cluster: its objects, its machinery, and what a scenario may do to it. */
export interface SimCluster {
  readonly name: string;
  readonly sim: Sim;
  readonly store: ObjectStore;
  readonly kubelet: Kubelet;
  readonly nodes: Nodes;
  readonly jobs: Jobs;
  /** All pods that have lived. */
  readonly lives: PodLives;
  readonly apps: readonly App[];
  readonly deployments: ReadonlyMap<string, DeploymentRun>;
  readonly slotted: ReadonlyMap<string, SlottedRun>;
  now(): number;
  /** Objects of a source as the agent names them: `pod`, `workload/deployments`, … Not to be changed. */
  list(source: string): KubeObject[];
  pod(namespace: string, name: string): RunningPod | undefined;
  template(app: App, release: Release): Template;
  /** Moves simulated time on, as fast as the machine can. Milliseconds since the Unix epoch. */
  runUntil(ms: number): void;
  /** Catches up with the clock and follows it from then on. */
  start(): void;
  stop(): void;
}

export function createSimCluster(options: SimClusterOptions): SimCluster {
  const { name, seed, clock, environment = 'production' } = options;
  const timeline = createTimeline(clock.now());
  const random = createRandom(`${seed}/${name}`);
  const ids = random.fork('ids');
  const hashes = random.fork('hashes');
  const store = createObjectStore({ now: timeline.now, uid: ids.uid, window: options.window ?? 5_000 });
  const sim: Sim = {
    name,
    environment,
    timeline,
    random,
    store,
    events: createEventRecorder(store, timeline, random.fork('events')),
    podChanged: new Set(),
    died: new Set(),
    refusals: new Map(),
  };
  for (const namespace of NAMESPACES) createNamespace(store, namespace);
  createPriorityClasses(store);
  const kubelet = createKubelet(sim);
  const lives = createPodLives(sim);
  const share = options.share ?? 1;
  const apps = [...(share > 0 ? catalogue(share) : []), ...(options.apps ?? []), ...bulk(options.bulkPods ?? 0)];
  const gpuNodes = apps.some(({ resources }) => resources?.limits?.[GPU] !== undefined) ? GPU_NODES : 0;
  const nodes = createNodes(sim, kubelet, options.nodes ?? 8, gpuNodes);
  nodes.onSubmit(lives.begin);
  const jobs = createJobs(sim, nodes, kubelet);
  const expose = createServices(sim);
  const template = (app: App, release: Release) => templateOf(app, environment, { ...release, hash: hashes.suffix(9) });
  const deployments = new Map<string, DeploymentRun>();
  const slotted = new Map<string, SlottedRun>();
  for (const app of apps) {
    const key = `${app.namespace}/${app.name}`;
    const first = template(app, { version: app.version });
    if (app.service !== false) expose(app);
    if (app.kind === 'CronJob') jobs.schedule(first);
    else if (app.kind === 'Deployment') {
      const run = startDeployment(sim, nodes, kubelet, app, first);
      deployments.set(key, run);
      if (app.autoscaled) startAutoscaler(sim, run, app.autoscaled);
    } else slotted.set(key, startSlotted(sim, nodes, kubelet, app, first));
    if (app.kind === 'Deployment' && app.replicas > 2 && app.namespace !== 'bulk') guard(store, app);
  }
  const byName = new Map<string, RunningPod>();
  sim.podChanged.add((pod) => {
    const { namespace, name: podName } = pod.object.metadata;
    const key = `${namespace}/${podName}`;
    if (!pod.gone) byName.set(key, pod);
    else if (byName.get(key) === pod) byName.delete(key);
  });

  let stop = () => {};
  const cluster: SimCluster = {
    name,
    sim,
    store,
    kubelet,
    nodes,
    jobs,
    lives,
    apps,
    deployments,
    slotted,
    now: timeline.now,
    list: (source) =>
      RESOURCES.filter((resource) => resource.source === source).flatMap((resource) => store.list(resource)),
    pod: (namespace, podName) => byName.get(`${namespace}/${podName}`),
    template,
    runUntil: timeline.runUntil,
    start() {
      stop();
      lives.goLive(timeline.now());
      stop = timeline.follow(clock);
    },
    stop: () => stop(),
  };
  for (const scenario of options.scenarios ?? []) scenario(cluster);
  return cluster;
}

function createNamespace(store: ObjectStore, name: string): void {
  const labels = { 'kubernetes.io/metadata.name': name };
  store.create({
    kind: 'Namespace',
    metadata: { name, labels },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });
}

function createPriorityClasses(store: ObjectStore): void {
  for (const [name, value] of [
    ['important', 100_000],
    ['batch', -10],
  ] as const) {
    store.create({
      kind: 'PriorityClass',
      metadata: { name },
      value,
      globalDefault: false,
      preemptionPolicy: 'PreemptLowerPriority',
    });
  }
}

/** A disruption budget, and an autoscaler that has nothing to do. */
function guard(store: ObjectStore, app: App): void {
  const { name, namespace, replicas } = app;
  const metadata = { name, namespace, labels: ownLabels(app) };
  store.create({
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
    status: {
      currentHealthy: replicas,
      desiredHealthy: replicas - 1,
      expectedPods: replicas,
      disruptionsAllowed: 1,
      observedGeneration: 1,
    },
  });
  if (replicas < 4 || app.autoscaled) return;
  store.create({
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: replicas,
      maxReplicas: replicas * 2,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
    status: { currentReplicas: replicas, desiredReplicas: replicas },
  });
}
