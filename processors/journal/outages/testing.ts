import type { Op } from '../../../schemas/entry.ts';
import { outagesTable, serviceEndpointsTable, servicesTable } from '../../../schemas/outages.ts';
import { createExceptionsFold } from '../exceptions/fold.ts';
import type { LabelOptions } from '../objects/labels.ts';
import { createRolloutsFold } from '../rollouts/fold.ts';
import { createEntries, FoldChain } from '../testing/fold-chain.ts';
import type { ChainOptions } from '../testing/fold-chain.ts';
import { createOutagesFold } from './fold.ts';
import { outageOptions } from './options.ts';
import type { Row, ServiceOwnRow } from './state.ts';

export const T0 = Date.parse('2026-03-01T10:00:00.000Z');
export const wire = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
/** A Kubernetes time: whole seconds. */
export const kube = (seconds: number) => wire(Math.floor(seconds)).replace('.000Z', 'Z');

const DECIDING = [
  'service',
  'endpointslice',
  'pod',
  'workload/deployments',
  'workload/statefulsets',
  'workload/daemonsets',
  'workload/replicasets',
];

export interface PodSetting {
  /** When Ready last changed, to what. */
  ready?: number;
  unready?: number;
  deleted?: number;
  created?: number;
  node?: string;
  owner?: { kind: string; name: string; uid?: string; apiVersion?: string } | null;
  labels?: Record<string, string>;
  conditions?: object[];
  containers?: object[];
  status?: object;
}

interface NodeSetting {
  ready?: 'True' | 'False' | 'Unknown';
  /** When its kubelet was last heard of. */
  heard?: number;
  cordoned?: boolean;
  op?: Op;
}

export interface EndpointSetting {
  pod: string;
  ready?: boolean | null;
  serving?: boolean | null;
  terminating?: boolean | null;
}

/** The folds of the group over entries of a namespace `web`; times in seconds after `T0`. */
export class Harness {
  readonly chain: FoldChain;
  readonly #entry = createEntries();

  constructor({ options, labels, ...settings }: ChainOptions & { options?: unknown; labels?: LabelOptions } = {}) {
    this.chain = new FoldChain(
      [
        () => createExceptionsFold()('east'),
        () => createRolloutsFold()('east'),
        () => createOutagesFold(outageOptions(options), labels)('east'),
      ],
      settings,
    );
    this.beat(0);
  }

  get outages(): Row[] {
    const rows = [...this.chain.rowsOf(outagesTable).values()];
    return rows.sort((a, b) =>
      a.started_latest < b.started_latest ? -1 : a.started_latest > b.started_latest ? 1 : a.kind < b.kind ? -1 : 1,
    );
  }

  /** `kind cause` of each interval, `…` while it lasts. */
  get story(): string[] {
    return this.outages.map(
      ({ kind, cause, ended_at, blip }) => `${kind} ${cause}${blip ? ' blip' : ''}${ended_at === null ? ' …' : ''}`,
    );
  }

  get last(): Row {
    const row = this.outages.at(-1);
    if (!row) throw new Error('there is no interval');
    return row;
  }

  get services(): ServiceOwnRow[] {
    return [...this.chain.rowsOf(servicesTable).values()];
  }

  get service(): ServiceOwnRow {
    const row = this.services.at(-1);
    if (!row) throw new Error('there is no service');
    return row;
  }

  get counts(): string[] {
    const rows = [...this.chain.rowsOf(serviceEndpointsTable).values()];
    return rows.map(
      ({ at, ready, serving, wanted }) => `${(Date.parse(at) - T0) / 1000}: ${ready}+${serving}/${wanted}`,
    );
  }

  put(
    at: number,
    kind: Parameters<ReturnType<typeof createEntries>>[1],
    op: Op,
    object: object,
    name = '',
    uid = '',
    namespace = 'web',
    late = false,
  ): this {
    this.chain.apply(this.#entry(T0 + at * 1000, kind, op, object, name, uid, namespace), late);
    return this;
  }

  beat(at: number): this {
    return this.put(at, 'heartbeat', 'add', {}, '', '', '');
  }

  beats(from: number, to: number): this {
    for (let at = from; at <= to; at += 10) this.beat(at);
    return this;
  }

  /** The first lists are complete. */
  watching(at: number, kinds: readonly string[] = DECIDING): this {
    for (const kind of kinds) {
      const object = { kind, namespace: '', state: 'watching', from: wire(at), to: null, reason: '', vanished: 0 };
      this.put(at, 'coverage', 'add', object, '', '', '');
    }
    return this;
  }

  cut(at: number, state: 'late' | 'gap', from: number, to: number, kind = 'endpointslice', namespace = ''): this {
    const object = { kind, namespace, state, from: wire(from), to: wire(to), reason: 'cut', vanished: 0 };
    return this.put(at, 'coverage', 'add', object, '', '', '');
  }

  serviceIs(
    at: number,
    more: { spec?: object; annotations?: object; labels?: object; op?: Op; name?: string; uid?: string } = {},
  ): this {
    const { spec, annotations, labels, op = 'list', name = 'shop', uid = `svc-${name}` } = more;
    const object = {
      metadata: { labels, annotations, creationTimestamp: kube(-3600) },
      spec: { type: 'ClusterIP', selector: { app: 'shop' }, ports: [{ name: 'http', port: 80 }], ...spec },
    };
    return this.put(at, 'service', op, op === 'vanished' ? {} : object, name, uid);
  }

  slice(
    at: number,
    endpoints: readonly (string | EndpointSetting)[],
    more: { op?: Op; name?: string; service?: string; ports?: (string | null)[]; addressType?: string } = {},
  ): this {
    const { op = 'update', name = 'shop-1', service = 'shop', ports = ['http'], addressType = 'IPv4' } = more;
    const object = {
      metadata: { labels: { 'kubernetes.io/service-name': service } },
      addressType,
      endpoints: endpoints.map((each, index) => {
        const {
          pod,
          ready = true,
          serving,
          terminating,
        } = typeof each === 'string' ? ({ pod: each } as EndpointSetting) : each;
        return {
          addresses: [`10.0.0.${index + 1}`],
          conditions: {
            ...(ready !== null && { ready }),
            ...(serving !== undefined && serving !== null && { serving }),
            ...(terminating !== undefined && terminating !== null && { terminating }),
          },
          targetRef: { kind: 'Pod', namespace: 'web', name: pod, uid: `uid-${pod}` },
        };
      }),
      ports: ports.map((port) => (port === null ? { port: 80 } : { name: port, port: 80 })),
    };
    return this.put(at, 'endpointslice', op, op === 'vanished' ? {} : object, name, `slice-${name}`);
  }

  deployment(
    at: number,
    replicas: number,
    more: {
      op?: Op;
      kind?: string;
      name?: string;
      labels?: object;
      status?: object;
      spec?: object;
      uid?: string;
      generation?: number;
      revision?: string;
    } = {},
  ): this {
    const { op = 'update', kind = 'Deployment', name = 'shop', labels = { app: 'shop' }, generation = 1 } = more;
    const annotations = more.revision && { 'deployment.kubernetes.io/revision': more.revision };
    const object = {
      apiVersion: 'apps/v1',
      kind,
      metadata: { creationTimestamp: kube(-3600), generation, labels, ...(annotations && { annotations }) },
      spec: {
        replicas,
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'shop:1' }] } },
        ...more.spec,
      },
      status: {
        observedGeneration: generation,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
        ...more.status,
      },
    };
    return this.put(at, 'workload', op, op === 'vanished' ? {} : object, name, more.uid ?? `uid-${kind}-${name}`);
  }

  pod(at: number, name: string, setting: PodSetting = {}, op: Op = 'update'): this {
    const { ready, unready, deleted, created = -3600, node = 'node-1', labels, conditions = [], status } = setting;
    const owner = setting.owner === undefined ? { kind: 'ReplicaSet', name: 'shop-aaaaa', uid: 'rs-1' } : setting.owner;
    const isReady = unready === undefined;
    const changed = unready ?? ready ?? created + 5;
    const object = {
      metadata: {
        creationTimestamp: kube(created),
        labels: { app: 'shop', 'pod-template-hash': 'aaaaa', ...labels },
        ...(owner && { ownerReferences: [{ apiVersion: 'apps/v1', controller: true, uid: 'x', ...owner }] }),
        ...(deleted !== undefined && { deletionTimestamp: kube(deleted + 30), deletionGracePeriodSeconds: 30 }),
      },
      spec: { nodeName: node, restartPolicy: 'Always', containers: [{ name: 'app', image: 'shop:1' }] },
      status: {
        phase: 'Running',
        conditions: [
          { type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: kube(changed) },
          ...conditions,
        ],
        containerStatuses: setting.containers ?? [
          {
            name: 'app',
            image: 'shop:1',
            restartCount: 0,
            ready: isReady,
            state: { running: { startedAt: kube(created) } },
          },
        ],
        ...status,
      },
    };
    return this.put(at, 'pod', op, op === 'vanished' ? {} : object, name, `uid-${name}`);
  }

  node(
    at: number,
    name: string,
    { ready = 'True', heard = at, cordoned = false, op = 'update' }: NodeSetting = {},
  ): this {
    const object = {
      spec: cordoned ? { unschedulable: true } : {},
      status: {
        conditions: [{ type: 'Ready', status: ready, lastTransitionTime: kube(at), lastHeartbeatTime: kube(heard) }],
      },
    };
    return this.put(at, 'node', op, object, name, `uid-${name}`, '');
  }

  event(at: number, reason: string, message: string, about: object, { last = at } = {}): this {
    return this.put(
      at,
      'event',
      'add',
      { reason, message, lastTimestamp: kube(last), involvedObject: { namespace: 'web', ...about } },
      `e-${at}`,
      `e-${at}`,
    );
  }

  /** A service `shop` of pods `shop-a`, ..., all ready, with their Deployment, as the first lists tell. */
  shop(replicas = 3, spec: object = {}): this {
    const names = podNames(replicas);
    this.deployment(10, replicas, { op: 'list' }).serviceIs(10, { spec });
    for (const name of names) this.pod(10, name, {}, 'list');
    return this.slice(10, names, { op: 'list' }).watching(11);
  }
}

export const podNames = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `shop-${'abcdefghij'[at]}`);

export const died = (at: number, { exitCode = 1, reason = 'Error', restartCount = 0 } = {}) => ({
  name: 'app',
  image: 'shop:1',
  restartCount,
  state: {
    terminated: { exitCode, reason, startedAt: kube(at - 60), finishedAt: kube(at), containerID: `containerd://${at}` },
  },
});

export const waiting = (reason: string, message = '') => ({
  name: 'app',
  image: 'shop:1',
  restartCount: 0,
  state: { waiting: { reason, message } },
});
