import type { Condition } from '../../schemas/objects.ts';
import type { Kubelet } from './kubelet.ts';
import type { Draft } from './object-store.ts';
import { kubeTime, type KubeObject, type Pod } from './objects.ts';
import { podDraft, runOf, setCondition, type PodRequest, type RunningPod } from './pod-object.ts';
import type { Sim } from './sim.ts';

/** Taint-based eviction begins so long after a node is lost. */
const EVICTION_AFTER_MS = 300_000;
const RETRY_MS = 300_000;

interface NodeRun {
  readonly object: KubeObject & {
    spec: Record<string, unknown>;
    status: { conditions: Condition[] } & Record<string, unknown>;
  };
  lost: boolean;
}

/** The scheduler and the node controller. */
export interface Nodes {
  readonly names: readonly string[];
  /** Creates a pod and binds it to a node, or says why none will do. */
  submit(request: PodRequest): RunningPod;
  pods(): IterableIterator<RunningPod>;
  /** The node stops answering for `ms`; past five minutes its pods are deleted. */
  lose(node: string, ms: number): void;
}

function nodeDraft(name: string, index: number, now: number): Draft {
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: kubeTime(now),
    lastTransitionTime: kubeTime(now),
  });
  return {
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': index % 3 === 0 ? 'm7.4xlarge' : 'm7.2xlarge',
        'topology.kubernetes.io/zone': `zone-${'abc'[index % 3]}`,
      },
    },
    spec: { podCIDR: `10.244.${index}.0/24` },
    status: {
      capacity: { cpu: '16', memory: '65536Mi', pods: '110' },
      allocatable: { cpu: '15800m', memory: '62000Mi', pods: '110' },
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      addresses: [
        { type: 'InternalIP', address: `10.0.${index + 1}.4` },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        kubeletVersion: 'v1.34.2',
        containerRuntimeVersion: 'containerd://2.1.4',
        osImage: 'Ubuntu 24.04.2 LTS',
        architecture: 'amd64',
        operatingSystem: 'linux',
      },
    },
  };
}

export function createNodes(sim: Sim, kubelet: Kubelet, count: number): Nodes {
  const { timeline, random, store, events } = sim;
  const nodes = new Map<string, NodeRun>();
  const pods = new Set<RunningPod>();
  const load = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const name = `${sim.name}-node-${String(i + 1).padStart(2, '0')}`;
    nodes.set(name, { object: store.create<NodeRun['object']>(nodeDraft(name, i, timeline.now())), lost: false });
    load.set(name, 0);
  }
  sim.podChanged.add((pod) => {
    if (!pod.gone || !pods.delete(pod) || !pod.node) return;
    load.set(pod.node, (load.get(pod.node) ?? 1) - 1);
  });

  /** The node with the fewest pods. */
  function choose(): string | null {
    let best: string | null = null;
    for (const [name, { lost }] of nodes) {
      if (!lost && (best === null || (load.get(name) ?? 0) < (load.get(best) ?? 0))) best = name;
    }
    return best;
  }

  function bind(pod: RunningPod): void {
    if (pod.gone || pod.stopping) return;
    const { object } = pod;
    const refused = pod.failure?.kind === 'schedule' ? pod.failure.message : null;
    const node = refused === null ? (pod.pinnedTo ?? choose()) : null;
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

  function writeReady(run: NodeRun, ready: boolean): void {
    const condition = ready
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : {
          type: 'Ready',
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        };
    setCondition(run.object.status.conditions, condition, timeline.now());
    const timeAdded = kubeTime(timeline.now());
    if (ready) delete run.object.spec['taints'];
    else {
      run.object.spec['taints'] = ['NoSchedule', 'NoExecute'].map((effect) => ({
        key: 'node.kubernetes.io/unreachable',
        effect,
        timeAdded,
      }));
    }
    store.update(run.object);
    const name = run.object.metadata.name;
    const reason = ready ? 'NodeReady' : 'NodeNotReady';
    events.record(run.object, {
      type: 'Normal',
      reason,
      message: `Node ${name} status is now: ${reason}`,
      component: ready ? 'kubelet' : 'node-controller',
    });
  }

  function lose(name: string, ms: number): void {
    const run = nodes.get(name);
    if (!run || run.lost) return;
    run.lost = true;
    writeReady(run, false);
    const here = [...pods].filter(({ node }) => node === name);
    for (const pod of here) {
      kubelet.setCutOff(pod, true);
      events.record(pod.object, {
        type: 'Warning',
        reason: 'NodeNotReady',
        message: 'Node is not ready',
        component: 'node-controller',
      });
    }
    timeline.after(EVICTION_AFTER_MS, () => {
      if (!run.lost) return;
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
    });
    timeline.after(ms, () => {
      run.lost = false;
      writeReady(run, true);
      for (const pod of here) kubelet.setCutOff(pod, false);
    });
  }

  return {
    names: [...nodes.keys()],
    pods: () => pods.values(),
    lose,
    submit(request) {
      const pod = runOf(store.create<Pod>(podDraft(request)), request);
      pods.add(pod);
      timeline.after(random.between(10, 90), () => bind(pod));
      return pod;
    },
  };
}
