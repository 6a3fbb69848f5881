import { error, OOM, type Behaviour, type Death } from '../cluster/app.ts';
import type { DeploymentRun } from '../cluster/deployments.ts';
import type { RunningPod } from '../cluster/pod-object.ts';
import type { Random } from '../cluster/random.ts';
import type { Release, SimCluster } from '../cluster/sim-cluster.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

export interface Stage {
  readonly cluster: SimCluster;
  readonly random: Random;
  /** Versions grow: the number of releases an app has had. */
  readonly releases: Map<string, number>;
}

/** Makes one thing happen to one application; answers for how many milliseconds nothing else should, or null where it could not. */
export type Incident = (stage: Stage, target: DeploymentRun) => number | null;

const onePod = ({ random }: Stage, target: DeploymentRun): RunningPod | null => {
  const running = target.pods().filter(({ object, cutOff }) => object.status.phase === 'Running' && !cutOff);
  return running.length > 0 ? random.pick(running) : null;
};

const kill =
  (death: Death): Incident =>
  (stage, target) => {
    const pod = onePod(stage, target);
    return pod && stage.cluster.kubelet.die(pod, target.app.name, death) ? 30 * SECOND : null;
  };

/** Dies so many times, soon after each start, and then stays up. */
const crashLoop: Incident = (stage, target) => {
  const { cluster, random } = stage;
  const pod = onePod(stage, target);
  const run = pod?.containers.find(({ name }) => name === target.app.name);
  if (!pod || !run?.current) return null;
  const death = error('dependency', random.chance(0.3) ? 2 : 1);
  const until = run.starts + random.int(2, 7);
  pod.behaviours.set(run.name, (life) => (life < until ? { afterMs: random.between(1_500, 9_000), death } : undefined));
  cluster.kubelet.die(pod, run.name, death);
  return 20 * MINUTE;
};

function nextVersion({ releases }: Stage, target: DeploymentRun): string {
  const key = `${target.app.namespace}/${target.app.name}`;
  const count = (releases.get(key) ?? 0) + 1;
  releases.set(key, count);
  return `1.${count}.0`;
}

/** Rolls a release out that is taken back after a while. */
function badRelease(
  make: (stage: Stage, target: DeploymentRun) => Omit<Release, 'version'>,
  leastMs: number,
  mostMs: number,
): Incident {
  return (stage, target) => {
    const { cluster, random } = stage;
    const good = target.template;
    const version = nextVersion(stage, target);
    target.release(
      cluster.template(target.app, { version, ...make(stage, target) }),
      `deploy ${target.app.name} ${version}`,
    );
    const afterMs = random.between(leastMs, mostMs);
    cluster.sim.timeline.after(afterMs, () => target.release(good, `roll back ${target.app.name} to ${good.version}`));
    return afterMs + 3 * MINUTE;
  };
}

const always =
  (afterMs: number, death: Death): Behaviour =>
  () => ({ afterMs, death });

const image = (_stage: Stage, { app }: DeploymentRun) => {
  const name = `registry.acme.example/${app.team}/${app.name}`;
  const message = `failed to pull and unpack image "${name}": failed to resolve reference "${name}": unexpected status from HEAD request: 404 Not Found`;
  return { failure: { kind: 'image', message } as const };
};
const config = (_stage: Stage, { app }: DeploymentRun) => ({
  failure: { kind: 'config', message: `secret "${app.name}-db-v2" not found` } as const,
});
const broken = ({ random }: Stage, { app }: DeploymentRun) => ({
  behaviours: { [app.name]: always(random.between(900, 4_000), error('bad-release')) },
});
const noCommand = (_stage: Stage, { app }: DeploymentRun) => ({
  behaviours: { [app.name]: always(40, error('not-found', 127)) },
});
const noNode = () => ({ extra: { nodeSelector: { 'acme.example/accelerator': 'gpu' } } });

const evict: Incident = (stage, target) => {
  const pod = onePod(stage, target);
  if (!pod) return null;
  const { cluster, random } = stage;
  const available = `${random.int(40, 99)}Mi`;
  cluster.kubelet.evict(
    pod,
    `The node was low on resource: memory. Threshold quantity: 100Mi, available: ${available}. Container ${target.app.name} was using ${target.app.memoryMi - 20}Mi, request is ${Math.round(target.app.memoryMi / 2)}Mi, has larger consumption of memory. `,
  );
  cluster.sim.timeline.after(45 * MINUTE, () => cluster.kubelet.stop(pod));
  return MINUTE;
};

const liveness: Incident = (stage, target) => {
  const pod = onePod(stage, target);
  if (!pod) return null;
  stage.cluster.kubelet.failLiveness(pod, target.app.name);
  return 2 * MINUTE;
};

const sidecar: Incident = (stage, target) => {
  const pod = onePod(stage, target);
  return pod && stage.cluster.kubelet.die(pod, 'proxy', error('bug', 1)) ? 30 * SECOND : null;
};

/** Replaces a pod; the new one's init container fails once. */
const initFails: Incident = (stage, target) => {
  const pod = target.app.init ? onePod(stage, target) : null;
  if (!pod) return null;
  const { sim, kubelet } = stage.cluster;
  const listener = (other: RunningPod) => {
    if (other.template.app !== target.app || other.containers.some(({ starts }) => starts > 0)) return;
    sim.podChanged.delete(listener);
    other.behaviours.set('wait-for-db', (life) =>
      life === 0 ? { afterMs: 5_000, death: error('init-wait') } : undefined,
    );
  };
  sim.podChanged.add(listener);
  kubelet.stop(pod);
  return 2 * MINUTE;
};

const job =
  (kind: string, failures: number): Incident =>
  ({ cluster, random }, target) => {
    const app = {
      ...target.app,
      kind: 'CronJob' as const,
      runtime: 'batch' as const,
      name: `${target.app.name}-${kind}`,
      runMs: 12_000,
      init: false,
      sidecar: false,
    };
    const template = cluster.template(app, { version: target.template.version });
    const run = cluster.jobs.run(template, `${app.name}-${random.suffix(5)}`, failures);
    cluster.sim.timeline.after(30 * MINUTE, () => cluster.jobs.remove(run));
    return MINUTE;
  };

export const release: Incident = (stage, target) => {
  const version = nextVersion(stage, target);
  target.release(stage.cluster.template(target.app, { version }), `deploy ${target.app.name} ${version}`);
  return 4 * MINUTE;
};

const scale: Incident = ({ cluster, random }, target) => {
  const { replicas } = target.app;
  target.scale(replicas + random.int(1, 2));
  const afterMs = random.between(4 * MINUTE, 40 * MINUTE);
  cluster.sim.timeline.after(afterMs, () => target.scale(replicas));
  return afterMs + MINUTE;
};

const loseNode =
  (ms: number): Incident =>
  ({ cluster, random }) => {
    cluster.nodes.lose(random.pick(cluster.nodes.names), ms);
    return MINUTE;
  };

/** All that can happen, by name. */
export const INCIDENTS = {
  oom: kill(OOM),
  transient: kill(error('bug')),
  dependency: kill(error('dependency')),
  segfault: kill(error('segfault', 139)),
  quits: kill({ exitCode: 0, reason: 'Completed', ending: 'quits' }),
  crashLoop,
  badImage: badRelease(image, 7 * MINUTE, 18 * MINUTE),
  badConfig: badRelease(config, 7 * MINUTE, 15 * MINUTE),
  badRelease: badRelease(broken, 8 * MINUTE, 25 * MINUTE),
  commandNotFound: badRelease(noCommand, 6 * MINUTE, 9 * MINUTE),
  unschedulable: badRelease(noNode, 7 * MINUTE, 20 * MINUTE),
  evict,
  liveness,
  sidecar,
  initFails,
  jobFails: job('migrate', 3),
  jobCompletes: job('export', 0),
  release,
  scale,
  nodeBlip: loseNode(2 * MINUTE),
  nodeOutage: loseNode(22 * MINUTE),
} satisfies Record<string, Incident>;

export type IncidentName = keyof typeof INCIDENTS;
