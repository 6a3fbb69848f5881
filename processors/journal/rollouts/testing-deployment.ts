import type { Op } from '../../../schemas/entry.ts';
import type { NamedObject } from './testing.ts';
import { kube } from './testing.ts';
import type { PodSetting, Tape, Template } from './testing-objects.ts';
import { hashOf, pod, projected, StoredObject } from './testing-objects.ts';

const REVISION = 'deployment.kubernetes.io/revision';

interface ReplicaSet {
  template: Template;
  hash: string;
  revision: number;
  created: number;
  replicas: number;
}

interface Start {
  at?: number;
  replicas?: number;
  template?: Template;
  uid?: string;
}

export interface Counts {
  total?: number;
  updated?: number;
  available?: number;
}

/**
 * A Deployment `shop` with its ReplicaSets. A person's write gives an entry with the status of before; `act` is the controller
 * that makes or takes up the ReplicaSet, first that and then the Deployment; `status` is what it counts later.
 */
export class SimDeployment {
  readonly stored: StoredObject;
  template: Template;
  replicas: number;
  paused = false;
  collisions = 0;
  minReadySeconds = 0;
  counts: Required<Counts> = { total: 0, updated: 0, available: 0 };
  observed = 0;
  progressing: Record<string, string> | null = null;
  readonly sets: ReplicaSet[] = [];
  readonly uid: string;
  readonly #tape: Tape;

  constructor(tape: Tape, { at = 10, replicas = 3, template = { image: 'shop:1' }, uid = 'd-1' }: Start = {}) {
    this.#tape = tape;
    this.stored = new StoredObject(at);
    this.stored.write(at, 'helm');
    this.template = template;
    this.replicas = replicas;
    this.uid = uid;
  }

  get object(): NamedObject {
    const { total, updated, available } = this.counts;
    return {
      name: 'shop',
      uid: this.uid,
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: this.stored.metadata,
      spec: {
        replicas: this.replicas,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        ...(this.paused && { paused: true }),
        ...(this.minReadySeconds > 0 && { minReadySeconds: this.minReadySeconds }),
        template: projected(this.template),
      },
      status: {
        ...(this.observed > 0 && { observedGeneration: this.observed }),
        ...(total > 0 && { replicas: total }),
        ...(updated > 0 && { updatedReplicas: updated }),
        ...(available > 0 && { readyReplicas: available, availableReplicas: available }),
        ...(this.progressing && { conditions: [this.progressing] }),
      },
    };
  }

  get current(): ReplicaSet {
    const own = this.sets.find(({ hash }) => hash === hashOf(this.template, this.collisions));
    if (!own) throw new Error('the controller has not acted');
    return own;
  }

  tell(at: number, op: Op = 'update'): this {
    this.#tape.workload(at, this.object, op);
    return this;
  }

  tellSets(at: number, op: 'list' | 'update' = 'list'): this {
    for (const own of this.sets) this.#tape.workload(at, this.replicaSet(own), op);
    return this;
  }

  replicaSet({ template, hash, revision, created, replicas }: ReplicaSet): NamedObject {
    return {
      name: `shop-${hash}`,
      uid: `rs-${hash}`,
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        creationTimestamp: kube(created),
        generation: 1,
        labels: { app: 'shop', 'pod-template-hash': hash },
        annotations: { [REVISION]: String(revision) },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop', uid: this.uid, controller: true }],
      },
      spec: { replicas, template: projected(template, { 'pod-template-hash': hash }) },
      status: {},
    };
  }

  /** A write of the spec by somebody, without an entry. */
  edit(at: number, change: (own: this) => void, manager = 'kubectl-edit', subresource?: string): this {
    change(this);
    this.stored.generation += 1;
    this.stored.write(at, manager, subresource);
    return this;
  }

  image(at: number, image: string, manager?: string): this {
    return this.edit(at, (own) => void (own.template = { ...own.template, image }), manager).tell(at);
  }

  scale(at: number, replicas: number, manager = 'kube-controller-manager'): this {
    return this.edit(at, (own) => void (own.replicas = replicas), manager, 'scale').tell(at);
  }

  /** The controller's own part, silently: its ReplicaSet, and the revision. */
  control(at: number): ReplicaSet {
    const hash = hashOf(this.template, this.collisions);
    let own = this.sets.find((each) => each.hash === hash);
    const newest = Math.max(0, ...this.sets.map(({ revision }) => revision));
    if (!own) {
      own = { template: this.template, hash, revision: newest + 1, created: at, replicas: this.replicas };
      this.sets.push(own);
      this.progress(at, 'True', 'NewReplicaSetCreated');
    } else if (own.revision < newest) own.revision = newest + 1;
    this.stored.annotations = { ...this.stored.annotations, [REVISION]: String(own.revision) };
    this.stored.write(at, 'kube-controller-manager', 'status');
    return own;
  }

  act(at: number): this {
    const known = this.sets.length;
    const own = this.control(at);
    this.#tape.workload(at, this.replicaSet(own), this.sets.length > known ? 'add' : 'update');
    this.tell(at);
    // What it counts from here on are the new template's pods.
    this.counts = { ...this.counts, updated: 0 };
    return this;
  }

  progress(at: number, status: string, reason: string, message = ''): void {
    this.progressing = { type: 'Progressing', status, reason, message, lastUpdateTime: kube(at) };
  }

  /** What the controller counts; what is not given stays. */
  count(at: number, counts: Counts): this {
    this.counts = { ...this.counts, ...counts };
    this.observed = this.stored.generation;
    const { total, updated, available } = this.counts;
    const isDone = [total, updated, available].every((each) => each === this.replicas);
    if (isDone) this.progress(at, 'True', 'NewReplicaSetAvailable');
    else if (total !== updated && !this.paused) this.progress(at, 'True', 'ReplicaSetUpdated');
    return this;
  }

  status(at: number, counts: Counts = {}): this {
    return this.count(at, counts).tell(at);
  }

  /** All old pods are replaced, in one step. */
  done(at: number): this {
    return this.status(at, { total: this.replicas, updated: this.replicas, available: this.replicas });
  }

  pod(at: number, letter: string, setting: Partial<PodSetting> & { hash?: string } = {}, op?: Op): this {
    const { hash = this.current.hash, ...more } = setting;
    const owner = { kind: 'ReplicaSet', name: `shop-${hash}`, uid: `rs-${hash}` };
    const labels = { 'pod-template-hash': hash };
    this.#tape.pod(at, pod(`shop-${hash}-${letter}`, { owner, labels, created: at, ...more }), op);
    return this;
  }
}

/** One that has been there for an hour and stands at revision 1, told by a list. */
export function settled(tape: Tape, at = 10, more: ConstructorParameters<typeof SimDeployment>[1] = {}): SimDeployment {
  const own = new SimDeployment(tape, { at: -3600, ...more });
  own.control(-3600);
  own.count(-3500, { total: own.replicas, updated: own.replicas, available: own.replicas });
  return own.tell(at, 'list').tellSets(at);
}
