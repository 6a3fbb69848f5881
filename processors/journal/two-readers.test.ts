import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { firstSeed, limitMs, runs } from '../../tests/soak.ts';
import { createArchiveFold } from './archive.ts';
import { createJournalProcessor } from './runtime.ts';
import { createCountFold } from './testing/count-fold.ts';
import { fakePublisher, fakeReader, journalOf, numberedEntries, restlessClock } from './testing/fake-journal.ts';
import { FakeStore } from './testing/fake-store.ts';
import { Crash, seeded, Turns } from './testing/turns.ts';

const ENTRIES = 24;

interface Play {
  /** How many believe that the journal is theirs. */
  readonly readers: number;
  /** A part of the scheme that is taken away. */
  readonly without?: 'claims' | 'tokens';
}

/** Readers with their steps interleaved, each crashing now and then, or sleeping while the others overtake it. */
async function play(seed: number, { readers, without }: Play): Promise<FakeStore> {
  const random = seeded(seed);
  const turns = new Turns(random);
  const store = new FakeStore();
  const journal = journalOf(numberedEntries(ENTRIES));
  let running = readers;
  const live = async (slot: string) => {
    for (let life = 0; ; life++) {
      const step = () => turns.step(slot);
      const processor = createJournalProcessor({
        group: 'g',
        version: 1 + (random() < 0.2 ? 1 : 0),
        folds: [createArchiveFold, createCountFold],
        reader: fakeReader(journal, step).reader,
        store: store.connect(step, without),
        publisher: fakePublisher(step),
        clock: restlessClock,
        log: silentLogger,
        metrics: createMetrics(),
        options: { maxRecords: 2 + Math.floor(random() * 9), claimedBy: `${slot}${life}` },
      });
      const error: unknown = await processor.run().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error === null) break;
      if (!(error instanceof Crash)) throw error;
    }
    running--;
  };
  const lives = Array.from({ length: readers }, (_, index) => live(`reader ${index} life `));
  await Promise.all([...lives, turns.drive(() => running, { crashes: 3 * readers, naps: readers })]);
  return store;
}

function isWhole(store: FakeStore): boolean {
  const offsets = store.rows('journal').map((row) => Number(row['offset']));
  const newest = store.final('coverage_versions', ['kind', 'from', 'state']);
  const sum = newest.reduce((total, row) => total + Number(row['vanished']), 0);
  const states = store.final('fold_state', ['key']);
  const stored = states.filter((row) => String(row['key']).startsWith('count/'));
  const counted = stored.reduce(
    (total, row) => total + (JSON.parse(String(row['state'])) as { count: number }).count,
    0,
  );
  const rows = offsets.length === ENTRIES && new Set(offsets).size === ENTRIES;
  return rows && sum === ENTRIES && counted === ENTRIES && newest.every((row) => row['state'] === 'watching');
}

describe('live readers that crash, and sleep while others overtake them', () => {
  it.each([
    [2, 300],
    [3, 150],
  ])(
    '%i of them write every row once, whatever the order of their steps',
    async (readers, normal) => {
      const wrong: number[] = [];
      const first = firstSeed(1);
      const last = first + runs(normal) - 1;
      for (let seed = first; seed <= last; seed++) if (!isWhole(await play(seed, { readers }))) wrong.push(seed);
      expect(wrong).toEqual([]);
    },
    limitMs(120_000),
  );

  it.each(['claims', 'tokens'] as const)(
    'go wrong without %s: the model can tell',
    async (without) => {
      let wrong = 0;
      for (let seed = 1; seed <= 60; seed++) if (!isWhole(await play(seed, { readers: 2, without }))) wrong++;
      expect(wrong).toBeGreaterThan(0);
    },
    60_000,
  );
});
