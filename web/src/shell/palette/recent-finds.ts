import type { Found } from './palette-items.ts';

const STORED = 'tidemark.recent-finds';
const KEPT = 6;
const KINDS: Readonly<Record<Found['kind'], true>> = {
  service: true,
  workload: true,
  pod: true,
  container: true,
  node: true,
  namespace: true,
  group: true,
};
const TEXTS = ['kind', 'name', 'cluster', 'namespace', 'workload_kind', 'reason', 'last_seen'] as const;

/** Whether what was stored is a find: another program or version may have left anything there. */
export function isFound(value: unknown): value is Found {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  const { kind, fingerprint, count } = fields;
  return (
    TEXTS.every((name) => typeof fields[name] === 'string') &&
    Object.hasOwn(KINDS, kind as string) &&
    (fingerprint === null || typeof fingerprint === 'string') &&
    typeof count === 'number'
  );
}

/** The same for two finds only where they are the same thing. A group is its fingerprint, whatever its newest row is. */
export const findKey = ({ kind, name, cluster, namespace, workload_kind, fingerprint }: Found): string =>
  JSON.stringify([kind, cluster, namespace, ...(fingerprint === null ? [workload_kind, name] : [fingerprint])]);

/** What was found and opened last in this browser, the newest first, each once. */
export function recentFinds(): Found[] {
  try {
    const stored: unknown = JSON.parse(globalThis.localStorage.getItem(STORED) ?? '[]');
    if (!Array.isArray(stored)) return [];
    const byKey = new Map<string, Found>();
    for (const one of stored.filter(isFound)) if (!byKey.has(findKey(one))) byKey.set(findKey(one), one);
    return [...byKey.values()].slice(0, KEPT);
  } catch {
    // What another program or version left there is worth nothing.
    return [];
  }
}

export function rememberFind(found: Found): void {
  const others = recentFinds().filter((one) => findKey(one) !== findKey(found));
  globalThis.localStorage.setItem(STORED, JSON.stringify([found, ...others].slice(0, KEPT)));
}
