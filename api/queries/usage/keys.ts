import type { UsageBy } from '../../../schemas/api/usage-parameters.ts';
import { workloadSql } from '../../../schemas/usage.ts';
import type { Conditions } from '../conditions.ts';

/** What a row of the table is found by: `name` of the pod, workload, namespace, team, node or cluster. */
export interface UsageKey {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** The columns of a key in a query. They are no column's own name, which an alias would hide from conditions. */
export const KEY_COLUMNS = ['k_cluster', 'k_namespace', 'k_kind', 'k_name'] as const;
export const KEY = KEY_COLUMNS.join(', ');

type KeyParts = readonly [namespace: string, kind: string, name: string];
const OF_ROWS: Readonly<Record<UsageBy, KeyParts>> = {
  pod: ['namespace', `''`, 'pod'],
  workload: ['namespace', workloadSql().kind, workloadSql().name],
  namespace: ['namespace', `''`, 'namespace'],
  team: [`''`, `''`, 'team'],
  node: [`''`, `''`, 'node'],
  cluster: [`''`, `''`, 'cluster'],
};

/** The key of a row of pods, or of a table with the same columns of owners, as expressions in the order of `KEY_COLUMNS`. */
export const keyOfRow = (by: UsageBy): readonly string[] =>
  ['cluster', ...OF_ROWS[by]].map((part) => `toString(${part})`);
/** The key of a row that is of a workload and of no pod. */
export const KEY_OF_WORKLOAD: readonly string[] = ['cluster', 'namespace', 'workload_kind', 'workload'].map(
  (column) => `toString(${column})`,
);
/** The key of a roll-up of groups. */
export const KEY_OF_GROUP: readonly string[] = ['cluster', 'namespace', 'workload_kind', 'name'].map(
  (column) => `toString(${column})`,
);

export const selectKey = (expressions: readonly string[]): string =>
  expressions.map((expression, index) => `${expression} AS ${KEY_COLUMNS[index]}`).join(', ');

/** A condition that the key is one of these. */
export function keyIsOneOf(conditions: Conditions, expressions: readonly string[], keys: readonly UsageKey[]): string {
  const lists = (['cluster', 'namespace', 'kind', 'name'] as const).map((part) =>
    conditions.bind(
      'Array(String)',
      keys.map((key) => key[part]),
    ),
  );
  return `(${expressions.join(', ')}) IN (
    SELECT one.1, one.2, one.3, one.4 FROM (SELECT arrayJoin(arrayZip(${lists.join(', ')})) AS one))`;
}

/** The same over the table's own columns alone, so that its primary key serves; of pods. */
export function podIsOneOf(conditions: Conditions, keys: readonly UsageKey[]): string {
  const lists = (['cluster', 'namespace', 'name'] as const).map((part) =>
    conditions.bind(
      'Array(String)',
      keys.map((key) => key[part]),
    ),
  );
  return `(cluster, namespace, pod) IN (
    SELECT one.1, one.2, one.3 FROM (SELECT arrayJoin(arrayZip(${lists.join(', ')})) AS one))`;
}
