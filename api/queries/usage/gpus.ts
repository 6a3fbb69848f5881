import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { Scope } from '../../scope.ts';
import type { UsageFilter } from '../../usage/filter.ts';
import type { Part, Plan } from '../../usage/parts.ts';
import { bindTime, createConditions, FINAL_SETTINGS, type Conditions } from '../conditions.ts';
import { addPodFilter, rowConditions, whereOf } from './conditions.ts';
import { KEY, keyOfRow, selectKey } from './keys.ts';
import { POD_TABLES } from './partials.ts';

/** GPUs at work on a node, or in a cluster (`k_name` its own). */
export interface StoredGpus {
  readonly k_cluster: string;
  readonly k_name: string;
  /** Added up over the instants. */
  readonly total: number;
  /** The most at one instant; of roll-ups the most that there can have been. */
  readonly most: number;
}

/** Of a pod the utilisation is that of its busiest GPU; it is taken for each that the pod asks for, and for one where none is known. */
const gpusOf = (request: string): string => `greatest(1, ifNull(${request}, 1))`;

function partSql(
  conditions: Conditions,
  scope: Scope,
  by: 'node' | 'cluster',
  filter: UsageFilter,
  part: Part,
): string {
  const rows = rowConditions(conditions);
  addPodFilter(rows, scope, filter);
  rows.key.and(`at >= ${bindTime(rows.key, part.from)} AND at < ${bindTime(rows.key, part.to)}`);
  const ofInstants = part.step === '30s';
  rows.other.and(ofInstants ? 'isNotNull(gpu_utilisation)' : 'gpu_utilisation_count > 0');
  const figures = ofInstants
    ? `sum(gpu_utilisation * ${gpusOf('gpu_request')}) AS part_total, part_total AS part_most`
    : `sum(gpu_utilisation_sum * ${gpusOf('gpu_request_max')}) AS part_total,
       sum(gpu_utilisation_max * ${gpusOf('gpu_request_max')}) AS part_most`;
  return `
    SELECT ${selectKey(keyOfRow(by))}, at, ${figures}
    FROM ${POD_TABLES[part.step]} FINAL ${whereOf(rows)} GROUP BY ${KEY}, at`;
}

/** How many GPUs were at work, where anything is known of them. */
export function listGpusUsed(
  scope: Scope,
  store: Store,
  { by, filter, plan }: { by: 'node' | 'cluster'; filter: UsageFilter; plan: Plan },
  options: QueryOptions,
): Promise<StoredGpus[]> {
  const conditions = createConditions();
  const parts = plan.parts.map((part) => partSql(conditions, scope, by, filter, part));
  const sql = `
    SELECT k_cluster, k_name, assumeNotNull(sum(part_total)) AS total, assumeNotNull(max(part_most)) AS most
    FROM (${parts.join('\n    UNION ALL')}) GROUP BY k_cluster, k_name ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}
