import { USAGE_FILTER_FIELDS, type UsageBy, type UsageFilterField } from '../../schemas/api/usage-parameters.ts';
import { seesEveryNamespace, type Scope } from '../scope.ts';
import { readSelection, type Selection } from '../selection.ts';

/** The filters of usage, parsed. All of it must hold. */
export type UsageFilter = Readonly<Partial<Record<UsageFilterField, Selection>>>;

/** The list filters of a query, read. */
export function readUsageFilter(query: Partial<Record<UsageFilterField, readonly string[] | undefined>>): UsageFilter {
  const given = USAGE_FILTER_FIELDS.flatMap((field) => {
    const values = query[field];
    return values ? [[field, readSelection(values)] as const] : [];
  });
  return Object.fromEntries(given);
}

/** What selects whole groups, never some of a group's pods. */
export const WHOLE_GROUPS: Readonly<Record<UsageBy, readonly UsageFilterField[]>> = {
  pod: USAGE_FILTER_FIELDS,
  workload: ['cluster', 'namespace', 'workload'],
  namespace: ['cluster', 'namespace'],
  team: ['cluster', 'team'],
  node: ['cluster', 'node'],
  cluster: ['cluster'],
};

/** Whether the filters or the scope select some pods of a group and leave others out. */
export function cutsAcrossGroups(by: UsageBy, filter: UsageFilter, scope: Scope): boolean {
  if (by === 'pod') return false;
  const byNamespace = WHOLE_GROUPS[by].includes('namespace');
  if (!byNamespace && !seesEveryNamespace(scope)) return true;
  return USAGE_FILTER_FIELDS.some((field) => filter[field] && !WHOLE_GROUPS[by].includes(field));
}
