import type { Table } from '../../schemas/column.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface Derived {
  readonly kind: string;
  readonly key: string;
  readonly row: Row;
}

/** The rows of one batch: of several with one key the last counts, so that each table gets one block without repeats. */
export class BatchRows {
  #tables = new Map<string, { table: Table; rows: Map<string, Row> }>();
  #derived = new Map<string, Derived>();

  put(table: Table, key: string, row: Row): void {
    let found = this.#tables.get(table.name);
    if (!found) this.#tables.set(table.name, (found = { table, rows: new Map() }));
    found.rows.set(key, row);
  }

  publish(derived: Derived): void {
    this.#derived.set(JSON.stringify([derived.kind, derived.key]), derived);
  }

  /** Table by table, in an order that every reader shares; `version` is added where the table has one. */
  tables(version: number): { table: Table; rows: Row[] }[] {
    return [...this.#tables.values()]
      .toSorted((a, b) => (a.table.name < b.table.name ? -1 : 1))
      .map(({ table, rows }) => {
        const versioned = table.columns.includes('version');
        return { table, rows: Array.from(rows.values(), (row) => (versioned ? { ...row, version } : row)) };
      });
  }

  derived(): Derived[] {
    return [...this.#derived.values()];
  }
}
