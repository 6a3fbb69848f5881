import type { Store } from '../../../platform/store/store.ts';
import type { Table } from '../../../schemas/column.ts';
import {
  groupUsageDayTable,
  groupUsageHourTable,
  podUsageDayTable,
  podUsageHourTable,
  podUsageTable,
  USED,
} from '../../../schemas/usage.ts';
import { WITHIN } from './range.ts';

const OF_POD = ['cluster', 'namespace', 'pod', 'at'];
const OF_GROUP = ['cluster', 'by', 'namespace', 'workload_kind', 'name', 'at'];
/** What tells the rows of a table apart. */
const KEYS: ReadonlyMap<Table, readonly string[]> = new Map<Table, readonly string[]>([
  [podUsageTable, OF_POD],
  [podUsageHourTable, OF_POD],
  [podUsageDayTable, OF_POD],
  [groupUsageHourTable, OF_GROUP],
  [groupUsageDayTable, OF_GROUP],
]);

type Range = {
  readonly cluster: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly version: number;
  readonly by?: string;
};

/**
 * Marks the rows of a roll-up in [fromMs, toMs) that are older than `version` as gone: a row of the same key under `version` that
 * says so takes their place. For a range that was rolled up whole under `version`. Errors as with `Store.insertSelect`.
 */
export const buryOlder = (store: Store, table: Table, of: Range): Promise<void> => bury(store, table, of);

/**
 * The same of instants that were written whole under `version`, but for rows in which something used is known: a pod was there then,
 * also where the server has forgotten it since. What goes are pods that the journal did not know to be over.
 */
export const buryUnused = (store: Store, of: Range): Promise<void> =>
  bury(store, podUsageTable, of, USED.map((name) => `AND isNull(u.${name})`).join(' '));

async function bury(store: Store, table: Table, of: Range, condition = ''): Promise<void> {
  const keys = (KEYS.get(table) ?? []).map((name) => `u.\`${name}\` AS \`${name}\``);
  const columns = [...(KEYS.get(table) ?? []), 'version', 'deleted'];
  const sql = `
    SELECT ${keys.join(', ')}, {version:UInt64} AS version, toUInt8(1) AS deleted
    FROM ${table.name} AS u FINAL
    WHERE ${WITHIN} AND u.version < {version:UInt64} ${condition}`;
  const { cluster, fromMs, toMs, version } = of;
  const token = `${cluster}/${fromMs}/${toMs}/${version}/${of.by ?? ''}/buried`;
  const params = { cluster, from: fromMs, to: toMs, version };
  await store.insertSelect({ ...table, columns }, sql, params, { token });
}
