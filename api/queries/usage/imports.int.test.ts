import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../../platform/store/store.ts';
import { usageImportsTable, usageSourcesTable, usageWindowsTable } from '../../../schemas/usage.ts';
import { FULL_SCOPE } from '../../scope.ts';
import { chdbStore } from '../../testing/chdb-store.ts';
import { at, NOON } from '../../testing/rows.ts';
import { sourceRow, windowRow } from '../../testing/usage-rows.ts';
import { listImported } from './imports.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const hoursAgo = (hours: number) => at(-3600 * hours);

let store: Store;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ store, remove } = await chdbStore());
  const until = { imported_to: at(-1800 - 3600 * 4) };
  const windows = [
    windowRow({ cluster: 'done', window_start: hoursAgo(5) }),
    windowRow({ cluster: 'done', window_start: hoursAgo(4), imported_to: null }),
    windowRow({ cluster: 'open', window_start: hoursAgo(5), state: 'open', ...until }),
    windowRow({ cluster: 'asked-again', window_start: hoursAgo(5), state: 'pending', ...until }),
    windowRow({ cluster: 'asked', window_start: hoursAgo(5), state: 'pending', imported_to: null }),
    windowRow({ cluster: 'failed', window_start: hoursAgo(5), state: 'failed', ...until }),
    windowRow({ cluster: 'given-up', window_start: hoursAgo(5), state: 'given-up', ...until }),
    windowRow({ cluster: 'had', window_start: hoursAgo(5), state: 'failed', ...until }),
    windowRow({ cluster: 'lost', window_start: hoursAgo(5), state: 'given-up', ...until }),
  ];
  await store.insert(usageWindowsTable, windows, { token: 'windows' });
  const imports = [
    ['had', 5],
    ['lost', 5],
    ['failed', 0],
  ] as const;
  await store.insert(
    usageImportsTable,
    imports.map(([cluster, version]) => ({
      cluster,
      window_start: hoursAgo(5),
      imported_version: version,
      settings: '',
      journal_to: null,
      version: 5,
    })),
    { token: 'imports' },
  );
  await store.insert(usageSourcesTable, [sourceRow({ cluster: 'new' })], { token: 'sources' });
});
afterAll(() => remove());

const imported = async (fromMs: number, toMs: number, only?: string) => {
  const filter = only === undefined ? {} : { cluster: { only: [only], not: [] } };
  const found = await listImported(FULL_SCOPE, store, { filter, period: { from: fromMs, to: toMs } }, {});
  return Object.fromEntries(found.map((row) => [row.cluster, row.imported_ms / MINUTE_MS]));
};

it('counts hours that are done whole, others as far as they were ever imported', async () => {
  expect(await imported(NOON - 6 * HOUR_MS, NOON)).toEqual({
    done: 120,
    open: 30,
    'asked-again': 30,
    asked: 0,
    failed: 0,
    'given-up': 0,
    had: 30,
    lost: 30,
    new: 0,
  });
});

it('counts what lies in the period', async () => {
  const from = NOON - 5 * HOUR_MS + 10 * MINUTE_MS;
  expect(await imported(from, from + 10 * MINUTE_MS)).toMatchObject({ done: 10, open: 10, had: 10, new: 0 });
  expect(await imported(from + 30 * MINUTE_MS, from + 50 * MINUTE_MS)).toMatchObject({ done: 20, open: 0, had: 0 });
  expect(await imported(NOON - 3 * HOUR_MS, NOON)).toMatchObject({ done: 0, open: 0 });
});

it('counts clusters that are asked for and may be seen', async () => {
  expect(await imported(NOON - 6 * HOUR_MS, NOON, 'had')).toEqual({ had: 30 });
  const scope = { ...FULL_SCOPE, clusters: ['open'] };
  const period = { from: NOON - 6 * HOUR_MS, to: NOON };
  expect(await listImported(scope, store, { filter: {}, period }, {})).toEqual([
    { cluster: 'open', imported_ms: HOUR_MS / 2 },
  ]);
});
