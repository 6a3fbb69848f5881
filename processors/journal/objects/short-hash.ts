import { createHash } from 'node:crypto';

/** sha256 over the parts, each with its length so that no two lists of parts read the same; 32 hex digits. */
export function shortHash(...parts: readonly (string | number)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const text = String(part);
    hash.update(`${text.length}:${text};`);
  }
  return hash.digest('hex').slice(0, 32);
}
