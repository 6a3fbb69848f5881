import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { error, OOM } from '../../../demo/cluster/app.ts';
import type { RunningPod } from '../../../demo/cluster/pod-object.ts';
import { startSimServer } from '../../../demo/server.ts';
import type { Clock } from '../../../platform/clock.ts';
import { createLivedCluster, recordDeaths, type MadeDeath } from '../lived-cluster.ts';
import { noteRequests, type RequestTimes } from '../request-times.ts';

const PODS = 400;
const WARM_UP_MS = 120_000;
/** Nothing is compacted but by `forget`. */
const WINDOW = 200_000;
/** A container that died so often would spend the rest of the test in its back-off. */
const MOST_DEATHS = 4;
/** What crashes for the first time is started over at once; every other one crashes again then, and is held back for 10 s. */
const AGAIN_MS = 2_000;
/** A pod that replaces a deleted one crashes and is deleted itself before most scrapes. */
const YOUNG_CRASH_MS = 3_500;
const YOUNG_END_MS = 5_000;

/** A simulated cluster in which containers crash when they are told to, with a record of what happened. */
export interface CrashingCluster {
  readonly kubeconfig: string;
  /** Every end of a container so far, those of deleted pods too. */
  readonly ends: readonly MadeDeath[];
  /** Crashes so far: ends with another exit code than 0. */
  crashes(): readonly MadeDeath[];
  /** Ends a container that runs, and it may crash again; false when none can. */
  crash(): boolean;
  /** Deletes a pod, and a few seconds later the one that took its place, which has crashed meanwhile. */
  comeAndGo(): void;
  /** Restart counts of the pods that are there, by uid. */
  restarts(): ReadonlyMap<string, number>;
  allRunning(): boolean;
  /** Forgets all changes so far: who wants to resume gets 410. */
  forget(): void;
  readonly askedAfter: RequestTimes['askedAfter'];
  close(): Promise<void>;
}

/** Starts it with some minutes of life behind it and serves it; its kubeconfig is written into `dir`. Goes by `clock`. */
export async function startCrashingCluster(options: {
  name: string;
  seed: string;
  dir: string;
  clock: Clock;
}): Promise<CrashingCluster> {
  const { name, seed, dir, clock } = options;
  const { cluster, live } = createLivedCluster({
    name,
    seed,
    clock,
    warmUpMs: WARM_UP_MS,
    share: 0,
    bulkPods: PODS,
    window: WINDOW,
  });
  live();
  const random = cluster.sim.random.fork('downtime');
  const ends = recordDeaths(cluster);
  const { faults, askedAfter } = noteRequests(clock);
  const server = await startSimServer(cluster, { clock, faults });
  const kubeconfig = join(dir, `${name}.kubeconfig`);
  writeFileSync(kubeconfig, server.kubeconfig);

  const present = (): RunningPod[] => [...cluster.nodes.pods()].filter(({ gone }) => !gone);
  const standing = (): RunningPod[] => present().filter(({ object }) => !object.metadata.deletionTimestamp);
  const crashPod = (pod: RunningPod): boolean =>
    cluster.kubelet.die(pod, pod.template.app.name, random.chance(0.2) ? OOM : error('bug'));
  return {
    kubeconfig,
    ends,
    crashes: () => ends.filter(({ exitCode }) => exitCode !== 0),
    crash() {
      const able = standing().filter(({ containers: [run] }) => run?.current && run.starts <= MOST_DEATHS);
      if (able.length === 0) return false;
      const pod = random.pick(able);
      if (pod.containers[0]?.starts === 1 && random.chance(0.5))
        cluster.sim.timeline.after(AGAIN_MS, () => void crashPod(pod));
      return crashPod(pod);
    },
    comeAndGo() {
      const before = new Set(present().map(uidOf));
      cluster.kubelet.stop(random.pick(standing()));
      const young = () => standing().find((pod) => !before.has(uidOf(pod)));
      cluster.sim.timeline.after(YOUNG_CRASH_MS, () => {
        const pod = young();
        if (pod) crashPod(pod);
      });
      cluster.sim.timeline.after(YOUNG_END_MS, () => {
        const pod = young();
        if (pod) cluster.kubelet.stop(pod);
      });
    },
    restarts: () => new Map(present().map((pod) => [uidOf(pod), pod.containers[0]?.status.restartCount ?? 0])),
    allRunning: () =>
      present().every(
        ({ object, containers: [run] }) => run?.status.state?.running && !object.metadata.deletionTimestamp,
      ),
    forget: () => cluster.store.compact(),
    askedAfter,
    async close() {
      cluster.stop();
      await server.close();
    },
  };
}

const uidOf = ({ object }: RunningPod): string => object.metadata.uid;
