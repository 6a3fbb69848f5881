import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { MaintenanceItem } from '../../schemas/api/maintenance.ts';
import type { Scope } from '../scope.ts';
import type { Selection } from '../selection.ts';
import type { TimeRange } from '../times.ts';
import { bindTime, createConditions } from './conditions.ts';
import { addSelection } from './exception-filter.ts';
import { addWindowScope } from './sla-sources.ts';

const COLUMNS = 'id, cluster, namespace, service, `from`, `to`, reason, updated_by, updated_at';

export interface MaintenanceFilter extends TimeRange {
  readonly lists: Readonly<Partial<Record<'cluster' | 'namespace' | 'service', Selection>>>;
}

const FIELDS = ['cluster', 'namespace', 'service'] as const;
/** More than anybody announces; the list has no pages. */
const MAX_WINDOWS = 1000;
/** So that nobody who may write for one namespace fills the list. */
const MAX_WINDOWS_EACH = 200;

/** Windows that touch the range: those that last, then the nearest to now, before it or after. One of all clusters, namespaces or services comes with any filter of these. */
export function listWindows(
  scope: Scope,
  store: Store,
  request: { filter: MaintenanceFilter; nowMs: number },
  options: QueryOptions,
): Promise<MaintenanceItem[]> {
  const { filter, nowMs } = request;
  const conditions = createConditions();
  addWindowScope(conditions, scope);
  for (const field of FIELDS) {
    const selection = filter.lists[field];
    addSelection(conditions, field, selection?.only ? { ...selection, only: ['', ...selection.only] } : selection);
  }
  if (filter.to !== undefined) conditions.and(`\`from\` < ${bindTime(conditions, filter.to)}`);
  if (filter.from !== undefined) conditions.and(`\`to\` > ${bindTime(conditions, filter.from)}`);
  const now = bindTime(conditions, nowMs);
  const distance = `greatest(0, dateDiff('millisecond', ${now}, \`from\`), dateDiff('millisecond', \`to\`, ${now}))`;
  const sql = `
    SELECT ${COLUMNS} FROM maintenance_windows WHERE ${conditions.sql()}
    ORDER BY ${distance}, \`from\` DESC, id LIMIT ${MAX_WINDOWS_EACH} BY cluster, namespace LIMIT ${MAX_WINDOWS}`;
  return store.query<MaintenanceItem>(sql, conditions.params, options);
}

/** One window, or null where none has this id within the scope. */
export async function getWindow(
  scope: Scope,
  store: Store,
  id: string,
  options: QueryOptions,
): Promise<MaintenanceItem | null> {
  const conditions = createConditions();
  addWindowScope(conditions, scope);
  conditions.and(`id = ${conditions.bind('String', id)}`);
  const sql = `SELECT ${COLUMNS} FROM maintenance_windows WHERE ${conditions.sql()} LIMIT 1`;
  const [row] = await store.query<MaintenanceItem>(sql, conditions.params, options);
  return row ?? null;
}
