import { flatPodTemplate, isRecord, type FlatFields } from '../../../schemas/flat-template.ts';
import { DEPLOYMENT_HASH, REVISION_HASH } from '../objects/owners.ts';
import { shortHash } from '../objects/short-hash.ts';

export type FlatTemplate = FlatFields;

/** Labels that a controller adds for itself: a ReplicaSet's template has one that its Deployment's has not. */
const HASH_LABELS = new Set(
  [DEPLOYMENT_HASH, REVISION_HASH, 'pod-template-generation'].map((label) => `labels[${label}]`),
);

/**
 * A pod template as one flat text: JSON of path → value, sorted by path, without what the API server or a controller fills in.
 * Two templates differ if their texts do.
 *
 * @param template a projected pod template: its metadata's labels and annotations, and its spec.
 */
export function flatTemplate(template: unknown): string {
  const own = Object.entries(flatPodTemplate(template)).filter(([path]) => !HASH_LABELS.has(path));
  return JSON.stringify(Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Of a pod's own spec what can be told apart from what admission has added: its containers. */
export function flatContainers(spec: unknown): string {
  const { containers, initContainers } = isRecord(spec) ? spec : {};
  return flatTemplate({ spec: { containers, initContainers } });
}

/** A short mark of a template: equal for equal texts. */
export const markOf = (flat: string): string => shortHash(flat).slice(0, 16);

export const readFlat = (flat: string): FlatTemplate => JSON.parse(flat) as FlatTemplate;

/** The template's labels. */
export function labelsOf(template: unknown): Record<string, string> {
  const metadata = isRecord(template) ? template['metadata'] : null;
  const labels = isRecord(metadata) ? metadata['labels'] : null;
  return isRecord(labels) ? (labels as Record<string, string>) : {};
}
