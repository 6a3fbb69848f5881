import type { RandomCluster } from './random-cluster.ts';
import { NODES } from './random-cluster.ts';
import type { App } from './random-objects.ts';

/** Something happens to a cluster now: pods stop being ready, workloads are scaled, services made anew, endpoints moved, nodes lost. */
export function step(cluster: RandomCluster): void {
  const app = cluster.apps[cluster.upTo(cluster.apps.length)];
  if (!app) return;
  const node = NODES[cluster.upTo(NODES.length)] ?? '';
  const steps: [weight: number, run: () => void][] = [
    [6, () => turn(cluster, app, false)],
    [5, () => turn(cluster, app, true)],
    [5, () => killSome(cluster, app)],
    [4, () => scale(cluster, app)],
    [1, () => changeWorkload(cluster, app)],
    [1, () => changeService(cluster, app)],
    [3, () => moveEndpoints(cluster, app)],
    [1, () => changePortsOfSlice(cluster, app)],
    [1, () => changeSlices(cluster, app)],
    [1, () => cluster.loseNode(node)],
    [app.maker === 'DaemonSet' ? 3 : 0.3, () => cluster.removeNode(node)],
  ];
  let left = cluster.upTo(steps.reduce((sum, [weight]) => sum + weight, 0) * 1000) / 1000;
  for (const [weight, run] of steps) {
    left -= weight;
    if (left < 0) return run();
  }
}

function turn(cluster: RandomCluster, app: App, ready: boolean): void {
  const able = app.pods.filter((pod) => !pod.gone && pod.deleted === undefined && pod.ready !== ready);
  const count = cluster.chance(0.3) ? able.length : 1;
  for (const pod of able.slice(0, count)) cluster.setReady(app, pod, ready);
}

function killSome(cluster: RandomCluster, app: App): void {
  const count = cluster.chance(0.3) ? app.pods.length : 1;
  for (const pod of app.pods.filter(({ gone }) => !gone).slice(0, count)) cluster.kill(app, pod);
}

/** Some ask for more, and soon for more again. */
function scale(cluster: RandomCluster, app: App): void {
  if (app.maker === 'DaemonSet') return cluster.scale(app, 1 - app.replicas);
  const isNone = cluster.chance(app.maker === 'fleet' ? 0.1 : 0.35);
  cluster.scale(app, isNone ? 0 : app.wide ? cluster.anyReplicas(true) : 1 + cluster.upTo(6));
  if (isNone || app.wide || cluster.chance(0.6)) return;
  cluster.after(cluster.upTo(50_000), () => cluster.scale(app, app.replicas + 1 + cluster.upTo(2)));
}

/** Some are made anew at once, some much later. */
function changeWorkload(cluster: RandomCluster, app: App): void {
  if (app.maker === 'hand' || app.maker === 'fleet') return;
  if (app.workload === '') return cluster.makeWorkload(app);
  cluster.deleteWorkload(app);
  if (cluster.chance(0.5)) cluster.after(cluster.upTo(100_000), () => cluster.makeWorkload(app));
}

function changeService(cluster: RandomCluster, app: App): void {
  if (app.service === '') return cluster.makeService(app);
  cluster.deleteService(app);
  if (cluster.chance(0.8)) cluster.after(cluster.upTo(20_000), () => cluster.makeService(app));
}

function moveEndpoints(cluster: RandomCluster, app: App): void {
  const to = cluster.upTo(5);
  for (const pod of app.pods) if (cluster.chance(0.8)) pod.place = to;
  cluster.sync(app);
}

/** Some slice comes to offer less, or all again. */
function changePortsOfSlice(cluster: RandomCluster, app: App): void {
  const slice = app.slices[cluster.upTo(app.slices.length)];
  if (!slice) return;
  slice.ports = slice.ports.length === app.ports.length ? slice.ports.slice(1) : app.ports;
  cluster.sync(app);
}

function changeSlices(cluster: RandomCluster, app: App): void {
  if (app.service === '') return;
  const spare = app.slices.find(({ family }) => family === 'IPv6');
  if (spare) cluster.dropSlice(app, spare);
  else cluster.addSlice(app, 'IPv6');
  cluster.sync(app);
}
