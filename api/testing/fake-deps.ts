import type { JournalRecord, Tail } from '../../platform/bus/journal.ts';
import { FakeClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import type { QueryOptions, QueryParams, Store } from '../../platform/store/store.ts';
import type { Table } from '../../schemas/column.ts';
import { OPEN, type ApiDeps } from '../index.ts';

export interface Asked {
  readonly sql: string;
  readonly params: QueryParams;
  readonly options: QueryOptions;
}

/** A store that remembers what it was asked and answers from `answer`. */
export function fakeStore(answer: (asked: Asked) => readonly object[] = () => []) {
  const asked: Asked[] = [];
  const inserted: { table: Table; rows: readonly object[]; token: string }[] = [];
  const query = async <Row>(sql: string, params: QueryParams = {}, options: QueryOptions = {}): Promise<Row[]> => {
    const one = { sql, params, options };
    asked.push(one);
    return answer(one) as unknown as Row[];
  };
  const store: Store = {
    insert: async (table, rows, options) => void inserted.push({ table, rows, token: options.token }),
    insertColumns: () => Promise.reject(new Error('no columns here')),
    insertSelect: () => Promise.reject(new Error('no statements here')),
    query,
    queryAfterWrite: query,
    queryTextAfterWrite: async (sql, params) => (await query<object>(sql, params)).map((row) => Object.values(row)),
    command: async () => {},
    ping: async () => {},
    close: async () => {},
  };
  return { store, asked, inserted };
}

/** A bus whose tails are fed by hand. */
export function fakeBus() {
  const listeners = new Set<(record: JournalRecord) => void>();
  let opened = 0;
  let offset = 0;
  return {
    bus: {
      tail: async (_topic: string, onRecord: (record: JournalRecord) => void): Promise<Tail> => {
        opened++;
        listeners.add(onRecord);
        return { close: async () => void listeners.delete(onRecord) };
      },
      check: async () => {},
    },
    emit(value: unknown): void {
      const record = {
        offset: offset++,
        timestamp: 0,
        value: typeof value === 'string' ? value : JSON.stringify(value),
      };
      for (const listener of listeners) listener(record);
    },
    get open() {
      return listeners.size;
    },
    get opened() {
      return opened;
    },
  };
}

/** Everything that `buildApp` needs, faked where not given. */
export function fakeDeps(given: Partial<ApiDeps> = {}): ApiDeps & { clock: ApiDeps['clock'] } {
  return {
    store: given.store ?? fakeStore().store,
    bus: given.bus ?? fakeBus().bus,
    auth: given.auth ?? OPEN,
    clock: given.clock ?? new FakeClock(Date.parse('2026-11-22T12:00:00.000Z')),
    log: given.log ?? silentLogger,
    metrics: given.metrics ?? createMetrics(),
    ...(given.options ? { options: given.options } : {}),
    ...(given.version ? { version: given.version } : {}),
  };
}
