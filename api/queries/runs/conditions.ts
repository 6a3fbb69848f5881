import type { About } from '../../runs/about.ts';
import { addScope, type Scope } from '../../scope.ts';
import { only } from '../../selection.ts';
import { nestedConditions, type Conditions } from '../conditions.ts';
import { addPatterns, addWorkloads } from '../usage/conditions.ts';

const some = (values: readonly string[]) => (values.length > 0 ? only(...values) : undefined);

function addPlaces(conditions: Conditions, scope: Scope, { clusters, namespaces }: About): void {
  addScope(conditions, scope);
  if (clusters.length > 0) conditions.and(`cluster IN ${conditions.bind('Array(String)', clusters)}`);
  addPatterns(conditions, 'namespace', some(namespaces));
}

/** Conditions of a table with the columns cluster, namespace, workload_kind and workload. */
export function addAbout(conditions: Conditions, scope: Scope, about: About): void {
  addPlaces(conditions, scope, about);
  addWorkloads(conditions, 'workload_kind', 'workload', some(about.workloads));
}

/** The same of a table with a column `workloads` of Kind/name: any of them. */
export function addAboutServices(conditions: Conditions, scope: Scope, about: About): void {
  addPlaces(conditions, scope, about);
  if (about.workloads.length > 0) {
    const inner = nestedConditions(conditions);
    const slash = `position(one, '/')`;
    addWorkloads(inner, `substring(one, 1, ${slash} - 1)`, `substring(one, ${slash} + 1)`, some(about.workloads));
    conditions.and(`arrayExists(one -> ${inner.sql()}, arrayMap(each -> toString(each), workloads))`);
  }
}
