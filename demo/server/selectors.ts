import type { KubeObject } from '../cluster/objects.ts';

export type Matcher = (object: KubeObject) => boolean;

const splitTerms = (text: string) =>
  text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter(Boolean);

function labelTerm(term: string): Matcher {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  const labelOf = (object: KubeObject, key: string) => object.metadata.labels?.[key];
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return (object) => values.has(labelOf(object, key) ?? '\0') === (operator === 'in');
  }
  const equal = /^([^!=\s]+)\s*(!=|==?)\s*(.*)$/.exec(term);
  if (equal) {
    const [, key = '', operator, value] = equal;
    return (object) => (labelOf(object, key) === value) === (operator !== '!=');
  }
  return term.startsWith('!')
    ? (object) => labelOf(object, term.slice(1)) === undefined
    : (object) => labelOf(object, term) !== undefined;
}

function fieldOf(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function fieldTerm(term: string): Matcher {
  const [, path = '', operator, value] = /^([^!=]+)(!=|==?)(.*)$/.exec(term) ?? [];
  return (object) => (fieldOf(object, path) === value) === (operator !== '!=');
}

/** What namespace, labelSelector and fieldSelector of a request let through. */
export function matcherOf(namespace: string, query: URLSearchParams): Matcher {
  const terms = [
    ...splitTerms(query.get('labelSelector') ?? '').map(labelTerm),
    ...splitTerms(query.get('fieldSelector') ?? '').map(fieldTerm),
  ];
  return (object) =>
    (namespace === '' || object.metadata.namespace === namespace) && terms.every((matches) => matches(object));
}
