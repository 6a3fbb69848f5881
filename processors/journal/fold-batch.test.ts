import { expect, it } from 'vitest';
import { deadLettersTable, journalTable } from '../../schemas/journal.ts';
import { foldBatch } from './fold-batch.ts';
import { FoldMemory } from './fold-memory.ts';
import { BadEntry, type Fold, type FoldContext } from './fold.ts';
import { noSequence } from './sequence.ts';

const value = (seq: number, epoch = 1, second = 0): string =>
  JSON.stringify({
    v: 1,
    epoch,
    seq,
    kind: 'pod',
    op: 'update',
    namespace: 'shop',
    name: `pod-${seq}`,
    uid: `u${seq}`,
    resource_version: String(seq),
    observed_at: `2026-03-01T10:00:0${second}.000Z`,
    object: {},
  });

const rowOf = (entry: Parameters<Fold['apply']>[0], { cluster, logId, offset }: FoldContext) => {
  const { v: _v, object, ...rest } = entry;
  return { ...rest, cluster, log_id: logId, offset, object: JSON.stringify(object) };
};

/** Uids in the state, as an index that a fold keeps beside it. */
const index = new Set<string>();

/** Keeps a row of each entry, publishes it and notes it; then finds the second entry bad. */
const picky: Fold = {
  name: 'picky',
  restore(state) {
    index.clear();
    for (const [uid] of state.entries('')) index.add(uid);
  },
  apply(entry, context) {
    context.state.set(entry.uid, context.value);
    index.add(entry.uid);
    context.emit(journalTable, entry.uid, rowOf(entry, context));
    context.publish('row', entry.uid, { stats: context.stats?.repeats });
    if (entry.seq === 2) throw new BadEntry('bad_object', 'of no use');
    if (entry.seq === 3) context.emit(journalTable, 'misfit', { ...rowOf(entry, context), kind: 'nothing' });
  },
};

it('nothing of a bad entry stays, and the entries after it are as if it had not been', async () => {
  const memory = new FoldMemory();
  const folded = await foldBatch({
    life: { group: 'g', topic: 'tidemark.journal.east', logId: 'life' },
    cluster: 'east',
    records: [1, 1, 2, 3, 4].map((seq, offset) => ({ offset, timestamp: 0, value: value(seq) })),
    folds: [{ fold: picky, memory }],
    sequence: noSequence,
    gap: '',
    signal: new AbortController().signal,
  });
  const rowsIn = (name: string) => folded.rows.tables(0).find(({ table }) => table.name === name)?.rows ?? [];
  expect(rowsIn(journalTable.name).map(({ uid, offset }) => [uid, offset])).toEqual([
    ['u1', 0],
    ['u4', 4],
  ]);
  expect(folded.rows.derived()).toEqual([
    { kind: 'row', key: 'u1', row: { stats: 0 } },
    { kind: 'row', key: 'u4', row: { stats: 1 } },
  ]);
  expect(rowsIn(deadLettersTable.name).map(({ offset, reason }) => [offset, reason])).toEqual([
    [2, 'bad_object'],
    [3, 'bad_row'],
  ]);
  expect(memory.takeChanges().map(({ key, state }) => [key, JSON.parse(state)])).toEqual([
    ['u1', value(1)],
    ['u4', value(4)],
  ]);
  expect([...index]).toEqual(['u1', 'u4']);
});

it('tells the folds what came late, and the coverage what was late or could not be judged', async () => {
  const seen: unknown[] = [];
  const fold: Fold = { name: 'seeing', apply: ({ epoch, seq }, { late }) => void seen.push([epoch, seq, late]) };
  const values = [value(1, 5, 5), value(1, 4, 3), value(2, 5, 6), value(7, 2, 1), value(8, 2, 2)];
  const { rows, gaps, sequence } = await foldBatch({
    life: { group: 'journal', topic: 'tidemark.journal.east', logId: 'life' },
    cluster: 'east',
    records: values.map((text, offset) => ({ offset, timestamp: 0, value: text })),
    folds: [{ fold, memory: new FoldMemory() }],
    sequence: { ...noSequence, forgotten: 2 },
    gap: '',
    signal: new AbortController().signal,
  });
  expect(seen).toEqual([
    [5, 1, false],
    [4, 1, true],
    [5, 2, false],
  ]);
  const told = rows.tables(0).flatMap(({ rows: all }) => all.map(({ state, reason }) => [state, reason]));
  expect(told).toEqual([
    ['late', 'journal: 1 entries up to 4/1 came after newer ones of another agent'],
    ['gap', 'journal: 2 entries up to 2/8 were not taken: their epoch is forgotten'],
  ]);
  expect([gaps, sequence.repeats, sequence.holes]).toEqual([1, 2, 0]);
});
