import { expect } from 'vitest';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import type { Store } from '../../../platform/store/store.ts';
import { createArchiveFold } from '../archive.ts';
import type { CreateFold } from '../fold.ts';
import { createJournalProcessor, type JournalProcessorOptions } from '../runtime.ts';
import { createCountFold } from './count-fold.ts';
import { fakePublisher, fakeReader, numberedEntries, restlessClock, type FakeJournal } from './fake-journal.ts';
import type { FakeStore, Step } from './fake-store.ts';

export const noStep: Step = () => Promise.resolve();
const COVERAGE_KEY = ['cluster', 'kind', 'namespace', 'from', 'state'];

export interface Start {
  step?: Step;
  store?: (store: Store) => Store;
  folds?: CreateFold[];
  version?: number;
  options?: JournalProcessorOptions;
}

/** One process: runs until the journal is read to its end, or what is thrown. */
export function start(store: FakeStore, journal: FakeJournal, given: Start = {}) {
  const step = given.step ?? noStep;
  const { reader } = fakeReader(journal, step);
  const publisher = fakePublisher(step);
  const metrics = createMetrics();
  const connection = store.connect(step);
  const processor = createJournalProcessor({
    group: 'g',
    version: given.version ?? 1,
    folds: given.folds ?? [createArchiveFold, createCountFold],
    reader,
    store: given.store ? given.store(connection) : connection,
    publisher,
    clock: restlessClock,
    log: silentLogger,
    metrics,
    options: { maxRecords: 4, claimedBy: 'p1', ...given.options },
  });
  const metric = async (name: string) =>
    (await metrics.registry.getSingleMetric(`tidemark_${name}`)!.get()).values.reduce(
      (sum, { value }) => sum + value,
      0,
    );
  return { done: processor.run(), processor, published: publisher.published, metric };
}

export const offsets = (store: FakeStore) => store.rows('journal').map((row) => Number(row['offset']));
export const counts = (store: FakeStore) =>
  Object.fromEntries(
    store
      .final('coverage_versions', COVERAGE_KEY)
      .filter((row) => String(row['kind']).startsWith('count/'))
      .map((row) => [String(row['kind']).slice('count/'.length), Number(row['vanished'])]),
  );
export const gaps = (store: FakeStore) =>
  store.final('coverage_versions', COVERAGE_KEY).filter((row) => row['state'] === 'gap');
export const position = (store: FakeStore, logId = 'log-1') => {
  const rows = store.final('fold_state', ['group', 'topic', 'log_id', 'key']);
  return rows.find((row) => row['key'] === '' && row['log_id'] === logId)?.['version'];
};
export const expectWhole = (store: FakeStore, count: number) => {
  expect(offsets(store).toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
  const expected: Record<string, number> = {};
  for (const { uid } of numberedEntries(count)) expected[uid] = (expected[uid] ?? 0) + 1;
  expect(counts(store)).toEqual(expected);
};
