import { toTime } from '../../../platform/clock.ts';
import type { Store } from '../../../platform/store/store.ts';
import { exceptionsTable } from '../../../schemas/exceptions.ts';
import {
  autoscalersTable,
  podResourcesTable,
  type AutoscalerRow,
  type ContainerResources,
  type PodResourcesRow,
} from '../../../schemas/resources.ts';
import { usageSourcesTable, usageWindowsTable, type PodUsageRow } from '../../../schemas/usage.ts';
import { resourcesRow } from '../../testing/resource-rows.ts';
import { at, exceptionRow, NOON } from '../../testing/rows.ts';
import { insertUsage, podUsageRow, sourceRow, windowRow } from '../../testing/usage-rows.ts';
import { MIB } from '../quantity.ts';
import { container } from './evidence.ts';

/** Everything of namespace b and of cluster west carries this word. */
export const SECRET = 'kingfisher';
const HOUR_MS = 3_600_000;

/** Deterministic, in [0, 1). */
const noise = (seed: number, tick: number): number => {
  const value = Math.sin(seed * 127.1 + tick * 311.7) * 43_758.5453;
  return value - Math.floor(value);
};

interface Load {
  readonly pods: number;
  readonly hours: number;
  readonly row: Partial<PodUsageRow>;
  readonly cpu: (u: number) => number;
  readonly memory: (u: number, tick: number) => number;
}

const LOADS: Readonly<Record<string, Load>> = {
  web: {
    pods: 2,
    hours: 26,
    row: { cpu_request_cores: 2, cpu_limit_cores: 4, memory_request_bytes: 2048 * MIB, memory_limit_bytes: 2048 * MIB },
    cpu: (u) => 0.1 + u / 5,
    memory: (u) => (300 + 100 * u) * MIB,
  },
  db: {
    pods: 1,
    hours: 26,
    row: {
      workload_kind: 'StatefulSet',
      team: 'data',
      cpu_throttled: 0.2,
      cpu_request_cores: 0.1,
      cpu_limit_cores: 0.5,
    },
    cpu: (u) => 0.2 + u / 4,
    memory: (u) => (200 + 40 * u) * MIB,
  },
  scaled: {
    pods: 2,
    hours: 26,
    row: { cpu_request_cores: 1, memory_request_bytes: 128 * MIB, memory_limit_bytes: 256 * MIB },
    cpu: (u) => 0.25 + u / 10,
    memory: () => 100 * MIB,
  },
  train: {
    pods: 1,
    hours: 26,
    row: { workload_kind: 'Job', gpu_request: 2, gpu_limit: 2, gpu_utilisation: 0.03 },
    cpu: (u) => u,
    memory: (u) => (1000 + u) * MIB,
  },
  young: { pods: 1, hours: 2, row: { workload_kind: 'DaemonSet' }, cpu: () => 0.1, memory: () => 64 * MIB },
  nightly: {
    pods: 1,
    hours: 1.5,
    row: { workload_kind: 'CronJob', cpu_request_cores: 0.1, memory_request_bytes: 64 * MIB },
    cpu: () => 0.0951,
    // The 99th percentile of 180 instants is the second greatest.
    memory: (_u, tick) => (tick < 2 ? 80 : 50) * MIB,
  },
};

function rowsOf(name: string, { pods, hours, row, cpu, memory }: Load): PodUsageRow[] {
  const instants = hours * 120;
  return Array.from({ length: pods * instants }, (_, index) => {
    const [pod, tick] = [Math.floor(index / instants), index % instants];
    return podUsageRow({
      workload: name,
      pod: `${name}-${pod}`,
      at: toTime(NOON - (tick + 1) * 30_000),
      cpu_cores: cpu(noise(pod + 1, tick)),
      memory_bytes: memory(noise(pod + 11, tick), tick),
      ...row,
    });
  });
}
/** The rows of each workload of namespace a, by its name. */
export const USAGE: ReadonlyMap<string, readonly PodUsageRow[]> = new Map(
  Object.entries(LOADS).map(([name, load]) => [name, rowsOf(name, load)]),
);

function journalOf(name: string, containers: ContainerResources[], more: Partial<PodResourcesRow> = {}) {
  const { row } = LOADS[name]!;
  const set = Object.fromEntries(
    [
      'cpu_request_cores',
      'cpu_limit_cores',
      'memory_request_bytes',
      'memory_limit_bytes',
      'gpu_request',
      'gpu_limit',
    ].map((field) => [field, row[field as keyof PodUsageRow] ?? null]),
  );
  return resourcesRow({
    id: name,
    pod: `${name}-0`,
    workload: name,
    workload_kind: row.workload_kind ?? 'Deployment',
    started_at: at(-26 * 3600),
    containers: JSON.stringify(containers),
    ...(set as Partial<PodResourcesRow>),
    ...more,
  });
}

const JOURNAL = [
  // An older pod asked for something else.
  journalOf('web', [container({ name: 'old' })], { id: 'web-old', started_at: at(-40 * 3600), cpu_request_cores: 64 }),
  journalOf('web', [
    container({
      name: 'app',
      cpu_request_cores: 1.5,
      cpu_limit_cores: 3,
      memory_request_bytes: 1536 * MIB,
      memory_limit_bytes: 1536 * MIB,
    }),
    container({
      name: "o'proxy: 1",
      kind: 'sidecar',
      cpu_request_cores: 0.5,
      cpu_limit_cores: 1,
      memory_request_bytes: 512 * MIB,
      memory_limit_bytes: 64 * MIB,
    }),
    container({ name: 'migrate', kind: 'init', cpu_request_cores: 0.1 }),
  ]),
  journalOf('db', [container({ name: 'on', cpu_request_cores: 0.1, cpu_limit_cores: 0.5 })]),
  journalOf('scaled', [
    container({ name: 'app', cpu_request_cores: 1, memory_request_bytes: 128 * MIB, memory_limit_bytes: 256 * MIB }),
  ]),
  journalOf('train', [container({ name: 'main', gpu: 2 })], { gpu_resource: 'nvidia.com/gpu' }),
  journalOf('nightly', [container({ name: 'job', cpu_request_cores: 0.1, memory_request_bytes: 64 * MIB })]),
];

const autoscaler = (row: Partial<AutoscalerRow>): AutoscalerRow => ({
  id: 'hpa',
  cluster: 'east',
  namespace: 'a',
  name: 'scaled-hpa',
  workload_kind: 'Deployment',
  workload: 'scaled',
  started_at: at(-26 * 3600),
  ended_at: null,
  observed_at: at(-26 * 3600),
  min_replicas: 1,
  max_replicas: 5,
  cpu_target_percent: 60,
  memory_target_percent: null,
  version: 1,
  ...row,
});

/** Six workloads of one namespace that show every verdict but fine, and rows of other places. */
export async function fillSizing(store: Store): Promise<void> {
  const foreign = [
    { namespace: 'b', pod: SECRET, workload: SECRET, team: SECRET, environment: SECRET },
    { cluster: 'west', pod: SECRET, workload: SECRET, team: SECRET },
  ].map((place) => podUsageRow({ ...place, at: at(-60), cpu_cores: 1, memory_bytes: 1 }));
  await insertUsage(store, [...[...USAGE.values()].flat(), ...foreign]);
  await store.insert(
    podResourcesTable,
    [...JOURNAL, resourcesRow({ id: 's', namespace: 'b', pod: SECRET, workload: SECRET })],
    { token: 'pods' },
  );
  await store.insert(
    autoscalersTable,
    [
      autoscaler({}),
      autoscaler({ id: 'gone', workload: 'web', ended_at: at(-60) }),
      autoscaler({ id: 's', namespace: 'b', name: SECRET, workload: SECRET }),
    ],
    { token: 'hpa' },
  );
  const kill = { workload: 'db', workload_kind: 'StatefulSet', pod: 'db-0', container: 'on' };
  await store.insert(
    exceptionsTable,
    [
      exceptionRow({ id: 'k1', ...kill, observed_at: at(-7200), finished_at: at(-7200) }),
      exceptionRow({ id: 'k2', ...kill, observed_at: at(-3600), finished_at: at(-3600) }),
      exceptionRow({ id: 'k3', ...kill, observed_at: at(-8 * 86_400) }),
      exceptionRow({ id: 'k4', ...kill, reason: 'Error' }),
      exceptionRow({ id: 'k5', namespace: 'b', workload: SECRET, pod: SECRET }),
    ],
    { token: 'kills' },
  );
  // The limit that was in force at the newest kill; it was raised since.
  const spans = [
    journalOf('db', [container({ name: 'on', memory_limit_bytes: 256 * MIB })], {
      id: 'db-then',
      started_at: at(-20 * 3600),
      ended_at: at(-1800),
    }),
    journalOf('db', [container({ name: 'on', cpu_request_cores: 0.1, cpu_limit_cores: 0.5 })], {
      id: 'db-now',
      started_at: at(-1800),
    }),
  ];
  await store.insert(podResourcesTable, spans, { token: 'spans' });
  const windows = Array.from({ length: 52 }, (_, hour) =>
    windowRow({ window_start: toTime(NOON - (hour + 1) * HOUR_MS) }),
  );
  await store.insert(usageWindowsTable, windows, { token: 'windows' });
  const sources = [
    sourceRow({}),
    // The journal has no pod of one of the workloads.
    sourceRow({ measure: 'cpu_request_cores', source: 'journal', expression: '' }),
    sourceRow({ cluster: 'west', source: SECRET }),
  ];
  await store.insert(usageSourcesTable, sources, { token: 's' });
}
