import type { Known, KnownChange } from '../../platform/bus/local-log.ts';
import type { Op } from '../../schemas/entry.ts';
import { isOlder } from './resource-version.ts';
import type { Source } from './sources.ts';

/** An object as the API server gives it. */
export interface RawObject {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; uid: string; resourceVersion: string; [other: string]: unknown };
  [other: string]: unknown;
}

/** What is to be journalled of one object; `raw` is null where only its going is known. */
export interface Change {
  readonly op: Op;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly raw: RawObject | null;
  readonly known: KnownChange;
}

export interface ListMode {
  /** The op of an object that was not known. */
  readonly newOp: 'list' | 'add';
  /** Whether objects that have not changed are told again, as `list`. */
  readonly repeat: boolean;
}

/** What is known of a source's objects: uid, version and a short note each, never the object. */
export interface KnownObjects {
  readonly size: number;
  beginList(): void;
  listed(raw: RawObject, mode: ListMode): Change[];
  /** The objects that the list which has just ended did not hold. */
  endList(): Change[];
  /** What an event changes; nothing where the object is known in a later version. */
  watched(type: 'ADDED' | 'MODIFIED' | 'DELETED', raw: RawObject): Change[];
  /** The latest version of any object; '' without objects. */
  newest(): string;
  /** The server's versions have begun anew: what is known is compared by uid alone from here on. */
  forgetVersions(): void;
}

interface Remembered {
  uid: string;
  resourceVersion: string;
  list: number;
}

interface RawContainerStatus {
  name?: string;
  restartCount?: number;
}

/** Restart counts by container for a pod, '' for all else. */
export function noteOf(source: Pick<Source, 'name'>, raw: object): string {
  if (source.name !== 'pod') return '';
  const { status } = raw as { status?: Record<string, unknown> | null };
  const counts: Record<string, number> = {};
  for (const field of ['containerStatuses', 'initContainerStatuses']) {
    const containers = status?.[field];
    if (!Array.isArray(containers)) continue;
    for (const container of containers as (RawContainerStatus | null)[]) {
      if (container?.name && container.restartCount) counts[container.name] = container.restartCount;
    }
  }
  return Object.keys(counts).length === 0 ? '' : JSON.stringify(counts);
}

export function createKnownObjects(source: Source, initial: readonly Known[]): KnownObjects {
  const objects = new Map<string, Remembered>();
  let list = 0;
  const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;
  for (const { namespace, name, uid, resourceVersion } of initial) {
    objects.set(keyOf(namespace, name), { uid, resourceVersion, list });
  }

  const told = (op: Op, raw: RawObject): Change => {
    const { name, namespace = '', uid, resourceVersion } = raw.metadata;
    const gone = op === 'delete';
    if (gone) objects.delete(keyOf(namespace, name));
    else objects.set(keyOf(namespace, name), { uid, resourceVersion, list });
    const known: KnownChange = gone
      ? { forget: { source: source.name, namespace, name } }
      : { put: { source: source.name, namespace, name, uid, resourceVersion, note: noteOf(source, raw) } };
    return { op, namespace, name, uid, resourceVersion, raw, known };
  };
  const vanished = (key: string, { uid, resourceVersion }: Remembered): Change => {
    objects.delete(key);
    const slash = key.indexOf('/');
    const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)];
    const known: KnownChange = { forget: { source: source.name, namespace, name } };
    return { op: 'vanished', namespace, name, uid, resourceVersion, raw: null, known };
  };
  const rememberedOf = (raw: RawObject): [string, Remembered | undefined] => {
    const key = keyOf(raw.metadata.namespace ?? '', raw.metadata.name);
    return [key, objects.get(key)];
  };

  return {
    get size() {
      return objects.size;
    },
    beginList() {
      list++;
    },
    listed(raw, mode) {
      const [key, before] = rememberedOf(raw);
      if (!before) return [told(mode.newOp, raw)];
      if (before.uid !== raw.metadata.uid) return [vanished(key, before), told('add', raw)];
      before.list = list;
      if (isOlder(raw.metadata.resourceVersion, before.resourceVersion)) return [];
      if (before.resourceVersion !== raw.metadata.resourceVersion) return [told('update', raw)];
      return mode.repeat ? [told('list', raw)] : [];
    },
    endList() {
      return [...objects].filter(([, object]) => object.list !== list).map(([key, object]) => vanished(key, object));
    },
    watched(type, raw) {
      const [key, before] = rememberedOf(raw);
      if (before && isOlder(raw.metadata.resourceVersion, before.resourceVersion)) return [];
      const other = before !== undefined && before.uid !== raw.metadata.uid;
      const first = other ? [vanished(key, before)] : [];
      if (type === 'DELETED') return [...first, told('delete', raw)];
      if (before === undefined || other) return [...first, told('add', raw)];
      return before.resourceVersion === raw.metadata.resourceVersion ? [] : [told('update', raw)];
    },
    newest() {
      let newest = '';
      for (const { resourceVersion } of objects.values())
        if (isOlder(newest, resourceVersion)) newest = resourceVersion;
      return newest;
    },
    forgetVersions() {
      for (const object of objects.values()) object.resourceVersion = '';
    },
  };
}
