import { describe, expect, it } from 'vitest';
import { DEAD_LETTER_TOPIC } from '../../schemas/topics.ts';
import { createArchiveFold } from './archive.ts';
import { createExceptionsFold } from './exceptions/fold.ts';
import { pod, running, status, terminated } from './exceptions/testing.ts';
import { BadEntry, type CreateFold } from './fold.ts';
import { createCountFold } from './testing/count-fold.ts';
import { entryOf, journalOf, numberedEntries, recordOf, timeAt, TOPIC } from './testing/fake-journal.ts';
import { FakeStore, type Step } from './testing/fake-store.ts';
import { counts, gaps, offsets, position, start } from './testing/one-process.ts';

describe('what is wrong with entries', () => {
  it('drops repeats, and takes what an agent ships after the next one has begun', async () => {
    const store = new FakeStore();
    const second = { epoch: 2, observed_at: timeAt(10) };
    const run = start(
      store,
      journalOf([entryOf(1), entryOf(2), entryOf(2), entryOf(1, second), entryOf(3), entryOf(2, second)]),
    );
    await run.done;
    expect(offsets(store)).toEqual([0, 1, 3, 4, 5]);
    expect(await run.metric('processor_repeats_total')).toBe(1);
    const late = store.rows('coverage_versions').filter(({ state }) => state === 'late');
    expect(late).toMatchObject([{ kind: 'journal/g', from: timeAt(3), to: timeAt(3) }]);
  });

  it('reports holes, also those at the start of an epoch', async () => {
    const store = new FakeStore();
    const later = { epoch: 2, observed_at: timeAt(20) };
    const run = start(store, journalOf([entryOf(1), entryOf(4), entryOf(3, later), entryOf(4, later)]));
    await run.done;
    expect(await run.metric('processor_holes_total')).toBe(4);
    expect(gaps(store)).toMatchObject([
      { kind: 'journal/g', from: timeAt(1), to: timeAt(4), reason: 'journal: 2 entries missing between 1/1 and 1/4' },
      { kind: 'journal/g', from: timeAt(4), to: timeAt(20), reason: 'journal: 2 entries missing between 1/4 and 2/3' },
    ]);
  });

  it('keeps what cannot be read as dead letters, without a false hole', async () => {
    const store = new FakeStore();
    const bad = { ...entryOf(2), op: 'explode' };
    const run = start(store, journalOf([entryOf(1), bad, '{"v":', { ...entryOf(3), v: 9 }, entryOf(4)]));
    await run.done;
    expect(offsets(store)).toEqual([0, 4]);
    expect(store.rows('dead_letters').map((row) => [row['offset'], row['reason']])).toEqual([
      [1, 'bad_entry'],
      [2, 'not_json'],
      [3, 'bad_version'],
    ]);
    expect(run.published.get(DEAD_LETTER_TOPIC)).toHaveLength(3);
    expect(gaps(store)).toEqual([]);
    expect(await run.metric('processor_dead_letters_total')).toBe(3);
  });

  it('undoes a fold that finds an entry bad half way, and goes on', async () => {
    const store = new FakeStore();
    const picky: CreateFold = (cluster) => {
      const fold = createCountFold(cluster);
      return {
        name: 'count',
        apply(entry, context) {
          fold.apply(entry, context);
          context.state.set('other', entry.seq);
          if (entry.seq === 3) throw new BadEntry('bad_object', 'three');
        },
      };
    };
    const run = start(store, journalOf(numberedEntries(3)), { folds: [createArchiveFold, picky] });
    await run.done;
    expect(offsets(store)).toEqual([0, 1, 2]);
    expect(counts(store)).toEqual({ u1: 1, u2: 1 });
    const states = store.final('fold_state', ['key']).map((row) => [row['key'], row['state']]);
    expect(Object.fromEntries(states)).toMatchObject({ 'count/other': '2' });
    expect(states.map(([key]) => key)).not.toContain('count/u3');
    expect(store.rows('dead_letters')).toMatchObject([{ offset: 2, reason: 'bad_object', message: 'count: three' }]);
  });

  it('stops at an unknown error before the position moves', async () => {
    const store = new FakeStore();
    const broken: CreateFold = () => ({
      name: 'broken',
      apply: (entry) => {
        if (entry.seq === 6) throw new TypeError('no such thing');
      },
    });
    const run = start(store, journalOf(numberedEntries(10)), { folds: [createArchiveFold, broken] });
    await expect(run.done).rejects.toMatchObject({ name: 'FoldFailure', fold: 'broken', offset: 5 });
    expect(position(store)).toBe(3);
    expect(offsets(store)).toEqual([0, 1, 2, 3]);
  });
});

describe('what is wrong with the journal', () => {
  it('reports entries that retention has taken', async () => {
    const store = new FakeStore();
    const journal = journalOf(numberedEntries(4));
    await start(store, journal).done;
    journal.records = numberedEntries(20)
      .slice(10)
      .map((entry) => recordOf(entry.seq - 1, entry));
    journal.first = 10;
    const run = start(store, journal);
    await run.done;
    expect(offsets(store)).toEqual([0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(gaps(store)).toMatchObject([
      { from: timeAt(4), to: timeAt(11), reason: 'journal g: offsets 4 to 9 were gone before they were read' },
    ]);
    expect(await run.metric('processor_gaps_total')).toBe(1);
    expect(await run.metric('processor_holes_total')).toBe(6);
  });

  it('reports entries that retention takes while it reads', async () => {
    const store = new FakeStore();
    const journal = journalOf(numberedEntries(20));
    const step: Step = (name) => {
      if (name === 'after fold_state' && journal.first === 0) {
        journal.first = 8;
        journal.records = journal.records.slice(8);
      }
      return Promise.resolve();
    };
    const run = start(store, journal, { step });
    await run.done;
    expect(offsets(store)).toEqual([0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(gaps(store)).toMatchObject([{ from: timeAt(4), to: timeAt(9) }]);
    expect(await run.metric('processor_gaps_total')).toBe(1);
  });

  it('finishes a claim of which retention has taken a part', async () => {
    const store = new FakeStore();
    const journal = journalOf(numberedEntries(20));
    await start(store, { ...journal, records: journal.records.slice(0, 4) }).done;
    const claim = {
      group: 'g',
      log_id: 'log-1',
      topic: TOPIC,
      first: 4,
      last: 9,
      fold_version: 1,
      claimed_by: 'other',
    };
    store.insertBlock('fold_claims', [claim], `g:log-1:${TOPIC}:4`);
    journal.first = 12;
    journal.records = journal.records.slice(12);
    const run = start(store, journal);
    await run.done;
    expect(offsets(store)).toEqual([0, 1, 2, 3, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(gaps(store)).toMatchObject([{ from: timeAt(4), to: timeAt(13) }]);
  });

  it('goes on with its state, as another life, when the log was cut short', async () => {
    const store = new FakeStore();
    const journal = journalOf(numberedEntries(10));
    await start(store, journal).done;
    journal.records = [...journal.records.slice(0, 4), recordOf(4, entryOf(5, { observed_at: timeAt(50) }))];
    await start(store, journal).done;
    expect(counts(store)['u0']).toBe(3);
    expect(store.rows('journal').filter((row) => row['log_id'] === 'log-1~10')).toMatchObject([{ offset: 4 }]);
    expect(gaps(store)).toMatchObject([{ from: timeAt(10), to: timeAt(50) }]);
    journal.records.push(
      ...numberedEntries(40)
        .slice(5)
        .map((entry) =>
          recordOf(entry.seq - 1, { ...entry, epoch: 2, seq: entry.seq - 5, observed_at: timeAt(60 + entry.seq) }),
        ),
    );
    await start(store, journal).done;
    expect(position(store, 'log-1~10')).toBe(39);
    expect(counts(store)['u0']).toBe(10);
  });

  it('takes a topic made anew as another log of the same cluster: state, numbers and versions go on', async () => {
    const store = new FakeStore();
    await start(store, journalOf(numberedEntries(10))).done;
    const after = (seq: number) => [...numberedEntries(seq + 1), entryOf(seq + 2)].slice(seq);
    const anew = { ...journalOf([entryOf(9), entryOf(10), ...after(10)]), logId: 'log-2' };
    const run = start(store, anew);
    await run.done;
    expect(store.rows('journal').map((row) => [row['log_id'], row['seq']])).toEqual([
      ...numberedEntries(10).map(({ seq }) => ['log-1', seq]),
      ['log-2', 11],
      ['log-2', 12],
    ]);
    expect(counts(store)).toEqual({ u0: 2, u1: 3, u2: 3, u3: 2, u4: 2 });
    expect(Math.max(...store.rows('coverage_versions').map((row) => Number(row['version'])))).toBe(13);
    expect(await run.metric('processor_repeats_total')).toBe(2);
    expect(gaps(store)).toEqual([]);
    await start(store, { ...journalOf(after(15)), logId: 'log-3' }).done;
    expect(counts(store)).toEqual({ u0: 2, u1: 4, u2: 4, u3: 2, u4: 2 });
    expect(gaps(store)).toMatchObject([
      { from: timeAt(12), to: timeAt(16), reason: 'journal: 3 entries missing between 1/12 and 1/16' },
    ]);
  });

  it('sees no death for the first time again in a topic made anew', async () => {
    const store = new FakeStore();
    const folds = [createExceptionsFold()];
    const sighting = (seq: number) =>
      entryOf(seq, {
        uid: 'pod-1',
        name: 'pod-1',
        object: { ...pod([status(1, running(21), terminated({ start: 0, end: 19, exit: 1 }))]) },
      });
    await start(store, journalOf([sighting(1)]), { folds }).done;
    await start(store, { ...journalOf([sighting(2), sighting(3)]), logId: 'log-2' }, { folds }).done;
    // The table's own key, which a second first sight would miss.
    const rows = store.final('exceptions_versions', ['cluster', 'namespace', 'observed_at', 'id']);
    expect(rows).toMatchObject([{ ordinal: 0, observed_at: timeAt(1) }]);
  });
});
