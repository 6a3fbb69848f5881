import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { StoredRun } from '../../runs/about.ts';
import type { Scope } from '../../scope.ts';
import { only } from '../../selection.ts';
import { bindTime, createConditions, nestedConditions, type Conditions } from '../conditions.ts';
import { addPatterns } from '../usage/conditions.ts';

const COLUMNS = 'id, name, started_at, ended_at, clusters, namespaces, workloads, note, created_by, updated_at';
/** More than anybody names. */
const MOST = 5000;

/** Runs of which some cluster lies in the scope. What of their namespaces does, the reader of the rows decides. */
function runConditions(scope: Scope): Conditions {
  const conditions = createConditions();
  const inner = nestedConditions(conditions);
  addPatterns(inner, 'one', only(...scope.clusters));
  conditions.and('deleted = 0');
  conditions.and(`(empty(clusters) OR arrayExists(one -> ${inner.sql()}, clusters))`);
  return conditions;
}

export interface RunFilter {
  readonly name?: string | undefined;
  readonly goingOn?: boolean | undefined;
  readonly nowMs: number;
}

/** Runs, newest first. */
export function listRuns(
  scope: Scope,
  store: Store,
  { name, goingOn, nowMs }: RunFilter,
  options: QueryOptions,
): Promise<StoredRun[]> {
  const conditions = runConditions(scope);
  if (name !== undefined) addPatterns(conditions, 'name', only(name));
  if (goingOn !== undefined) {
    const over = `(isNotNull(ended_at) AND ended_at <= ${bindTime(conditions, nowMs)})`;
    conditions.and(goingOn ? `NOT ${over}` : over);
  }
  const sql = `SELECT ${COLUMNS} FROM runs WHERE ${conditions.sql()} ORDER BY started_at DESC, id LIMIT ${MOST}`;
  return store.query(sql, conditions.params, options);
}

/** The run of this id, else of this name, as it was written last; null where there is none. */
export async function findRun(scope: Scope, store: Store, idOrName: string): Promise<StoredRun | null> {
  const conditions = runConditions(scope);
  const wanted = conditions.bind('String', idOrName);
  conditions.and(`(id = ${wanted} OR name = ${wanted})`);
  const sql = `SELECT ${COLUMNS} FROM runs WHERE ${conditions.sql()} ORDER BY id = ${wanted} DESC LIMIT 1`;
  const [row] = await store.queryAfterWrite<StoredRun>(sql, conditions.params);
  return row ?? null;
}

/** The live runs of a name, whoever may see them: names are unique. Just after a write it sees that. */
export function listNamesakes(_scope: Scope, store: Store, name: string): Promise<StoredRun[]> {
  return store.queryAfterWrite(`SELECT ${COLUMNS} FROM runs WHERE deleted = 0 AND name = {name:String}`, { name });
}
