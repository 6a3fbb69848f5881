import { expect, it } from 'vitest';
import { journalOf, numberedEntries, timeAt, TOPIC } from './testing/fake-journal.ts';
import { FakeStore } from './testing/fake-store.ts';
import { counts, start } from './testing/one-process.ts';

/** What a reader that does not know that it has been replaced may still write. */
function claimAsleep(store: FakeStore, logId: string, first: number, last: number): void {
  const life = { group: 'g', log_id: logId, topic: TOPIC };
  const claim = { ...life, first, last, fold_version: 1, claimed_by: 'asleep', claimed_at: timeAt(0) };
  store.insertBlock('fold_claims', [claim], `g:${logId}:${TOPIC}:${first}`);
}

it.each([
  { what: 'a topic made anew', folded: 4, claims: [['log-1', 4, 30]], logId: 'log-2', unused: 31 },
  {
    what: 'a topic made anew twice, the first time without a position',
    folded: 4,
    claims: [
      ['log-1', 4, 30],
      ['log-2', 0, 5],
    ],
    logId: 'log-3',
    unused: 37,
  },
  {
    what: 'a topic made anew before it had a position',
    folded: 0,
    claims: [['log-1', 0, 8]],
    logId: 'log-2',
    unused: 9,
  },
  { what: 'a log that was cut short', folded: 4, claims: [['log-1', 4, 30]], logId: 'log-1', unused: 31 },
] as const)(
  '$what goes on above the versions that a sleeper has claimed',
  async ({ folded, claims, logId, unused }) => {
    const store = new FakeStore();
    if (folded > 0) await start(store, journalOf(numberedEntries(folded))).done;
    const before = store.rows('coverage_versions').length;
    for (const [life, first, last] of claims) claimAsleep(store, life, first, last);
    const later = numberedEntries(folded + 2).slice(folded);
    await start(store, { ...journalOf(later), logId }).done;
    const versions = store.rows('coverage_versions').slice(before);
    expect(new Set(versions.map(({ version }) => version))).toEqual(new Set([unused + 1]));
    expect(Object.values(counts(store)).reduce((sum, count) => sum + count)).toBe(folded + 2);
  },
);

it('whoever goes on with a log that was cut short does so in the same life, and finishes its claim', async () => {
  const store = new FakeStore();
  await start(store, journalOf(numberedEntries(4))).done;
  const cut = journalOf(numberedEntries(6).slice(4));
  const crash = (name: string) =>
    name === 'after journal' ? Promise.reject(new TypeError('killed')) : Promise.resolve();
  await expect(start(store, cut, { step: crash }).done).rejects.toThrow('killed');
  claimAsleep(store, 'log-1', 4, 30);
  await start(store, cut).done;
  expect(store.rows('journal').map(({ log_id, offset }) => `${String(log_id)} ${String(offset)}`)).toEqual([
    ...[0, 1, 2, 3].map((offset) => `log-1 ${offset}`),
    'log-1~4 0',
    'log-1~4 1',
  ]);
  const saved = store.rows('fold_state').find(({ key, log_id }) => key === '' && log_id === 'log-1~4');
  expect(JSON.parse(String(saved?.['state']))).toMatchObject({ offset: 1, versionBase: 31 });
});
