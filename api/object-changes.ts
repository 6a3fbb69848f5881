import {
  changesBetween,
  flatFields,
  flatPodTemplate,
  isRecord,
  type FieldChange,
  type FlatFields,
} from '../schemas/flat-template.ts';

/** Fields of an object's metadata that every write changes, or none. */
const OWN_FIELDS = new Set(['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp']);
const MAX_CHANGES = 200;

/** A workload's spec by path: fields of the pod template are named as rollouts name them, others begin with `spec`. */
export function flatSpec(spec: unknown): FlatFields {
  if (!isRecord(spec)) return {};
  const { template, ...rest } = spec;
  return { ...flatFields('spec', rest), ...flatPodTemplate(template) };
}

function flatMetadata(metadata: unknown): FlatFields {
  const own = Object.entries(isRecord(metadata) ? metadata : {}).filter(([name]) => !OWN_FIELDS.has(name));
  return flatFields('metadata', Object.fromEntries(own));
}

/** What differs between two specs, by field; of the environment only that a variable is set, or was changed. At most 200. */
export const specChanges = (before: unknown, after: unknown): FieldChange[] =>
  changesBetween(flatSpec(before), flatSpec(after));

/** What differs between two objects, status aside. */
export function objectChanges(before: Record<string, unknown>, after: Record<string, unknown>): FieldChange[] {
  const metadata = changesBetween(flatMetadata(before['metadata']), flatMetadata(after['metadata']));
  return [...specChanges(before['spec'], after['spec']), ...metadata].slice(0, MAX_CHANGES);
}
