import type { JournalRecord } from '../../platform/bus/journal.ts';
import { toTime } from '../../platform/clock.ts';
import { ENTRY_VERSION, type Entry } from '../../schemas/entry.ts';
import type { HeartbeatObject } from '../../schemas/objects.ts';

const NOW = Date.parse('2026-10-01T12:00:00.000Z');
const CREATED = '2026-09-01T12:00:00Z';
const NODES = 200;
const NAMESPACES = 50;
const PODS = 2;
const HEARTBEATS_MS = [10_000, 400_000] as const;

/** What must have been listed before services are judged. */
const WATCHES = [
  'service',
  'endpointslice',
  'pod',
  'workload/deployments',
  'workload/statefulsets',
  'workload/daemonsets',
  'workload/replicasets',
];

type About = Pick<Entry, 'kind' | 'op' | 'namespace' | 'name' | 'uid' | 'object'>;

/**
 * The journal of a cluster's first lists: services that are up, each with a Deployment, its ReplicaSet, two pods and a slice of
 * two endpoints; then what was listed is told, and two heartbeats.
 */
export function listCluster(services: number): JournalRecord[] {
  const abouts: About[] = [];
  for (let at = 0; at < services; at++) abouts.push(...workloadOf(at), ...podsOf(at));
  for (let at = 0; at < services; at++) abouts.push(sliceOf(at), serviceOf(at));
  for (const kind of WATCHES) {
    const object = { kind, namespace: '', state: 'watching', from: toTime(NOW), to: null, reason: '', vanished: 0 };
    abouts.push({ kind: 'coverage', op: 'add', namespace: '', name: '', uid: '', object });
  }
  const beats = HEARTBEATS_MS.map((afterMs) => ({ afterMs, about: HEARTBEAT }));
  return [...abouts.map((about) => ({ afterMs: 0, about })), ...beats].map(({ afterMs, about }, offset) => {
    const numbered = { v: ENTRY_VERSION, epoch: 1, seq: offset + 1, resource_version: String(offset + 1) } as const;
    const entry: Entry = { ...numbered, observed_at: toTime(NOW + afterMs), ...about };
    return { offset, timestamp: NOW, value: JSON.stringify(entry) };
  });
}

const BEAT: HeartbeatObject = {
  agent_version: 'bench',
  identity: 'bench',
  started_at: toTime(NOW),
  kinds: [],
  local_log: { first: 0, next: 1, bytes: 1 },
  counters: {},
};
const HEARTBEAT: About = { kind: 'heartbeat', op: 'add', namespace: '', name: '', uid: '', object: BEAT };

const nameOf = (at: number): string => `shop-${at}`;
const namespaceOf = (at: number): string => `team-${at % NAMESPACES}`;
const hashOf = (at: number): string => (0x5bd1e000 + at).toString(36);
const podName = (at: number, pod: number): string => `${nameOf(at)}-${hashOf(at)}-${(at * PODS + pod).toString(36)}`;

const listed = (kind: About['kind'], at: number, name: string, object: About['object']): About => ({
  kind,
  op: 'list',
  namespace: namespaceOf(at),
  name,
  uid: uidOf(kind, name),
  object,
});

/** As long as a real one. */
const uidOf = (kind: string, name: string): string => `${kind}-${name}`.padStart(36, '0');

const ownedBy = (kind: string, name: string) => [
  { apiVersion: 'apps/v1', kind, name, uid: uidOf('workload', name), controller: true },
];

function workloadOf(at: number): About[] {
  const [name, replicaSet] = [nameOf(at), `${nameOf(at)}-${hashOf(at)}`];
  const containers = [
    { name: 'app', image: `registry.example.com/shop/${name}:1.42.0`, ports: [{ name: 'http', containerPort: 8080 }] },
  ];
  const object = (kind: string, labels: object, metadata: object) => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { creationTimestamp: CREATED, generation: 1, labels, ...metadata },
    spec: {
      replicas: PODS,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
    status: {
      observedGeneration: 1,
      replicas: PODS,
      updatedReplicas: PODS,
      readyReplicas: PODS,
      availableReplicas: PODS,
    },
  });
  const labels = { app: name };
  const revision = { annotations: { 'deployment.kubernetes.io/revision': '3' } };
  return [
    listed('workload', at, name, object('Deployment', labels, revision)),
    listed(
      'workload',
      at,
      replicaSet,
      object(
        'ReplicaSet',
        { ...labels, 'pod-template-hash': hashOf(at) },
        { ...revision, ownerReferences: ownedBy('Deployment', name) },
      ),
    ),
  ];
}

function podsOf(at: number): About[] {
  const name = nameOf(at);
  const image = `registry.example.com/shop/${name}:1.42.0`;
  const times = { startTime: CREATED, phase: 'Running' };
  return Array.from({ length: PODS }, (_, pod) =>
    listed('pod', at, podName(at, pod), {
      metadata: {
        creationTimestamp: CREATED,
        labels: { app: name, 'pod-template-hash': hashOf(at) },
        ownerReferences: ownedBy('ReplicaSet', `${name}-${hashOf(at)}`),
      },
      spec: {
        nodeName: `node-${(at * PODS + pod) % NODES}`,
        restartPolicy: 'Always',
        containers: [{ name: 'app', image, resources: { limits: { memory: '512Mi' } } }],
      },
      status: {
        ...times,
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: CREATED }],
        containerStatuses: [
          { name: 'app', image, restartCount: 0, ready: true, state: { running: { startedAt: CREATED } } },
        ],
      },
    }),
  );
}

function sliceOf(at: number): About {
  const [name, namespace] = [nameOf(at), namespaceOf(at)];
  return listed('endpointslice', at, `${name}-x7k2p`, {
    metadata: { creationTimestamp: CREATED, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: Array.from({ length: PODS }, (_, pod) => ({
      addresses: [`10.${at % 250}.${pod}.7`],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node-${(at * PODS + pod) % NODES}`,
      targetRef: { kind: 'Pod', namespace, name: podName(at, pod), uid: uidOf('pod', podName(at, pod)) },
    })),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  });
}

const serviceOf = (at: number): About =>
  listed('service', at, nameOf(at), {
    metadata: { creationTimestamp: CREATED, labels: { app: nameOf(at) } },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.10',
      selector: { app: nameOf(at) },
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    },
  });
