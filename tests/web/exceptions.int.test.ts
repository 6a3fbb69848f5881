import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  DESKTOP,
  describeInBrowser,
  expectAccessible,
  expectNoSidewaysScroll,
  LOOKS,
  nameOf,
  openBrowser,
  picture,
  SOON,
  visit,
} from './browser.ts';
import { firstIds, gridOf, idOf, linkOf, readIds, readTotal, rowsOf, totalOf } from './exceptions-grid.ts';

const HOUR_MS = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
/** A stretch of the demo's history in which nothing changes any more. */
const PAST = { from: iso(Date.now() - 25 * 24 * HOUR_MS), to: iso(Date.now() - 2 * HOUR_MS), refresh: '0' };

const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

async function listed(url: string, query: Record<string, string>): Promise<{ total: number; items: { id: string }[] }> {
  const answer = await fetch(`${url}/api/v1/exceptions?${new URLSearchParams(query)}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { total: number; items: { id: string }[] };
}

/** How many records a CSV has, whose quoted cells may hold line breaks. */
function countRecords(csv: string): number {
  const unquoted = csv.replaceAll(/"(?:[^"]|"")*"/g, '');
  return unquoted.split('\r\n').filter((line) => line !== '').length;
}

describeInBrowser('the page of exceptions', () => {
  const url = inject('demoUrl');
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  const at = (query: Record<string, string> = {}) => `${url}/exceptions?${new URLSearchParams(query)}`;
  const { from, to } = PAST;

  test.each(LOOKS)('looks right and is accessible: $width $theme $language', async (look) => {
    const { page, leave } = await visit(browser, at({ refresh: '0' }), look);
    // The rows themselves, not what holds their place.
    await page.getByRole('grid').getByRole('row').nth(3).getByRole('link').first().waitFor();
    await expect.poll(() => page.getByRole('figure').getByRole('link').count(), SOON).toBeGreaterThan(1);
    await picture(page, 'exceptions', look);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await leave();
  });

  test('a value is included and excluded by the list of values, and the chip takes it away', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    const all = await totalOf(page);
    expect(all).toBe((await listed(url, { from, to })).total);
    const pick = async (button: string) => {
      await page.getByRole('button', { name: 'Add filter' }).click();
      const dialog = page.getByRole('dialog', { name: 'Add filter' });
      await dialog.getByRole('button', { name: 'Reason', exact: true }).click();
      await dialog.getByRole('searchbox', { name: 'Find a value' }).fill('oomk');
      await dialog.getByRole('button', { name: button }).click();
    };
    await pick('Only OOMKilled');
    await expect.poll(() => paramOf(page, 'reason'), SOON).toBe('OOMKilled');
    await expect.poll(() => readTotal(page), SOON).toBeLessThan(all);
    const only = await totalOf(page);
    await expect
      .poll(() => rowsOf(page).filter({ hasText: 'OOMKilled' }).count(), SOON)
      .toBe(await rowsOf(page).count());

    await page.getByRole('link', { name: 'Remove the filter Reason OOMKilled' }).click();
    await expect.poll(() => readTotal(page), SOON).toBe(all);
    await pick('Not OOMKilled');
    await expect.poll(() => readTotal(page), SOON).toBe(all - only);
    expect(paramOf(page, 'reason')).toBe('!OOMKilled');
    await expectAccessible(page);
    await leave();
  });

  test("a cell's value is filtered by its menu, by Alt and a click, and by the keyboard", async () => {
    const { page, leave } = await visit(browser, at(PAST));
    await firstIds(page);
    const cell = rowsOf(page).first().getByRole('gridcell').nth(2);
    await cell.hover();
    await cell.getByRole('button', { name: 'Filter by' }).click();
    await page.getByRole('menuitem', { name: /^Not Reason/ }).click();
    await expect.poll(() => paramOf(page, 'reason'), SOON).toMatch(/^!/);
    await page.goBack();
    await firstIds(page);
    await rowsOf(page)
      .first()
      .getByRole('gridcell')
      .nth(4)
      .click({ modifiers: ['Alt'] });
    await expect.poll(() => paramOf(page, 'namespace'), SOON).not.toBeNull();
    await page.goBack();
    await firstIds(page);
    await gridOf(page).focus();
    await page.keyboard.press('ArrowDown');
    for (let step = 0; step < 7; step++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('f');
    await expect.poll(() => page.getByRole('menuitem', { name: /^Only Log/ }).count(), SOON).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => gridOf(page).evaluate((grid) => grid === document.activeElement), SOON).toBe(true);
    await leave();
  });

  test('a title sorts on the server, and again the other way', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    await firstIds(page);
    const title = gridOf(page).getByRole('columnheader', { name: 'Restarts' });
    for (const [order, aria] of [
      ['desc', 'descending'],
      ['asc', 'ascending'],
    ] as const) {
      await title.getByRole('button').click();
      await expect.poll(() => title.getAttribute('aria-sort'), SOON).toBe(aria);
      const wanted = await listed(url, { from, to, sort: 'restart_count', order, limit: '8' });
      await expect.poll(() => readIds(page), SOON).toEqual(wanted.items.map(({ id }) => id));
    }
    expect(paramOf(page, 'sort')).toBe('restart_count');
    await leave();
  });

  test('drawing on the bars zooms in, and Back zooms out', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    const before = await totalOf(page);
    const box = await page.getByRole('img', { name: /^Exceptions over time/ }).boundingBox();
    if (!box) throw new Error('no bars');
    const y = box.y + box.height / 3;
    await page.mouse.move(box.x + box.width * 0.4, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => paramOf(page, 'from'), SOON).not.toBe(from);
    const [start, end] = [Date.parse(paramOf(page, 'from') ?? ''), Date.parse(paramOf(page, 'to') ?? '')];
    const whole = Date.parse(to) - Date.parse(from);
    expect((end - start) / whole).toBeGreaterThan(0.07);
    expect((end - start) / whole).toBeLessThan(0.13);
    expect((start - Date.parse(from)) / whole).toBeGreaterThan(0.3);
    const zoomed = await listed(url, { from: iso(start), to: iso(end) });
    const empty = page.getByText('Nothing here');
    await expect.poll(async () => ((await empty.count()) > 0 ? 0 : readTotal(page)), SOON).toBe(zoomed.total);
    expect(zoomed.total).toBeLessThan(before);
    await page.goBack();
    await expect.poll(() => paramOf(page, 'from'), SOON).toBe(from);
    await expect.poll(() => readTotal(page), SOON).toBe(before);
    await leave();
  });

  test('the bars name each reason with its count, as a link to it', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    const link = page.getByRole('figure').locator('figcaption').getByRole('link').first();
    const [, reason, count] = /^\s*(\S+)\s+([\d,]+)\s*$/.exec(await link.innerText()) ?? [];
    await link.click();
    await expect.poll(() => paramOf(page, 'reason'), SOON).toBe(reason);
    await expect.poll(() => readTotal(page), SOON).toBe(Number(count?.replaceAll(',', '')));
    await leave();
  });

  test('what a rule suppressed opens from the line, and there is a way back', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    const before = await totalOf(page);
    const link = page.getByRole('link', { name: /^startup [\d,]+$/ });
    const count = Number((await link.innerText()).replaceAll(/\D/g, ''));
    await expect.poll(() => link.getAttribute('title'), SOON).toMatch(/Startup: .{20,}/);
    await link.click();
    await expect.poll(() => readTotal(page), SOON).toBe(count);
    expect(paramOf(page, 'verdict')).toBe('suppressed');
    await page.getByRole('link', { name: 'Back to what is reported' }).click();
    await expect.poll(() => readTotal(page), SOON).toBe(before);
    await leave();
  });

  test('the CSV holds as many rows as the table', async () => {
    const { page, leave } = await visit(browser, at({ ...PAST, reason: '!Error' }));
    const total = await totalOf(page);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^tidemark-exceptions-.*\.csv$/);
    expect(countRecords(await readFile(await download.path(), 'utf8'))).toBe(total + 1);
    await leave();
  });

  test('the live tail puts a new row on top, without asking for the list again', async () => {
    const { page, leave } = await visit(browser, at({ refresh: '0' }));
    await firstIds(page);
    const reloaded = page.waitForResponse((answer) => answer.url().includes('/api/v1/exceptions?'));
    await page.getByRole('button', { name: 'Live' }).click();
    await reloaded;
    const [top] = await firstIds(page);
    let asked = 0;
    page.on('request', (request) => void (asked += request.url().includes('/api/v1/exceptions?') ? 1 : 0));
    await expect.poll(async () => (await readIds(page, 1))[0], { timeout: 90_000 }).not.toBe(top);
    expect(asked).toBe(0);
    const [newest] = await firstIds(page, 1);
    const row = (await (await fetch(`${url}/api/v1/exceptions/${newest}`)).json()) as { id: string };
    expect(row.id).toBe(newest);
    await page.getByRole('button', { name: 'Live' }).click();
    await expect.poll(() => paramOf(page, 'live'), SOON).toBeNull();
    await leave();
  });

  test('the keyboard walks the rows, opens one, goes on while it is open, and closes it', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    const ids = await firstIds(page);
    await gridOf(page).focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'j', 'k', 'Enter']) await page.keyboard.press(key);
    await expect.poll(() => paramOf(page, 'open'), SOON).toBe(ids[1]);
    await page.getByRole('complementary').waitFor();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => paramOf(page, 'open'), SOON).toBe(ids[2]);
    await page.keyboard.press('Escape');
    await expect.poll(() => paramOf(page, 'open'), SOON).toBeNull();
    const total = await totalOf(page);
    await gridOf(page).focus();
    await page.keyboard.press('End');
    const last = rowsOf(page).last();
    await expect.poll(() => last.getAttribute('aria-rowindex'), SOON).toBe(String(total + 1));
    await linkOf(last).waitFor();
    await expect
      .poll(() => gridOf(page).getAttribute('aria-activedescendant'), SOON)
      .toBe(await last.getAttribute('id'));
    await page.keyboard.press('Home');
    await expect.poll(() => readIds(page), SOON).toEqual(ids);
    await leave();
  });

  test('a row is a link, also for a new tab', async () => {
    const { page, context, leave } = await visit(browser, at(PAST));
    const [id] = await firstIds(page);
    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      rowsOf(page)
        .first()
        .click({ modifiers: ['Control'], position: { x: 20, y: 10 } }),
    ]);
    await tab.waitForURL((address) => address.searchParams.get('open') === id);
    expect(paramOf(page, 'open')).toBeNull();
    await rowsOf(page)
      .first()
      .click({ position: { x: 20, y: 10 } });
    await expect.poll(() => paramOf(page, 'open'), SOON).toBe(id);
    await page.goBack();
    await expect.poll(() => paramOf(page, 'open'), SOON).toBeNull();
    await leave();
  });

  test('the choice of columns is remembered', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    const titles = () => gridOf(page).getByRole('columnheader').allInnerTexts();
    await firstIds(page);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Node' }).check();
    await page.getByRole('checkbox', { name: 'Hint' }).uncheck();
    await page.getByRole('button', { name: 'Move Node to the left' }).click();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    const restarts = gridOf(page).getByRole('columnheader', { name: 'Restarts' });
    const before = (await restarts.boundingBox())?.width ?? 0;
    await restarts.getByRole('button').press('Shift+ArrowRight');
    await expect.poll(async () => (await restarts.boundingBox())?.width, SOON).toBe(before + 16);
    const chosen = await titles();
    expect(chosen).toContain('Node');
    expect(chosen).not.toContain('Hint');
    await page.reload();
    await expect.poll(titles, SOON).toEqual(chosen);
    await expect.poll(async () => (await restarts.boundingBox())?.width, SOON).toBe(before + 16);
    await leave();
  });

  test('a link shows the same to somebody else', async () => {
    const mine = await visit(browser, at({ ...PAST, reason: '!Error', sort: 'workload', order: 'asc', type: 'death' }));
    const ids = await firstIds(mine.page);
    await rowsOf(mine.page)
      .nth(2)
      .click({ position: { x: 20, y: 10 } });
    await expect.poll(() => paramOf(mine.page, 'open'), SOON).toBe(ids[2]);
    const theirs = await visit(browser, mine.page.url(), DESKTOP);
    await expect.poll(() => readIds(theirs.page), SOON).toEqual(ids);
    await theirs.page.getByRole('complementary').waitFor();
    const selected = theirs.page.getByRole('row', { selected: true });
    await expect.poll(async () => idOf(await linkOf(selected).getAttribute('href')), SOON).toBe(ids[2]);
    await mine.leave();
    await theirs.leave();
  });

  test('a text is searched for in logs, where nothing is found that is said, and the filters can be removed', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    const before = await totalOf(page);
    const search = page.getByRole('textbox', { name: 'Search in logs and messages' });
    await search.fill('no log of the demo says this');
    await search.press('Enter');
    await page.getByText('Nothing here').waitFor();
    await page.getByText(/Nothing from .* passes these filters: Text is no log of the demo says this/).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Remove the filters' }).click();
    await expect.poll(() => readTotal(page), SOON).toBe(before);
    await expect.poll(() => search.inputValue(), SOON).toBe('');
    await leave();
  });

  test(`the tabs show one type at a time, and groups instead of rows (${nameOf(DESKTOP)})`, async () => {
    const { page, leave } = await visit(browser, at(PAST));
    const tab = page.getByRole('navigation', { name: 'Types' }).getByRole('link', { name: /^Deaths/ });
    await expect.poll(() => tab.innerText(), SOON).toMatch(/\d/);
    const count = Number((await tab.innerText()).replaceAll(/\D/g, ''));
    await tab.click();
    await expect.poll(() => readTotal(page), SOON).toBe(count);
    await page.getByRole('navigation', { name: 'View' }).getByRole('link', { name: 'Groups' }).click();
    await expect.poll(() => gridOf(page).count(), SOON).toBe(0);
    await page.getByRole('table').first().waitFor();
    expect(paramOf(page, 'type')).toBe('death');
    await leave();
  });
});
