import type { Kind, Op } from '../../../schemas/entry.ts';
import { autoscalersTable, nodeResourcesTable, podResourcesTable } from '../../../schemas/resources.ts';
import type { LabelOptions } from '../objects/labels.ts';
import { createEntries, FoldChain } from '../testing/fold-chain.ts';
import type { ChainOptions } from '../testing/fold-chain.ts';
import type { ScalerRow } from './autoscalers.ts';
import { createResourcesFold } from './fold.ts';
import type { NodeRow } from './nodes.ts';
import { resourceOptions } from './options.ts';
import type { PodRow } from './pods.ts';

export const T0 = Date.parse('2026-03-01T10:00:00.000Z');
export const wire = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
/** A Kubernetes time: whole seconds. */
export const kube = (seconds: number) => wire(Math.floor(seconds)).replace('.000Z', 'Z');

export interface PodSetting {
  requests?: Record<string, unknown>;
  limits?: Record<string, unknown>;
  created?: number;
  /** When its kubelet took it on; null: not yet. */
  started?: number | null;
  node?: string;
  owner?: { kind: string; name: string; uid?: string } | null;
  labels?: Record<string, unknown>;
  phase?: string;
  spec?: object;
  status?: object;
}

/** The fold over entries of a namespace `web`; times in seconds after `T0`. */
export class Harness {
  readonly chain: FoldChain;
  readonly #entry = createEntries();

  constructor({ labels, options, ...settings }: ChainOptions & { labels?: LabelOptions; options?: unknown } = {}) {
    this.chain = new FoldChain([() => createResourcesFold(resourceOptions(options), labels)('east')], settings);
  }

  get pods(): PodRow[] {
    return [...this.chain.rowsOf(podResourcesTable).values()];
  }

  get pod(): PodRow {
    const row = this.pods.at(-1);
    if (!row) throw new Error('there is no pod');
    return row;
  }

  get nodes(): NodeRow[] {
    return [...this.chain.rowsOf(nodeResourcesTable).values()];
  }

  get scalers(): ScalerRow[] {
    return [...this.chain.rowsOf(autoscalersTable).values()];
  }

  /** `cores from-to` of each pod's span, in seconds; nothing after the dash while it lasts. */
  get spans(): string[] {
    const seconds = (time: string | null) => (time === null ? '' : String((Date.parse(time) - T0) / 1000));
    return this.pods.map(
      ({ cpu_request_cores, started_at, ended_at }) =>
        `${String(cpu_request_cores)} ${seconds(started_at)}-${seconds(ended_at)}`,
    );
  }

  /** What was told and kept, to be compared. */
  get outcome(): unknown {
    return JSON.parse(JSON.stringify([[this.pods, this.nodes, this.scalers], this.chain.folds[0]?.json]));
  }

  put(at: number, kind: Kind, op: Op, object: object, name: string, uid = `uid-${name}`, late = false): this {
    const namespace = kind === 'node' ? '' : 'web';
    this.chain.apply(
      this.#entry(T0 + at * 1000, kind, op, op === 'vanished' ? {} : object, name, uid, namespace),
      late,
    );
    return this;
  }

  beat(at: number): this {
    return this.put(at, 'heartbeat', 'add', {}, '', '');
  }

  podIs(at: number, setting: PodSetting = {}, op: Op = 'update', name = 'shop-a', late = false): this {
    return this.put(at, 'pod', op, podObject(setting), name, `uid-${name}`, late);
  }

  workload(at: number, kind: string, name: string, metadata: object, op: Op = 'list'): this {
    return this.put(at, 'workload', op, { apiVersion: 'apps/v1', kind, metadata }, name, `uid-${name}`);
  }

  node(
    at: number,
    allocatable: object,
    { cordoned = false, op = 'update' }: { cordoned?: boolean; op?: Op } = {},
  ): this {
    const object = {
      metadata: { creationTimestamp: kube(-3600) },
      spec: cordoned ? { unschedulable: true } : {},
      status: { allocatable },
    };
    return this.put(at, 'node', op, object, 'node-1');
  }
}

export function podObject(setting: PodSetting = {}): object {
  const { requests = { cpu: '1' }, limits, created = -60, started = -50, node = 'node-1' } = setting;
  const { labels = { app: 'shop', 'pod-template-hash': 'aaaaa' }, phase = 'Running' } = setting;
  const owner = setting.owner === undefined ? { kind: 'ReplicaSet', name: 'shop-aaaaa', uid: 'uid-rs' } : setting.owner;
  return {
    metadata: {
      creationTimestamp: kube(created),
      labels,
      ...(owner && { ownerReferences: [{ apiVersion: 'apps/v1', controller: true, uid: 'x', ...owner }] }),
    },
    spec: { nodeName: node, containers: [{ name: 'app', resources: { requests, limits } }], ...setting.spec },
    status: { phase, qosClass: 'Burstable', ...(started !== null && { startTime: kube(started) }), ...setting.status },
  };
}

/** The status of a container that ended. */
export const ended = (at: number) => ({
  containerStatuses: [{ name: 'app', state: { terminated: { exitCode: 0, finishedAt: kube(at) } } }],
});
