import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { ContainerResources } from '../../../schemas/resources.ts';
import { addScope, type Scope } from '../../scope.ts';
import { addRange } from '../exception-filter.ts';
import { bindTime, createConditions, FINAL_SETTINGS, nestedConditions, type Conditions } from '../conditions.ts';
import { addPatterns, addWorkloads } from './conditions.ts';
import { KEY, KEY_COLUMNS, keyIsOneOf, keyOfRow, podIsOneOf, selectKey, type UsageKey } from './keys.ts';
import type { UsageChoice } from './partials.ts';

/** Exceptions know no team and no environment. Of pods, the rows that they are joined to tell it. */
export const tellsOomKills = ({ by, filter }: UsageChoice): boolean =>
  by === 'pod' || (by !== 'team' && !filter.team && !filter.environment);

function addOomKills(conditions: Conditions, scope: Scope, { filter, plan }: UsageChoice): void {
  addScope(conditions, scope);
  conditions.and(`type = 'death' AND reason = 'OOMKilled'`);
  addRange(conditions, 'observed_at', plan.range);
  for (const field of ['cluster', 'namespace', 'pod', 'node'] as const) {
    addPatterns(conditions, field, filter[field]);
  }
  addWorkloads(conditions, 'workload_kind', 'workload', filter.workload);
}

/** A query of how many containers died as OOMKilled in the range, as `kills` by key; what a rule suppressed counts too. */
export function oomKillsSql(outer: Conditions, scope: Scope, choice: UsageChoice): string {
  const conditions = nestedConditions(outer);
  addOomKills(conditions, scope, choice);
  return `
    SELECT ${selectKey(keyOfRow(choice.by))}, count() AS kills FROM exceptions WHERE ${conditions.sql()} GROUP BY ${KEY}`;
}

/** Where and when a container died. */
interface Kill {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly died_ms: number;
}

async function newestKills(
  scope: Scope,
  store: Store,
  request: { choice: UsageChoice; keys: readonly UsageKey[] },
  options: QueryOptions,
): Promise<{ key: string; kill: Kill }[]> {
  const conditions = createConditions();
  addOomKills(conditions, scope, request.choice);
  const key = keyOfRow(request.choice.by);
  conditions.and(keyIsOneOf(conditions, key, request.keys));
  const died = 'toUnixTimestamp64Milli(ifNull(finished_at, observed_at))';
  const sql = `
    SELECT ${selectKey(key)},
      argMax((toString(cluster), toString(namespace), pod, toString(container), ${died}), observed_at) AS kill
    FROM exceptions WHERE ${conditions.sql()} GROUP BY ${KEY} ${FINAL_SETTINGS}`;
  type Row = Record<(typeof KEY_COLUMNS)[number], string> & { kill: [string, string, string, string, number] };
  return (await store.query<Row>(sql, conditions.params, options)).map((row) => {
    const [cluster, namespace, pod, container, diedMs] = row.kill;
    return {
      key: JSON.stringify(KEY_COLUMNS.map((column) => row[column])),
      kill: { cluster, namespace, pod, container, died_ms: diedMs },
    };
  });
}

interface Limit {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly memory_limit_bytes: number | null;
  /** As `PodResourcesRow` has it. */
  readonly containers: string;
}

const podsOf = (kills: readonly Kill[]): UsageKey[] =>
  kills.map(({ cluster, namespace, pod }) => ({ cluster, namespace, kind: '', name: pod }));

function limitsInJournal(scope: Scope, store: Store, kills: readonly Kill[], options: QueryOptions): Promise<Limit[]> {
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(podIsOneOf(conditions, podsOf(kills)));
  const sql = `
    SELECT cluster, namespace, pod, toUnixTimestamp64Milli(started_at) AS from_ms,
      ifNull(toUnixTimestamp64Milli(ended_at), 9007199254740991) AS to_ms, memory_limit_bytes, containers
    FROM pod_resources WHERE ${conditions.sql()} ORDER BY started_at DESC ${FINAL_SETTINGS}`;
  return store.query<Limit>(sql, conditions.params, options);
}

/** How long before a death a limit out of pod_usage still tells of it. */
const NEAR_MS = 5 * 60_000;

function limitsInUsage(scope: Scope, store: Store, kills: readonly Kill[], options: QueryOptions): Promise<Limit[]> {
  const conditions = createConditions();
  addScope(conditions, scope);
  conditions.and(podIsOneOf(conditions, podsOf(kills)));
  const near = kills.map(
    ({ died_ms: at }) => `(at > ${bindTime(conditions, at - NEAR_MS)} AND at <= ${bindTime(conditions, at)})`,
  );
  conditions.and(`(${near.join(' OR ')})`);
  const sql = `
    SELECT cluster, namespace, pod, toUnixTimestamp64Milli(at) AS from_ms, from_ms + ${NEAR_MS} AS to_ms,
      memory_limit_bytes, '' AS containers
    FROM pod_usage_versions FINAL PREWHERE ${conditions.sql()} WHERE isNotNull(memory_limit_bytes)
    ORDER BY at DESC ${FINAL_SETTINGS}`;
  return store.query<Limit>(sql, conditions.params, options);
}

function limitAt(kill: Kill, limits: readonly Limit[]): number | null {
  const of = limits.find(
    ({ cluster, namespace, pod, from_ms: from, to_ms: to }) =>
      cluster === kill.cluster &&
      namespace === kill.namespace &&
      pod === kill.pod &&
      from <= kill.died_ms &&
      kill.died_ms <= to,
  );
  if (!of) return null;
  const containers = JSON.parse(of.containers || '[]') as readonly ContainerResources[];
  return containers.find(({ name }) => name === kill.container)?.memory_limit_bytes ?? of.memory_limit_bytes;
}

/**
 * The memory limit that was in force when the newest of each key's containers died as OOMKilled, by the key's JSON: the container's
 * own, else its pod's, as the journal has it; where it has nothing, the pod's as Prometheus had it.
 */
export async function readOomLimits(
  scope: Scope,
  store: Store,
  request: { choice: UsageChoice; keys: readonly UsageKey[] },
  options: QueryOptions,
): Promise<ReadonlyMap<string, number | null>> {
  const limits = new Map<string, number | null>();
  for (let from = 0; from < request.keys.length; from += KEYS_AT_ONCE) {
    const keys = request.keys.slice(from, from + KEYS_AT_ONCE);
    const some = await readSomeLimits(scope, store, { choice: request.choice, keys }, options);
    for (const [key, limit] of some) limits.set(key, limit);
  }
  return limits;
}

/** Names of so many fit into one statement. */
const KEYS_AT_ONCE = 200;

async function readSomeLimits(
  scope: Scope,
  store: Store,
  request: { choice: UsageChoice; keys: readonly UsageKey[] },
  options: QueryOptions,
): Promise<[key: string, limit: number | null][]> {
  const found = await newestKills(scope, store, request, options);
  if (found.length === 0) return [];
  const kills = found.map(({ kill }) => kill);
  const inJournal = await limitsInJournal(scope, store, kills, options);
  const unknown = kills.filter((kill) => limitAt(kill, inJournal) === null);
  const inUsage = unknown.length > 0 ? await limitsInUsage(scope, store, unknown, options) : [];
  return found.map(({ key, kill }) => [key, limitAt(kill, inJournal) ?? limitAt(kill, inUsage)]);
}
