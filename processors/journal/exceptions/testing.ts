import type { Table } from '../../../schemas/column.ts';
import type { Entry, Kind, Op } from '../../../schemas/entry.ts';
import type {
  ContainerState,
  ContainerStatus,
  LogObject,
  PodObject,
  TerminatedState,
} from '../../../schemas/objects.ts';
import type { ExceptionLogRow } from '../../../schemas/exceptions.ts';
import type { Fold, FoldContext, FoldState } from '../fold.ts';
import { createExceptionsFold } from './fold.ts';
import { exceptionOptions } from './options.ts';
import type { Row } from './state.ts';

/** Builders of what a kubelet writes, and a runtime for the fold that may restart it after every entry. */
export const T0 = Date.parse('2026-03-01T10:00:00.000Z');
export const MINUTE = 60;
const iso = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
/** A Kubernetes time: whole seconds. */
export const kube = (seconds: number) => iso(Math.floor(seconds)).replace('.000Z', 'Z');
export const wire = iso;

export interface Instance {
  start?: number;
  end?: number;
  exit?: number;
  reason?: string;
  message?: string;
  id?: string;
}

export const dead = ({ start = 1000, end = 1010, exit = 1, reason, message, id }: Instance = {}): TerminatedState => ({
  exitCode: exit,
  reason: reason ?? (exit === 0 ? 'Completed' : 'Error'),
  startedAt: kube(start),
  finishedAt: kube(end),
  containerID: id ?? `containerd://${start}-${end}`,
  ...(message !== undefined && { message }),
});
export const terminated = (instance?: Instance): ContainerState => ({ terminated: dead(instance) });
export const running = (start: number): ContainerState => ({ running: { startedAt: kube(start) } });
export const waiting = (reason: string, message = ''): ContainerState => ({ waiting: { reason, message } });

export function status(
  restartCount: number,
  state: ContainerState,
  lastState?: ContainerState,
  name = 'app',
): ContainerStatus {
  return { name, image: 'shop:1.2', restartCount, state, ...(lastState && { lastState }) };
}

export interface PodSetting extends Omit<PodObject, 'metadata'> {
  metadata?: PodObject['metadata'];
}

/** A pod of Deployment `shop`, created an hour before T0 unless said otherwise. */
export function pod(statuses: ContainerStatus[], more: PodSetting = {}): PodObject {
  return {
    metadata: {
      creationTimestamp: kube(-3600),
      labels: { app: 'shop', 'pod-template-hash': '7d9f5c6b8d' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'shop-7d9f5c6b8d', uid: 'rs-1', controller: true }],
      ...more.metadata,
    },
    spec: {
      nodeName: 'node-1',
      restartPolicy: 'Always',
      containers: [{ name: 'app', image: 'shop:1.2', resources: { limits: { memory: '128Mi' } } }],
      ...more.spec,
    },
    status: { phase: 'Running', containerStatuses: statuses, ...more.status },
  };
}

export const jobOwner = (kind = 'Job', name = 'report', uid = 'job-1') => ({
  ownerReferences: [{ kind, name, uid, controller: true }],
});

export function log(ordinal: number, more: Partial<LogObject> = {}): LogObject {
  const text = more.text ?? '';
  return {
    pod_uid: 'pod-1',
    container: 'app',
    container_kind: 'app',
    ordinal,
    container_id: '',
    started_at: null,
    finished_at: null,
    status: 'caught',
    detail: '',
    text,
    lines: text === '' ? 0 : text.split('\n').length,
    bytes: text.length,
    truncated: false,
    redactions: 0,
    ...more,
  };
}

export interface HarnessOptions {
  options?: unknown;
  /** Throws the fold away after every entry and loads its state from JSON. */
  restarts?: boolean;
  cluster?: string;
}

export class Harness {
  readonly rows = new Map<string, Row>();
  readonly logs = new Map<string, Omit<ExceptionLogRow, 'version'>>();
  readonly published: Row[] = [];
  emitted = 0;
  sets = 0;
  #state = new Map<string, unknown>();
  #seq = 0;
  #fold: Fold;
  readonly #settings: HarnessOptions;

  constructor(settings: HarnessOptions = {}) {
    this.#settings = settings;
    this.#fold = this.#create();
  }

  #create(): Fold {
    return createExceptionsFold(exceptionOptions(this.#settings.options))(this.#settings.cluster ?? 'east');
  }

  get stateJson(): string {
    return JSON.stringify([...this.#state].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  restart(): void {
    this.#state = new Map(JSON.parse(this.stateJson) as [string, unknown][]);
    this.#fold = this.#create();
    this.#fold.restore?.(this.#view());
  }

  #view(): FoldState {
    const state = this.#state;
    return {
      get: <T>(key: string) => state.get(key) as T | undefined,
      set: (key, value) => {
        this.sets += 1;
        state.set(key, value);
      },
      delete: (key) => void state.delete(key),
      *entries<T>(prefix: string): Iterable<[string, T]> {
        for (const [key, value] of state) if (key.startsWith(prefix)) yield [key, value as T];
      },
    };
  }

  /** `late`: as the runtime says of an entry that newer ones have overtaken. */
  apply(entry: Entry, late = false): this {
    const context: FoldContext = {
      cluster: this.#settings.cluster ?? 'east',
      logId: 'log',
      offset: this.#seq,
      value: JSON.stringify(entry),
      state: this.#view(),
      late,
      emit: (table: Table, key, row) => {
        this.emitted += 1;
        const copy = JSON.parse(JSON.stringify(row)) as unknown;
        if (table.name === 'exceptions_versions') this.rows.set(key, copy as Row);
        else this.logs.set(key, copy as Omit<ExceptionLogRow, 'version'>);
      },
      publish: (_kind, _key, row) => void this.published.push(row as unknown as Row),
    };
    this.#fold.apply(entry, context);
    if (this.#settings.restarts) this.restart();
    return this;
  }

  entry(at: number, kind: Kind, op: Op, object: object, name = 'shop-7d9f5c6b8d-x2x4z', uid = 'pod-1'): Entry {
    this.#seq += 1;
    return {
      v: 1,
      epoch: 1,
      seq: this.#seq,
      kind,
      op,
      namespace: 'web',
      name,
      uid,
      resource_version: String(this.#seq),
      observed_at: iso(at),
      object: JSON.parse(JSON.stringify(object)) as Record<string, unknown>,
    };
  }

  pod(at: number, object: PodObject, op: Op = 'update', uid = 'pod-1', name?: string): this {
    return this.apply(this.entry(at, 'pod', op, object, name, uid));
  }

  log(at: number, object: LogObject): this {
    return this.apply(this.entry(at, 'log', 'add', object, undefined, ''));
  }

  beat(at: number): this {
    return this.apply(this.entry(at, 'heartbeat', 'add', {}, '', ''));
  }

  event(at: number, reason: string, message: string, container = 'app'): this {
    const involvedObject = { kind: 'Pod', uid: 'pod-1', fieldPath: `spec.containers{${container}}` };
    return this.apply(
      this.entry(at, 'event', 'add', { reason, message, involvedObject, lastTimestamp: kube(at) }, 'ev', `ev-${at}`),
    );
  }

  of(type: Row['type']): Row[] {
    return [...this.rows.values()]
      .filter((row) => row.type === type)
      .sort((a, b) => a.container.localeCompare(b.container) || a.generation - b.generation || a.ordinal - b.ordinal);
  }

  /** `generation.ordinal reason exit verdict` of every death. */
  get deaths(): string[] {
    return this.of('death').map(
      (row) => `${row.generation}.${row.ordinal} ${row.reason}${row.rule && ` (${row.rule})`}`,
    );
  }
}
