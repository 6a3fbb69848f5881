import type { Table } from '../../schemas/column.ts';
import type { Entry } from '../../schemas/entry.ts';

/**
 * A fold's state, keyed by object. Values are plain JSON: after `set` a value is not mutated again, and what a restart
 * loads equals what was set. Iteration order carries no meaning.
 */
export interface FoldState {
  get<T>(key: string): T | undefined;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /** Every key that starts with `prefix`; linear in the state's size, so for `restore` and rare passes only. */
  entries<T>(prefix: string): Iterable<[string, T]>;
}

/** What the runtime has counted in this journal so far, the entry at hand included. */
export interface JournalStats {
  /** Entry numbers that were missing. */
  readonly holes: number;
  /** Entries dropped because they had been folded already, or came from an agent's life that is long over. */
  readonly repeats: number;
}

export interface FoldContext {
  readonly cluster: string;
  readonly logId: string;
  /** The entry's offset in the journal. */
  readonly offset: number;
  /** The entry's own text, as it stands in the journal. */
  readonly value: string;
  readonly state: FoldState;
  readonly stats?: JournalStats;
  /**
   * The entry is older than others that came before it, of another agent of the same cluster: it may add to what is known, but
   * must not set it back.
   */
  readonly late?: boolean;
  /** Writes or replaces the row named `key` in `table`; of several in one batch the last counts. The runtime adds `version`. */
  emit(table: Table, key: string, row: Readonly<Record<string, unknown>>): void;
  /** Tells other readers (the derived topic) of a row, after it is in the store. */
  publish(kind: string, key: string, row: Readonly<Record<string, unknown>>): void;
}

/**
 * Folds one cluster's journal, entry by entry. Pure: the same state and entries give the same rows and state; the only
 * time it knows is the entries' `observed_at`; a heartbeat fires what has become due.
 */
export interface Fold {
  readonly name: string;
  /** Derived indexes are built here, anew: called before the first entry, and after an entry's changes of the state were undone. */
  restore?(state: FoldState): void;
  apply(entry: Entry, context: FoldContext): void;
  /** Called after `apply` for each row that the folds before this one in the group have made of the same entry. */
  hear?(table: Table, row: Readonly<Record<string, unknown>>, context: FoldContext): void;
}

export type CreateFold = (cluster: string) => Fold;

/** Thrown by a fold for an entry that it knows to be bad: the entry is dead-lettered and the fold goes on. */
export class BadEntry extends Error {
  override readonly name = 'BadEntry';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}
