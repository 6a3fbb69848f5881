import type { DeploymentRun } from '../cluster/deployments.ts';
import type { RunningPod } from '../cluster/pod-object.ts';
import type { Random } from '../cluster/random.ts';
import type { SimCluster } from '../cluster/sim-cluster.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;

export interface Stage {
  readonly cluster: SimCluster;
  readonly random: Random;
  /** Versions grow: the number of releases an app has had. */
  readonly releases: Map<string, number>;
  /** How many of each list have had their turn. */
  readonly turns: Map<readonly unknown[], number>;
}

/** Makes one thing happen to one application; answers for how many milliseconds nothing else should, or null where it could not. */
export type Incident = (stage: Stage, target: DeploymentRun) => number | null;

/** The next of a list: in turn rather than by chance, so that the rare is seen too. */
export function nextOf<T>({ turns }: Stage, list: readonly T[]): T {
  const turn = turns.get(list) ?? 0;
  turns.set(list, turn + 1);
  return list[turn % list.length] as T;
}

export const onePod = ({ random }: Stage, target: DeploymentRun): RunningPod | null => {
  const running = target.pods().filter(({ object, cutOff }) => object.status.phase === 'Running' && !cutOff);
  return running.length > 0 ? random.pick(running) : null;
};

export function nextVersion({ releases }: Stage, target: DeploymentRun): string {
  const key = `${target.app.namespace}/${target.app.name}`;
  const count = (releases.get(key) ?? 0) + 1;
  releases.set(key, count);
  return `1.${count}.0`;
}

export const release: Incident = (stage, target) => {
  const version = nextVersion(stage, target);
  target.release(stage.cluster.template(target.app, { version }), `deploy ${target.app.name} ${version}`);
  return 4 * MINUTE;
};
