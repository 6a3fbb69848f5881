import type { Kubelet } from './kubelet.ts';
import type { RunningPod } from './pod-object.ts';
import { setCondition } from './pod-object.ts';
import type { Sim } from './sim.ts';

/** So long `kubectl drain` waits before it asks again for what a disruption budget has refused. */
const ASKED_AGAIN_MS = 5_000;
/** So many pods of one app may be away at once where a budget guards it. */
const MAY_MISS = 1;

/** The eviction API: says why, then deletes. */
export function evictByApi({ timeline }: Sim, kubelet: Kubelet, pod: RunningPod): void {
  if (pod.gone || pod.stopping || pod.object.metadata.deletionTimestamp) return;
  setCondition(
    (pod.object.status.conditions ??= []),
    { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' },
    timeline.now(),
  );
  kubelet.commit(pod);
  kubelet.stop(pod);
}

/**
 * Evicts the pods of a node as `kubectl drain` does: all at once, but those that a budget guards one after another, once the one
 * before has been replaced. `isWhole` tells whether nothing is missing of a pod's app.
 */
export function drainPods(
  sim: Sim,
  kubelet: Kubelet,
  pods: readonly RunningPod[],
  isWhole: (pod: RunningPod) => boolean,
): void {
  const asked = new Map<string, number>();
  for (const pod of pods) {
    const { namespace, name, replicas } = pod.template.app;
    const key = `${namespace}/${name}`;
    const before = asked.get(key) ?? 0;
    asked.set(key, before + 1);
    if (replicas <= 2 || before < MAY_MISS) evictByApi(sim, kubelet, pod);
    else evictOnceWhole(pod);
  }

  function evictOnceWhole(pod: RunningPod): void {
    sim.timeline.after(ASKED_AGAIN_MS, () => {
      if (isWhole(pod)) evictByApi(sim, kubelet, pod);
      else if (!pod.gone) evictOnceWhole(pod);
    });
  }
}
