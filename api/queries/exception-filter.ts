import type { ExceptionFilters } from '../../schemas/api/parameters.ts';
import { addScope, type Scope } from '../scope.ts';
import type { TimeRange } from '../times.ts';
import { bindTime, createConditions, type Conditions } from './conditions.ts';

/** The filters of a request, parsed. Lists are alternatives; several filters hold together. */
export type ExceptionFilter = Omit<ExceptionFilters, 'from' | 'to'> & TimeRange;

const HOUR_MS = 3_600_000;
const LIST_COLUMNS = [
  'cluster',
  'namespace',
  'workload',
  'workload_kind',
  'pod',
  'container',
  'reason',
  'type',
  'verdict',
  'rule',
  'fingerprint',
] as const;

/** `from` ≤ column < `to`. */
export function addRange(conditions: Conditions, column: string, range: TimeRange): void {
  if (range.from !== undefined) conditions.and(`${column} >= ${bindTime(conditions, range.from)}`);
  if (range.to !== undefined) conditions.and(`${column} < ${bindTime(conditions, range.to)}`);
}

/** Column values out of lists; an absent list does not filter. */
export function addLists<K extends string>(
  conditions: Conditions,
  columns: readonly K[],
  filter: Partial<Record<K, readonly string[] | undefined>>,
): void {
  for (const column of columns) {
    const values = filter[column];
    if (values) conditions.and(`${column} IN ${conditions.bind('Array(String)', values)}`);
  }
}

/** The ids of the rows whose log holds the text. A log is caught soon after its death is seen, seldom before. */
function logHolds(conditions: Conditions, scope: Scope, filter: ExceptionFilter, text: string): string {
  const inner: Conditions = { ...createConditions(), params: conditions.params, bind: conditions.bind };
  addScope(inner, scope);
  addLists(inner, ['cluster', 'namespace', 'pod', 'container'], filter);
  addRange(inner, 'observed_at', {
    ...(filter.from === undefined ? {} : { from: filter.from - HOUR_MS }),
    ...(filter.to === undefined ? {} : { to: filter.to + 24 * HOUR_MS }),
  });
  inner.and(`positionCaseInsensitiveUTF8(text, ${text}) > 0`);
  return `SELECT exception_id FROM exception_logs WHERE ${inner.sql()}`;
}

/** Conditions over the view `exceptions` for a filter within a scope. */
export function exceptionConditions(scope: Scope, filter: ExceptionFilter): Conditions {
  const conditions = createConditions();
  addScope(conditions, scope);
  addLists(conditions, LIST_COLUMNS, filter);
  addRange(conditions, 'observed_at', filter);
  if (filter.q !== undefined) {
    const text = conditions.bind('String', filter.q);
    const ids = logHolds(conditions, scope, filter, text);
    conditions.and(`(positionCaseInsensitiveUTF8(message, ${text}) > 0 OR id IN (${ids}))`);
  }
  return conditions;
}
