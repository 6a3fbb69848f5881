import type { Logger } from '../log.ts';
import type { Store } from './store.ts';

/** Days each kind of row is kept, counted from its own time, or from its end where it has one; 0 keeps it for ever. */
export interface Retention {
  readonly exceptionsDays: number;
  readonly servicesDays: number;
  readonly logsDays: number;
  readonly journalDays: number;
  readonly coverageDays: number;
  readonly deadLettersDays: number;
  readonly usageDays: number;
  readonly usageHourlyDays: number;
  readonly usageDailyDays: number;
  readonly resourcesDays: number;
}

const RULES: readonly { table: string; column: string; days: keyof Retention }[] = [
  { table: 'exceptions_versions', column: 'observed_at', days: 'exceptionsDays' },
  { table: 'service_endpoints_versions', column: 'at', days: 'servicesDays' },
  { table: 'exception_logs_versions', column: 'observed_at', days: 'logsDays' },
  { table: 'journal', column: 'observed_at', days: 'journalDays' },
  { table: 'coverage_versions', column: 'from', days: 'coverageDays' },
  { table: 'dead_letters', column: 'observed_at', days: 'deadLettersDays' },
  { table: 'pod_usage_versions', column: 'at', days: 'usageDays' },
  { table: 'pod_usage_1h_versions', column: 'at', days: 'usageHourlyDays' },
  { table: 'group_usage_1h_versions', column: 'at', days: 'usageHourlyDays' },
  { table: 'pod_usage_1d_versions', column: 'at', days: 'usageDailyDays' },
  { table: 'group_usage_1d_versions', column: 'at', days: 'usageDailyDays' },
];

/** Of a row that has its id. */
const BY_ID = `concat(toString(observed_at), '/', id)`;

/**
 * What lasts until it ends, by the view that has the newest version of each. No TTL can be of the end: it would take the newest
 * version out of one part while another still has an older one, which has no end, and what is long over would last again.
 */
const ENDING: readonly { view: string; key: string; end: string; days: keyof Retention }[] = [
  { view: 'rollouts', key: BY_ID, end: 'finished_at', days: 'servicesDays' },
  { view: 'outages', key: BY_ID, end: 'ended_at', days: 'servicesDays' },
  { view: 'services', key: `concat(cluster, '/', service_uid)`, end: 'deleted_at', days: 'servicesDays' },
  { view: 'pod_resources', key: BY_ID, end: 'ended_at', days: 'resourcesDays' },
  { view: 'node_resources', key: BY_ID, end: 'ended_at', days: 'resourcesDays' },
  { view: 'autoscalers', key: BY_ID, end: 'ended_at', days: 'resourcesDays' },
];
/** Keys in one statement: some hundred kilobytes. */
const KEYS_AT_ONCE = 5000;

/** The days of a table's TTL as the engine prints it, 0 where it has none. */
export const daysOfTtl = (engineFull: string): number =>
  Number(/\bTTL\s+toDateTime\([^)]*\)\s*\+\s*toIntervalDay\((\d+)\)/.exec(engineFull)?.[1] ?? 0);

/** Deletes every version of what ended before the days that it is kept. */
async function deleteEnded(store: Store, retention: Retention, log: Logger): Promise<void> {
  for (const { view, key, end, days: name } of ENDING) {
    const days = Math.trunc(retention[name]);
    if (days === 0) continue;
    for (let found = KEYS_AT_ONCE; found === KEYS_AT_ONCE;) {
      const rows = await store.queryAfterWrite<{ key: string }>(
        `SELECT ${key} AS key FROM ${view} WHERE ${end} < now() - INTERVAL ${days} DAY LIMIT ${KEYS_AT_ONCE}`,
      );
      found = rows.length;
      if (found === 0) break;
      const keys = rows.map((row) => row.key);
      await store.command(`DELETE FROM ${view}_versions WHERE ${key} IN {keys:Array(String)}`, { keys });
      log.info({ view, days, rows: found }, 'what ended long ago was deleted');
    }
  }
}

/**
 * Brings each table's TTL to what is configured, where it differs, and deletes what ended long ago. Resolves to the tables whose
 * TTL it changed.
 */
export async function applyRetention(store: Store, retention: Retention, log: Logger): Promise<string[]> {
  const rows = await store.queryAfterWrite<{ name: string; engine_full: string }>(
    'SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
    { names: RULES.map((rule) => rule.table) },
  );
  const present = new Map(rows.map((row) => [row.name, daysOfTtl(row.engine_full)]));
  const changed: string[] = [];
  for (const { table, column, days: key } of RULES) {
    const days = retention[key];
    const now = present.get(table);
    if (now === undefined || now === days) continue;
    // The TTL is worked off by merges; rewriting every part at once would hold up a start.
    await store.command(
      days === 0
        ? `ALTER TABLE ${table} REMOVE TTL`
        : `ALTER TABLE ${table} MODIFY TTL toDateTime(\`${column}\`) + INTERVAL ${Math.trunc(days)} DAY SETTINGS materialize_ttl_after_modify = 0`,
    );
    log.info({ table, days, before: now }, 'retention changed');
    changed.push(table);
  }
  await deleteEnded(store, retention, log);
  return changed;
}
