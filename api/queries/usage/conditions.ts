import { USAGE_FILTER_FIELDS, type UsageBy, type UsageFilterField } from '../../../schemas/api/usage-parameters.ts';
import { addScope, toLike, type Scope } from '../../scope.ts';
import type { Selection } from '../../selection.ts';
import { WHOLE_GROUPS, type UsageFilter } from '../../usage/filter.ts';
import { nestedConditions, type Conditions } from '../conditions.ts';

function anyOf(conditions: Conditions, expression: string, values: readonly string[]): string {
  const exact = values.filter((value) => !value.includes('*'));
  const parts = values
    .filter((value) => value.includes('*'))
    .map((value) => `${expression} LIKE ${conditions.bind('String', toLike(value))}`);
  if (exact.length > 0) parts.push(`${expression} IN ${conditions.bind('Array(String)', exact)}`);
  return parts.length > 0 ? `(${parts.join(' OR ')})` : '0';
}

/** Holds an expression of the query's own against a selection; `*` in a value stands for any characters. */
export function addPatterns(conditions: Conditions, expression: string, selection: Selection | undefined): void {
  if (selection?.only) conditions.and(anyOf(conditions, expression, selection.only));
  if (selection && selection.not.length > 0) conditions.and(`NOT ${anyOf(conditions, expression, selection.not)}`);
}

/** The same for workloads: a value with a / is Kind/name. */
export function addWorkloads(
  conditions: Conditions,
  kind: string,
  name: string,
  selection: Selection | undefined,
): void {
  const either = (values: readonly string[]): string => {
    const whole = values.filter((value) => value.includes('/'));
    const names = values.filter((value) => !value.includes('/'));
    return `(${anyOf(conditions, `concat(${kind}, '/', ${name})`, whole)} OR ${anyOf(conditions, name, names)})`;
  };
  if (selection?.only) conditions.and(either(selection.only));
  if (selection && selection.not.length > 0) conditions.and(`NOT ${either(selection.not)}`);
}

/** Conditions in two places: on the key's columns, which may stand before FINAL, and on what another version may have otherwise. */
export interface RowConditions {
  readonly key: Conditions;
  readonly other: Conditions;
}

export const rowConditions = (conditions: Conditions): RowConditions => ({
  key: nestedConditions(conditions),
  other: nestedConditions(conditions),
});

/** `PREWHERE … WHERE …` of a table that is read with FINAL. */
export const whereOf = ({ key, other }: RowConditions): string => `PREWHERE ${key.sql()} WHERE ${other.sql()}`;

const IN_KEY: ReadonlySet<UsageFilterField> = new Set(['cluster', 'namespace', 'pod']);

/** Scope and filter over rows of pods. */
export function addPodFilter(rows: RowConditions, scope: Scope, filter: UsageFilter): void {
  addScope(rows.key, scope);
  for (const field of USAGE_FILTER_FIELDS) {
    const selection = filter[field];
    if (!selection) continue;
    if (field === 'workload') addWorkloads(rows.other, 'workload_kind', 'workload', selection);
    else addPatterns(IN_KEY.has(field) ? rows.key : rows.other, field, selection);
  }
}

/** Scope and filter over roll-ups of groups; only with filters that select whole groups. */
export function addGroupFilter(key: Conditions, scope: Scope, by: UsageBy, filter: UsageFilter): void {
  const ofNamespaces = WHOLE_GROUPS[by].includes('namespace');
  addScope(key, scope, { namespace: ofNamespaces ? 'own' : 'none' });
  key.and(`\`by\` = ${key.bind('String', by)}`);
  for (const field of WHOLE_GROUPS[by]) {
    const selection = filter[field];
    if (!selection) continue;
    if (field === 'workload') addWorkloads(key, 'workload_kind', 'name', selection);
    else addPatterns(key, field === 'cluster' || field === 'namespace' ? field : 'name', selection);
  }
}
