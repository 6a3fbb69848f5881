import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../api/app.ts';
import { chdbStore } from '../../api/testing/chdb-store.ts';
import { fakeDeps } from '../../api/testing/fake-deps.ts';
import { listen } from '../../api/testing/listen.ts';
import { at, exceptionRow } from '../../api/testing/rows.ts';
import { realClock } from '../../platform/clock.ts';
import { exceptionsTable } from '../../schemas/exceptions.ts';
import { describeInBrowser, openBrowser, SOON, visit } from './browser.ts';

const PAGES = new URL('../../web/dist', import.meta.url).pathname;
const ROWS = 10_000;
/** More rows than this in the page would mean that the table is not virtual. */
const MOST_IN_PAGE = 80;
const RANGE = { from: at(-ROWS * 10 - 10), to: at(10) };
const REASONS: readonly [string, ...string[]] = ['Error', 'OOMKilled', 'CrashLoopBackOff', 'Evicted', 'Completed'];

/** Rows that are all told apart by their time, and by nothing else in every fifth column. */
const row = (index: number) =>
  exceptionRow({
    id: `row-${String(index).padStart(5, '0')}`,
    observed_at: at(-index * 10),
    cluster: index % 3 === 0 ? 'east' : 'west',
    namespace: `team-${index % 17}`,
    workload: `service-${(index * 7919) % 101}`,
    container: `part-${index % 4}`,
    pod: `service-${index % 101}-${index.toString(36)}`,
    pod_uid: `uid-${index}`,
    reason: REASONS[index % REASONS.length] ?? REASONS[0],
    exit_code: index % 7 === 0 ? null : index % 200,
    restart_count: (index * 31) % 997,
    fingerprint: `group-${index % 50}`,
  });

const gridOf = (page: Page) => page.getByRole('grid', { name: 'Exceptions' });
/** How long what is waited for may take; a poll gives up after a second otherwise. */

/** What the grid shows: the ids of its rows from the first to the last in the page; null for one that is under way. */
const readRows = (page: Page) =>
  gridOf(page).evaluate((grid) =>
    [...grid.querySelectorAll('[role="row"]:has([role="gridcell"])')].map((one) => {
      const href = one.querySelector('a')?.href;
      return {
        index: Number(one.getAttribute('aria-rowindex')) - 2,
        id: href === undefined ? null : new URL(href).searchParams.get('open'),
      };
    }),
  );

describeInBrowser('ten thousand exceptions', () => {
  let browser: Browser;
  let url = '';
  const endings: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    const { store, remove } = await chdbStore();
    endings.push(remove);
    const rows = Array.from({ length: ROWS }, (_, index) => row(index));
    await store.insert(exceptionsTable, rows, { token: 'many' });
    const app = await buildApp({ ...fakeDeps({ store, clock: realClock }), pagesDir: PAGES });
    endings.unshift(() => app.close());
    const server = await listen(app);
    endings.unshift(() => server[Symbol.asyncDispose]());
    url = server.url;
    browser = await openBrowser();
    endings.unshift(() => browser.close());
  });
  afterAll(async () => {
    for (const end of endings) await end();
  });

  /** Checks that the rows in the page are those that the API has at these places, and how many there are. */
  async function expectRows(page: Page, order: Record<string, string> = {}): Promise<void> {
    await expect
      .poll(async () => {
        const shown = await readRows(page);
        return shown.length > 0 && shown.every(({ id }) => id !== null);
      }, SOON)
      .toBe(true);
    await expect
      .poll(async () => {
        const shown = await readRows(page);
        expect(shown.length).toBeLessThanOrEqual(MOST_IN_PAGE);
        const [first] = shown;
        const query = { ...RANGE, ...order, offset: String(first?.index ?? 0), limit: String(shown.length) };
        const answer = await fetch(`${url}/api/v1/exceptions?${new URLSearchParams(query)}`);
        const { items } = (await answer.json()) as { items: { id: string }[] };
        return JSON.stringify(items.map(({ id }) => id)) === JSON.stringify(shown.map(({ id }) => id));
      }, SOON)
      .toBe(true);
  }
  const lastShown = async (page: Page): Promise<number> => (await readRows(page)).at(-1)?.index ?? -1;
  const firstShown = async (page: Page): Promise<number> => (await readRows(page))[0]?.index ?? -1;

  test('are walked from end to end by keys and by wheel, sorted by five columns, and answered each time', async () => {
    const { page, context, leave } = await visit(browser, 'about:blank');
    await context.addInitScript(() => {
      const seen = { longest: 0, slowest: 0 };
      Object.assign(globalThis, { seen });
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
      }).observe({ type: 'longtask', buffered: true });
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) seen.slowest = Math.max(seen.slowest, duration);
      }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
    });
    await page.goto(`${url}/exceptions?${new URLSearchParams({ ...RANGE, refresh: '0', tz: 'UTC' })}`);
    await expect.poll(() => gridOf(page).getAttribute('aria-rowcount'), SOON).toBe(String(ROWS + 1));
    await expectRows(page);
    const measured = () =>
      page.evaluate(() => (globalThis as unknown as { seen: { longest: number; slowest: number } }).seen);
    const { longest: loading } = await measured();
    await page.evaluate(() =>
      Object.assign((globalThis as unknown as { seen: object }).seen, { longest: 0, slowest: 0 }),
    );

    await gridOf(page).focus();
    await page.keyboard.press('End');
    await expect.poll(() => lastShown(page), SOON).toBe(ROWS - 1);
    await expectRows(page);
    await page.keyboard.press('Home');
    await expect.poll(() => firstShown(page), SOON).toBe(0);
    await expectRows(page);
    for (const key of ['PageDown', 'PageDown', 'ArrowDown', 'PageUp']) await page.keyboard.press(key);
    await expectRows(page);

    await gridOf(page).hover();
    for (const way of [1, -1]) {
      for (let turn = 0; turn < 60; turn++) await page.mouse.wheel(0, way * 7000);
      await expect.poll(() => (way > 0 ? lastShown(page) : firstShown(page)), SOON).toBe(way > 0 ? ROWS - 1 : 0);
      await expectRows(page);
    }

    for (const [title, sort] of [
      ['Restarts', 'restart_count'],
      ['Reason', 'reason'],
      ['Workload / container', 'workload'],
      ['Cluster / namespace', 'cluster'],
      ['Log', 'log_status'],
    ] as const) {
      const header = gridOf(page).getByRole('columnheader', { name: title });
      await header.getByRole('button').click();
      await expect.poll(() => header.getAttribute('aria-sort'), SOON).not.toBe('none');
      const order = (await header.getAttribute('aria-sort')) === 'ascending' ? 'asc' : 'desc';
      await expectRows(page, { sort, order });
      await gridOf(page).focus();
      await page.keyboard.press('End');
      await expect.poll(() => lastShown(page), SOON).toBe(ROWS - 1);
      await expectRows(page, { sort, order });
    }

    const { longest, slowest } = await measured();
    process.stdout.write(
      `10,000 rows: longest task ${Math.round(longest)} ms (${Math.round(loading)} ms while loading), slowest interaction ${Math.round(slowest)} ms\n`,
    );
    await leave();
  });
});
