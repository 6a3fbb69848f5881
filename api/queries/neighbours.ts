import type { ExceptionItem, LogMeta, NeighbourEvent } from '../../schemas/api/exceptions.ts';
import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { addScope, type Scope } from '../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS, type Conditions } from './conditions.ts';
import { EXCEPTION_COLUMNS } from './exceptions.ts';

const EVENT_WINDOW_MS = 10 * 60_000;
const GROUP_WINDOW_MS = 7 * 24 * 3_600_000;

/** Conditions for rows of the exception's own cluster and namespace, within the scope. */
function beside(scope: Scope, exception: ExceptionItem): Conditions {
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`cluster = ${conditions.bind('String', exception.cluster)}`);
  conditions.and(`namespace = ${conditions.bind('String', exception.namespace)}`);
  return conditions;
}

export type LogRow = LogMeta & { text: string };

/** The log of an exception, or null where nothing was written of it yet. */
export async function getLog(
  scope: Scope,
  store: Store,
  exception: ExceptionItem,
  options: QueryOptions,
): Promise<LogRow | null> {
  const conditions = beside(scope, exception);
  conditions.and(`exception_id = ${conditions.bind('String', exception.id)}`);
  const sql = `
    SELECT status, detail, text, lines, bytes, truncated, redactions, observed_at
    FROM exception_logs WHERE ${conditions.sql()} ORDER BY version DESC LIMIT 1`;
  const [row] = await store.query<Omit<LogRow, 'truncated'> & { truncated: number }>(sql, conditions.params, options);
  return row ? { ...row, truncated: row.truncated === 1 } : null;
}

/** The first of these paths in the event's JSON that holds a string which is not empty, or ''. */
const firstOf = (...paths: readonly (readonly string[])[]): string => {
  const values = paths.map(
    (path) => `nullIf(JSONExtractString(object, ${path.map((key) => `'${key}'`).join(', ')}), '')`,
  );
  return `coalesce(${values.join(', ')}, '')`;
};

const EVENT_FIELDS = `
  observed_at, offset, uid,
  ${firstOf(['type'])} AS type,
  ${firstOf(['reason'])} AS reason,
  ${firstOf(['message'])} AS message,
  greatest(1, JSONExtractInt(object, 'count'), JSONExtractInt(object, 'series', 'count')) AS count,
  ${firstOf(['firstTimestamp'], ['eventTime'])} AS first_seen,
  ${firstOf(['series', 'lastObservedTime'], ['lastTimestamp'], ['eventTime'])} AS last_seen,
  ${firstOf(['reportingComponent'], ['source', 'component'])} AS source,
  ${firstOf(['involvedObject', 'fieldPath'])} AS field_path,
  ${firstOf(['involvedObject', 'kind'])} AS involved_kind,
  ${firstOf(['involvedObject', 'name'])} AS involved_name,
  ${firstOf(['involvedObject', 'uid'])} AS involved_uid`;

/**
 * Kubernetes events of the same pod (by uid or name) that the agent saw within 10 minutes of the exception, oldest
 * first. An event that was counted up several times comes once, as it was last.
 */
export async function listEvents(
  scope: Scope,
  store: Store,
  exception: ExceptionItem,
  options: QueryOptions,
): Promise<NeighbourEvent[]> {
  const conditions = beside(scope, exception);
  const at = Date.parse(exception.observed_at);
  conditions.and(`kind = 'event' AND op NOT IN ('delete', 'vanished')`);
  conditions.and(`observed_at >= ${bindTime(conditions, at - EVENT_WINDOW_MS)}`);
  conditions.and(`observed_at <= ${bindTime(conditions, at + EVENT_WINDOW_MS)}`);
  const uid = conditions.bind('String', exception.pod_uid);
  const pod = conditions.bind('String', exception.pod);
  const sql = `
    SELECT observed_at, uid, type, reason, message, count, first_seen, last_seen, source, field_path, involved_uid
    FROM (SELECT ${EVENT_FIELDS} FROM journal WHERE ${conditions.sql()})
    WHERE (involved_uid != '' AND involved_uid = ${uid})
      OR (involved_kind = 'Pod' AND involved_name != '' AND involved_name = ${pod})
    ORDER BY observed_at DESC, offset DESC
    LIMIT 1 BY uid
    LIMIT 200`;
  const rows = await store.query<NeighbourEvent>(sql, conditions.params, options);
  return rows.toReversed();
}

const newestOthers = (conditions: Conditions): string => `
  SELECT ${EXCEPTION_COLUMNS} FROM exceptions
  WHERE ${conditions.sql()}
  ORDER BY observed_at DESC, id DESC LIMIT 20 ${FINAL_SETTINGS}`;

/** Other exceptions of the same pod and container, newest first, suppressed ones too. */
export function listContainerSiblings(
  scope: Scope,
  store: Store,
  exception: ExceptionItem,
  options: QueryOptions,
): Promise<ExceptionItem[]> {
  const conditions = beside(scope, exception);
  conditions.and(`pod_uid = ${conditions.bind('String', exception.pod_uid)}`);
  conditions.and(`container = ${conditions.bind('String', exception.container)}`);
  conditions.and(`id != ${conditions.bind('String', exception.id)}`);
  return store.query<ExceptionItem>(newestOthers(conditions), conditions.params, options);
}

/** Other exceptions of the same group, of whatever cluster the scope holds, within a week. */
export function listGroupSiblings(
  scope: Scope,
  store: Store,
  exception: ExceptionItem,
  options: QueryOptions,
): Promise<ExceptionItem[]> {
  const conditions = createConditions();
  addScope(conditions, scope);
  const at = Date.parse(exception.observed_at);
  conditions.and(`observed_at >= ${bindTime(conditions, at - GROUP_WINDOW_MS)}`);
  conditions.and(`observed_at <= ${bindTime(conditions, at + GROUP_WINDOW_MS)}`);
  conditions.and(`fingerprint = ${conditions.bind('String', exception.fingerprint)}`);
  conditions.and(`id != ${conditions.bind('String', exception.id)}`);
  return store.query<ExceptionItem>(newestOthers(conditions), conditions.params, options);
}

export interface PodRow {
  observed_at: string;
  resource_version: string;
  /** JSON. */
  object: string;
}

/** The pod as the journal last saw it at or before the exception, or null. */
export async function getPodBefore(
  scope: Scope,
  store: Store,
  exception: ExceptionItem,
  options: QueryOptions,
): Promise<PodRow | null> {
  if (!exception.pod) return null;
  const conditions = beside(scope, exception);
  conditions.and(`kind = 'pod' AND op != 'vanished'`);
  conditions.and(`name = ${conditions.bind('String', exception.pod)}`);
  conditions.and(`uid = ${conditions.bind('String', exception.pod_uid)}`);
  conditions.and(`observed_at <= ${bindTime(conditions, Date.parse(exception.observed_at))}`);
  const sql = `
    SELECT observed_at, resource_version, object FROM journal WHERE ${conditions.sql()}
    ORDER BY observed_at DESC, offset DESC LIMIT 1`;
  const [row] = await store.query<PodRow>(sql, conditions.params, options);
  return row ?? null;
}
