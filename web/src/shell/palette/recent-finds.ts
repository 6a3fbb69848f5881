import type { Found } from './palette-items.ts';

const STORED = 'tidemark.recent-finds';
const KEPT = 6;

const isFound = (value: unknown): value is Found =>
  typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && 'last_seen' in value;

const keyOf = ({ kind, name, cluster, namespace, fingerprint }: Found): string =>
  JSON.stringify([kind, name, cluster, namespace, fingerprint]);

/** What was found and opened last in this browser, the newest first. */
export function recentFinds(): Found[] {
  try {
    const stored: unknown = JSON.parse(globalThis.localStorage.getItem(STORED) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isFound).slice(0, KEPT) : [];
  } catch {
    // What another program or version left there is worth nothing.
    return [];
  }
}

export function rememberFind(found: Found): void {
  const others = recentFinds().filter((one) => keyOf(one) !== keyOf(found));
  globalThis.localStorage.setItem(STORED, JSON.stringify([found, ...others].slice(0, KEPT)));
}
