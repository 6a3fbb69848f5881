import type { RawObject } from './known-objects.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const isName = (value: unknown): value is string => isText(value) && value !== '';

/**
 * What the API server sent as an object; null where it has no name, uid or version to know it by, or one that is no text.
 * A namespace of null counts as none, and is taken off.
 */
export function rawObjectOf(value: unknown): RawObject | null {
  if (typeof value !== 'object' || value === null) return null;
  const { metadata } = value as { metadata?: Record<string, unknown> | null };
  if (!metadata || !isName(metadata['name']) || !isName(metadata['uid']) || !isName(metadata['resourceVersion']))
    return null;
  if (metadata['namespace'] === null) delete metadata['namespace'];
  return metadata['namespace'] === undefined || isText(metadata['namespace']) ? (value as RawObject) : null;
}
