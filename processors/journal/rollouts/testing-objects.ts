import type { Op } from '../../../schemas/entry.ts';
import { shortHash } from '../objects/short-hash.ts';
import type { NamedObject } from './testing.ts';
import { kube } from './testing.ts';

/** What both simulated controllers share: an object with its generation and managers, and the template they roll out. */
export interface Template {
  image: string;
  env?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Of the real template, but not of the projected one: an annotation outside of the allow-list. */
  unrecorded?: string;
  labels?: Record<string, string>;
}

export const projected = ({ image, env, annotations, labels }: Template, more: Record<string, string> = {}) => ({
  metadata: { labels: { app: 'shop', ...labels, ...more }, ...(annotations && { annotations }) },
  spec: {
    containers: [
      {
        name: 'app',
        image,
        imagePullPolicy: 'IfNotPresent',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        resources: { limits: { memory: '128Mi' } },
        ports: [{ containerPort: 8080, protocol: 'TCP' }],
        ...(env && { envHash: env }),
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
  },
});

/** As the controllers name it: the whole template counts. */
export const hashOf = (template: Template, collisions = 0): string =>
  shortHash(JSON.stringify(template), collisions).slice(0, 10);

export interface Tape {
  workload(at: number, object: NamedObject, op?: Op): unknown;
  pod(at: number, object: NamedObject, op?: Op): unknown;
}

interface Managed {
  manager: string;
  operation: string;
  time: string;
  subresource?: string;
}

/** The API server's side of a workload: generation and managedFields. */
export class StoredObject {
  generation = 1;
  annotations: Record<string, string> = {};
  labels: Record<string, string> = { app: 'shop' };
  readonly created: number;
  readonly #managed = new Map<string, Managed>();
  /** Servers may be told to keep none. */
  keepsManagers = true;

  constructor(created: number) {
    this.created = created;
  }

  write(at: number, manager: string, subresource?: string): void {
    const entry = { manager, operation: 'Update', time: kube(at), ...(subresource && { subresource }) };
    this.#managed.set(`${manager}/${subresource ?? ''}`, entry);
  }

  get metadata() {
    return {
      creationTimestamp: kube(this.created),
      generation: this.generation,
      labels: this.labels,
      annotations: this.annotations,
      ...(this.keepsManagers && { managedFields: [...this.#managed.values()] }),
    };
  }
}

export interface PodSetting {
  owner: { kind: string; name: string; uid: string; apiVersion?: string };
  labels: Record<string, string>;
  created: number;
  image?: string;
  node?: string;
  /** When it became ready. */
  ready?: number;
  deleted?: number;
  disrupted?: number;
  status?: object;
  initStatus?: object;
}

/** A pod as the kubelet tells of it. */
export function pod(name: string, setting: PodSetting): NamedObject {
  const { owner, labels, created, image = 'shop:1', node = 'node-1', ready, deleted, disrupted } = setting;
  return {
    name,
    uid: `uid-${name}`,
    metadata: {
      creationTimestamp: kube(created),
      labels: { app: 'shop', ...labels },
      ownerReferences: [{ apiVersion: 'apps/v1', controller: true, ...owner }],
      ...(deleted !== undefined && { deletionTimestamp: kube(deleted + 30), deletionGracePeriodSeconds: 30 }),
    },
    spec: { nodeName: node, restartPolicy: 'Always', containers: [{ name: 'app', image }] },
    status: {
      phase: 'Running',
      conditions: [
        ...(ready === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: kube(ready) }]),
        ...(disrupted === undefined
          ? []
          : [
              {
                type: 'DisruptionTarget',
                status: 'True',
                reason: 'EvictionByEvictionAPI',
                lastTransitionTime: kube(disrupted),
              },
            ]),
      ],
      containerStatuses: [setting.status ?? { name: 'app', image, restartCount: 0, state: {} }],
      ...(setting.initStatus && { initContainerStatuses: [setting.initStatus] }),
    },
  };
}

/** The status of a container whose first instance has died. */
export const died = (at: number, exitCode = 1, reason = 'Error', name = 'app') => ({
  name,
  image: 'shop:2',
  restartCount: 0,
  state: {
    terminated: { exitCode, reason, startedAt: kube(at - 1), finishedAt: kube(at), containerID: `containerd://${at}` },
  },
});

export const waiting = (reason: string, name = 'app') => ({
  name,
  image: 'shop:2',
  restartCount: 0,
  state: { waiting: { reason, message: '' } },
});
