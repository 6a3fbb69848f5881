import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { Signals } from '../../schemas/api/overview.ts';
import type { FilterLists } from '../filter.ts';
import { addScope, type Scope } from '../scope.ts';
import {
  bindTime,
  createConditions,
  FINAL_SETTINGS,
  nestedConditions,
  someVersion,
  type Conditions,
} from './conditions.ts';
import { addSelection } from './exception-filter.ts';
import { OUTAGE_KEY } from './outages.ts';
import { ROLLOUT_KEY } from './rollouts.ts';
import { addServiceLists } from './service-conditions.ts';

export type StateSignals = Pick<Signals, 'services_down' | 'services_degraded' | 'rollouts_failing'>;

/** What lasted at the end of the period, and at its beginning. Milliseconds. */
export interface Instants {
  readonly lists: Pick<FilterLists, 'cluster' | 'namespace' | 'workload'>;
  readonly from: number;
  readonly to: number;
}

type Row = Record<`${keyof StateSignals}_${'current' | 'previous'}`, number>;

/** Both instants, as SQL. */
type Bounds = Readonly<Record<'now' | 'before', string>>;

function lasting(begin: string, end: string, at: string): string {
  return `${begin} <= ${at} AND (isNull(${end}) OR ${end} > ${at})`;
}

/** Rows of which some version had not ended by then; months that are over have none, and the index of the ends knows. */
const notOver = (table: string, key: string, end: string, { before }: Bounds): string =>
  someVersion(table, key, `isNull(${end}) OR ${end} > ${before}`);

function ofOutages(conditions: Conditions, scope: Scope, { lists }: Instants, bounds: Bounds): string {
  const inner = nestedConditions(conditions);
  addScope(inner, scope);
  addServiceLists(inner, lists, ['cluster', 'namespace', 'workload']);
  inner.and(`kind IN ('down', 'degraded') AND blip = 0`);
  inner.and(notOver('outages_versions', OUTAGE_KEY, 'ended_at', bounds));
  const services = (kind: string, at: string) =>
    `uniqExactIf((cluster, namespace, service), kind = '${kind}' AND ${lasting('started_at', 'ended_at', at)})`;
  return `
    SELECT ${services('down', bounds.now)} AS services_down_current,
      ${services('down', bounds.before)} AS services_down_previous,
      ${services('degraded', bounds.now)} AS services_degraded_current,
      ${services('degraded', bounds.before)} AS services_degraded_previous
    FROM outages WHERE ${inner.sql()}`;
}

function ofRollouts(conditions: Conditions, scope: Scope, { lists }: Instants, bounds: Bounds): string {
  const inner = nestedConditions(conditions);
  addScope(inner, scope);
  addServiceLists(inner, lists, ['cluster', 'namespace']);
  addSelection(inner, 'workload', lists.workload);
  inner.and('isNotNull(failed_at)');
  inner.and(notOver('rollouts_versions', ROLLOUT_KEY, 'finished_at', bounds));
  const failing = (at: string) => `countIf(${lasting('failed_at', 'finished_at', at)})`;
  return `
    SELECT ${failing(bounds.now)} AS rollouts_failing_current, ${failing(bounds.before)} AS rollouts_failing_previous
    FROM rollouts WHERE ${inner.sql()}`;
}

/** How many services are down and degraded, and how many rollouts have failed and not come to an end, beside the period before. */
export async function compareStates(
  scope: Scope,
  store: Store,
  instants: Instants,
  options: QueryOptions,
): Promise<StateSignals> {
  const conditions = createConditions();
  const bounds = { now: bindTime(conditions, instants.to), before: bindTime(conditions, instants.from) };
  const sql = `
    SELECT * FROM (${ofOutages(conditions, scope, instants, bounds)}) AS a, (${ofRollouts(conditions, scope, instants, bounds)}) AS b
    ${FINAL_SETTINGS}`;
  const [row] = await store.query<Row>(sql, conditions.params, options);
  const signal = (name: keyof StateSignals) => ({
    current: row?.[`${name}_current`] ?? 0,
    previous: row?.[`${name}_previous`] ?? 0,
  });
  return {
    services_down: signal('services_down'),
    services_degraded: signal('services_degraded'),
    rollouts_failing: signal('rollouts_failing'),
  };
}
