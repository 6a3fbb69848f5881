import type { Logger } from '../log.ts';
import type { Store } from './store.ts';

/** Days each kind of row is kept, counted from its own time; 0 keeps it for ever. */
export interface Retention {
  readonly exceptionsDays: number;
  readonly logsDays: number;
  readonly journalDays: number;
  readonly coverageDays: number;
  readonly deadLettersDays: number;
}

const RULES: readonly { table: string; column: string; days: keyof Retention }[] = [
  { table: 'exceptions_versions', column: 'observed_at', days: 'exceptionsDays' },
  { table: 'exception_logs_versions', column: 'observed_at', days: 'logsDays' },
  { table: 'journal', column: 'observed_at', days: 'journalDays' },
  { table: 'coverage_versions', column: 'from', days: 'coverageDays' },
  { table: 'dead_letters', column: 'observed_at', days: 'deadLettersDays' },
];

/** The days of a table's TTL as the engine prints it, 0 where it has none. */
export const daysOfTtl = (engineFull: string): number =>
  Number(/\bTTL\s+toDateTime\([^)]*\)\s*\+\s*toIntervalDay\((\d+)\)/.exec(engineFull)?.[1] ?? 0);

/** Brings each table's TTL to what is configured; touches only those that differ. Resolves to the tables it changed. */
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
  return changed;
}
