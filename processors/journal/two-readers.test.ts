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

/** Two readers that both believe the journal is theirs, their steps interleaved, each crashing now and then. */
async function play(seed: number, blindToClaims: boolean): Promise<FakeStore> {
  const random = seeded(seed);
  const turns = new Turns(random);
  const store = new FakeStore();
  const journal = journalOf(numberedEntries(ENTRIES));
  let running = 2;
  const live = async (slot: string) => {
    for (let life = 0; ; life++) {
      const step = () => turns.step(slot);
      const processor = createJournalProcessor({
        group: 'g',
        version: 1 + (random() < 0.2 ? 1 : 0),
        folds: [createArchiveFold, createCountFold],
        reader: fakeReader(journal, step).reader,
        store: store.connect(step, blindToClaims),
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
  await Promise.all([live('a'), live('b'), turns.drive(() => running, 6)]);
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

describe('two live readers with crashes', () => {
  it(
    'write every row once, whatever the order of their steps',
    async () => {
      const wrong: number[] = [];
      const first = firstSeed(1);
      const last = first + runs(300) - 1;
      for (let seed = first; seed <= last; seed++) if (!isWhole(await play(seed, false))) wrong.push(seed);
      expect(wrong).toEqual([]);
    },
    limitMs(120_000),
  );

  it('go wrong without claims: the model can tell', async () => {
    let wrong = 0;
    for (let seed = 1; seed <= 60; seed++) if (!isWhole(await play(seed, true))) wrong++;
    expect(wrong).toBeGreaterThan(0);
  }, 60_000);
});
