import { AppError } from '../../platform/errors.ts';
import type { AppendBatch, Known, LocalLog } from '../../platform/bus/local-log.ts';
import type { Entry } from '../../schemas/entry.ts';

/** A local log in memory for tests. */
export interface FakeLocalLog extends LocalLog {
  readonly batches: AppendBatch[];
  entries(): Entry[];
  /** What the next appends throw, until it is null again. */
  broken: AppError | null;
}

export function createFakeLocalLog(): FakeLocalLog {
  const batches: AppendBatch[] = [];
  const known = new Map<string, Known>();
  const meta = new Map<string, string>();
  const keyOf = (one: Pick<Known, 'source' | 'namespace' | 'name'>): string =>
    `${one.source} ${one.namespace} ${one.name}`;
  const count = (): number => batches.reduce((sum, batch) => sum + batch.values.length, 0);
  const log: FakeLocalLog = {
    topic: 'tidemark.journal.test',
    logId: 'log-1',
    batches,
    broken: null,
    entries: () => batches.flatMap((batch) => batch.values.map((value) => JSON.parse(value) as Entry)),
    append(batch) {
      if (log.broken) return Promise.reject(log.broken);
      const first = count();
      batches.push(batch);
      for (const change of batch.known ?? []) {
        if ('put' in change) known.set(keyOf(change.put), change.put);
        else known.delete(keyOf(change.forget));
      }
      for (const [key, value] of Object.entries(batch.meta ?? {})) meta.set(key, value);
      return Promise.resolve(first);
    },
    known: (source) => [...known.values()].filter((one) => one.source === source),
    meta: (key) => meta.get(key),
    bounds: () => ({ first: 0, next: count() }),
    bytes: () => 0,
    roomy: () => true,
    read: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
  return log;
}

export const diskFull = (): AppError => new AppError('disk_full', 'no space left', { retryable: true });
