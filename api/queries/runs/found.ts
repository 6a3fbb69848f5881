import type { QueryOptions, Store } from '../../../platform/store/store.ts';
import type { Scope } from '../../scope.ts';
import { only } from '../../selection.ts';
import { bindTime, createConditions, FINAL_SETTINGS, nestedConditions } from '../conditions.ts';
import { addPatterns, addWorkloads } from '../usage/conditions.ts';
import { addAbout } from './conditions.ts';
import type { RunRequest } from './exceptions.ts';

/** The patterns of namespaces and workloads of which a pod, an exception or a rollout is known in the period. */
export async function listFound(
  scope: Scope,
  store: Store,
  { about, period }: RunRequest,
  options: QueryOptions,
): Promise<{ namespaces: string[]; workloads: string[] }> {
  const { namespaces, workloads } = about;
  if (namespaces.length + workloads.length === 0) return { namespaces: [], workloads: [] };
  const conditions = createConditions();
  const [from, to] = [bindTime(conditions, period.from), bindTime(conditions, period.to)];
  const seen = nestedConditions(conditions);
  addAbout(seen, scope, { ...about, workloads: [] });
  const during = `started_at < ${to} AND (isNull(ended_at) OR ended_at > ${from})`;
  const columns = 'namespace, workload_kind, workload';
  const tells = [
    ...namespaces.map((pattern) => {
      const own = nestedConditions(conditions);
      addPatterns(own, 'namespace', only(pattern));
      return own.sql();
    }),
    ...workloads.map((pattern) => {
      const own = nestedConditions(conditions);
      addWorkloads(own, 'workload_kind', 'workload', only(pattern));
      return own.sql();
    }),
  ];
  const sql = `
    SELECT [${tells.map((tell) => `toUInt8(countIf(${tell}) > 0)`).join(', ')}] AS found FROM (
      SELECT DISTINCT ${columns} FROM pod_resources WHERE ${seen.sql()} AND ${during}
      UNION ALL
      SELECT DISTINCT ${columns} FROM exceptions
      WHERE ${seen.sql()} AND observed_at >= ${from} AND observed_at < ${to}
      UNION ALL
      SELECT DISTINCT ${columns} FROM rollouts
      WHERE ${seen.sql()} AND started_at < ${to} AND (isNull(finished_at) OR finished_at >= ${from})
    ) ${FINAL_SETTINGS}`;
  const [row] = await store.query<{ found: number[] }>(sql, conditions.params, options);
  const isFound = (index: number) => row?.found[index] === 1;
  return {
    namespaces: namespaces.filter((_pattern, index) => isFound(index)),
    workloads: workloads.filter((_pattern, index) => isFound(namespaces.length + index)),
  };
}
