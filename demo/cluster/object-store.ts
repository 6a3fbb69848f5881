import { keyOf, kubeTime, type KubeObject } from './objects.ts';
import { apiVersionOf, RESOURCES, resourceOfKind, type Resource } from './resources.ts';

export interface Change {
  readonly revision: number;
  readonly resource: Resource;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** As stored after the change; for a delete the last state with the delete's revision. */
  readonly object: KubeObject;
  readonly previous: KubeObject | null;
}

/** What a caller hands in; the store adds uid, resourceVersion, creationTimestamp and generation. */
export type Draft = Omit<KubeObject, 'apiVersion' | 'metadata'> & {
  metadata: { name: string } & Partial<KubeObject['metadata']>;
};

/**
 * Objects with etcd's semantics: one counter of revisions for all of them, every change an event that can be read again
 * until it is compacted. What is stored is never mutated: readers may keep it.
 */
export interface ObjectStore {
  revision(): number;
  /** Changes after a revision below this one are gone: a watch from there gets 410. */
  compactedAt(): number;
  list(resource: Resource): KubeObject[];
  /** The objects as they were at a revision from `compactedAt()` to `revision()`; what lies outside cannot be told. */
  listAt(resource: Resource, revision: number): KubeObject[];
  get(resource: Resource, namespace: string, name: string): KubeObject | undefined;
  /** Returns the stored object; throws where the name is taken. */
  create<T extends KubeObject = KubeObject>(draft: Draft): T;
  /** Stores a copy of `object` under a new revision and sets its `resourceVersion`. A changed spec raises `generation`. */
  update(object: KubeObject): KubeObject;
  /** As `update`, but only where something but the revision differs; `note` then writes down who did it. */
  write(object: KubeObject, note?: (object: KubeObject) => void): void;
  delete(object: KubeObject): void;
  /** Changes with a revision above `revision`, oldest first. */
  since(revision: number): readonly Change[];
  subscribe(listener: (change: Change) => void): () => void;
  compact(): void;
}

export interface ObjectStoreOptions {
  readonly now: () => number;
  readonly uid: () => string;
  /** Changes kept for watchers; older ones are compacted. */
  readonly window: number;
}

/** Kinds whose generation the API server counts. */
const COUNTED = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'PodDisruptionBudget',
]);

const changed = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);

export function createObjectStore({ now, uid, window }: ObjectStoreOptions): ObjectStore {
  const tables = new Map<string, Map<string, KubeObject>>(RESOURCES.map(({ plural }) => [plural, new Map()]));
  const listeners = new Set<(change: Change) => void>();
  let changes: Change[] = [];
  let revision = 1000;
  let compactedAt = revision;
  const tableOf = (resource: Resource) => tables.get(resource.plural) as Map<string, KubeObject>;

  function record(resource: Resource, type: Change['type'], object: KubeObject, previous: KubeObject | null) {
    const change = { revision, resource, type, object, previous };
    changes.push(change);
    if (changes.length >= 2 * window) drop(window);
    for (const listener of listeners) listener(change);
  }
  function drop(keep: number) {
    compactedAt = changes.at(-1 - keep)?.revision ?? compactedAt;
    changes = keep === 0 ? [] : changes.slice(-keep);
  }

  const stored = (object: KubeObject) => tableOf(resourceOfKind(object.kind)).get(keyOf(object));

  function update(object: KubeObject): KubeObject {
    const resource = resourceOfKind(object.kind);
    const previous = stored(object);
    if (!previous) throw new Error(`${resource.plural} ${keyOf(object)} not found`);
    object.metadata.resourceVersion = String(++revision);
    if (COUNTED.has(resource.kind) && changed(previous['spec'], object['spec'])) {
      object.metadata.generation = (previous.metadata.generation ?? 0) + 1;
    }
    const copy = structuredClone(object);
    tableOf(resource).set(keyOf(object), copy);
    record(resource, 'MODIFIED', copy, previous);
    return copy;
  }

  const since = (from: number) => changes.slice(firstAfter(changes, from));

  return {
    revision: () => revision,
    compactedAt: () => compactedAt,
    list: (resource) => [...tableOf(resource).values()],
    listAt(resource, at) {
      const objects = new Map(tableOf(resource));
      for (const change of since(at).toReversed()) {
        if (change.resource !== resource) continue;
        if (change.previous) objects.set(keyOf(change.object), change.previous);
        else objects.delete(keyOf(change.object));
      }
      return [...objects.values()];
    },
    get: (resource, namespace, name) => tableOf(resource).get(`${namespace}/${name}`),
    create<T extends KubeObject>(draft: Draft): T {
      const resource = resourceOfKind(draft.kind as string);
      const { name, ...rest } = draft.metadata;
      const metadata = {
        name,
        ...(COUNTED.has(resource.kind) ? { generation: 1 } : {}),
        ...rest,
        uid: uid(),
        resourceVersion: String(++revision),
        creationTimestamp: kubeTime(now()),
      };
      const object = structuredClone({ apiVersion: apiVersionOf(resource), ...draft, metadata }) as unknown as T;
      const key = keyOf(object);
      if (tableOf(resource).has(key)) throw new Error(`${resource.plural} ${key} already exists`);
      tableOf(resource).set(key, object);
      record(resource, 'ADDED', object, null);
      return structuredClone(object);
    },
    update,
    write(object, note) {
      if (!changed(stored(object), object)) return;
      note?.(object);
      update(object);
    },
    delete(object) {
      const resource = resourceOfKind(object.kind);
      const previous = tableOf(resource).get(keyOf(object));
      if (!previous || previous.metadata.uid !== object.metadata.uid) return;
      tableOf(resource).delete(keyOf(object));
      revision += 1;
      const last = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
      record(resource, 'DELETED', last, previous);
    },
    since,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact: () => drop(0),
  };
}

/** The index of the first change after a revision. */
function firstAfter(changes: readonly Change[], revision: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle] as Change).revision > revision) high = middle;
    else low = middle + 1;
  }
  return low;
}
