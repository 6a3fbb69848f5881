import type { Table } from '../../schemas/column.ts';
import type { Columns } from './native-block.ts';

export interface InsertOptions {
  /** Deduplication token: the same token with the same rows is written once. The same token with other rows drops them. */
  readonly token: string;
}

/** Parameters are bound by the server: `{name:Type}` in the SQL. */
export type QueryParams = Readonly<Record<string, unknown>>;

export interface QueryOptions {
  readonly signal?: AbortSignal;
  /** Gives up in the engine after this many milliseconds. */
  readonly timeoutMs?: number;
}

/** ClickHouse, embedded or at a URL, behind the same client. Writers and readers never share a connection. */
export interface Store {
  /** Inserts the rows as one block. Retries what is retryable under the same token. Throws AppError `store_error` / `store_unavailable`. */
  insert<Row extends object>(table: Table, rows: readonly Row[], options: InsertOptions): Promise<void>;
  /**
   * Inserts `rows` rows, given column by column, as one block: lighter than objects by far where rows are many. The arrays must
   * not be changed before this settles. Tokens, tries and errors as with `insert`; a column too many, too few, or of another
   * length is a `store_error`.
   */
  insertColumns(table: Table, columns: Columns, options: InsertOptions & { readonly rows: number }): Promise<void>;
  /**
   * Inserts what a SELECT gives, which must have every column of the table, by name. Done once under its token, whatever the
   * SELECT would give the next time. Tries and errors as with `insert`; memory is bounded as with a query.
   */
  insertSelect(table: Table, select: string, params: QueryParams, options: InsertOptions): Promise<void>;
  /** Runs a SELECT; rows come as objects, DateTime64 as RFC 3339 with milliseconds, 64-bit integers as numbers. */
  query<Row>(sql: string, params?: QueryParams, options?: QueryOptions): Promise<Row[]>;
  /** Reads on the writers' connection: for claims, which must see what was just written. */
  queryAfterWrite<Row>(sql: string, params?: QueryParams): Promise<Row[]>;
  /**
   * The same for rows of `columns` String columns, as lists of their values: without the quotes and escapes that would have to be
   * made, and parsed, around values that are JSON themselves. Throws AppError `store_unavailable` also while the rows are gone through.
   */
  queryTextAfterWrite(sql: string, params: QueryParams, columns: number): Promise<Iterable<readonly string[]>>;
  /** DDL. */
  command(sql: string, params?: QueryParams): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
