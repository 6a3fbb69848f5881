import type { Table } from '../../../schemas/column.ts';
import { outagesTable, serviceEndpointsTable, servicesTable } from '../../../schemas/outages.ts';
import type { Fold, FoldContext, FoldState } from '../fold.ts';
import { FoldChain } from '../testing/fold-chain.ts';
import type { RowOf } from '../testing/fold-chain.ts';
import { createOutagesFold } from './fold.ts';
import { outageOptions } from './options.ts';
import type { Random } from './random-cluster.ts';
import type { History } from './random-history.ts';
import type { Row, ServiceOwnRow } from './state.ts';

/** The last versions of a history's rows. */
export interface Made {
  outages: Row[];
  services: ServiceOwnRow[];
  endpoints: RowOf[];
}

type Rows = ReadonlyMap<string, ReadonlyMap<string, RowOf>>;

const RESTART_CHANCE = 0.1;

const createFold = ({ options }: History): Fold => createOutagesFold(outageOptions(options))('east');

/** The fold's rows of a history. No more is done than the fold needs, for there are many histories. */
export function made(history: History): Made {
  const values = new Map<string, unknown>();
  const rows = new Map<string, Map<string, RowOf>>();
  const state: FoldState = {
    get: <T>(key: string) => values.get(key) as T | undefined,
    set: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
    entries: () => [],
  };
  const emit = (table: Table, key: string, row: RowOf) => {
    const known = rows.get(table.name);
    if (known) known.set(key, row);
    else rows.set(table.name, new Map([[key, row]]));
  };
  const context: FoldContext = { cluster: 'east', logId: 'log', offset: 0, value: '', state, emit, publish: () => {} };
  const fold = createFold(history);
  for (const entry of history.entries) fold.apply(entry, context);
  return madeOf(rows);
}

/** The same, with every entry twice, and with all that is not state thrown away after some. */
export function madeAgain(history: History, random: Random): Made {
  const chain = new FoldChain([() => createFold(history)], { repeats: true });
  for (const entry of history.entries) {
    chain.apply(entry);
    if (random() < RESTART_CHANCE) chain.restart();
  }
  return madeOf(chain.rows);
}

function madeOf(rows: Rows): Made {
  const of = <T>(table: Table) => [...(rows.get(table.name)?.values() ?? [])] as unknown as T[];
  return { outages: of(outagesTable), services: of(servicesTable), endpoints: of(serviceEndpointsTable) };
}
