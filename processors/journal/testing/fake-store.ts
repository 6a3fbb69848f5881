import type { Table } from '../../../schemas/column.ts';
import { encodeRows } from '../../../platform/store/row-binary.ts';
import type { InsertOptions, QueryParams, Store } from '../../../platform/store/store.ts';

type Row = Record<string, unknown>;

/** Called before and after each call to the store; may wait, and may throw to play a crash. */
export type Step = (name: string) => Promise<void>;

/** What the engine does that the runtime leans on: inserts as one block, repeated tokens dropped, FINAL by version. */
export class FakeStore {
  readonly tables = new Map<string, Row[]>();
  #tokens = new Set<string>();
  #untokened = 0;

  rows(table: string): Row[] {
    return this.tables.get(table) ?? [];
  }

  final(table: string, keys: readonly string[]): Row[] {
    const newest = new Map<string, Row>();
    for (const row of this.rows(table)) {
      const key = JSON.stringify(keys.map((name) => row[name]));
      const seen = newest.get(key);
      if (!seen || Number(row['version']) >= Number(seen['version'])) newest.set(key, row);
    }
    return [...newest.values()].filter((row) => row['deleted'] !== 1);
  }

  insertBlock(table: string, rows: readonly object[], token: string): void {
    if (this.#tokens.has(`${table}|${token}`)) return;
    this.#tokens.add(`${table}|${token}`);
    this.tables.set(table, [...this.rows(table), ...(structuredClone(rows) as Row[])]);
  }

  /** A process's connection. `without` takes a part of the scheme away: claims that others see, or tokens. */
  connect(step: Step, without?: 'claims' | 'tokens'): Store {
    const claims = without === 'claims' ? new FakeStore() : this;
    const of = (name: string) => (name === 'fold_claims' ? claims : this);
    const select = async <R = Row>(sql: string, params: QueryParams = {}): Promise<R[]> => {
      await step(`query ${sql.split('FROM ')[1]?.split(' ')[0]}`);
      return answer(of, sql, params) as R[];
    };
    return {
      insert: async (table: Table, rows: readonly object[], { token }: InsertOptions) => {
        await step(`before ${table.name}`);
        encodeRows(table, rows);
        const ownToken = without === 'tokens' && table.name !== 'fold_claims' ? `${token}#${++this.#untokened}` : token;
        of(table.name).insertBlock(table.name, rows, ownToken);
        await step(`after ${table.name}`);
      },
      insertColumns: () => Promise.reject(new Error('no columns here')),
      insertSelect: () => Promise.reject(new Error('no statements here')),
      query: select,
      queryAfterWrite: select,
      queryTextAfterWrite: async (sql, params) => {
        const rows = await select(sql, params);
        return rows.map(({ key, state }) => [String(key), String(state)]);
      },
      command: () => Promise.reject(new Error('no DDL here')),
      ping: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }
}

function answer(of: (table: string) => FakeStore, sql: string, params: QueryParams): Row[] {
  const table = sql.split('FROM ')[1]?.split(' ')[0] ?? '';
  const bound: [string, unknown][] = [];
  for (const [, column, name] of sql.matchAll(/`?(\w+)`? = \{(\w+):\w+\}/g)) bound.push([column!, params[name!]]);
  if (sql.includes("key = ''")) bound.push(['key', '']);
  const source = sql.includes(' FINAL ')
    ? of(table).final(table, ['group', 'topic', 'log_id', 'key'])
    : of(table).rows(table);
  const found = source.filter((row) => bound.every(([column, value]) => row[column] === value));
  if (sql.includes('GROUP BY log_id')) {
    const lives = Map.groupBy(found, (row) => row['log_id']);
    return Array.from(lives, ([id, rows]) => ({
      log_id: id,
      claimed: Math.max(...rows.map(({ last }) => Number(last))),
    }));
  }
  if (sql.includes('ORDER BY version DESC')) {
    return found.toSorted((a, b) => Number(b['version']) - Number(a['version'])).slice(0, 1);
  }
  return sql.includes('LIMIT 1') ? found.slice(0, 1) : found;
}
