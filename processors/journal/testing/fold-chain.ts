import type { Static, TSchema } from 'typebox';
import type { Table } from '../../../schemas/column.ts';
import type { Entry, Kind, Op } from '../../../schemas/entry.ts';
import type { Fold, FoldContext, FoldState } from '../fold.ts';

export type RowOf = Readonly<Record<string, unknown>>;

/** A fold with its state, which can be thrown away and loaded from JSON. */
export class OneFold {
  state = new Map<string, unknown>();
  fold: Fold;
  /** How often a state was set. */
  sets = 0;
  readonly #create: () => Fold;

  constructor(create: () => Fold) {
    this.#create = create;
    this.fold = create();
  }

  get json(): string {
    return JSON.stringify([...this.state].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  restart(): void {
    this.state = new Map(JSON.parse(this.json) as [string, unknown][]);
    this.fold = this.#create();
    this.fold.restore?.(this.view());
  }

  view(): FoldState {
    const { state } = this;
    return {
      get: <T>(key: string) => state.get(key) as T | undefined,
      set: (key, value) => {
        this.sets += 1;
        // Frozen: what was set is not changed any more.
        state.set(key, freeze(value));
      },
      delete: (key) => void state.delete(key),
      *entries<T>(prefix: string): Iterable<[string, T]> {
        for (const [key, value] of state) if (key.startsWith(prefix)) yield [key, value as T];
      },
    };
  }
}

function freeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  }
  return value;
}

export interface ChainOptions {
  /** Throws the folds away after every entry and loads their state from JSON. */
  restarts?: boolean;
  /** Applies every entry twice. */
  repeats?: boolean;
}

/** Folds of one group, each hearing the rows of those before it, as the runtime runs them. */
export class FoldChain {
  /** Last version of each row, by table and key. */
  readonly rows = new Map<string, Map<string, RowOf>>();
  readonly published: { kind: string; row: RowOf }[] = [];
  readonly folds: readonly OneFold[];
  readonly #settings: ChainOptions;
  #offset = 0;

  constructor(folds: readonly (() => Fold)[], settings: ChainOptions = {}) {
    this.folds = folds.map((create) => new OneFold(create));
    this.#settings = settings;
  }

  /** Last version of each row of a table, by key. */
  rowsOf<S extends TSchema>(table: Table<S>): ReadonlyMap<string, Static<S>> {
    const rows: ReadonlyMap<string, unknown> = this.rows.get(table.name) ?? new Map<string, RowOf>();
    return rows as ReadonlyMap<string, Static<S>>;
  }

  /** `late`: as the runtime says of an entry that newer ones have overtaken. */
  apply(entry: Entry, late = false): void {
    for (let times = this.#settings.repeats ? 2 : 1; times > 0; times--) this.#applyOnce(entry, late);
    if (this.#settings.restarts) this.restart();
  }

  restart(): void {
    for (const one of this.folds) one.restart();
  }

  #applyOnce(entry: Entry, late: boolean): void {
    this.#offset += 1;
    const heard: [Table, RowOf][] = [];
    for (const one of this.folds) {
      const made: [Table, RowOf][] = [];
      const context: FoldContext = {
        cluster: 'east',
        logId: 'log',
        offset: this.#offset,
        value: JSON.stringify(entry),
        state: one.view(),
        late,
        emit: (table, key, row) => void (this.#put(table, key, row), made.push([table, { ...row }])),
        publish: (kind, _key, row) => void this.published.push({ kind, row }),
      };
      one.fold.apply(entry, context);
      for (const [table, row] of heard) one.fold.hear?.(table, row, context);
      heard.push(...made);
    }
  }

  #put(table: Table, key: string, row: RowOf): void {
    const rows = this.rows.get(table.name) ?? new Map<string, RowOf>();
    rows.set(key, JSON.parse(JSON.stringify(row)) as RowOf);
    this.rows.set(table.name, rows);
  }
}

/** Makes entries of a journal, each with the next number. `at` in milliseconds. */
export function createEntries() {
  let seq = 0;
  return (at: number, kind: Kind, op: Op, object: object, name = '', uid = '', namespace = 'web'): Entry => {
    seq += 1;
    return {
      v: 1,
      epoch: 1,
      seq,
      kind,
      op,
      namespace,
      name,
      uid,
      resource_version: String(seq),
      observed_at: new Date(at).toISOString(),
      object: JSON.parse(JSON.stringify(object)) as Record<string, unknown>,
    };
  };
}
