import { GPU, GPU_MODEL } from '../cluster/node-object.ts';
import type { ContainerLives, PodLife } from '../cluster/pod-lives.ts';
import { at, hash32 } from '../cluster/random.ts';
import { loadOf } from './container-use.ts';
import { ticksOf, type Family, type Scope } from './family.ts';
import { quantity } from './quantity.ts';
import { seriesOf, without, type Series } from './series.ts';

type GpuLoad = NonNullable<ReturnType<typeof loadOf>['gpu']>;
type Value = (load: GpuLoad, seed: number, ms: number, startedAt: number) => number;

/** Of one GPU, in MiB. */
const FRAME_BUFFER = 23_034;
/** So often it waits so long for its next data. */
const PAUSE = { everyMs: 2_400_000, forMs: 210_000 };

/** Whole percents, as the driver tells them. */
const utilization: Value = ({ percent }, seed, ms) => {
  const jitter = at(seed, Math.floor(ms / 1000));
  if ((ms + (seed % PAUSE.everyMs)) % PAUSE.everyMs < PAUSE.forMs) return Math.round(9 * jitter);
  return Math.min(100, Math.round(percent * (0.9 + 0.2 * jitter)));
};

/** MiB; the model is loaded within the first minutes. */
const used: Value = ({ memoryMi }, seed, ms, startedAt) =>
  Math.round(memoryMi * Math.min(1, (ms - startedAt) / 240_000) + 40 * at(seed, Math.floor(ms / 60_000)));

function gpuSeries(
  pod: PodLife,
  scope: Scope,
  value: Value,
  labelsOf: (container: string, gpu: number) => Record<string, string>,
): Series[] {
  const ofContainer = (container: ContainerLives): Series[] => {
    const { gpu: load } = loadOf(pod, container);
    const count = quantity(container.spec.resources?.limits?.[GPU]) ?? 0;
    if (!load) return [];
    return Array.from({ length: count }, (_, i) => {
      const gpu = (hash32(pod.uid) + i) % 4;
      const seed = hash32(`${pod.uid}/${gpu}`);
      const told = container.lives.map(({ startedAt, finishedAt: to }) => ({
        from: startedAt,
        to,
        valueAt: (ms: number) => value(load, seed, ms, startedAt),
      }));
      const ticks = ticksOf(scope, `gpu/${pod.node ?? ''}`);
      return seriesOf(labelsOf(container.name, gpu), ticks, without(told, pod.unheard), scope.now);
    });
  };
  return pod.containers.filter(({ kind }) => kind === 'app').flatMap(ofContainer);
}

/**
 * Whose a GPU is. NVIDIA's exporter is scraped without honor_labels, so the pods that use GPUs are the exported ones; but for the last
 * node, whose scrape job somebody has set up otherwise.
 */
function userOf(pod: PodLife, { cluster }: Scope, container: string): Record<string, string> {
  if (pod.node === cluster.nodes.names.at(-1)) return { container, namespace: pod.namespace, pod: pod.name };
  return {
    container: 'nvidia-dcgm-exporter',
    exported_container: container,
    exported_namespace: pod.namespace,
    exported_pod: pod.name,
    namespace: 'gpu-operator',
    pod: `nvidia-dcgm-exporter-${hash32(pod.node ?? '')
      .toString(36)
      .slice(0, 5)}`,
  };
}

const dcgm = (name: string, help: string, value: Value): Family => ({
  name,
  type: 'gauge',
  help,
  ofPod: (pod, scope) =>
    gpuSeries(pod, scope, value, (container, gpu) => ({
      __name__: name,
      DCGM_FI_DRIVER_VERSION: '570.133.20',
      Hostname: pod.node ?? '',
      UUID: `GPU-${hash32(`${pod.node}/${gpu}`).toString(16).padStart(8, '0')}-5c1e-11ef-9a57-0242ac120002`,
      ...userOf(pod, scope, container),
      device: `nvidia${gpu}`,
      gpu: String(gpu),
      instance: `${pod.hostIp}:9400`,
      job: 'nvidia-dcgm-exporter',
      modelName: GPU_MODEL,
    })),
});

/** As tkestack's gpu-manager tells them: each GPU of a container, and their sum as `total`; memory in MiB. */
const gpuManager = (name: string, help: string, label: string, value: Value): Family => ({
  name,
  type: 'gauge',
  help,
  ofPod: (pod, scope) => {
    const labels = (container: string) => ({
      __name__: name,
      container_name: container,
      instance: `${pod.hostIp}:5678`,
      job: 'gpu-manager',
      namespace: pod.namespace,
      node: pod.node ?? '',
      pod_name: pod.name,
    });
    const each = gpuSeries(pod, scope, value, (container, gpu) => ({ ...labels(container), [label]: `gpu${gpu}` }));
    // One GPU each: what they come to together is what the one does.
    const total = gpuSeries(pod, scope, value, (container) => ({ ...labels(container), [label]: 'total' }));
    return [...each, ...total];
  },
});

/** Series of GPUs, by what tells them. */
export const GPUS = {
  dcgm: [
    dcgm('DCGM_FI_DEV_GPU_UTIL', 'GPU utilization (in %).', utilization),
    dcgm('DCGM_FI_DEV_FB_USED', 'Framebuffer memory used (in MiB).', used),
    dcgm('DCGM_FI_DEV_FB_FREE', 'Framebuffer memory free (in MiB).', (...of) => FRAME_BUFFER - used(...of)),
  ],
  container: [
    gpuManager('container_gpu_utilization', 'gpu utilization', 'gpu', utilization),
    gpuManager('container_gpu_memory_total', 'gpu memory usage in MiB', 'gpu_memory', used),
  ],
} satisfies Record<string, readonly Family[]>;
