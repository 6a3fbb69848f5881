import { AppError } from '../../../platform/errors.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { Table } from '../../../schemas/column.ts';
import {
  groupUsageDayTable,
  groupUsageHourTable,
  podUsageDayTable,
  podUsageHourTable,
  podUsageTable,
} from '../../../schemas/usage.ts';
import { buryOlder } from './bury.ts';
import { groupDaysSql, groupHoursSql } from './groups.ts';
import { podDaysSql, podHoursSql } from './pods.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Sums of each group and instant are held while they are made: as many hours at once as keep them small. */
const HOURS_AT_ONCE = 4;

export interface RollUpOf {
  readonly cluster: string;
  /** Milliseconds since the Unix epoch, later than those of any roll-up of the same time before it. */
  readonly version: number;
  /** Who makes it: two processes may come to the same version in one millisecond. */
  readonly by?: string;
}

/**
 * Rolls the hours from `fromMs` until before `toMs` up from `pod_usage`: one row a pod and hour, one a group and hour. A later
 * version replaces an earlier one, also what it has no more; the same is written once. `from` is another table with its columns, of
 * which the rows of this version are taken. Throws AppError `internal` for bounds that are no whole hours, else as
 * `Store.insertSelect` does.
 */
export async function rollUpHours(
  store: Store,
  of: RollUpOf & { fromMs: number; toMs: number },
  from: Table = podUsageTable,
): Promise<void> {
  if (of.fromMs % HOUR_MS !== 0 || of.toMs % HOUR_MS !== 0)
    throw new AppError('internal', 'roll-ups are of whole hours');
  for (let fromMs = of.fromMs; fromMs < of.toMs; fromMs += HOURS_AT_ONCE * HOUR_MS) {
    const part = { ...of, fromMs, toMs: Math.min(of.toMs, fromMs + HOURS_AT_ONCE * HOUR_MS) };
    await rollUp(store, podUsageHourTable, podHoursSql(from), part);
    await rollUp(store, groupUsageHourTable, groupHoursSql(from), part);
  }
}

/** The same of the hour that begins at `hourMs`. */
export const rollUpHour = (store: Store, of: RollUpOf & { hourMs: number }): Promise<void> =>
  rollUpHours(store, { ...of, fromMs: of.hourMs, toMs: of.hourMs + HOUR_MS });

/** Rolls the UTC day that begins at `dayMs` up from its hours' roll-ups. Tokens, versions and errors as with `rollUpHours`. */
export async function rollUpDay(store: Store, of: RollUpOf & { dayMs: number }): Promise<void> {
  if (of.dayMs % DAY_MS !== 0) throw new AppError('internal', 'a roll-up of a day begins at midnight UTC');
  const day = { ...of, fromMs: of.dayMs, toMs: of.dayMs + DAY_MS };
  await rollUp(store, podUsageDayTable, podDaysSql, day);
  await rollUp(store, groupUsageDayTable, groupDaysSql, day);
}

async function rollUp(
  store: Store,
  table: Table,
  sql: string,
  of: RollUpOf & { fromMs: number; toMs: number },
): Promise<void> {
  const { cluster, version, fromMs, toMs } = of;
  const token = `${cluster}/${fromMs}/${toMs}/${version}/${of.by ?? ''}`;
  await store.insertSelect(table, sql, { cluster, from: fromMs, to: toMs, version }, { token });
  await buryOlder(store, table, of);
}
