import { createHmac } from 'node:crypto';
import type { ObjectKind } from '../../../schemas/entry.ts';
import type { Redact } from '../redact.ts';
import {
  event,
  horizontalPodAutoscaler,
  node,
  persistentVolumeClaim,
  podDisruptionBudget,
  priorityClass,
} from './cluster.ts';
import { allowAnnotations } from './metadata.ts';
import { endpointSlice, service } from './network.ts';
import { pod } from './pod.ts';
import { isRecord, type Pass, type Shape } from './shapes.ts';
import { workload } from './workload.ts';

const SHAPES: Readonly<Record<ObjectKind, Shape>> = {
  pod,
  endpointslice: endpointSlice,
  service,
  workload,
  pdb: podDisruptionBudget,
  hpa: horizontalPodAutoscaler,
  pvc: persistentVolumeClaim,
  priorityclass: priorityClass,
  node,
  event,
};

/** Hex digits of a hash: 48 bits tell two values apart and are too few to search for one without the key. */
const HASH_DIGITS = 12;
const HASHES_REMEMBERED = 20_000;

/** What a projection must know of where an object came from; `apiKind` and `apiVersion` are missing from a list's items. */
export interface ProjectionSource {
  readonly kind: ObjectKind;
  readonly apiVersion: string;
  readonly apiKind: string;
}

export interface ProjectorOptions {
  readonly redact: Redact;
  /** Key of the hashes that stand for environment values; the same key over an agent's lives, or every value looks changed. */
  readonly envHashKey: string | Uint8Array;
  readonly annotations: { readonly allow: readonly string[] };
}

export type Project = (source: ProjectionSource, raw: unknown) => Record<string, unknown>;

/** The same variables come with every update of a pod, so their hashes are remembered, up to a bound. */
function createHash(key: string | Uint8Array): Pass['hash'] {
  const remembered = new Map<string, string>();
  return (name, value) => {
    const input = `${name}\0${value}`;
    const known = remembered.get(input);
    if (known !== undefined) return known;
    const hash = createHmac('sha256', key).update(input).digest('hex').slice(0, HASH_DIGITS);
    if (input.length > 4096) return hash;
    if (remembered.size >= HASHES_REMEMBERED) remembered.clear();
    remembered.set(input, hash);
    return hash;
  };
}

/**
 * Makes the projection from an API object to what a journal entry carries (`schemas/objects.ts`): an allow-list of
 * Kubernetes' own fields. Never environment values, secrets, config map data or annotations beyond `annotations.allow`;
 * free texts are redacted. Odd input gives a smaller object, and what is no object at all gives `{}`; never throws.
 */
export function createProjector(options: ProjectorOptions): Project {
  const pass: Pass = {
    redact: (text) => options.redact(text).text,
    hash: createHash(options.envHashKey),
    allowsAnnotation: allowAnnotations(options.annotations.allow),
  };
  return (source, raw) => {
    const object = SHAPES[source.kind](raw, pass);
    if (!isRecord(object)) return {};
    return source.kind === 'workload' ? { apiVersion: source.apiVersion, kind: source.apiKind, ...object } : object;
  };
}
