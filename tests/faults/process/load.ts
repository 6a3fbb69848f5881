import { until } from '../../../deploy/testkube/test-kube.ts';
import { error } from '../../../demo/cluster/app.ts';
import { createRandom } from '../../../demo/cluster/random.ts';
import type { SimCluster } from '../../../demo/cluster/sim-cluster.ts';
import { startSimServer } from '../../../demo/server.ts';
import { realClock } from '../../../platform/clock.ts';
import { createLivedCluster, recordDeaths, type MadeDeath } from '../lived-cluster.ts';
import { noteRequests, type RequestTimes } from '../request-times.ts';

const PODS = 40;
const EVERY_MS = 200;
/** One pod in so many is deleted instead of crashed; its Deployment makes another. */
const DELETED = 0.04;
const SETTLING_MS = 120_000;
/** No fault of this load may run into a compacted history. */
const WINDOW = 200_000;
/** What a kubelet puts between two crashes is left away, so that few pods give many deaths. */
const NO_BACKOFF_MS = 0;

/** A simulated cluster whose containers crash all the time, served over HTTP by this process, and its own record of it. */
export interface CrashLoad {
  readonly cluster: SimCluster;
  readonly kubeconfig: string;
  /** Every death since the load was made, oldest first. */
  deaths(): readonly MadeDeath[];
  /** From now on containers crash. */
  begin(): void;
  /** No more crashes; resolves when the last deletion is through as well. The cluster goes on living. */
  quiet(): Promise<unknown>;
  readonly askedAfter: RequestTimes['askedAfter'];
  close(): Promise<void>;
}

/** Starts a cluster that is at rest; it goes by the real clock. The same seed picks the same victims in the same order. */
export async function startCrashLoad(name: string, seed: string): Promise<CrashLoad> {
  const random = createRandom(`${seed}/load`);
  const { cluster, live } = createLivedCluster({
    name,
    seed,
    clock: realClock,
    warmUpMs: SETTLING_MS,
    share: 0,
    bulkPods: PODS,
    nodes: 3,
    window: WINDOW,
  });
  const deaths = recordDeaths(cluster);
  live();

  let crashing = false;
  const crash = () => {
    if (!crashing) return;
    cluster.sim.timeline.after(EVERY_MS * random.between(0.5, 1.5), crash);
    const running = [...cluster.deployments.values()]
      .flatMap((deployment) => deployment.pods())
      .filter((pod) => pod.containers.every(({ current }) => current) && !pod.object.metadata.deletionTimestamp);
    if (running.length === 0) return;
    const pod = random.pick(running);
    if (random.chance(DELETED)) return cluster.kubelet.stop(pod);
    for (const run of pod.containers) {
      run.backoffMs = NO_BACKOFF_MS;
      cluster.kubelet.die(pod, run.name, error('bug'));
    }
  };

  const { faults, askedAfter } = noteRequests(realClock);
  const server = await startSimServer(cluster, { faults });
  return {
    cluster,
    kubeconfig: server.kubeconfig,
    deaths: () => deaths,
    begin: () => {
      crashing = true;
      crash();
    },
    quiet: () => {
      crashing = false;
      const deleted = () => cluster.list('pod').some(({ metadata }) => metadata.deletionTimestamp);
      return until('the last deletion', async () => !deleted());
    },
    askedAfter,
    close: async () => {
      crashing = false;
      cluster.stop();
      await server.close();
    },
  };
}
