import type { StartFailure } from '../cluster/app.ts';
import type { DeploymentRun } from '../cluster/deployments.ts';
import { kubeTime } from '../cluster/objects.ts';
import type { RunningPod } from '../cluster/pod-object.ts';
import { IMAGE_FAILURES, SCHEDULING_FAILURES } from './deaths.ts';
import { MINUTE, nextOf, nextVersion, onePod, release, SECOND, type Incident, type Stage } from './incident.ts';

const KUBECTL_ROLLOUT = { manager: 'kubectl-rollout' } as const;

/** Its readiness probe fails for some seconds; nothing is restarted. */
const flap =
  (leastMs: number, mostMs: number): Incident =>
  (stage, target) => {
    const pod = onePod(stage, target);
    if (!pod) return null;
    stage.cluster.kubelet.failReadiness(pod, target.app.name, stage.random.between(leastMs, mostMs));
    return 2 * MINUTE;
  };

/** As `kubectl delete pod -l app=…`. */
const deletePods: Incident = ({ cluster }, target) => {
  for (const pod of target.pods()) cluster.kubelet.stop(pod);
  return 2 * MINUTE;
};

const deleteHalf = ({ cluster }: Stage, target: DeploymentRun): void => {
  const pods = target.pods();
  for (const pod of pods.slice(0, Math.ceil(pods.length / 2))) cluster.kubelet.stop(pod);
};

/** Half of its pods are deleted, and those that come in their place cannot start until that is put right. */
const noReplacement =
  (failureOf: (stage: Stage, target: DeploymentRun) => StartFailure): Incident =>
  (stage, target) => {
    const { sim } = stage.cluster;
    const failure = failureOf(stage, target);
    const held = new Set<RunningPod>();
    const hold = (pod: RunningPod) => {
      if (pod.template.app !== target.app || pod.gone || pod.containers.some(({ starts }) => starts > 0)) return;
      pod.failure = failure;
      held.add(pod);
    };
    // A pod is to be held before the scheduler sees it.
    const endHolding = stage.cluster.nodes.onSubmit(hold);
    deleteHalf(stage, target);
    const afterMs = stage.random.between(6 * MINUTE, 14 * MINUTE);
    sim.timeline.after(afterMs, () => {
      endHolding();
      for (const pod of held) pod.failure = undefined;
    });
    return afterMs + 8 * MINUTE;
  };

const imageOf = ({ app, template }: DeploymentRun) =>
  `registry.acme.example/${app.team}/${app.name}:${template.version}`;

const imageGone = noReplacement((stage, target) => nextOf(stage, IMAGE_FAILURES)(imageOf(target)));
const noRoom = noReplacement((stage) => ({
  kind: 'schedule',
  message: nextOf(stage, SCHEDULING_FAILURES)(stage.cluster.nodes.names.length),
}));

/** Half of its pods are deleted while the namespace's quota is used up. */
const quota: Incident = (stage, target) => {
  const { sim } = stage.cluster;
  const { namespace, name, memoryMi } = target.app;
  const key = `${namespace}/${name}`;
  sim.refusals.set(
    key,
    `exceeded quota: compute, requested: limits.memory=${memoryMi}Mi, used: limits.memory=40Gi, limited: limits.memory=40Gi`,
  );
  deleteHalf(stage, target);
  const afterMs = stage.random.between(6 * MINUTE, 14 * MINUTE);
  sim.timeline.after(afterMs, () => sim.refusals.delete(key));
  return afterMs + 3 * MINUTE;
};

/** As `kubectl rollout restart`. */
const restart: Incident = ({ cluster }, target) => {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': kubeTime(cluster.now()) };
  const template = cluster.template(target.app, { version: target.template.version, annotations });
  target.release(template, `restart ${target.app.name}`, KUBECTL_ROLLOUT);
  return 4 * MINUTE;
};

/** Another release comes before the first is out. */
const supersede: Incident = (stage, target) => {
  release(stage, target);
  stage.cluster.sim.timeline.after(5 * SECOND, () => release(stage, target));
  return 5 * MINUTE;
};

/** A release is taken back before it is out, though nothing was wrong with it. */
const takeBack: Incident = (stage, target) => {
  const good = target.template;
  release(stage, target);
  stage.cluster.sim.timeline.after(5 * SECOND, () =>
    target.release(good, `roll back ${target.app.name} to ${good.version}`, KUBECTL_ROLLOUT),
  );
  return 5 * MINUTE;
};

/** A rollout is paused in its middle. */
export const pauseInTheMiddle: Incident = (stage, target) => {
  release(stage, target);
  stage.cluster.sim.timeline.after(5 * SECOND, () => target.pause(true));
  return 24 * 60 * MINUTE;
};

/** A rollout is paused in its middle and goes on later. */
const pause: Incident = (stage, target) => {
  pauseInTheMiddle(stage, target);
  const afterMs = stage.random.between(6 * MINUTE, 25 * MINUTE);
  stage.cluster.sim.timeline.after(afterMs, () => target.pause(false));
  return afterMs + 3 * MINUTE;
};

/** A release calls the port of its figures otherwise, so that its service has none any more. */
const portRenamed: Incident = (stage, target) => {
  if (target.app.metricsPort === undefined) return null;
  const { cluster, random } = stage;
  const { name } = target.app;
  const version = nextVersion(stage, target);
  target.release(cluster.template(target.app, { version, metricsName: 'prom' }), `deploy ${name} ${version}`);
  const afterMs = random.between(12 * MINUTE, 30 * MINUTE);
  cluster.sim.timeline.after(afterMs, () => release(stage, target));
  return afterMs + 4 * MINUTE;
};

/** Not needed for some hours. */
const scaleToZero: Incident = ({ cluster, random }, target) => {
  target.scale(0);
  const afterMs = random.between(60 * MINUTE, 150 * MINUTE);
  cluster.sim.timeline.after(afterMs, () => target.scale(target.app.replicas));
  return afterMs + 3 * MINUTE;
};

/** The node of one of its pods is emptied for maintenance. */
const drain: Incident = (stage, target) => {
  const { cluster } = stage;
  const node = onePod(stage, target)?.node;
  if (!node) return null;
  cluster.nodes.drain(node, 12 * MINUTE, ({ template: { app } }) => {
    const key = `${app.namespace}/${app.name}`;
    return cluster.deployments.get(key)?.settled() ?? cluster.slotted.get(key)?.settled() ?? true;
  });
  return 5 * MINUTE;
};

/** The node of one of its pods stops answering. */
const loseItsNode: Incident = (stage, target) => {
  const node = onePod(stage, target)?.node;
  if (!node) return null;
  stage.cluster.nodes.lose(node, 22 * MINUTE);
  return 25 * MINUTE;
};

/** What happens to a service beside the deaths of its containers. */
export const SERVICE_INCIDENTS = {
  flap: flap(8 * SECOND, 50 * SECOND),
  blink: flap(SECOND, 1_100),
  deletePods,
  imageGone,
  noRoom,
  quota,
  restart,
  supersede,
  takeBack,
  pause,
  portRenamed,
  scaleToZero,
  drain,
  loseItsNode,
} satisfies Record<string, Incident>;
