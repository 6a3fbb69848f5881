import type { QueryOptions, Store } from '../../platform/store/store.ts';
import type { OutageItem } from '../../schemas/api/services.ts';
import type { ServiceRow, ServiceState } from '../../schemas/outages.ts';
import { addScope, type Scope } from '../scope.ts';
import { bindTime, createConditions, FINAL_SETTINGS } from './conditions.ts';
import { OUTAGE_COLUMNS, readOutage, type StoredOutage } from './outages.ts';
import {
  addChoiceByName,
  chosenServices,
  touches,
  type Period,
  type ServiceChoice,
  type ServiceName,
  type StoredLife,
} from './service-conditions.ts';

export type Service = Omit<ServiceRow, 'version'>;

const SERVICE_COLUMNS = `cluster, namespace, service, service_uid, type, state, since, ready, wanted, workloads, team,
  environment, objective, first_seen_at, first_ready_at, deleted_at`;

/** The chosen services by name: of each the one that was made last, with the lives of all that had its name. */
export function listServicesWithLives(
  scope: Scope,
  store: Store,
  choice: ServiceChoice,
  options: QueryOptions,
): Promise<(Service & { readonly lives: readonly StoredLife[] })[]> {
  const conditions = createConditions();
  const sql = `
    ${chosenServices(conditions, scope, choice, `${SERVICE_COLUMNS}, lives`)}
    ORDER BY service, namespace, cluster ${FINAL_SETTINGS}`;
  return store.query(sql, conditions.params, options);
}

/** Whether there is or was a service of this name. */
export async function hasService(
  scope: Scope,
  store: Store,
  name: ServiceName,
  options: QueryOptions,
): Promise<boolean> {
  const conditions = createConditions();
  addChoiceByName(conditions, scope, { names: [name] });
  const sql = `SELECT 1 FROM services WHERE ${conditions.sql()} LIMIT 1`;
  return (await store.query(sql, conditions.params, options)).length > 0;
}

/** What an outage's row is found by. */
export interface OutageRef extends ServiceName {
  readonly id: string;
  readonly observedMs: number;
}

/** The outages of these refs. */
export async function listOutagesOf(
  scope: Scope,
  store: Store,
  refs: readonly OutageRef[],
  options: QueryOptions,
): Promise<OutageItem[]> {
  if (refs.length === 0) return [];
  const conditions = createConditions();
  addScope(conditions, scope);
  const bind = (type: string, values: readonly unknown[]) => conditions.bind(`Array(${type})`, values);
  const names = (['cluster', 'namespace', 'service'] as const).map((part) =>
    bind(
      'String',
      refs.map((ref) => ref[part]),
    ),
  );
  const seen = bind(
    'Int64',
    refs.map(({ observedMs }) => observedMs),
  );
  const ids = bind(
    'String',
    refs.map(({ id }) => id),
  );
  conditions.and(`(cluster, namespace, service, observed_at, id) IN (
    SELECT one.1, one.2, one.3, fromUnixTimestamp64Milli(one.4, 'UTC'), one.5
    FROM (SELECT arrayJoin(arrayZip(${names.join(', ')}, ${seen}, ${ids})) AS one))`);
  const sql = `SELECT ${OUTAGE_COLUMNS} FROM outages WHERE ${conditions.sql()} ${FINAL_SETTINGS}`;
  return (await store.query<StoredOutage>(sql, conditions.params, options)).map(readOutage);
}

/** Names of ports that intervals of the service in the period are about. */
export async function listPorts(
  scope: Scope,
  store: Store,
  request: { name: ServiceName; period: Period },
  options: QueryOptions,
): Promise<string[]> {
  const conditions = createConditions();
  addChoiceByName(conditions, scope, { names: [request.name] });
  conditions.and(`kind = 'port'`);
  conditions.and(touches(conditions, request.period));
  const sql = `SELECT DISTINCT port FROM outages WHERE ${conditions.sql()} ORDER BY port ${FINAL_SETTINGS}`;
  return (await store.query<{ port: string }>(sql, conditions.params, options)).map(({ port }) => port);
}

const ELSEWHERE = 50;

/** Live services of the same name in other clusters and namespaces. */
export function listElsewhere(
  scope: Scope,
  store: Store,
  name: ServiceName,
  options: QueryOptions,
): Promise<{ cluster: string; namespace: string; state: ServiceState }[]> {
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(`service = ${conditions.bind('String', name.service)} AND isNull(deleted_at)`);
  const [cluster, namespace] = [conditions.bind('String', name.cluster), conditions.bind('String', name.namespace)];
  conditions.and(`(cluster, namespace) != (${cluster}, ${namespace})`);
  const sql = `
    SELECT cluster, namespace, state FROM services WHERE ${conditions.sql()}
    ORDER BY cluster, namespace LIMIT 1 BY cluster, namespace LIMIT ${ELSEWHERE}`;
  return store.query(sql, conditions.params, options);
}

export interface EndpointStep {
  readonly at: string;
  readonly ready: number;
  readonly serving: number;
  readonly wanted: number;
}

/** How many endpoints it had when the period began: the newest change not after. */
export async function getEndpointsAt(
  scope: Scope,
  store: Store,
  request: { name: ServiceName; atMs: number },
  options: QueryOptions,
): Promise<EndpointStep | null> {
  const conditions = createConditions();
  addChoiceByName(conditions, scope, { names: [request.name] });
  conditions.and(`at <= ${bindTime(conditions, request.atMs)}`);
  const sql = `
    SELECT at, ready, serving, wanted FROM service_endpoints WHERE ${conditions.sql()}
    ORDER BY at DESC LIMIT 1 ${FINAL_SETTINGS}`;
  const [row] = await store.query<EndpointStep>(sql, conditions.params, options);
  return row ?? null;
}

/**
 * The changes within the period, oldest first. Where there are more than `maxSteps`, of each of so many spans of equal length the
 * one with the fewest and the one with the most ready endpoints, and the last one, since that is what the next span begins with.
 */
export async function listEndpointSteps(
  scope: Scope,
  store: Store,
  request: { name: ServiceName; period: Period; maxSteps: number },
  options: QueryOptions,
): Promise<{ steps: EndpointStep[]; thinned: boolean }> {
  const { name, period, maxSteps } = request;
  const conditions = createConditions();
  addChoiceByName(conditions, scope, { names: [name] });
  conditions.and(`at > ${bindTime(conditions, period.from)} AND at < ${bindTime(conditions, period.to)}`);
  const spans = Math.max(1, Math.floor(maxSteps / 3));
  const widthMs = conditions.bind('UInt64', Math.max(1, Math.ceil((period.to - period.from) / spans)));
  const span = `intDiv(toUnixTimestamp64Milli(at) - ${conditions.bind('Int64', period.from)}, ${widthMs})`;
  const sql = `
    WITH (SELECT count() FROM service_endpoints WHERE ${conditions.sql()}) > ${conditions.bind('UInt32', maxSteps)} AS many
    SELECT DISTINCT kept.1 AS at, kept.2 AS ready, kept.3 AS serving, kept.4 AS wanted, many AS thinned
    FROM (
      SELECT arrayJoin(if(many, [argMin(step, (step.2, step.1)), argMax(step, (step.2, step.1)), argMax(step, step.1)],
        groupArray(step))) AS kept
      FROM (SELECT (at, ready, serving, wanted) AS step, ${span} AS span FROM service_endpoints WHERE ${conditions.sql()})
      GROUP BY span
    )
    ORDER BY at ${FINAL_SETTINGS}`;
  const rows = await store.query<EndpointStep & { thinned: number }>(sql, conditions.params, options);
  const steps = rows.map(({ thinned: _all, ...step }) => step);
  return { steps, thinned: rows.some(({ thinned }) => thinned === 1) };
}
