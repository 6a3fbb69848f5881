import { expect, it } from 'vitest';
import { start } from './testing/one-process.ts';
import { FakeStore } from './testing/fake-store.ts';
import { entryOf, journalOf } from './testing/fake-journal.ts';
import { coverageTable } from '../../schemas/journal.ts';
import type { CreateFold } from './fold.ts';
import { createUnreadableFold } from './unreadable.ts';

const letter = (seq: number, object: Record<string, unknown>) =>
  entryOf(seq, { kind: 'dead_letter', op: 'add', name: '', uid: '', object });

it("hands what the agent could not read on to the dead letters, under the agent's reason", async () => {
  const store = new FakeStore();
  const told = { reason: 'watch_line_truncated', message: 'a watch line of pod', value: '{"type":' };
  const run = start(store, journalOf([entryOf(1), letter(2, told), letter(3, { other: true }), entryOf(4)]), {
    folds: [createUnreadableFold],
  });
  await run.done;
  expect(store.rows('dead_letters')).toMatchObject([
    { offset: 1, reason: 'watch_line_truncated', message: 'unreadable: a watch line of pod' },
    { offset: 2, reason: 'bad_object' },
  ]);
  expect(String(store.rows('dead_letters')[0]?.['value'])).toContain(JSON.stringify(told));
});

it('keeps an entry of which a fold makes a row that fits no table, and goes on', async () => {
  const store = new FakeStore();
  const create: CreateFold = (cluster) => ({
    name: 'odd',
    apply: ({ seq }, context) => {
      context.state.set('seen', seq);
      const from = seq === 2 ? 'yesterday' : '2026-01-01T00:00:00.000Z';
      const row = { cluster, kind: 'pod', namespace: '', state: 'gap', from, to: null, reason: '', vanished: 0 };
      context.emit(coverageTable, String(seq), row);
    },
  });
  await start(store, journalOf([entryOf(1), entryOf(2), entryOf(3)]), { folds: [create] }).done;
  expect(store.rows('coverage_versions')).toHaveLength(2);
  const [kept] = store.rows('dead_letters');
  expect(kept).toMatchObject({ offset: 1, reason: 'bad_row' });
  expect(kept?.['message']).toMatch(/^odd: coverage_versions\.from must match/);
});
