import { createSimCluster, type SimCluster } from '../../demo/cluster/sim-cluster.ts';

/** A container's end as the simulated kubelet made it. */
export interface MadeDeath {
  readonly uid: string;
  readonly container: string;
  /** The restartCount that it had. */
  readonly ordinal: number;
  readonly exitCode: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Notes every container's end from now on, oldest first, those of deleted pods too. */
export function recordDeaths(cluster: SimCluster): readonly MadeDeath[] {
  const deaths: MadeDeath[] = [];
  cluster.sim.died.add(({ pod, run, restartCount }) => {
    const exitCode = run.status.state?.terminated?.exitCode ?? 0;
    const { uid } = pod.object.metadata;
    deaths.push({ uid, container: run.name, ordinal: restartCount, exitCode, at: cluster.now() });
  });
  return deaths;
}

/** A simulated cluster that begins `warmUpMs` before the clock's now; `live` lets that time pass at once, and then goes by the clock. */
export function createLivedCluster({
  clock,
  warmUpMs,
  ...options
}: Parameters<typeof createSimCluster>[0] & { warmUpMs: number }): { cluster: SimCluster; live(): void } {
  const start = clock.now();
  let alive = false;
  const cluster = createSimCluster({
    ...options,
    clock: {
      now: () => (alive ? clock.now() : start - warmUpMs),
      after: (ms, callback) => clock.after(ms, callback),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    },
  });
  return {
    cluster,
    live() {
      cluster.runUntil(start);
      alive = true;
      cluster.start();
    },
  };
}
