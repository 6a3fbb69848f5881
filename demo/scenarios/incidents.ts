import { error, type App, type Behaviour, type Death } from '../cluster/app.ts';
import type { DeploymentRun } from '../cluster/deployments.ts';
import type { RunningPod } from '../cluster/pod-object.ts';
import type { Release } from '../cluster/sim-cluster.ts';
import {
  CONFIG_FAILURES,
  crash,
  IMAGE_FAILURES,
  outOfMemory,
  RARE_DEATHS,
  SCHEDULING_FAILURES,
  START_DEATHS,
} from './deaths.ts';
import { MINUTE, nextOf, nextVersion, onePod, release, SECOND, type Incident, type Stage } from './incident.ts';
import { SERVICE_INCIDENTS } from './service-incidents.ts';

const kill =
  (deathOf: (app: App, stage: Stage) => Death): Incident =>
  (stage, target) => {
    const pod = onePod(stage, target);
    return pod && stage.cluster.kubelet.die(pod, target.app.name, deathOf(target.app, stage)) ? 30 * SECOND : null;
  };

/** Dies so many times, soon after each start, and then stays up. */
const crashLoop: Incident = (stage, target) => {
  const { cluster, random } = stage;
  const pod = onePod(stage, target);
  const run = pod?.containers.find(({ name }) => name === target.app.name);
  if (!pod || !run?.current) return null;
  const death = crash(target.app, 'dependency');
  const until = run.starts + random.int(2, 7);
  pod.behaviours.set(run.name, (life) => (life < until ? { afterMs: random.between(1_500, 9_000), death } : undefined));
  cluster.kubelet.die(pod, run.name, death);
  return 20 * MINUTE;
};

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

const image = (stage: Stage, { app }: DeploymentRun) => ({
  failure: nextOf(stage, IMAGE_FAILURES)(`registry.acme.example/${app.team}/${app.name}`),
});
const config = (stage: Stage, { app }: DeploymentRun) => ({ failure: nextOf(stage, CONFIG_FAILURES)(app) });
const broken = ({ random }: Stage, { app }: DeploymentRun) => ({
  behaviours: { [app.name]: always(random.between(900, 4_000), crash(app, 'bad-release')) },
});
const noStart = (stage: Stage, { app }: DeploymentRun) => ({
  behaviours: { [app.name]: always(40, nextOf(stage, START_DEATHS)(app)) },
});
const noNode = (stage: Stage) => ({
  failure: { kind: 'schedule', message: nextOf(stage, SCHEDULING_FAILURES)(stage.cluster.nodes.names.length) } as const,
});

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
  stage.cluster.kubelet.failProbe(pod, target.app.name, 'liveness');
  return 2 * MINUTE;
};

/** It dies, and its next life does not get up. */
const badSecondStart =
  (afterMs: number, fail: (stage: Stage, pod: RunningPod, container: string) => void): Incident =>
  (stage, target) => {
    const pod = onePod(stage, target);
    const { name } = target.app;
    const { cluster } = stage;
    if (!pod || !cluster.kubelet.die(pod, name, crash(target.app, 'bug'))) return null;
    cluster.sim.timeline.after(afterMs, () => fail(stage, pod, name));
    return 3 * MINUTE;
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

/** Rolls a release out that stays. */
const lasting =
  (
    afterMs: (stage: Stage, life: number) => number,
    ending: 'preload' | 'map-race' | 'no-module' | 'rejection',
  ): Incident =>
  (stage, target) => {
    const { app } = target;
    const version = nextVersion(stage, target);
    const behaviour: Behaviour = (life) => ({ afterMs: afterMs(stage, life), death: crash(app, ending) });
    const template = stage.cluster.template(app, { version, behaviours: { [app.name]: behaviour } });
    target.release(template, `deploy ${app.name} ${version}`);
    return 24 * 60 * MINUTE;
  };

/** Looks well for some minutes, and sooner dead each time. */
const soonAfterMinutes = ({ random }: Stage, life: number): number =>
  life === 0 ? random.between(5.5, 8) * MINUTE : random.between(45, 110) * SECOND;

/** All that can happen, by name. */
export const INCIDENTS = {
  oom: kill((app, { random }) => outOfMemory(app, random.chance(0.15))),
  transient: kill((app) => crash(app, 'bug')),
  dependency: kill((app) => crash(app, 'dependency')),
  segfault: kill((app) => crash(app, 'segfault')),
  rareDeath: kill((app, stage) => nextOf(stage, RARE_DEATHS)(app)),
  quits: kill(() => ({ exitCode: 0, reason: 'Completed', ending: 'quits' })),
  crashLoop,
  badImage: badRelease(image, 7 * MINUTE, 18 * MINUTE),
  badConfig: badRelease(config, 7 * MINUTE, 15 * MINUTE),
  badRelease: badRelease(broken, 8 * MINUTE, 25 * MINUTE),
  noStart: badRelease(noStart, 6 * MINUTE, 9 * MINUTE),
  unschedulable: badRelease(noNode, 7 * MINUTE, 20 * MINUTE),
  evict,
  liveness,
  slowStart: badSecondStart(4 * SECOND, ({ cluster }, pod, name) => cluster.kubelet.failProbe(pod, name, 'startup')),
  postStart: badSecondStart(9 * SECOND, ({ cluster }, pod, name) => cluster.kubelet.failPostStart(pod, name)),
  sidecar,
  initFails,
  jobFails: job('migrate', 3),
  jobCompletes: job('export', 0),
  release,
  scale,
  nodeBlip: loseNode(2 * MINUTE),
  nodeOutage: loseNode(22 * MINUTE),
  ...SERVICE_INCIDENTS,
} satisfies Record<string, Incident>;

export type IncidentName = keyof typeof INCIDENTS;

/** Releases that nobody takes back: each fails in a way that has not been seen before. */
export const FAILING_RELEASES = {
  preload: lasting(soonAfterMinutes, 'preload'),
  mapRace: lasting(({ random }) => random.between(15, 70) * MINUTE, 'map-race'),
  noModule: lasting(() => 2 * SECOND, 'no-module'),
  rejection: lasting(({ random }) => random.between(40, 180) * MINUTE, 'rejection'),
} satisfies Record<string, Incident>;

export type FailingRelease = keyof typeof FAILING_RELEASES;
