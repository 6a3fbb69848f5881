import type { DeploymentRun } from '../cluster/deployments.ts';
import type { Random } from '../cluster/random.ts';
import type { Scenario, SimCluster } from '../cluster/sim-cluster.ts';
import { OOM, type App } from '../cluster/app.ts';
import { crash } from './deaths.ts';
import type { Stage } from './incident.ts';
import { FAILING_RELEASES, INCIDENTS, type FailingRelease, type IncidentName } from './incidents.ts';
import { pauseInTheMiddle } from './service-incidents.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Weights = readonly (readonly [weight: number, name: IncidentName])[];

const MONTH: Weights = [
  [20, 'oom'],
  [24, 'transient'],
  [12, 'dependency'],
  [7, 'segfault'],
  [9, 'rareDeath'],
  [5, 'quits'],
  [16, 'crashLoop'],
  [2, 'badImage'],
  [2, 'badConfig'],
  [1, 'badRelease'],
  [2, 'noStart'],
  [2, 'unschedulable'],
  [8, 'evict'],
  [10, 'liveness'],
  [2, 'slowStart'],
  [1, 'postStart'],
  [4, 'sidecar'],
  [4, 'initFails'],
  [3, 'jobFails'],
  [8, 'jobCompletes'],
  [6, 'scale'],
  [5, 'flap'],
  [2, 'blink'],
  [1, 'deletePods'],
  [1, 'imageGone'],
  [1, 'noRoom'],
  [1, 'quota'],
  [3, 'restart'],
  [2, 'supersede'],
  [2, 'takeBack'],
  [1, 'pause'],
  [1, 'portRenamed'],
  [1, 'drain'],
];

const LIVE: Weights = [
  [16, 'oom'],
  [26, 'transient'],
  [8, 'dependency'],
  [6, 'segfault'],
  [8, 'rareDeath'],
  [4, 'quits'],
  [8, 'crashLoop'],
  [3, 'badImage'],
  [3, 'badConfig'],
  [2, 'badRelease'],
  [2, 'noStart'],
  [2, 'unschedulable'],
  [5, 'evict'],
  [5, 'liveness'],
  [1, 'slowStart'],
  [1, 'postStart'],
  [4, 'sidecar'],
  [4, 'initFails'],
  [4, 'jobFails'],
  [8, 'jobCompletes'],
  [6, 'release'],
  [3, 'scale'],
  [1, 'nodeBlip'],
  [4, 'flap'],
  [2, 'blink'],
  [1, 'deletePods'],
  [1, 'imageGone'],
  [1, 'noRoom'],
  [1, 'quota'],
  [2, 'restart'],
  [1, 'supersede'],
  [1, 'takeBack'],
  [1, 'pause'],
  [1, 'portRenamed'],
  [1, 'scaleToZero'],
  [1, 'drain'],
  [1, 'loseItsNode'],
];

/** Spells that last: no more than these at a time, so that most of the cluster stays well. */
const LASTING = new Set<IncidentName>([
  'badImage',
  'badConfig',
  'badRelease',
  'noStart',
  'unschedulable',
  'imageGone',
  'noRoom',
  'quota',
  'portRenamed',
  'scaleToZero',
  'loseItsNode',
]);
const MOST_LASTING = 3;

/** What an application needs for it. */
const FITS: Readonly<Partial<Record<IncidentName, (app: App) => boolean>>> = {
  initFails: ({ init }) => init === true,
  sidecar: ({ sidecar }) => sidecar === true,
  portRenamed: ({ metricsPort }) => metricsPort !== undefined,
};
/** What is wider is left to its routine: its every release fills a screen. */
const WIDEST = 50;

/** The last part of a span is a campaign's: so much more goes wrong in it. */
const BUSY_FROM = 0.77;
const BUSIER = 0.45;

/** How busy the business is at an instant, in (0, 1]: nights and weekends are quiet. */
function activity(ms: number): number {
  const date = new Date(ms);
  const hour = date.getUTCHours() + date.getUTCMinutes() / 60;
  const day = Math.max(0, Math.cos(((hour - 14) / 24) * 2 * Math.PI));
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  return 0.15 + 0.85 * day * (weekend ? 0.35 : 1);
}

export interface Director {
  /** Makes one thing happen, to the named application or to one that is well. False where it could not. */
  cause(name: IncidentName, app?: string): boolean;
  /** Rolls out to an application what fails and stays. False where there is no such application. */
  release(name: FailingRelease, app: string): boolean;
  /** Rolls a release of a StatefulSet out to its last pod alone, and leaves it so. False where there is none of that name. */
  hold(app: string): boolean;
  /** Begins to roll a release of a Deployment out, and leaves it paused. False where there is none of that name. */
  pause(app: string): boolean;
  /** A month's (or any span's) worth of operations, from now until `until`. */
  operate(until: number, incidentsADay: number, releasesADay: number): void;
  /** From now on something every few seconds. */
  perform(meanMs: number): void;
}

export function createDirector(cluster: SimCluster): Director {
  const { timeline } = cluster.sim;
  const random: Random = cluster.sim.random.fork('director');
  const stage: Stage = { cluster, random, releases: new Map(), turns: new Map() };
  const busyUntil = new Map<DeploymentRun, number>();
  let lasting = 0;
  const targets = [...cluster.deployments.values()].filter(
    ({ app }) => app.namespace !== 'bulk' && app.namespace !== 'kube-system' && !app.spared && app.replicas <= WIDEST,
  );

  function choose(name: IncidentName): DeploymentRun | undefined {
    const free = targets.filter((target) => target.settled() && (busyUntil.get(target) ?? 0) <= timeline.now());
    const fits = FITS[name];
    const fitting = fits ? free.filter(({ app }) => fits(app)) : free;
    return fitting.length > 0 ? random.pick(fitting) : undefined;
  }

  function cause(name: IncidentName, app?: string): boolean {
    if (!app && LASTING.has(name) && lasting >= MOST_LASTING) return false;
    const target = app ? cluster.deployments.get(app) : choose(name);
    if (!target) return false;
    const ms = INCIDENTS[name](stage, target);
    if (ms === null) return false;
    busyUntil.set(target, timeline.now() + ms);
    if (LASTING.has(name)) {
      lasting += 1;
      timeline.after(ms, () => (lasting -= 1));
    }
    return true;
  }

  function release(name: FailingRelease, app: string): boolean {
    const target = cluster.deployments.get(app);
    const ms = target && FAILING_RELEASES[name](stage, target);
    if (!target || ms == null) return false;
    busyUntil.set(target, timeline.now() + ms);
    return true;
  }

  function hold(app: string): boolean {
    const run = cluster.slotted.get(app);
    if (!run) return false;
    const version = `1.1.${random.int(1, 99)}`;
    run.release(cluster.template(run.app, { version }), `try ${run.app.name} ${version}`, run.app.replicas - 1);
    return true;
  }

  function pause(app: string): boolean {
    const target = cluster.deployments.get(app);
    const ms = target && pauseInTheMiddle(stage, target);
    if (!target || ms == null) return false;
    busyUntil.set(target, timeline.now() + ms);
    return true;
  }

  /** Happenings at random, thinned by the hour's activity, until an instant. */
  function sometimes(until: number, aDay: number, action: () => void): void {
    const turn = () => {
      if (timeline.now() > until) return;
      if (random.chance(activity(timeline.now()))) action();
      timeline.after(random.exponential(DAY / (aDay * 2.2)), turn);
    };
    timeline.after(random.exponential(DAY / (aDay * 2.2)), turn);
  }

  /** A release that leaks: its pods run out of memory ever more often, until it is fixed. */
  function leak(app: string, from: number, until: number): void {
    const target = cluster.deployments.get(app);
    if (!target) return;
    timeline.after(from - timeline.now(), () => {
      cause('release', app);
      const turn = () => {
        if (timeline.now() > until) return void cause('release', app);
        const pods = target.pods();
        if (pods.length > 0) cluster.kubelet.die(random.pick(pods), target.app.name, OOM);
        const age = (timeline.now() - from) / (until - from);
        timeline.after(random.between(0.8, 1.2) * (14 - 9 * age) * HOUR, turn);
      };
      timeline.after(11 * HOUR, turn);
    });
  }

  function operate(until: number, incidentsADay: number, releasesADay: number): void {
    const from = timeline.now();
    const span = until - from;
    sometimes(until, incidentsADay, () => cause(random.weighted(MONTH)));
    timeline.after(BUSY_FROM * span, () =>
      sometimes(until, BUSIER * incidentsADay, () => cause(random.weighted(MONTH))),
    );
    sometimes(until, releasesADay, () => {
      const day = new Date(timeline.now()).getUTCDay();
      if (day !== 0 && day !== 6) cause('release');
    });
    leak('shop/recommendations', from + 0.45 * span, from + 0.9 * span);
    timeline.after(0.7 * span, () => cause('nodeOutage', 'shop/storefront'));
    timeline.after(0.86 * span, () => cause('badRelease', 'shop/checkout'));
    const stateful = [...cluster.slotted.values()].filter(({ app }) => app.kind === 'StatefulSet');
    sometimes(until, 0.4, () => {
      const run = stateful.length > 0 ? random.pick(stateful) : undefined;
      const pod = run?.pods()[0];
      if (run && pod) cluster.kubelet.die(pod, run.app.name, random.chance(0.4) ? OOM : crash(run.app, 'bug'));
    });
    const agents = [...cluster.slotted.values()].filter(({ app }) => app.kind === 'DaemonSet');
    sometimes(until, 0.12, () => {
      const run = agents.length > 0 ? random.pick(agents) : undefined;
      const version = `1.0.${random.int(1, 99)}`;
      run?.release(cluster.template(run.app, { version }), `deploy ${run.app.name} ${version}`);
    });
  }

  function perform(meanMs: number): void {
    const turn = () => {
      for (let tries = 0; tries < 3 && !cause(random.weighted(LIVE)); tries++);
      timeline.after(Math.min(4 * meanMs, 500 + random.exponential(meanMs)), turn);
    };
    timeline.after(2_000, turn);
  }

  return { cause, release, hold, pause, operate, perform };
}

/** One incident at an instant: for tests. */
export const once =
  (name: IncidentName, app: string, afterMs: number): Scenario =>
  (cluster) => {
    const director = createDirector(cluster);
    cluster.sim.timeline.after(afterMs, () => director.cause(name, app));
  };
