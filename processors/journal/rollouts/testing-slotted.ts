import type { Op } from '../../../schemas/entry.ts';
import type { NamedObject } from './testing.ts';
import { kube } from './testing.ts';
import type { PodSetting, Tape, Template } from './testing-objects.ts';
import { hashOf, pod, projected, StoredObject } from './testing-objects.ts';

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

export interface SlottedCounts {
  total?: number;
  updated?: number;
  available?: number;
}

/** A StatefulSet or DaemonSet `shop` with its ControllerRevisions. `replicas` is the number of nodes for a DaemonSet. */
export class SimSlotted {
  readonly stored: StoredObject;
  readonly kind: 'StatefulSet' | 'DaemonSet';
  template: Template = { image: 'shop:1' };
  replicas: number;
  strategy: Record<string, unknown> = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
  minReadySeconds = 0;
  counts: Required<SlottedCounts> = { total: 0, updated: 0, available: 0 };
  observed = 0;
  currentRevision = '';
  updateRevision = '';
  readonly revisions: { hash: string; number: number }[] = [];
  readonly #tape: Tape;

  constructor(tape: Tape, kind: 'StatefulSet' | 'DaemonSet', { at = 10, replicas = 3 } = {}) {
    this.#tape = tape;
    this.kind = kind;
    this.replicas = replicas;
    this.stored = new StoredObject(at);
    this.stored.write(at, 'helm');
    if (kind === 'DaemonSet') this.stored.annotations = { [TEMPLATE_GENERATION]: '1' };
  }

  get hash(): string {
    return hashOf(this.template);
  }

  get object(): NamedObject {
    const { total, updated, available } = this.counts;
    const observedGeneration = this.observed > 0 ? { observedGeneration: this.observed } : {};
    const stateful = {
      ...observedGeneration,
      replicas: total,
      ...(updated > 0 && { updatedReplicas: updated }),
      ...(available > 0 && { readyReplicas: available }),
      availableReplicas: available,
      ...(this.currentRevision && { currentRevision: this.currentRevision, updateRevision: this.updateRevision }),
    };
    const daemon = {
      ...observedGeneration,
      desiredNumberScheduled: this.observed > 0 ? this.replicas : 0,
      currentNumberScheduled: total,
      numberMisscheduled: 0,
      numberReady: available,
      ...(updated > 0 && { updatedNumberScheduled: updated }),
      ...(available > 0 && { numberAvailable: available }),
    };
    return {
      name: 'shop',
      uid: 's-1',
      apiVersion: 'apps/v1',
      kind: this.kind,
      metadata: this.stored.metadata,
      spec: {
        ...(this.kind === 'StatefulSet' && { replicas: this.replicas, serviceName: 'shop' }),
        updateStrategy: this.strategy,
        ...(this.minReadySeconds > 0 && { minReadySeconds: this.minReadySeconds }),
        template: projected(this.template),
      },
      status: this.kind === 'StatefulSet' ? stateful : daemon,
    };
  }

  tell(at: number, op: Op = 'update'): this {
    this.#tape.workload(at, this.object, op);
    return this;
  }

  edit(at: number, change: (own: this) => void, manager = 'kubectl-edit'): this {
    const before = JSON.stringify(this.template);
    change(this);
    this.stored.generation += 1;
    this.stored.write(at, manager);
    if (this.kind === 'DaemonSet' && JSON.stringify(this.template) !== before) {
      const count = Number(this.stored.annotations[TEMPLATE_GENERATION]) + 1;
      this.stored.annotations = { ...this.stored.annotations, [TEMPLATE_GENERATION]: String(count) };
    }
    return this;
  }

  image(at: number, image: string): this {
    return this.edit(at, (own) => void (own.template = { ...own.template, image })).tell(at);
  }

  /** The controller's own part, silently: its ControllerRevision. */
  control(): { hash: string; number: number } {
    const newest = Math.max(0, ...this.revisions.map(({ number }) => number));
    let own = this.revisions.find(({ hash }) => hash === this.hash);
    if (!own) this.revisions.push((own = { hash: this.hash, number: newest + 1 }));
    else if (own.number < newest) own.number = newest + 1;
    if (this.kind === 'StatefulSet') {
      this.updateRevision = `shop-${own.hash}`;
      this.currentRevision ||= this.updateRevision;
    }
    this.observed = this.stored.generation;
    this.stored.write(0, 'kube-controller-manager', 'status');
    return own;
  }

  revision(at: number, { hash, number }: { hash: string; number: number }, op: 'list' | 'add' | 'update'): void {
    this.#tape.workload(
      at,
      {
        name: `shop-${hash}`,
        uid: `cr-${hash}`,
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          creationTimestamp: kube(at),
          labels: this.kind === 'DaemonSet' ? { 'controller-revision-hash': hash } : {},
          ownerReferences: [{ apiVersion: 'apps/v1', kind: this.kind, name: 'shop', uid: 's-1', controller: true }],
        },
        revision: number,
        dataHash: hash,
      },
      op,
    );
  }

  act(at: number): this {
    const known = this.revisions.length;
    const own = this.control();
    this.revision(at, own, this.revisions.length > known ? 'add' : 'update');
    this.counts = { ...this.counts, updated: 0 };
    return this.tell(at);
  }

  count(counts: SlottedCounts): this {
    this.counts = { ...this.counts, ...counts };
    this.observed = this.stored.generation;
    const { total, updated, available } = this.counts;
    const isDone = [total, updated, available].every((each) => each === this.replicas);
    if (isDone && this.strategy['type'] !== 'OnDelete') this.currentRevision = this.updateRevision;
    return this;
  }

  status(at: number, counts: SlottedCounts = {}): this {
    return this.count(counts).tell(at);
  }

  done(at: number): this {
    return this.status(at, { total: this.replicas, updated: this.replicas, available: this.replicas });
  }

  pod(at: number, slot: string, setting: Partial<PodSetting> & { hash?: string } = {}, op?: Op): this {
    const { hash = this.hash, ...more } = setting;
    const owner = { kind: this.kind, name: 'shop', uid: 's-1' };
    const label = this.kind === 'StatefulSet' ? `shop-${hash}` : hash;
    const labels = { 'controller-revision-hash': label };
    this.#tape.pod(at, pod(`shop-${slot}`, { owner, labels, created: at, ...more }), op);
    return this;
  }
}

/** One that has been there for an hour and stands, told by a list. */
export function settledSlotted(
  tape: Tape,
  kind: 'StatefulSet' | 'DaemonSet',
  change: (own: SimSlotted) => void = () => {},
): SimSlotted {
  const own = new SimSlotted(tape, kind, { at: -3600 });
  change(own);
  const revision = own.control();
  own.count({ total: own.replicas, updated: own.replicas, available: own.replicas });
  own.tell(10, 'list').revision(10, revision, 'list');
  return own;
}
