import type { Entry, Kind, Op } from '../../../schemas/entry.ts';
import type { ExceptionRow } from '../../../schemas/exceptions.ts';
import { exceptionsTable } from '../../../schemas/exceptions.ts';
import { rolloutsTable } from '../../../schemas/rollouts.ts';
import { createExceptionsFold } from '../exceptions/fold.ts';
import type { LabelOptions } from '../objects/labels.ts';
import { createEntries, FoldChain } from '../testing/fold-chain.ts';
import type { ChainOptions } from '../testing/fold-chain.ts';
import { createRolloutsFold } from './fold.ts';
import { rolloutOptions } from './options.ts';
import type { Row } from './state.ts';

/** A runtime for the exceptions fold and the rollouts fold after it, which may restart after every entry. */
export const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const iso = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
/** A Kubernetes time: whole seconds. */
export const kube = (seconds: number) => iso(Math.floor(seconds)).replace('.000Z', 'Z');
export const wire = iso;

export interface HarnessOptions extends ChainOptions {
  options?: unknown;
  labels?: LabelOptions;
}

export class Harness {
  readonly #chain: FoldChain;
  readonly #entry = createEntries();

  constructor({ options, labels, ...settings }: HarnessOptions = {}) {
    const own = () => createRolloutsFold(rolloutOptions(options), labels)('east');
    this.#chain = new FoldChain([() => createExceptionsFold()('east'), own], settings);
    // What comes first is what the cluster's journal begins with.
    this.beat(0);
  }

  get rows(): ReadonlyMap<string, Row> {
    return this.#chain.rowsOf(rolloutsTable);
  }

  get exceptions(): ReadonlyMap<string, ExceptionRow> {
    return this.#chain.rowsOf(exceptionsTable);
  }

  get published(): Row[] {
    return this.#chain.published.flatMap(({ kind, row }) => (kind === 'rollout' ? [row as unknown as Row] : []));
  }

  get sets(): number {
    return this.#chain.folds[1]?.sets ?? 0;
  }

  get stateJson(): string {
    return this.#chain.folds[1]?.json ?? '';
  }

  restart(): void {
    this.#chain.restart();
  }

  /** `late`: as the runtime says of an entry that newer ones have overtaken. */
  apply(entry: Entry, late = false): this {
    this.#chain.apply(entry, late);
    return this;
  }

  entry(at: number, kind: Kind, op: Op, object: object, name: string, uid: string, namespace = 'web'): Entry {
    return this.#entry(T0 + at * 1000, kind, op, object, name, uid, namespace);
  }

  beat(at: number): this {
    return this.apply(this.entry(at, 'heartbeat', 'add', {}, '', '', ''));
  }

  /** A heartbeat every 10 seconds, as the agent sends them. */
  beats(from: number, to: number): this {
    for (let at = from; at <= to; at += 10) this.beat(at);
    return this;
  }

  workload(at: number, object: NamedObject, op: Op = 'update'): this {
    return this.#object(at, 'workload', object, op);
  }

  pod(at: number, object: NamedObject, op: Op = 'update'): this {
    return this.#object(at, 'pod', object, op);
  }

  #object(at: number, kind: Kind, { name, uid, ...object }: NamedObject, op: Op): this {
    return this.apply(this.entry(at, kind, op, op === 'vanished' ? {} : object, name, uid));
  }

  service(at: number, selector: Record<string, string>, name = 'shop', op: Op = 'list'): this {
    return this.apply(this.entry(at, 'service', op, { spec: { selector } }, name, `svc-${name}`));
  }

  node(at: number, name: string, ready: 'True' | 'Unknown'): this {
    const conditions = [{ type: 'Ready', status: ready, lastTransitionTime: kube(at) }];
    return this.apply(this.entry(at, 'node', 'update', { status: { conditions } }, name, `n-${name}`, ''));
  }

  get list(): Row[] {
    return [...this.rows.values()].sort((a, b) => (a.observed_at < b.observed_at ? -1 : 1));
  }

  /** `kind outcome` of every rollout, in their order. */
  get story(): string[] {
    return this.list.map(({ kind, outcome }) => `${kind} ${outcome}`);
  }

  get last(): Row {
    const row = this.list.at(-1);
    if (!row) throw new Error('there is no rollout');
    return row;
  }
}

/** An object as the API server has it, with what an entry tells of it beside. */
export interface NamedObject extends Record<string, unknown> {
  name: string;
  uid: string;
}
