import { T0 } from './testing.ts';

/** `fleet`: of a controller of which nothing is recorded. `hand`: no workload, no pods; somebody writes its slices. */
export type Maker = 'Deployment' | 'DaemonSet' | 'fleet' | 'hand';

/** How an app's service truly was from `at` on. */
export interface Truth {
  at: number;
  /** Uid of its service, '' where it has none. */
  service: string;
  /** Whether a request found a server. */
  serves: boolean;
  ready: number;
  /** How many somebody wants. */
  wanted: number;
  /** Since when its pods have no workload, null while they have one. */
  aloneSince: number | null;
  /** Its workload was just made. */
  isRemade: boolean;
  maker: Maker;
}

export interface Pod {
  name: string;
  uid: string;
  node: string;
  created: number;
  ready: boolean;
  changed: number;
  deleted?: number;
  gone?: true;
  /** Which slice it is in. */
  place: number;
}

export interface Slice {
  name: string;
  uid: string;
  family: 'IPv4' | 'IPv6';
  ports: string[];
  written: string;
}

export interface App {
  name: string;
  maker: Maker;
  /** 20 to 40 pods in several slices. */
  wide: boolean;
  headless: boolean;
  /** Its slices leave out conditions that are as by default. */
  terse: boolean;
  service: string;
  ports: string[];
  /** Uid of its workload, '' where it has none. */
  workload: string;
  /** How many pods are made; of a DaemonSet the nodes that it selects. */
  replicas: number;
  /** Of its workload's spec, and the one that its status is of. */
  generation: number;
  observed: number;
  /** Of a DaemonSet's status. */
  scheduled: number;
  pods: Pod[];
  slices: Slice[];
  /** Pods as its slices tell. */
  told: Pick<Pod, 'ready' | 'deleted'>[];
  isFollowed: boolean;
  truth: Truth[];
}

const GRACE_SECONDS = 30;

export const kubeTime = (at: number): string =>
  new Date(T0 + Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');

const labelsOf = ({ name }: App) => ({ app: name, 'pod-template-hash': 'aaaaa' });

export const serviceObject = (app: App): object => ({
  metadata: { creationTimestamp: kubeTime(0) },
  spec: {
    type: 'ClusterIP',
    ...(app.headless && { clusterIP: 'None' }),
    selector: app.maker === 'hand' ? {} : { app: app.name },
    ports: app.ports.map((name) => ({ name, port: 80 })),
  },
});

export const workloadObject = (app: App): object => {
  const isDaemonSet = app.maker === 'DaemonSet';
  return {
    apiVersion: 'apps/v1',
    kind: app.maker,
    metadata: { generation: app.generation },
    spec: { ...(!isDaemonSet && { replicas: app.replicas }), template: { metadata: { labels: labelsOf(app) } } },
    status: { observedGeneration: app.observed, ...(isDaemonSet && { desiredNumberScheduled: app.scheduled }) },
  };
};

const OWNERS = {
  Deployment: ({ name }: App) => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-aaaaa` }),
  DaemonSet: ({ name }: App) => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', name }),
  fleet: ({ name }: App) => ({ apiVersion: 'fleets.example/v1', kind: 'Fleet', name }),
  hand: () => ({}),
};

export const podObject = (app: App, { created, deleted, node, ready, changed }: Pod): object => ({
  metadata: {
    creationTimestamp: kubeTime(created),
    labels: labelsOf(app),
    ownerReferences: [{ controller: true, uid: 'x', ...OWNERS[app.maker](app) }],
    ...(deleted !== undefined && {
      deletionTimestamp: kubeTime(deleted + GRACE_SECONDS * 1000),
      deletionGracePeriodSeconds: GRACE_SECONDS,
    }),
  },
  spec: { nodeName: node },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: kubeTime(changed) }],
  },
});

export const sliceObject = (app: App, { family, ports }: Slice, pods: readonly Pod[]): object => ({
  metadata: { labels: { 'kubernetes.io/service-name': app.name } },
  addressType: family,
  endpoints: pods.map(({ uid, name, ready, deleted }) => ({
    addresses: [`10.0.0.${uid}`],
    conditions: conditionsOf(app, ready, deleted !== undefined),
    targetRef: { kind: 'Pod', name, uid },
  })),
  ports: ports.map((name) => ({ name, port: 80 })),
});

function conditionsOf({ terse }: App, serving: boolean, terminating: boolean): object {
  const ready = serving && !terminating;
  if (!terse) return { ready, serving, terminating };
  return { ...(!ready && { ready }), ...(!serving && { serving }), ...(terminating && { terminating }) };
}
