import { describe, expect, it } from 'vitest';
import { AppError } from '../../platform/errors.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import type { Store } from '../../platform/store/store.ts';
import { DERIVED_TOPIC } from '../../schemas/topics.ts';
import { createArchiveFold } from './archive.ts';
import type { CreateFold } from './fold.ts';
import { createJournalProcessor } from './runtime.ts';
import { createCountFold } from './testing/count-fold.ts';
import {
  entryOf,
  fakePublisher,
  fakeReader,
  journalOf,
  numberedEntries,
  recordOf,
  restlessClock,
  TOPIC,
} from './testing/fake-journal.ts';
import { FakeStore, type Step } from './testing/fake-store.ts';
import { expectWhole, gaps, noStep, offsets, position, start } from './testing/one-process.ts';

describe('a journal without incident', () => {
  it('is folded once, with position, state, derived records and metrics', async () => {
    const store = new FakeStore();
    const journal = journalOf(numberedEntries(10));
    const { done, published, metric } = start(store, journal);
    await done;
    expectWhole(store, 10);
    expect(position(store)).toBe(9);
    expect(journal.saved).toBe(10);
    expect(store.rows('fold_claims').map((row) => [row['first'], row['last']])).toEqual([
      [0, 3],
      [4, 7],
      [8, 9],
    ]);
    const derived = published.get(DERIVED_TOPIC)!.map((record) => JSON.parse(record.value) as Record<string, unknown>);
    expect(derived.at(-1)).toMatchObject({ v: 1, kind: 'count', cluster: 'c1', version: 9 });
    expect(await metric('processor_entries_total')).toBe(10);
    expect(gaps(store)).toEqual([]);
  });

  it('gives way to offsets that the log leaves out', async () => {
    const store = new FakeStore();
    await start(
      store,
      journalOf(numberedEntries(10), (index) => index * 3),
    ).done;
    expect(offsets(store)).toEqual(Array.from({ length: 10 }, (_, index) => index * 3));
    expect(gaps(store)).toEqual([]);
    expect(position(store)).toBe(27);
  });

  it('tells how far it is', async () => {
    const told: unknown[] = [];
    const step: Step = (name) => {
      if (name === 'saved') told.push(structuredClone(run.processor.status()));
      return Promise.resolve();
    };
    const run = start(new FakeStore(), journalOf(numberedEntries(8)), { step });
    await run.done;
    expect(told).toEqual([
      [
        {
          topic: TOPIC,
          cluster: 'c1',
          progress: { logId: 'log-1', position: 3, lag: 8, lastSuccessAt: null, heldSince: 0, failing: null },
        },
      ],
      [
        {
          topic: TOPIC,
          cluster: 'c1',
          progress: { logId: 'log-1', position: 7, lag: 4, lastSuccessAt: 0, heldSince: 0, failing: null },
        },
      ],
    ]);
    expect(run.processor.status()).toEqual([]);
  });

  it('goes on where the store says', async () => {
    const store = new FakeStore();
    const journal = journalOf(numberedEntries(6));
    await start(store, journal).done;
    journal.records.push(
      ...numberedEntries(11)
        .slice(6)
        .map((entry) => recordOf(entry.seq - 1, entry)),
    );
    await start(store, journal).done;
    expect(position(store)).toBe(10);
    expectWhole(store, 11);
  });
});

describe('a crash', () => {
  const stepsOfOneRun = async () => {
    let steps = 0;
    const count: Step = () => Promise.resolve(void steps++);
    await start(new FakeStore(), journalOf(numberedEntries(10)), { step: count }).done;
    return steps;
  };

  it('at any step is made good by the next process', async () => {
    const total = await stepsOfOneRun();
    expect(total).toBeGreaterThan(30);
    for (let at = 1; at <= total; at++) {
      const store = new FakeStore();
      const journal = journalOf(numberedEntries(10));
      let steps = 0;
      const crash: Step = () => (++steps === at ? Promise.reject(new Error('crash')) : Promise.resolve());
      await expect(start(store, journal, { step: crash }).done).rejects.toThrow('crash');
      await start(store, journal, { options: { maxRecords: 3, claimedBy: 'p2' } }).done;
      expectWhole(store, 10);
    }
  });

  it('of an older version of the folds leaves a claim that the newer one finishes', async () => {
    const store = new FakeStore();
    const journal = journalOf(numberedEntries(10));
    const crash: Step = (name) => (name === 'after journal' ? Promise.reject(new Error('crash')) : Promise.resolve());
    await expect(start(store, journal, { step: crash }).done).rejects.toThrow('crash');
    await start(store, journal, { version: 2, options: { maxRecords: 7 } }).done;
    expectWhole(store, 10);
    expect(store.rows('fold_claims').map((row) => [row['first'], row['last'], row['fold_version']])).toEqual([
      [0, 3, 1],
      [4, 9, 2],
    ]);
  });
});

describe("another reader's claim", () => {
  it.each([
    ['longer than what was read', 8],
    ['shorter than what was read', 1],
  ])('is folded as it stands when it is %s', async (_, last) => {
    const store = new FakeStore();
    const winner = { group: 'g', log_id: 'log-1', topic: TOPIC, first: 0, last, fold_version: 1, claimed_by: 'other' };
    let claimed = false;
    const step: Step = (name) => {
      // The other reader claims after this one has looked for claims and read.
      if (name === 'before fold_claims' && !claimed) {
        claimed = true;
        store.insertBlock('fold_claims', [winner], `g:log-1:${TOPIC}:0`);
      }
      return Promise.resolve();
    };
    await start(store, journalOf(numberedEntries(10)), { step }).done;
    expectWhole(store, 10);
    expect(store.rows('fold_state').find((row) => row['key'] === '')).toMatchObject({ version: last });
  });
});

it('writes nothing once its partition is taken away', async () => {
  const store = new FakeStore();
  const journal = journalOf(numberedEntries(10));
  const { reader, close } = fakeReader(journal, noStep);
  const step: Step = (name) => Promise.resolve(name === 'after coverage_versions' ? close() : undefined);
  const processor = createJournalProcessor({
    group: 'g',
    version: 1,
    folds: [createArchiveFold, createCountFold],
    reader,
    store: store.connect(step),
    publisher: fakePublisher(noStep),
    clock: restlessClock,
    log: silentLogger,
    metrics: createMetrics(),
    options: { maxRecords: 4 },
  });
  await processor.run();
  expect(store.rows('coverage_versions')).toHaveLength(4);
  expect(store.rows('journal')).toEqual([]);
  expect(position(store)).toBeUndefined();
});

it('starts again after the store was away', async () => {
  const store = new FakeStore();
  let failures = 2;
  const away = (connection: Store): Store => ({
    ...connection,
    insert: (table, rows, options) =>
      table.name === 'journal' && failures-- > 0
        ? Promise.reject(new AppError('store_unavailable', 'away', { retryable: true }))
        : connection.insert(table, rows, options),
  });
  const run = start(store, journalOf(numberedEntries(10)), { store: away });
  await run.done;
  expectWhole(store, 10);
  expect(await run.metric('processor_errors_total')).toBe(2);
});

it('tells what gathers while the store is away', async () => {
  const store = new FakeStore();
  const journal = journalOf(numberedEntries(8));
  let away = true;
  const told: number[] = [];
  const refusing = (connection: Store): Store => ({
    ...connection,
    insert: (table, rows, options) => {
      if (!away || position(store) === undefined) return connection.insert(table, rows, options);
      const lag = run.processor.status()[0]?.progress.lag ?? 0;
      told.push(lag);
      if (told.length === 1) journal.records.push(recordOf(8, entryOf(9)), recordOf(9, entryOf(10)));
      away = told.length < 3;
      return Promise.reject(new AppError('store_unavailable', 'away', { retryable: true }));
    },
  });
  const run = start(store, journal, { store: refusing });
  await run.done;
  expect(told).toEqual([4, 6, 6]);
  expectWhole(store, 10);
});

describe('a claim that was never finished', () => {
  it('and that the table has let go of, is made anew although its token is remembered', async () => {
    const store = new FakeStore();
    const crash: Step = (name) =>
      name === 'after fold_claims' ? Promise.reject(new Error('crash')) : Promise.resolve();
    const journal = journalOf(numberedEntries(10));
    await expect(start(store, journal, { step: crash }).done).rejects.toThrow('crash');
    expect(store.rows('fold_claims')).toMatchObject([{ first: 0, claimed_at: '1970-01-01T00:00:00.000Z' }]);
    store.tables.delete('fold_claims');
    await start(store, journal).done;
    expectWhole(store, 10);
  });
});

describe('a fold', () => {
  it('is made for each assignment, and restored once', async () => {
    const made: string[][] = [];
    const create: CreateFold = () => {
      const calls: string[] = [];
      made.push(calls);
      return { name: 'spy', restore: () => void calls.push('restore'), apply: () => void calls.push('apply') };
    };
    const store = new FakeStore();
    const journal = journalOf(numberedEntries(3));
    await start(store, journal, { folds: [create] }).done;
    await start(store, journal, { folds: [create] }).done;
    expect(made).toEqual([['restore', 'apply', 'apply', 'apply'], ['restore']]);
  });
});
