import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { OUTAGE_FIELDS, type OutageItem } from '../../schemas/api/services.ts';
import type { Order } from '../../schemas/api/parameters.ts';
import type { OutageSort } from '../../schemas/api/service-parameters.ts';
import type { OutageRow } from '../../schemas/outages.ts';
import { addScope, type Scope } from '../scope.ts';
import type { ServiceFilter } from '../service-filter.ts';
import type { TimeRange } from '../times.ts';
import { bindTime, createConditions, FINAL_SETTINGS, type Conditions } from './conditions.ts';
import { addServiceLists } from './service-conditions.ts';

export interface OutageFilter extends ServiceFilter, TimeRange {
  readonly planned?: boolean | undefined;
  /** Whether blips are among them. */
  readonly blips: boolean;
  readonly minSeconds?: number | undefined;
  /** Now, in milliseconds: up to here one that lasts has lasted. */
  readonly nowMs: number;
}

/** The last row of the page before. */
export interface OutageKey {
  readonly startedAtMs: number;
  readonly id: string;
}

export const outageKeyOf = ({ started_at: at, id }: OutageItem): OutageKey => ({ startedAtMs: Date.parse(at), id });

/** What the table is sorted by. */
export const OUTAGE_KEY = 'cluster, namespace, service, observed_at, id';

const DURATION = `if(isNull(ended_at), NULL, greatest(0, dateDiff('millisecond', started_at, ended_at)) / 1000)`;

/** What `readOutage` makes an item of. */
export const OUTAGE_COLUMNS = `${OUTAGE_FIELDS.join(', ')}, planned, blip, cause_facts, ${DURATION} AS duration_s`;

export type StoredOutage = Pick<OutageRow, (typeof OUTAGE_FIELDS)[number] | 'planned' | 'blip' | 'cause_facts'> & {
  duration_s: number | null;
};

/** What the sentence is made of: texts and numbers; the fold writes nothing else. */
function factsOf(json: string): OutageItem['facts'] {
  const parsed: unknown = JSON.parse(json === '' ? '{}' : json);
  const entries = Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {});
  const known = entries.filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return Object.fromEntries(known) as OutageItem['facts'];
}

export const readOutage = ({ cause_facts: facts, planned, blip, ...row }: StoredOutage): OutageItem => ({
  ...row,
  planned: planned === 1,
  blip: blip === 1,
  facts: factsOf(facts),
});

const LISTS = [
  'cluster',
  'namespace',
  'service',
  'workload',
  'team',
  'environment',
  'cause',
  'kind',
  'rollout',
] as const;

function outageConditions(scope: Scope, filter: OutageFilter): Conditions {
  const conditions = createConditions();
  addScope(conditions, scope);
  addServiceLists(conditions, filter.lists, LISTS);
  if (filter.to !== undefined) conditions.and(`started_at < ${bindTime(conditions, filter.to)}`);
  if (filter.from !== undefined) {
    conditions.and(`(isNull(ended_at) OR ended_at >= ${bindTime(conditions, filter.from)})`);
  }
  if (filter.planned !== undefined) conditions.and(`planned = ${filter.planned ? 1 : 0}`);
  if (!filter.blips) conditions.and('blip = 0');
  if (filter.minSeconds !== undefined) {
    const least = conditions.bind('Float64', filter.minSeconds * 1000);
    const end = `ifNull(ended_at, ${bindTime(conditions, filter.nowMs)})`;
    conditions.and(`dateDiff('millisecond', started_at, ${end}) >= ${least}`);
  }
  return conditions;
}

/** Columns to sort by: names of this table alone reach the SQL. Those that last are the longest. */
const SORT_COLUMNS: Readonly<Record<OutageSort, string>> = {
  started_at: 'started_at',
  duration: 'ifNull(duration_s, inf)',
  cluster: 'cluster',
  namespace: 'namespace',
  service: 'service',
  cause: 'cause',
  kind: 'kind',
};

function orderBy(sort: OutageSort, order: Order): string {
  const first = `${SORT_COLUMNS[sort]} ${order === 'asc' ? 'ASC' : 'DESC'}`;
  return sort === 'started_at' ? `${first}, id DESC` : `${first}, started_at DESC, id DESC`;
}

export interface OutagesRequest {
  readonly filter: OutageFilter;
  /** Only with the order that is the default: newest first. */
  readonly after: OutageKey | null;
  readonly limit: number;
  readonly sort: OutageSort;
  readonly order: Order;
  readonly offset: number;
}

/** A page of the intervals that touch the range. */
export async function listOutages(
  scope: Scope,
  store: Store,
  request: OutagesRequest,
  options: QueryOptions,
): Promise<OutageItem[]> {
  const conditions = outageConditions(scope, request.filter);
  if (request.after) {
    const { startedAtMs, id } = request.after;
    conditions.and(`(started_at, id) < (${bindTime(conditions, startedAtMs)}, ${conditions.bind('String', id)})`);
  }
  const limit = `LIMIT ${conditions.bind('UInt32', request.limit)} OFFSET ${conditions.bind('UInt32', request.offset)}`;
  const sql = `
    SELECT ${OUTAGE_COLUMNS} FROM outages WHERE ${conditions.sql()}
    ORDER BY ${orderBy(request.sort, request.order)} ${limit} ${FINAL_SETTINGS}`;
  return (await store.query<StoredOutage>(sql, conditions.params, options)).map(readOutage);
}

/** How many intervals the filter finds, on all pages together. */
export async function countOutages(
  scope: Scope,
  store: Store,
  filter: OutageFilter,
  options: QueryOptions,
): Promise<number> {
  const conditions = outageConditions(scope, filter);
  const sql = `SELECT count() AS total FROM outages WHERE ${conditions.sql()} ${FINAL_SETTINGS}`;
  const [row] = await store.query<{ total: number }>(sql, conditions.params, options);
  return row?.total ?? 0;
}

/** One interval, or null where none has this id within the scope. */
export async function getOutage(
  scope: Scope,
  store: Store,
  id: string,
  options: QueryOptions,
): Promise<OutageItem | null> {
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`id = ${conditions.bind('String', id)}`);
  const sql = `SELECT ${OUTAGE_COLUMNS} FROM outages WHERE ${conditions.sql()} LIMIT 1 ${FINAL_SETTINGS}`;
  const [row] = await store.query<StoredOutage>(sql, conditions.params, options);
  return row ? readOutage(row) : null;
}
