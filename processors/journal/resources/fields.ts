import type { Entry } from '../../../schemas/entry.ts';
import type { OwnerReference } from '../../../schemas/objects.ts';

/** What an API server leaves out or gives another type is not there; nothing of it is thrown about. */
export type Fields = Readonly<Record<string, unknown>>;
/** The members of an object; none of what is no object. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What an object's metadata say of whose it is. */
export function metadataOf({ object }: Pick<Entry, 'object'>): {
  labels: Record<string, string>;
  ownerReferences: OwnerReference[];
} {
  const { labels, ownerReferences } = fieldsOf(object['metadata']);
  const texts = Object.entries(fieldsOf(labels)).filter((pair): pair is [string, string] => isText(pair[1]));
  return { labels: Object.fromEntries(texts), ownerReferences: listOf(ownerReferences).filter(isOwner) };
}

const isText = (value: unknown): boolean => typeof value === 'string';

function isOwner(value: unknown): value is OwnerReference {
  const { kind, name, uid } = fieldsOf(value);
  return isText(kind) && isText(name) && isText(uid);
}
