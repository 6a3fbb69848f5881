import type { ClusterRow, CoverageRow } from '../../schemas/journal.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { addScope, type Scope } from '../scope.ts';
import { addRange, addSelection } from './exception-filter.ts';
import type { Selection } from '../selection.ts';
import { bindTime, createConditions } from './conditions.ts';
import type { TimeRange } from '../times.ts';

export type Heartbeat = Omit<ClusterRow, 'epoch' | 'seq' | 'counters' | 'version'>;
export type Span = Omit<CoverageRow, 'version'>;

export interface ClusterFilter {
  readonly cluster?: Selection | undefined;
}

const SPAN_COLUMNS = 'cluster, kind, namespace, state, `from`, `to`, reason, vanished';

/** The newest heartbeat of each cluster, by name. */
export function listClusters(
  scope: Scope,
  store: Store,
  filter: ClusterFilter,
  options: QueryOptions,
): Promise<Heartbeat[]> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'none' });
  addSelection(conditions, 'cluster', filter.cluster);
  const sql = `
    SELECT cluster, last_heartbeat_at, agent_version, identity, started_at, holes, repeats, objects
    FROM clusters WHERE ${conditions.sql()} ORDER BY cluster`;
  return store.query<Heartbeat>(sql, conditions.params, options);
}

/** The present state of each cluster, kind and namespace: the span that lasts; it may have begun before one that has ended. */
export function listCurrentCoverage(
  scope: Scope,
  store: Store,
  filter: ClusterFilter,
  options: QueryOptions,
): Promise<Span[]> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'shared' });
  addSelection(conditions, 'cluster', filter.cluster);
  const sql = `
    SELECT ${SPAN_COLUMNS} FROM coverage WHERE ${conditions.sql()}
    ORDER BY cluster, kind, namespace, isNull(\`to\`) DESC, \`from\` DESC, version DESC
    LIMIT 1 BY cluster, kind, namespace`;
  return store.query<Span>(sql, conditions.params, options);
}

/** Spans since an instant in which something was or may have been missed, newest first, at most 100 a cluster. */
export function listGaps(
  scope: Scope,
  store: Store,
  filter: ClusterFilter & { sinceMs: number },
  options: QueryOptions,
): Promise<Span[]> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'shared' });
  addSelection(conditions, 'cluster', filter.cluster);
  conditions.and(`state IN ('gap', 'late', 'unreadable')`);
  conditions.and(`(isNull(\`to\`) OR \`to\` >= ${bindTime(conditions, filter.sinceMs)})`);
  const sql = `
    SELECT ${SPAN_COLUMNS} FROM coverage WHERE ${conditions.sql()}
    ORDER BY \`from\` DESC, cluster, kind, namespace LIMIT 100 BY cluster`;
  return store.query<Span>(sql, conditions.params, options);
}

export interface CoverageFilter extends ClusterFilter, TimeRange {
  readonly namespace?: Selection | undefined;
  readonly kind?: Selection | undefined;
}

export interface CoverageKey {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly fromMs: number;
  readonly state: string;
}

/** Conditions for spans that touch the range. A span of all namespaces speaks of each, so a filter keeps it too. */
function coverageConditions(scope: Scope, filter: CoverageFilter) {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'shared' });
  addSelection(conditions, 'cluster', filter.cluster);
  addSelection(conditions, 'kind', filter.kind);
  const { namespace } = filter;
  addSelection(conditions, 'namespace', namespace?.only ? { ...namespace, only: ['', ...namespace.only] } : namespace);
  if (filter.to !== undefined) addRange(conditions, '`from`', { to: filter.to });
  if (filter.from !== undefined) {
    conditions.and(`(isNull(\`to\`) OR \`to\` > ${bindTime(conditions, filter.from)})`);
  }
  return conditions;
}

/** A page of coverage spans by cluster, kind, namespace and time. */
export function listCoverage(
  scope: Scope,
  store: Store,
  request: { filter: CoverageFilter; after: CoverageKey | null; limit: number },
  options: QueryOptions,
): Promise<Span[]> {
  const { after } = request;
  const conditions = coverageConditions(scope, request.filter);
  if (after) {
    const names = [after.cluster, after.kind, after.namespace].map((name) => conditions.bind('String', name));
    const tail = `${bindTime(conditions, after.fromMs)}, ${conditions.bind('String', after.state)}`;
    conditions.and(`(cluster, kind, namespace, \`from\`, state) > (${names.join(', ')}, ${tail})`);
  }
  const sql = `
    SELECT ${SPAN_COLUMNS} FROM coverage WHERE ${conditions.sql()}
    ORDER BY cluster, kind, namespace, \`from\`, state LIMIT ${conditions.bind('UInt32', request.limit)}`;
  return store.query<Span>(sql, conditions.params, options);
}

/** How many spans touch the range. */
export async function countCoverage(
  scope: Scope,
  store: Store,
  filter: CoverageFilter,
  options: QueryOptions,
): Promise<number> {
  const conditions = coverageConditions(scope, filter);
  const sql = `SELECT count() AS total FROM coverage WHERE ${conditions.sql()}`;
  const [row] = await store.query<{ total: number }>(sql, conditions.params, options);
  return row?.total ?? 0;
}

/** When the first watch began that the scope may see, or null. */
export async function getRecordedSince(
  scope: Scope,
  store: Store,
  filter: ClusterFilter,
  options: QueryOptions,
): Promise<string | null> {
  const conditions = createConditions();
  addScope(conditions, scope, { namespace: 'shared' });
  addSelection(conditions, 'cluster', filter.cluster);
  conditions.and(`state = 'watching'`);
  const sql = `SELECT \`from\` AS since FROM coverage WHERE ${conditions.sql()} ORDER BY \`from\` LIMIT 1`;
  const [row] = await store.query<{ since: string }>(sql, conditions.params, options);
  return row?.since ?? null;
}
