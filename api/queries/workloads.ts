import type { QueryOptions, Store } from '../../platform/store/store.ts';
import { addScope, type Scope } from '../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS, type Conditions } from './conditions.ts';

export interface WorkloadName {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** An entry of the archive. */
export interface StoredVersion {
  readonly uid: string;
  readonly observed_at: string;
  readonly op: string;
  readonly resource_version: string;
  /** JSON. */
  readonly object: string;
  /** Equal where the spec is equal. */
  readonly spec_mark: string;
}

const SPEC_MARK_AS_NUMBER = `cityHash64(JSONExtractRaw(object, 'spec'))`;
const SPEC_MARK = `toString(${SPEC_MARK_AS_NUMBER})`;
const COLUMNS = `uid, observed_at, op, resource_version, object, ${SPEC_MARK} AS spec_mark`;

/** Entries with the object itself: a `vanished` one has none. */
function entriesOf(scope: Scope, { cluster, namespace, kind, name }: WorkloadName): Conditions {
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`cluster = ${conditions.bind('String', cluster)} AND kind = 'workload'`);
  conditions.and(`namespace = ${conditions.bind('String', namespace)}`);
  conditions.and(`name = ${conditions.bind('String', name)} AND op != 'vanished'`);
  conditions.and(`JSONExtractString(object, 'kind') = ${conditions.bind('String', kind)}`);
  return conditions;
}

/** The newest entry of the workload not after an instant, or null. */
export async function getVersionAt(
  scope: Scope,
  store: Store,
  request: { name: WorkloadName; atMs: number },
  options: QueryOptions,
): Promise<StoredVersion | null> {
  const conditions = entriesOf(scope, request.name);
  conditions.and(`observed_at <= ${bindTime(conditions, request.atMs)}`);
  const sql = `
    SELECT ${COLUMNS} FROM journal WHERE ${conditions.sql()}
    ORDER BY observed_at DESC, offset DESC LIMIT 1`;
  const [row] = await store.query<StoredVersion>(sql, conditions.params, options);
  return row ?? null;
}

/** The oldest entry of the workload, or null where none is kept within the scope. */
export async function getFirstVersion(
  scope: Scope,
  store: Store,
  name: WorkloadName,
  options: QueryOptions,
): Promise<StoredVersion | null> {
  const conditions = entriesOf(scope, name);
  const sql = `SELECT ${COLUMNS} FROM journal WHERE ${conditions.sql()} ORDER BY observed_at, offset LIMIT 1`;
  const [row] = await store.query<StoredVersion>(sql, conditions.params, options);
  return row ?? null;
}

/** The newest entry of the same object before a version whose spec is another, or null. */
export async function getVersionBefore(
  scope: Scope,
  store: Store,
  request: { name: WorkloadName; version: StoredVersion },
  options: QueryOptions,
): Promise<StoredVersion | null> {
  const { version } = request;
  const conditions = entriesOf(scope, request.name);
  conditions.and(`uid = ${conditions.bind('String', version.uid)}`);
  conditions.and(`observed_at <= ${bindTime(conditions, Date.parse(version.observed_at))}`);
  conditions.and(`${SPEC_MARK} != ${conditions.bind('String', version.spec_mark)}`);
  const sql = `
    SELECT ${COLUMNS} FROM journal WHERE ${conditions.sql()}
    ORDER BY observed_at DESC, offset DESC LIMIT 1`;
  const [row] = await store.query<StoredVersion>(sql, conditions.params, options);
  return row ?? null;
}

/**
 * When the object was first seen, and when it was gone; entries of the same uid, with or without the object. One that vanished
 * and was seen again lives.
 */
export async function getLife(
  scope: Scope,
  store: Store,
  request: { name: WorkloadName; uid: string },
  options: QueryOptions,
): Promise<{ first_seen_at: string; deleted_at: string | null }> {
  const { cluster, namespace, name } = request.name;
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`cluster = ${conditions.bind('String', cluster)} AND kind = 'workload'`);
  conditions.and(`namespace = ${conditions.bind('String', namespace)} AND name = ${conditions.bind('String', name)}`);
  conditions.and(`uid = ${conditions.bind('String', request.uid)}`);
  const sql = `
    SELECT min(observed_at) AS first_seen_at,
      if(argMax(op, (observed_at, offset)) IN ('delete', 'vanished'), max(observed_at), NULL) AS deleted_at
    FROM journal WHERE ${conditions.sql()}`;
  const [row] = await store.query<{ first_seen_at: string; deleted_at: string | null }>(
    sql,
    conditions.params,
    options,
  );
  return row ?? { first_seen_at: '', deleted_at: null };
}

/** The place of an entry in the archive. */
export interface VersionKey {
  readonly observed_at: string;
  readonly offset: number;
}

/** Where each spec that the object had first stands, newest first. */
export function listSpecKeys(
  scope: Scope,
  store: Store,
  request: { name: WorkloadName; uid: string; limit: number },
  options: QueryOptions,
): Promise<VersionKey[]> {
  const conditions = specsOf(scope, request);
  const sql = `
    SELECT observed_at, offset FROM (
      SELECT observed_at, offset, ${SPEC_MARK_AS_NUMBER} AS mark, lagInFrame(toNullable(mark)) OVER (
        ORDER BY observed_at, offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS mark_before
      FROM journal WHERE ${conditions.sql()}
    )
    WHERE isNull(mark_before) OR mark != mark_before
    ORDER BY observed_at DESC, offset DESC LIMIT ${conditions.bind('UInt32', request.limit)}`;
  return store.query<VersionKey>(sql, conditions.params, options);
}

/** An entry's spec without the rest of the object. */
export interface StoredSpec {
  readonly observed_at: string;
  readonly generation: number;
  /** JSON, or '' for none. */
  readonly spec: string;
}

/** The specs of such entries, newest first. */
export function listSpecs(
  scope: Scope,
  store: Store,
  request: { name: WorkloadName; uid: string; keys: readonly VersionKey[] },
  options: QueryOptions,
): Promise<StoredSpec[]> {
  const conditions = specsOf(scope, request);
  const instants = request.keys.map(({ observed_at: at }) => Date.parse(at));
  const offsets = request.keys.map(({ offset }) => offset);
  // Every change of the status is an entry, of many kilobytes: the objects are fetched of those alone that are answered.
  const sql = `
    SELECT observed_at, JSONExtractUInt(object, 'metadata', 'generation') AS generation, JSONExtractRaw(object, 'spec') AS spec
    FROM journal
    PREWHERE (observed_at, offset) IN (
      SELECT fromUnixTimestamp64Milli(place.1, 'UTC'), place.2 FROM (
        SELECT arrayJoin(arrayZip(${conditions.bind('Array(Int64)', instants)},
          ${conditions.bind('Array(UInt64)', offsets)})) AS place
      )
    )
    WHERE ${conditions.sql()}
    ORDER BY observed_at DESC, offset DESC LIMIT 1 BY observed_at, offset`;
  return store.query<StoredSpec>(sql, conditions.params, options);
}

function specsOf(scope: Scope, { name, uid }: { name: WorkloadName; uid: string }): Conditions {
  const conditions = entriesOf(scope, name);
  conditions.and(`uid = ${conditions.bind('String', uid)} AND op != 'delete'`);
  return conditions;
}

export interface WorkloadOwner {
  readonly service: string;
  readonly team: string;
  readonly environment: string;
}

/** Live services in front of the workload, and whose it is; a line with the service '' is what its newest rollout says. */
export function listOwners(
  scope: Scope,
  store: Store,
  { cluster, namespace, kind, name }: WorkloadName,
  options: QueryOptions,
): Promise<WorkloadOwner[]> {
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`cluster = ${conditions.bind('String', cluster)}`);
  conditions.and(`namespace = ${conditions.bind('String', namespace)}`);
  const [kindBound, nameBound] = [conditions.bind('String', kind), conditions.bind('String', name)];
  const sql = `
    SELECT service, team, environment FROM (
      SELECT toString(service) AS service, toString(team) AS team, toString(environment) AS environment
      FROM services
      WHERE ${conditions.sql()} AND isNull(deleted_at) AND has(workloads, concat(${kindBound}, '/', ${nameBound}))
      UNION ALL
      SELECT '' AS service, toString(team) AS team, toString(environment) AS environment
      FROM rollouts
      WHERE ${conditions.sql()} AND workload_kind = ${kindBound} AND workload = ${nameBound}
      ORDER BY started_at DESC LIMIT 1
    )
    ORDER BY service ${FINAL_SETTINGS}`;
  return store.query<WorkloadOwner>(sql, conditions.params, options);
}
