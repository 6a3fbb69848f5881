import type { Condition } from '../../schemas/objects.ts';
import type { Draft } from './object-store.ts';
import { kubeTime, type KubeObject } from './objects.ts';
import { setCondition } from './pod-object.ts';

export type NodeObject = KubeObject & {
  spec: Record<string, unknown>;
  status: { conditions: Condition[] } & Record<string, unknown>;
};

/** What device plugins call NVIDIA's GPUs. */
export const GPU = 'nvidia.com/gpu';
export const GPU_MODEL = 'NVIDIA-L4';

/** So often a kubelet posts its node's status where nothing in it has changed. */
const HEARTBEAT_MS = 300_000;

const SOUND: readonly Condition[] = [
  {
    type: 'MemoryPressure',
    status: 'False',
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  {
    type: 'DiskPressure',
    status: 'False',
    reason: 'KubeletHasNoDiskPressure',
    message: 'kubelet has no disk pressure',
  },
  {
    type: 'PIDPressure',
    status: 'False',
    reason: 'KubeletHasSufficientPID',
    message: 'kubelet has sufficient PID available',
  },
  { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
];

/** Nodes are spread over three zones by their number. */
export const zoneOf = (name: string): string => `zone-${'abc'[(Number(name.slice(-2)) + 2) % 3]}`;

/** A sound node with so many GPUs as its kubelet registers it. `now` in milliseconds. */
export function nodeDraft(name: string, index: number, now: number, gpus = 0): Draft {
  const devices = gpus > 0 ? { [GPU]: String(gpus) } : {};
  const times = { lastHeartbeatTime: kubeTime(now), lastTransitionTime: kubeTime(now) };
  return {
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': gpus > 0 ? 'g6.12xlarge' : index % 3 === 0 ? 'm7.4xlarge' : 'm7.2xlarge',
        ...(gpus > 0 ? { 'nvidia.com/gpu.product': GPU_MODEL, 'nvidia.com/gpu.count': String(gpus) } : {}),
        'topology.kubernetes.io/zone': zoneOf(name),
      },
    },
    spec: { podCIDR: `10.244.${index}.0/24` },
    status: {
      capacity: { cpu: '16', memory: '65536Mi', pods: '110', ...devices },
      allocatable: { cpu: '15800m', memory: '62000Mi', pods: '110', ...devices },
      conditions: SOUND.map((condition) => ({ ...condition, ...times })),
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

/** When the status of a node was last posted before `now`, as a kubelet that had nothing new to say posts it. */
export const lastPosted = ({ metadata }: NodeObject, now: number): number =>
  now - ((now - Date.parse(metadata.creationTimestamp)) % HEARTBEAT_MS);

/** All conditions as the node controller sets them for a kubelet that is silent, or as the kubelet posts them. `heard`: its last word. */
export function setHealth(
  { status }: NodeObject,
  ready: boolean,
  { now, heard }: { now: number; heard: number },
): void {
  for (const sound of SOUND) {
    const next = ready
      ? sound
      : {
          type: sound.type,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        };
    setCondition(status.conditions, { ...next, lastHeartbeatTime: kubeTime(heard) }, now);
  }
}

/** What keeps pods from a node now: that it does not answer, or that somebody wants it empty. `now` in milliseconds. */
export function setTaints({ spec }: NodeObject, { lost, cordoned }: { lost: boolean; cordoned: boolean }, now: number) {
  const timeAdded = kubeTime(now);
  const taints = [
    ...(cordoned ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded }] : []),
    ...(lost ? ['NoSchedule', 'NoExecute'] : []).map((effect) => ({
      key: 'node.kubernetes.io/unreachable',
      effect,
      timeAdded,
    })),
  ];
  if (taints.length > 0) spec['taints'] = taints;
  else delete spec['taints'];
  if (cordoned) spec['unschedulable'] = true;
  else delete spec['unschedulable'];
}
