import { createSimCluster } from '../../demo/cluster/sim-cluster.ts';
import type { Pod } from '../../demo/cluster/objects.ts';
import { startSimServer } from '../../demo/server.ts';
import { FakeClock } from '../../platform/clock.ts';

// A simulated cluster of so many pods, served on loopback. Its own time stands still; each pod is updated once a minute.

const PODS_A_NODE = 50;
const STARTING_MS = 120_000;
const CHURN_MS = 100;
const CHURNS_A_MINUTE = 60_000 / CHURN_MS;

const pods = Number(process.argv[2]);
const start = Date.now() - STARTING_MS;
const cluster = createSimCluster({
  name: 'scale',
  seed: 'scale',
  clock: new FakeClock(start),
  share: 0,
  bulkPods: pods,
  nodes: Math.ceil(pods / PODS_A_NODE),
});
cluster.runUntil(start + STARTING_MS);
const names = cluster.list('pod').map(({ metadata: { namespace = '', name } }) => ({ namespace, name }));
const server = await startSimServer(cluster);

let [at, due] = [0, 0];
setInterval(() => {
  due += pods / CHURNS_A_MINUTE;
  for (; due >= 1; due--) {
    const { namespace, name } = names[at++ % names.length]!;
    const run = cluster.pod(namespace, name);
    if (run) update(run.object);
  }
}, CHURN_MS);

/** What a kubelet does most often: a readiness that changes. */
function update(pod: Pod): void {
  const lastTransitionTime = new Date().toISOString();
  for (const condition of pod.status.conditions ?? []) {
    if (condition.type === 'Ready' || condition.type === 'ContainersReady')
      Object.assign(condition, { status: condition.status === 'True' ? 'False' : 'True', lastTransitionTime });
  }
  cluster.store.update(pod);
}

process.once('disconnect', () => process.exit(0));
process.send?.(server.kubeconfig);
