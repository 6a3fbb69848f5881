import type { PodLife } from '../cluster/pod-lives.ts';
import { at, hash32 } from '../cluster/random.ts';
import { containerUse, loadOf, type ContainerUse } from './container-use.ts';
import { ticksOf, type Family, type Scope } from './family.ts';
import { usageOf } from './load.ts';
import { seriesOf, without, type Series, type Ticks, type Told } from './series.ts';

type Value = (use: ContainerUse, life: number, ms: number) => number;

const DEVICE = '/dev/nvme0n1p1';
const KIB = 1024;
const MIB = 1048576;
/** A log file is rotated away past this. */
const ROTATED_BYTES = 90 * MIB;

/** cAdvisor looks at each container at times of its own, and tells them: so long before the scrape at most. */
const MOST_LAG_MS = 5_000;

/** The scrapes of a pod's kubelet, of which a container (or '' for the sandbox) tells what it was some seconds before. */
function kubeletTicks(pod: PodLife, scope: Scope, container: string): Ticks {
  const seed = hash32(`${pod.uid}/${container}/looked at`);
  const lag = { mostMs: MOST_LAG_MS, at: (ms: number) => Math.floor(MOST_LAG_MS * at(seed, Math.floor(ms / 1000))) };
  return { ...ticksOf(scope, `kubelet/${pod.node ?? ''}`), lag };
}

function nodeLabels(pod: PodLife, { flavour }: Scope): Record<string, string> {
  return flavour.names === 'old'
    ? { instance: pod.node ?? '', job: 'kubernetes-cadvisor', kubernetes_io_hostname: pod.node ?? '' }
    : {
        instance: `${pod.hostIp}:10250`,
        job: 'kubelet',
        metrics_path: '/metrics/cadvisor',
        node: pod.node ?? '',
      };
}

const cgroupOf = ({ uid }: PodLife) => `/kubepods/burstable/pod${uid}`;

const podLabels = (pod: PodLife, scope: Scope): Record<string, string> => ({
  ...nodeLabels(pod, scope),
  namespace: pod.namespace,
  [scope.flavour.names === 'old' ? 'pod_name' : 'pod']: pod.name,
});

/** The series of one container: one, or, where each life has its own id, one a life. */
function containerSeries(
  name: string,
  pod: PodLife,
  scope: Scope,
  use: ContainerUse,
  value: Value,
  more: Record<string, string>,
) {
  const { flavour, now } = scope;
  const { container, lives } = use;
  const ticks = kubeletTicks(pod, scope, container.name);
  const labels = {
    ...podLabels(pod, scope),
    ...more,
    [flavour.names === 'old' ? 'container_name' : 'container']: container.name,
    image: container.spec.image ?? '',
    __name__: name,
  };
  const told = lives.map(({ instance }, life): Told => ({
    from: instance.startedAt,
    to: instance.finishedAt,
    valueAt: (ms) => value(use, life, ms),
  }));
  if (!flavour.ids) return [seriesOf(labels, ticks, without(told, pod.unheard), now)];
  return lives.map(({ instance }, life) => {
    const id = instance.containerId.replace('containerd://', '');
    const own = { ...labels, id: `${cgroupOf(pod)}/${id}`, name: id };
    return seriesOf(own, ticks, without(told.slice(life, life + 1), pod.unheard), now);
  });
}

const family = (
  name: string,
  type: Family['type'],
  help: string,
  value: Value,
  { more = {}, only = () => true }: { more?: Record<string, string>; only?: (use: ContainerUse) => boolean } = {},
): Family & { ofPod: NonNullable<Family['ofPod']> } => ({
  name,
  type,
  help,
  ofPod: (pod, scope) =>
    pod.containers.flatMap((container) => {
      const use = containerUse(pod, container, scope.liveSince);
      return only(use) ? containerSeries(name, pod, scope, use, value, more) : [];
    }),
});

const usage = ({ lives }: ContainerUse, life: number) => lives[life]?.usage;
const startOf = ({ lives }: ContainerUse, life: number) => lives[life]?.instance.startedAt ?? 0;
const limited = ({ container }: ContainerUse) => container.spec.resources?.limits?.['cpu'] !== undefined;

/** A series of the pod's own cgroup, or of its sandbox: told as long as the pod runs. */
function ofSandbox(
  name: string,
  pod: PodLife,
  scope: Scope,
  labels: Record<string, string>,
  valueAt: (ms: number) => number,
): Series[] {
  if (pod.admittedAt === null) return [];
  const told = [{ from: pod.admittedAt, to: pod.endedAt ?? pod.goneAt, valueAt }];
  const all = { ...podLabels(pod, scope), ...labels, __name__: name };
  return [seriesOf(all, kubeletTicks(pod, scope, ''), without(told, pod.unheard), scope.now)];
}

/** With the pod's own cgroup beside its containers, as newer kubelets tell it. */
const withPod = (
  of: ReturnType<typeof family>,
  sum: (uses: readonly ContainerUse[], ms: number) => number,
): Family => ({
  ...of,
  ofPod(pod, scope) {
    const own = of.ofPod(pod, scope);
    if (scope.flavour.names === 'old') return own;
    const uses = pod.containers.map((container) => containerUse(pod, container, scope.liveSince));
    const id: Record<string, string> = scope.flavour.ids ? { id: cgroupOf(pod) } : {};
    return [...own, ...ofSandbox(of.name, pod, scope, id, (ms) => sum(uses, ms))];
  },
});

function memoryOfAll(uses: readonly ContainerUse[], ms: number): number {
  let sum = MIB;
  for (const use of uses) {
    const life = use.lives.findIndex(
      ({ instance: { startedAt, finishedAt } }) => startedAt <= ms && (finishedAt ?? Infinity) > ms,
    );
    if (life >= 0) sum += use.memoryBytes(life, ms);
  }
  return sum;
}

const network = (name: string, help: string, share: number): Family => ({
  name,
  type: 'counter',
  help,
  ofPod(pod, scope) {
    const main = pod.containers.find(({ kind }) => kind === 'app');
    if (!main || pod.admittedAt === null) return [];
    const load = loadOf(pod, main);
    const seed = hash32(`${pod.uid}/${main.name}`);
    const bytes = (load.networkKiBps ?? 8) * KIB * share * (0.8 + 0.4 * at(seed, 31));
    const own = usageOf(load, seed, pod.admittedAt);
    const labels: Record<string, string> =
      scope.flavour.names === 'old'
        ? { container_name: 'POD', interface: 'eth0', id: `${cgroupOf(pod)}/pause`, image: 'registry.k8s.io/pause:3.1' }
        : {
            interface: 'eth0',
            ...(scope.flavour.ids ? { id: `${cgroupOf(pod)}/pause` } : {}),
            image: 'registry.k8s.io/pause:3.10',
          };
    return ofSandbox(name, pod, scope, labels, (ms) => Math.floor(bytes * own.busySeconds(ms)));
  },
});

const written = ({ load }: ContainerUse) => (load.fileKiBps ?? 1) * KIB;

/** What the kubelets' cAdvisor tells. */
export const CADVISOR: readonly Family[] = [
  withPod(
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed in seconds.',
      (use, life, ms) => Math.round((usage(use, life)?.cpuSeconds(ms) ?? 0) * 1e9) / 1e9,
      { more: { cpu: 'total' } },
    ),
    (uses, ms) => Math.round(uses.reduce((sum, use) => sum + use.cpuSeconds(ms), 0) * 1e9) / 1e9,
  ),
  family(
    'container_cpu_cfs_periods_total',
    'counter',
    'Number of elapsed enforcement period intervals.',
    (use, life, ms) => usage(use, life)?.periods(ms) ?? 0,
    { only: limited },
  ),
  family(
    'container_cpu_cfs_throttled_periods_total',
    'counter',
    'Number of throttled period intervals.',
    (use, life, ms) => usage(use, life)?.throttledPeriods(ms) ?? 0,
    { only: limited },
  ),
  withPod(
    family('container_memory_working_set_bytes', 'gauge', 'Current working set in bytes.', (use, life, ms) =>
      use.memoryBytes(life, ms),
    ),
    memoryOfAll,
  ),
  network('container_network_receive_bytes_total', 'Cumulative count of bytes received.', 1),
  network('container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted.', 0.62),
  family(
    'container_fs_reads_bytes_total',
    'counter',
    'Cumulative count of bytes read.',
    (use, life, ms) =>
      24 * MIB + Math.floor((0.15 * written(use) * (usage(use, life)?.busySeconds(ms) ?? 0)) / KIB) * KIB,
    { more: { device: DEVICE } },
  ),
  family(
    'container_fs_writes_bytes_total',
    'counter',
    'Cumulative count of bytes written.',
    (use, life, ms) => Math.floor((written(use) * (usage(use, life)?.busySeconds(ms) ?? 0)) / KIB) * KIB,
    { more: { device: DEVICE } },
  ),
  family(
    'container_fs_usage_bytes',
    'gauge',
    'Number of bytes that are consumed by the container on this filesystem.',
    (use, life, ms) =>
      Math.floor((12 * MIB + (((written(use) * 0.2 * (ms - startOf(use, life))) / 1000) % ROTATED_BYTES)) / KIB) * KIB,
    { more: { device: DEVICE } },
  ),
];
