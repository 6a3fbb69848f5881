import type { Role } from '../schemas/api/tokens.ts';
import { createMatcher } from './name-pattern.ts';
import type { Conditions } from './queries/conditions.ts';

/** What a reader may see. Every query takes one. Patterns: a name, `*` for any characters. */
export interface Scope {
  readonly role: Role;
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
}

export const FULL_SCOPE: Scope = Object.freeze({ role: 'admin', clusters: ['*'], namespaces: ['*'] });

const seesAll = (patterns: readonly string[]): boolean => patterns.includes('*');

/** Whether rows that gather all namespaces of a cluster, such as totals, may be shown. */
export const seesEveryNamespace = (scope: Scope): boolean => seesAll(scope.namespaces);

export const seesEveryCluster = (scope: Scope): boolean => seesAll(scope.clusters);

export const seesEverything = (scope: Scope): boolean => seesAll(scope.clusters) && seesAll(scope.namespaces);

/** Whether a name is one that the patterns tell of. */
const matchesAny = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => createMatcher(pattern)(name));

/** Whether a row of this cluster and namespace lies in the scope. */
export const inScope = (scope: Scope, cluster: string, namespace: string): boolean =>
  matchesAny(scope.clusters, cluster) && matchesAny(scope.namespaces, namespace);

/** `%`, `_` and `\` of a pattern stand for themselves; only `*` is wild. */
export const toLike = (pattern: string): string => pattern.replaceAll(/[\\%_]/g, String.raw`\$&`).replaceAll('*', '%');

function patternCondition(
  conditions: Conditions,
  column: string,
  patterns: readonly string[],
  alsoEmpty: boolean,
): void {
  if (seesAll(patterns)) return;
  const exact = patterns.filter((pattern) => !pattern.includes('*'));
  if (alsoEmpty) exact.push('');
  const parts = patterns
    .filter((pattern) => pattern.includes('*'))
    .map((pattern) => `${column} LIKE ${conditions.bind('String', toLike(pattern))}`);
  if (exact.length > 0) parts.push(`${column} IN ${conditions.bind('Array(String)', exact)}`);
  conditions.and(parts.length > 0 ? `(${parts.join(' OR ')})` : '0');
}

/**
 * Adds the scope to a query over a table with `cluster` and (unless told otherwise) `namespace`.
 * `shared`: rows of the namespace '' speak of all namespaces and are shown to every reader of the cluster.
 */
export function addScope(
  conditions: Conditions,
  scope: Scope,
  options: { namespace?: 'own' | 'shared' | 'none'; prefix?: string } = {},
): void {
  const { namespace = 'own', prefix = '' } = options;
  patternCondition(conditions, `${prefix}cluster`, scope.clusters, false);
  if (namespace !== 'none') {
    patternCondition(conditions, `${prefix}namespace`, scope.namespaces, namespace === 'shared');
  }
}
