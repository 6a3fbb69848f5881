import type { FilterField } from '../../schemas/api/filters.ts';
import { FILTER_VALUES, type ExceptionFilter } from '../filter.ts';
import { addScope, type Scope } from '../scope.ts';
import type { Selection } from '../selection.ts';
import type { TimeRange } from '../times.ts';
import { bindTime, createConditions, nestedConditions, type Conditions } from './conditions.ts';

/** A filter of exceptions, and of the groups they belong to. */
export interface GroupedFilter extends ExceptionFilter {
  /** Only groups that are, or are not, acknowledged. */
  readonly acknowledged?: boolean | undefined;
  /** Only groups whose first row within the scope, whatever the rest of the filter, is not older. Milliseconds. */
  readonly firstSeenFrom?: number | undefined;
}

const HOUR_MS = 3_600_000;
const FIELDS = Object.keys(FILTER_VALUES) as FilterField[];
/** Those that logs have too. */
const LOG_FIELDS = ['cluster', 'namespace', 'pod', 'container'] as const;

/** `from` ≤ column < `to`. */
export function addRange(conditions: Conditions, column: string, range: TimeRange): void {
  if (range.from !== undefined) conditions.and(`${column} >= ${bindTime(conditions, range.from)}`);
  if (range.to !== undefined) conditions.and(`${column} < ${bindTime(conditions, range.to)}`);
}

/** Holds an expression of the query's own, never of the request's, against a selection. */
export function addSelection(
  conditions: Conditions,
  expression: string,
  selection: Selection | undefined,
  options: { many?: true | undefined } = {},
): void {
  const anyOf = (values: readonly string[]) => {
    const bound = conditions.bind('Array(String)', values);
    return options.many ? `hasAny(${expression}, ${bound})` : `${expression} IN ${bound}`;
  };
  if (selection?.only) conditions.and(anyOf(selection.only));
  if (selection && selection.not.length > 0) conditions.and(`NOT (${anyOf(selection.not)})`);
}

function addLists(conditions: Conditions, fields: readonly FilterField[], { lists }: ExceptionFilter): void {
  for (const field of fields) {
    const { sql, many } = FILTER_VALUES[field];
    addSelection(conditions, sql, lists[field], { many });
  }
}

/** The ids of the rows whose log holds the text. A log is caught soon after its death is seen, seldom before. */
function logHolds(conditions: Conditions, scope: Scope, filter: ExceptionFilter, text: string): string {
  const inner = nestedConditions(conditions);
  addScope(inner, scope);
  addLists(inner, LOG_FIELDS, filter);
  addRange(inner, 'observed_at', {
    ...(filter.from === undefined ? {} : { from: filter.from - HOUR_MS }),
    ...(filter.to === undefined ? {} : { to: filter.to + 24 * HOUR_MS }),
  });
  inner.and(`positionCaseInsensitiveUTF8(text, ${text}) > 0`);
  return `SELECT exception_id FROM exception_logs WHERE ${inner.sql()}`;
}

/** The groups whose first row is not older. */
function groupsFirstSeenFrom(conditions: Conditions, scope: Scope, fromMs: number): string {
  const inner = nestedConditions(conditions);
  addScope(inner, scope);
  const from = bindTime(inner, fromMs);
  return `SELECT fingerprint FROM exceptions WHERE ${inner.sql()} GROUP BY fingerprint HAVING min(observed_at) >= ${from}`;
}

const ACKNOWLEDGED = 'SELECT fingerprint FROM exception_group_notes FINAL WHERE acknowledged = 1';

/** Conditions over the view `exceptions` for a filter within a scope. */
export function exceptionConditions(scope: Scope, filter: GroupedFilter): Conditions {
  const conditions = createConditions();
  addScope(conditions, scope);
  addLists(conditions, FIELDS, filter);
  addRange(conditions, 'observed_at', filter);
  if (filter.minRestarts !== undefined)
    conditions.and(`restart_count >= ${conditions.bind('UInt32', filter.minRestarts)}`);
  if (filter.q !== undefined) {
    const text = conditions.bind('String', filter.q);
    const ids = logHolds(conditions, scope, filter, text);
    conditions.and(`(positionCaseInsensitiveUTF8(message, ${text}) > 0 OR id IN (${ids}))`);
  }
  if (filter.acknowledged !== undefined)
    conditions.and(`fingerprint ${filter.acknowledged ? 'IN' : 'NOT IN'} (${ACKNOWLEDGED})`);
  if (filter.firstSeenFrom !== undefined)
    conditions.and(`fingerprint IN (${groupsFirstSeenFrom(conditions, scope, filter.firstSeenFrom)})`);
  return conditions;
}
