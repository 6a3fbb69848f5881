import { drainPods } from './drains.ts';
import type { Kubelet } from './kubelet.ts';
import { GPU, lastPosted, nodeDraft, setHealth, setTaints, type NodeObject } from './node-object.ts';
import type { Pod } from './objects.ts';
import { podDraft, runOf, setCondition, type PodRequest, type RunningPod } from './pod-object.ts';
import type { Sim } from './sim.ts';

/** Taint-based eviction begins so long after a node is lost. */
const EVICTION_AFTER_MS = 300_000;
/** The node controller waits so long for a silent kubelet. */
const GRACE_MS = 45_000;
const RETRY_MS = 300_000;
const GPUS_A_NODE = 4;
/** More than a node ever has. */
const MOST_PODS = 10_000;

interface NodeRun {
  readonly object: NodeObject;
  readonly gpus: number;
  lost: boolean;
  cordoned: boolean;
}

/** The scheduler and the node controller. */
export interface Nodes {
  readonly names: readonly string[];
  /** Creates a pod and binds it to a node, or says why none will do. */
  submit(request: PodRequest): RunningPod;
  pods(): IterableIterator<RunningPod>;
  /** Calls with each new pod before the scheduler sees it. The returned function ends that. */
  onSubmit(listener: (pod: RunningPod) => void): () => void;
  /** The node stops answering for `ms`; past five minutes its pods are deleted. */
  lose(node: string, ms: number): void;
  /** Cordons the node for `ms` and has its pods evicted; `isWhole` tells whether nothing is missing of a pod's app. */
  drain(node: string, ms: number, isWhole: (pod: RunningPod) => boolean): void;
}

/** `gpuNodes`: so many of the last ones have GPUs. */
export function createNodes(sim: Sim, kubelet: Kubelet, count: number, gpuNodes = 0): Nodes {
  const { timeline, random, store, events } = sim;
  const nodes = new Map<string, NodeRun>();
  const pods = new Set<RunningPod>();
  const submitted = new Set<(pod: RunningPod) => void>();
  const load = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const name = `${sim.name}-node-${String(i + 1).padStart(2, '0')}`;
    const gpus = i >= count - gpuNodes ? GPUS_A_NODE : 0;
    nodes.set(name, {
      object: store.create<NodeObject>(nodeDraft(name, i, timeline.now(), gpus)),
      gpus,
      lost: false,
      cordoned: false,
    });
    load.set(name, 0);
  }
  sim.podChanged.add((pod) => {
    if (!pod.gone || !pods.delete(pod) || !pod.node) return;
    load.set(pod.node, (load.get(pod.node) ?? 1) - 1);
  });

  /** The node with the fewest pods of the same app, and of those the one with the fewest pods at all. */
  function choose({ template: { app } }: RunningPod): string | null {
    const alike = new Map<string, number>();
    for (const { node, template } of pods)
      if (node && template.app === app) alike.set(node, (alike.get(node) ?? 0) + 1);
    const burden = (name: string) => (alike.get(name) ?? 0) * MOST_PODS + (load.get(name) ?? 0);
    let best: string | null = null;
    const wantsGpu = app.resources?.limits?.[GPU] !== undefined;
    for (const [name, { lost, cordoned, gpus }] of nodes) {
      if (!lost && !cordoned && (!wantsGpu || gpus > 0) && (best === null || burden(name) < burden(best))) best = name;
    }
    return best;
  }

  function bind(pod: RunningPod): void {
    if (pod.gone || pod.stopping) return;
    const { object } = pod;
    const refused = pod.failure?.kind === 'schedule' ? pod.failure.message : null;
    const node = refused === null ? (pod.pinnedTo ?? choose(pod)) : null;
    if (node === null) {
      const none = `0/${count} nodes are available`;
      const message = `${none}: ${refused ?? 'no node answers'}. preemption: ${none}: ${count} Preemption is not helpful for scheduling.`;
      setCondition(
        (object.status.conditions ??= []),
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
        timeline.now(),
      );
      events.record(object, { type: 'Warning', reason: 'FailedScheduling', message, component: 'default-scheduler' });
      store.update(object);
      timeline.after(RETRY_MS, () => bind(pod));
      return;
    }
    pod.node = node;
    object.spec.nodeName = node;
    load.set(node, (load.get(node) ?? 0) + 1);
    setCondition((object.status.conditions ??= []), { type: 'PodScheduled', status: 'True' }, timeline.now());
    const { namespace, name } = object.metadata;
    events.record(object, {
      type: 'Normal',
      reason: 'Scheduled',
      message: `Successfully assigned ${namespace}/${name} to ${node}`,
      component: 'default-scheduler',
    });
    store.update(object);
    timeline.after(random.between(60, 400), () => {
      if (!pod.gone && !pod.stopping) kubelet.admit(pod);
    });
  }

  function noteOn({ object }: NodeRun, reason: string, component: string): void {
    const message = `Node ${object.metadata.name} status is now: ${reason}`;
    events.record(object, { type: 'Normal', reason, message, component });
  }

  function write(run: NodeRun): void {
    setTaints(run.object, run, timeline.now());
    store.update(run.object);
  }

  const podsOn = (name: string) => [...pods].filter(({ node }) => node === name);

  /** Its kubelet is silent; the node controller marks it and its pods once it has waited. */
  function lose(name: string, ms: number): void {
    const run = nodes.get(name);
    if (!run || run.lost) return;
    run.lost = true;
    const heard = lastPosted(run.object, timeline.now());
    const here = podsOn(name);
    for (const pod of here) kubelet.silence(pod);
    const cancel = [
      timeline.after(random.between(GRACE_MS - 5_000, GRACE_MS + 5_000), () => mark(run, here, heard)),
      timeline.after(GRACE_MS + EVICTION_AFTER_MS, () => evictByTaint(here)),
    ];
    timeline.after(Math.max(ms, 2 * GRACE_MS), () => {
      run.lost = false;
      for (const stop of cancel) stop();
      setHealth(run.object, true, { now: timeline.now(), heard: timeline.now() });
      write(run);
      noteOn(run, 'NodeReady', 'kubelet');
      for (const pod of here) kubelet.hear(pod);
    });
  }

  function mark(run: NodeRun, here: readonly RunningPod[], heard: number): void {
    setHealth(run.object, false, { now: timeline.now(), heard });
    write(run);
    noteOn(run, 'NodeNotReady', 'node-controller');
    for (const pod of here) {
      if (pod.gone) continue;
      kubelet.commit(pod);
      events.record(pod.object, {
        type: 'Warning',
        reason: 'NodeNotReady',
        message: 'Node is not ready',
        component: 'node-controller',
      });
    }
  }

  function evictByTaint(here: readonly RunningPod[]): void {
    for (const pod of here) {
      if (pod.gone || pod.pinnedTo) continue;
      const message = 'Taint manager: deleting due to NoExecute taint';
      setCondition(
        (pod.object.status.conditions ??= []),
        { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message },
        timeline.now(),
      );
      kubelet.stop(pod);
    }
  }

  function drain(name: string, ms: number, isWhole: (pod: RunningPod) => boolean): void {
    const run = nodes.get(name);
    if (!run || run.lost || run.cordoned) return;
    run.cordoned = true;
    write(run);
    noteOn(run, 'NodeNotSchedulable', 'kubelet');
    const here = podsOn(name).filter(({ pinnedTo, object }) => !pinnedTo && object.status.phase === 'Running');
    drainPods(sim, kubelet, here, isWhole);
    timeline.after(ms, () => {
      run.cordoned = false;
      write(run);
      noteOn(run, 'NodeSchedulable', 'kubelet');
    });
  }

  return {
    names: [...nodes.keys()],
    pods: () => pods.values(),
    lose,
    drain,
    onSubmit(listener) {
      submitted.add(listener);
      return () => submitted.delete(listener);
    },
    submit(request) {
      const pod = runOf(store.create<Pod>(podDraft(request)), request);
      pods.add(pod);
      for (const listener of submitted) listener(pod);
      timeline.after(random.between(10, 90), () => bind(pod));
      return pod;
    },
  };
}
