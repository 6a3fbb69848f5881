import { expect, it } from 'vitest';
import { start } from './testing/one-process.ts';
import { FakeStore } from './testing/fake-store.ts';
import { entryOf, journalOf } from './testing/fake-journal.ts';
import { coverageTable } from '../../schemas/journal.ts';
import { createArchiveFold } from './archive.ts';
import { createExceptionsFold } from './exceptions/fold.ts';
import { pod, running, status, terminated } from './exceptions/testing.ts';
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

it.each([
  ['an epoch past every number', { epoch: 1e300 }],
  ['an epoch that is not exact', { epoch: 2 ** 53 }],
  ['a month 99', { observed_at: '2026-99-99T00:00:00.000Z' }],
  ['a 30th of February', { observed_at: '2026-02-30T00:00:00.000Z' }],
  ['a year before the first', { observed_at: '0001-01-01T00:00:00.000Z' }],
])('keeps an entry of %s, tells the hole before it and goes on', async (_what, odd) => {
  const store = new FakeStore();
  const run = start(store, journalOf([entryOf(1), { ...entryOf(4), ...odd }, entryOf(5)]), {
    folds: [createArchiveFold, createExceptionsFold()],
  });
  await run.done;
  expect(store.rows('dead_letters')).toMatchObject([{ offset: 1, reason: 'bad_entry' }]);
  expect(store.rows('journal').map(({ offset }) => offset)).toEqual([0, 2]);
  expect(store.rows('coverage_versions')).toMatchObject([{ state: 'gap' }]);
});

it.each([-(2 ** 63), -1, 2 ** 63])('keeps a record that says it was written at %d', async (timestamp) => {
  const store = new FakeStore();
  const journal = journalOf([entryOf(1), '{', entryOf(2)]);
  journal.records[1] = { ...journal.records[1]!, timestamp };
  await start(store, journal).done;
  expect(store.rows('dead_letters')).toMatchObject([{ offset: 1, reason: 'not_json' }]);
});

it('takes a leap second as the second after it', async () => {
  const store = new FakeStore();
  const died = pod([status(1, running(21), terminated({ start: 0, end: 19, exit: 1 }))]);
  const leap = { observed_at: '2026-12-31T23:59:60.500Z', object: { ...died } };
  const folds = [createArchiveFold, createExceptionsFold()];
  await start(store, journalOf([entryOf(1, leap)]), { folds }).done;
  expect(store.rows('dead_letters')).toEqual([]);
  expect(store.rows('journal')).toHaveLength(1);
  expect(store.rows('exceptions_versions')).toMatchObject([{ observed_at: '2027-01-01T00:00:00.500Z' }]);
});

it.each([
  ['an exit code past 32 bits', { exitCode: 2 ** 31 }, 1],
  ['an end past the last year', { finishedAt: '9999-12-31T23:59:59Z' }, 0],
])('takes a death with %s without stopping', async (_what, odd, letters) => {
  const store = new FakeStore();
  const { terminated: end } = terminated({ start: 0, end: 19, exit: 1 });
  const died = pod([status(1, running(21), { terminated: { ...end, ...odd } })]);
  const folds = [createExceptionsFold()];
  await start(store, journalOf([entryOf(1, { object: { ...died } }), entryOf(2)]), { folds }).done;
  const expected = Array.from({ length: letters }, () => ({ offset: 0, reason: 'bad_row' }));
  expect(store.rows('dead_letters')).toMatchObject(expected);
  expect(store.rows('exceptions_versions')).toHaveLength(1 - letters);
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
