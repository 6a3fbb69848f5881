import { expect, it } from 'vitest';
import { foldStateTable } from '../../schemas/folds.ts';
import { loadLives, loadState } from './saved-state.ts';
import { timeAt } from './testing/fake-journal.ts';
import { FakeStore } from './testing/fake-store.ts';

it('reads a position that was saved before several epochs were known', async () => {
  const tables = new FakeStore();
  const sequence = { epoch: 7, seq: 3, observedAt: timeAt(3), floor: null, holes: 1, repeats: 2 };
  const [group, topic] = ['g', 't'];
  const state = JSON.stringify({ offset: 9, versionBase: 4, sequence });
  const row = { group, topic, log_id: 'l', key: '', state, version: 9, deleted: 0 };
  tables.insertBlock(foldStateTable.name, [row], 'token');
  const store = tables.connect(() => Promise.resolve());
  const position = { offset: 9, versionBase: 4, sequence: { ...sequence, others: [], forgotten: 6 } };
  expect(await loadLives(store, group, topic)).toEqual([{ logId: 'l', position }]);
  expect(await loadState(store, { group, topic, logId: 'l' })).toEqual({ position, states: new Map() });
});
