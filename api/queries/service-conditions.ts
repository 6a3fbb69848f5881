import type { ServiceFilterField } from '../../schemas/api/service-filters.ts';
import { addScope, type Scope } from '../scope.ts';
import type { ServiceFilter, ServiceLists } from '../service-filter.ts';
import { bindTime, nestedConditions, type Conditions } from './conditions.ts';
import { addSelection } from './exception-filter.ts';

export interface ServiceName {
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
}

/** Instants in milliseconds, `to` exclusive. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Which services are asked for: those of these names, or those that the filter finds. */
export interface ServiceChoice {
  readonly names?: readonly ServiceName[];
  readonly filter?: ServiceFilter;
  /** Only services that lived in it, and for the filter by cause the intervals that touch it. */
  readonly period?: Period;
}

/** Kind/name, and the name alone. */
const OF_WORKLOADS = `arrayConcat(arrayMap(one -> toString(one), workloads),
  arrayMap(one -> substring(one, position(one, '/') + 1), workloads), if(empty(workloads), [''], []))`;

/** Adds the lists of the fields, each of which is a column; `workload` is looked for among `workloads`. */
export function addServiceLists(
  conditions: Conditions,
  lists: ServiceLists,
  fields: readonly ServiceFilterField[],
): void {
  for (const field of fields) {
    if (field === 'workload') addSelection(conditions, OF_WORKLOADS, lists.workload, { many: true });
    else addSelection(conditions, field, lists[field]);
  }
}

const NAME = ['cluster', 'namespace', 'service'] as const;
const OF_ONE = ['team', 'environment', 'workload', 'state'] as const;

/** Intervals [started_earliest, ended_latest) that touch the period; those without an end last. */
export const touches = (conditions: Conditions, { from, to }: Period): string =>
  `started_earliest < ${bindTime(conditions, to)} AND (isNull(ended_latest) OR ended_latest >= ${bindTime(conditions, from)})`;

function addNames(conditions: Conditions, names: readonly ServiceName[]): void {
  const columns = NAME.map((part) =>
    conditions.bind(
      'Array(String)',
      names.map((name) => name[part]),
    ),
  );
  conditions.and(`(cluster, namespace, service) IN (
    SELECT one.1, one.2, one.3 FROM (SELECT arrayJoin(arrayZip(${columns.join(', ')})) AS one))`);
}

/** What is cheap to tell of a row by its name alone: in `services` as in `outages`. */
export function addChoiceByName(conditions: Conditions, scope: Scope, { names, filter }: ServiceChoice): void {
  addScope(conditions, scope);
  if (names) addNames(conditions, names);
  if (!filter) return;
  addServiceLists(conditions, filter.lists, NAME);
  if (filter.q !== undefined) {
    const wanted = conditions.bind('String', filter.q);
    conditions.and(`positionCaseInsensitiveUTF8(toString(service), ${wanted}) > 0`);
  }
}

/** The same for rows of which the name does not tell all that is asked: only those of chosen services. */
export function addChoice(conditions: Conditions, scope: Scope, choice: ServiceChoice): void {
  addChoiceByName(conditions, scope, choice);
  const lists = choice.filter?.lists ?? {};
  if (![...OF_ONE, 'cause' as const].some((field) => lists[field])) return;
  conditions.and(`(cluster, namespace, service) IN (${chosenServices(conditions, scope, choice, NAME.join(', '))})`);
}

/** One of a name's services: milliseconds; null where it was never ready, or lives. */
export type StoredLife = readonly [uid: string, type: string, readyMs: number | null, goneMs: number | null];

const LIVES = `groupArray((service_uid, toString(type), toUnixTimestamp64Milli(first_ready_at), toUnixTimestamp64Milli(deleted_at)))
  OVER (PARTITION BY cluster, namespace, service) AS lives`;

/**
 * A query of these columns of the chosen services: of each name the one that was made last, with `lives`, those of all that had
 * the name. Its values are bound with `conditions`.
 */
export function chosenServices(conditions: Conditions, scope: Scope, choice: ServiceChoice, columns: string): string {
  const { filter, period } = choice;
  const byName = nestedConditions(conditions);
  addChoiceByName(byName, scope, choice);
  const chosen = nestedConditions(conditions);
  if (filter) addServiceLists(chosen, filter.lists, OF_ONE);
  if (period) {
    chosen.and(`first_seen_at < ${bindTime(chosen, period.to)}`);
    chosen.and(`(isNull(deleted_at) OR deleted_at > ${bindTime(chosen, period.from)})`);
  }
  if (filter?.lists.cause) {
    const outages = nestedConditions(conditions);
    addChoiceByName(outages, scope, choice);
    outages.and(`kind = 'down' AND blip = 0`);
    if (period) outages.and(touches(outages, period));
    addSelection(outages, 'cause', filter.lists.cause);
    chosen.and(`(cluster, namespace, service) IN (
      SELECT cluster, namespace, service FROM outages WHERE ${outages.sql()})`);
  }
  return `
    SELECT ${columns} FROM (
      SELECT *, ${LIVES} FROM services WHERE ${byName.sql()}
      ORDER BY first_seen_at DESC, service_uid DESC LIMIT 1 BY cluster, namespace, service
    ) WHERE ${chosen.sql()}`;
}
