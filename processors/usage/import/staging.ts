import { AppError, messageOf } from '../../../platform/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Store } from '../../../platform/store/store.ts';
import { oldestRows, type UsageRetention } from '../../../platform/usage-retention.ts';
import type { Table } from '../../../schemas/column.ts';
import { podUsageImportTable, podUsageTable, USED } from '../../../schemas/usage.ts';
import { HOUR_MS, type Job } from './plan.ts';
import type { HourCount } from './rows.ts';

/** Where a job's rows go. */
export const tableOf = (job: Job, retention: UsageRetention, nowMs: number): Table =>
  job.fromMs < oldestRows(retention, nowMs) ? podUsageImportTable : podUsageTable;

/** Drops the rows of one import that was summed up, or failed; what is left the engine drops after a day. Never rejects. */
export async function dropStaged(
  store: Store,
  { cluster, version }: { cluster: string; version: number },
  log?: Logger,
): Promise<void> {
  const name = cluster.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  try {
    await store.command(
      `ALTER TABLE ${podUsageImportTable.name} DROP PARTITION tuple('${name}', ${Math.trunc(version)})`,
    );
  } catch (error) {
    log?.warn({ cluster, version, error: messageOf(error) }, 'rows of an import are left to the engine');
  }
}

/** How many values of CPU and memory are stored of a range: of its instants, or of its whole hours as they are summed up. */
export async function valuesStored(
  store: Store,
  { cluster, fromMs, toMs }: { cluster: string; fromMs: number; toMs: number },
  from: 'instants' | 'hours',
): Promise<number> {
  const [table, values] =
    from === 'instants'
      ? ['pod_usage', 'count(cpu_cores) + count(memory_bytes)']
      : ['pod_usage_1h', 'sum(cpu_cores_count) + sum(memory_bytes_count)'];
  const [found] = await store.queryAfterWrite<{ known: string | number }>(
    `SELECT ${values} AS known FROM ${table}
    WHERE cluster = {cluster:String} AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
    { cluster, from: fromMs, to: toMs },
  );
  return Number(found?.known ?? 0);
}

/** Hours in which something used came, as ranges: what an hour that has been summed up came to is not replaced by less than that. */
export function hoursUsed(job: Job, counts: ReadonlyMap<number, HourCount>): { fromMs: number; toMs: number }[] {
  const ranges: { fromMs: number; toMs: number }[] = [];
  for (let hourMs = job.fromMs; hourMs < job.toMs; hourMs += HOUR_MS) {
    const known = counts.get(hourMs)?.known;
    if (!known || !USED.some((measure) => known.has(measure))) continue;
    const last = ranges.at(-1);
    if (last?.toMs === hourMs) ranges[ranges.length - 1] = { ...last, toMs: hourMs + HOUR_MS };
    else ranges.push({ fromMs: hourMs, toMs: hourMs + HOUR_MS });
  }
  return ranges;
}

/**
 * Throws AppError `store_error` unless the hours' roll-ups have `rows` instants at least: rows of an earlier import stay where
 * something used is known.
 */
export async function requireSummedUp(
  store: Store,
  { cluster, fromMs, toMs }: { cluster: string; fromMs: number; toMs: number },
  rows: number,
): Promise<void> {
  const [found] = await store.queryAfterWrite<{ instants: string | number }>(
    `SELECT sum(instants) AS instants FROM pod_usage_1h
    WHERE cluster = {cluster:String} AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
    { cluster, from: fromMs, to: toMs },
  );
  const instants = Number(found?.instants ?? 0);
  if (instants >= rows) return;
  throw new AppError('store_error', `${rows} rows of usage were written, and only ${instants} were summed up by hours`);
}
