import type { Entry } from '../../../schemas/entry.ts';

/** What the oracle reads of the objects of a random history. */
interface Pod {
  labels: Record<string, string>;
  app: string;
  node: string;
  ready: boolean;
  changed: number;
  deleted: number | null;
  gone: number | null;
}

const REMEMBERED_MS = 15 * 60_000;
const REPLACED_WITHIN_MS = 60_000;
const LISTS = ['service', 'endpointslice', 'pod', 'deployments', 'statefulsets', 'daemonsets', 'replicasets'];

type Json = Record<string, unknown>;
const at = (object: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Json | undefined)?.[key], object);

/** How a service was after an entry, as far as the entries so far tell. */
export interface Sample {
  index: number;
  at: number;
  /** The slice that the entry is about, or ''. */
  slice: string;
  ready: ReadonlySet<string>;
  serving: number;
  all: number;
  /** Replicas, null where nobody is known to stand behind it. */
  wanted: number | null;
  ports: readonly string[];
  offered: ReadonlySet<string>;
  /** The entry is the first of a workload that stands behind it. */
  remade: boolean;
  /** Whether it has a selector. */
  selects: boolean;
  /** It stays so until an entry about one of these objects comes. */
  lasts: boolean;
}

/** The journal so far, looked at from scratch at any entry: nothing is carried from one look to the next. */
export class OracleWorld {
  readonly times: readonly number[];
  readonly entries: readonly Entry[];
  readonly #versions = new Map<string, number[]>();
  readonly #kinds = new Map<string, Set<string>>();
  /** By app, the entries about its pods. */
  readonly #versionsOfPods = new Map<unknown, number[]>();

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
    this.times = entries.map(({ observed_at }) => Date.parse(observed_at));
    for (const [index, { kind, uid }] of entries.entries()) {
      if (uid === '') continue;
      const versions = this.#versions.get(uid);
      if (versions) versions.push(index);
      else this.#versions.set(uid, [index]);
      this.#kinds.set(kind, (this.#kinds.get(kind) ?? new Set()).add(uid));
      if (kind !== 'pod') continue;
      const app = at(entries[this.versions(uid)[0] ?? 0]?.object, 'metadata', 'labels', 'app');
      this.#versionsOfPods.set(app, [...(this.#versionsOfPods.get(app) ?? []), index]);
    }
  }

  time = (index: number): number => this.times[index] ?? Number.NaN;

  uids = (kind: Entry['kind']): string[] => [...(this.#kinds.get(kind) ?? [])];

  versions = (uid: string): readonly number[] => this.#versions.get(uid) ?? [];

  /** Entries about an object up to `index`, the newest first. */
  #history(uid: string, index: number): Entry[] {
    return this.versions(uid)
      .filter((each) => each <= index)
      .toReversed()
      .flatMap((each) => this.entries[each] ?? []);
  }

  #newest(uid: string, index: number): Entry | undefined {
    const newest = this.versions(uid).findLast((each) => each <= index);
    return newest === undefined ? undefined : this.entries[newest];
  }

  /** The object as it is at `index`, undefined before it came and after it went. */
  #live(uid: string, index: number): Entry | undefined {
    const newest = this.#newest(uid, index);
    return newest && newest.op !== 'delete' && newest.op !== 'vanished' ? newest : undefined;
  }

  /** Of the service that the entry is about. */
  ports = (index: number): string[] => portsOf(this.entries[index]?.object);

  pod(uid: string, index: number): Pod | undefined {
    const history = this.#history(uid, index);
    const told = history.find(({ op }) => op !== 'vanished');
    const [newest] = history;
    if (!newest || !told || newest.kind !== 'pod') return undefined;
    const end = history.findLast(({ op }) => op === 'delete' || op === 'vanished');
    const [ready] = at(told.object, 'status', 'conditions') as [Record<string, string>];
    const deletion = at(told.object, 'metadata', 'deletionTimestamp') as string | undefined;
    const abrupt = history.find(({ op }) => op === 'delete');
    return {
      labels: at(told.object, 'metadata', 'labels') as Record<string, string>,
      app: at(told.object, 'metadata', 'labels', 'app') as string,
      node: at(told.object, 'spec', 'nodeName') as string,
      ready: ready['status'] === 'True',
      changed: Date.parse(ready['lastTransitionTime'] ?? ''),
      deleted: deletion ? Date.parse(deletion) - 30_000 : abrupt ? Date.parse(abrupt.observed_at) : null,
      gone: end ? Date.parse(end.observed_at) : null,
    };
  }

  /** When the kubelet of a node that is away was last heard of. */
  silentSince(node: string, index: number): number | null {
    const all = this.#history(`uid-${node}`, index);
    // One that is gone says no more, and is forgotten after a while.
    const last = all.findIndex(({ op }) => op !== 'delete' && op !== 'vanished');
    const gone = all[last - 1];
    if (gone && Date.parse(gone.observed_at) + REMEMBERED_MS <= this.time(index)) return null;
    const [ready] = (at(all[last]?.object, 'status', 'conditions') ?? []) as [Record<string, string>] | [];
    return ready && ready['status'] !== 'True' ? Date.parse(ready['lastHeartbeatTime'] ?? '') : null;
  }

  /** First entry by which all first lists are complete, or after which nobody waits for them any more. */
  toldBy(from: number): number {
    const firsts = LISTS.map((list) =>
      this.entries.findIndex(({ kind, object }) => {
        return kind === 'coverage' && String(object['kind']).replace('workload/', '') === list;
      }),
    );
    const told = firsts.includes(-1) ? Infinity : Math.max(from, ...firsts);
    const late = this.times.findIndex((time, index) => index >= from && time >= this.time(from) + 120_000);
    return late < 0 ? told : Math.min(told, late);
  }

  /** The service `uid` as it is at `index`. */
  look(uid: string, name: string, index: number): Sample {
    const object = this.#newest(uid, index)?.object;
    const slices = this.uids('endpointslice').flatMap((each) => this.#live(each, index) ?? []);
    // Nobody proxies a headless one.
    const isHeadless = at(object, 'spec', 'clusterIP') === 'None';
    const own = slices.filter((each) => at(each.object, 'metadata', 'labels', 'kubernetes.io/service-name') === name);
    const ready = new Set<string>();
    const serving = new Set<string>();
    const all = new Set<string>();
    const offered = new Set<string>();
    for (const slice of own) {
      for (const endpoint of at(slice.object, 'endpoints') as Json[]) {
        const id = at(endpoint, 'targetRef', 'uid') as string;
        const is = endpoint['conditions'] as Record<string, boolean>;
        all.add(id);
        if (is['ready'] ?? true) {
          ready.add(id);
          for (const port of at(slice.object, 'ports') as Json[]) offered.add(port['name'] as string);
        } else if (!isHeadless && (is['serving'] ?? true) && is['terminating']) serving.add(id);
      }
    }
    const entry = this.entries[index];
    const app = at(object, 'spec', 'selector', 'app');
    return {
      index,
      at: this.time(index),
      slice: entry?.kind === 'endpointslice' ? entry.uid : '',
      ready,
      serving: [...serving].filter((id) => !ready.has(id)).length,
      all: all.size,
      wanted: this.#wanted(app, index),
      ports: portsOf(object),
      offered,
      remade: entry?.kind === 'workload' && this.versions(entry.uid)[0] === index && appOf(entry) === app,
      selects: app !== undefined,
      lasts: app === undefined || this.#behind(app, index).length > 0,
    };
  }

  #behind(app: unknown, index: number): Entry[] {
    return this.uids('workload')
      .flatMap((uid) => this.#live(uid, index) ?? [])
      .filter((entry) => appOf(entry) === app);
  }

  #wanted(app: unknown, index: number): number | null {
    if (app === undefined) return null;
    const behind = this.#behind(app, index);
    if (behind.length > 0) {
      return behind.reduce((sum, entry) => sum + this.#replicas(entry, index), 0);
    }
    const pods = this.#podsOf(app as string, index);
    if (pods.length === 0) return null;
    return Math.max(pods.filter(isLive).length, this.#held(app as string, index));
  }

  /** Of a DaemonSet the nodes that are to run it: one at least, where the same spec had some. */
  #replicas({ uid, object }: Entry, index: number): number {
    if (at(object, 'kind') !== 'DaemonSet') return at(object, 'spec', 'replicas') as number;
    const told = this.#history(uid, index).map((each) => at(each.object, 'status') as Record<string, number>);
    const others = told.findIndex((each) => each['observedGeneration'] !== told[0]?.['observedGeneration']);
    const ofSpec = told.slice(0, others < 0 ? told.length : others);
    const most = Math.max(...ofSpec.map((each) => each['desiredNumberScheduled'] ?? 0));
    return Math.max(told[0]?.['desiredNumberScheduled'] ?? 0, Math.min(1, most));
  }

  #podsOf(app: string, index: number): Pod[] {
    const now = this.time(index);
    const pods = this.uids('pod').flatMap((uid) => this.pod(uid, index) ?? []);
    return pods.filter((pod) => pod.app === app && (pod.gone === null || pod.gone + REMEMBERED_MS > now));
  }

  /** How many pods a controller that nobody knows had, when one went less than a minute ago. */
  #held(app: string, index: number): number {
    let held = { size: 0, until: -Infinity };
    for (const each of this.#versionsOfPods.get(app) ?? []) {
      if (each > index) break;
      const uid = this.entries[each]?.uid ?? '';
      if (held.until > this.time(each - 1)) continue;
      const [was, is] = [this.pod(uid, each - 1), this.pod(uid, each)];
      if (!was || !is || !isLive(was) || isLive(is) || this.#knows(app, each)) continue;
      const size = this.#podsOf(app, each).filter(isLive).length + 1;
      held = { size, until: this.time(each) + REPLACED_WITHIN_MS };
    }
    return held.until > this.time(index) ? held.size : 0;
  }

  #knows(app: string, index: number): boolean {
    return this.uids('workload').some((uid) => {
      const newest = this.#newest(uid, index);
      if (newest?.name !== app) return false;
      const isGone = newest.op === 'delete' || newest.op === 'vanished';
      return !isGone || Date.parse(newest.observed_at) + REMEMBERED_MS > this.time(index);
    });
  }
}

const appOf = ({ object }: Entry): unknown => at(object, 'spec', 'template', 'metadata', 'labels', 'app');

const portsOf = (service: unknown): string[] =>
  ((at(service, 'spec', 'ports') ?? []) as Json[]).map((port) => port['name'] as string);

const isLive = ({ gone, deleted }: Pod): boolean => gone === null && deleted === null;
