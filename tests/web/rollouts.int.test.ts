import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  describeInBrowser,
  expectAccessible,
  expectNoSidewaysScroll,
  LOOKS,
  openBrowser,
  picture,
  SOON,
  visit,
} from './browser.ts';

interface Rollout {
  readonly id: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  readonly manager: string;
  readonly outages: number;
  readonly exceptions: readonly string[];
  readonly finished_at: string | null;
}

const DAY_MS = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();
/** A stretch of the demo's history in which hardly anything changes any more. */
const PAST = { from: iso(Date.now() - 20 * DAY_MS), to: iso(Date.now() - 2 * DAY_MS), refresh: '0' };

const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const gridOf = (page: Page) => page.getByRole('grid', { name: 'Rollouts' });
const rowsOf = (page: Page) =>
  gridOf(page)
    .getByRole('row')
    .filter({ has: page.getByRole('gridcell') });
const paneOf = (page: Page) => page.getByRole('region', { name: 'Rollout beside the page' });

/** Ids of the first rows, once they are there; null for one that is under way. */
async function readIds(page: Page, count = 6): Promise<(string | null)[]> {
  await rowsOf(page)
    .nth(count - 1)
    .getByRole('link')
    .first()
    .waitFor();
  const hrefs = await rowsOf(page).evaluateAll((rows) =>
    rows.map((row) => row.querySelector('a[href*="open="]')?.getAttribute('href') ?? ''),
  );
  return hrefs.slice(0, count).map((href) => /open=rollout:([0-9a-f]+)/.exec(href)?.[1] ?? null);
}

const readTotal = async (page: Page): Promise<number> =>
  Number((await gridOf(page).getAttribute('aria-rowcount')) ?? Number.NaN) - 1;

describeInBrowser('the page of rollouts', () => {
  const url = inject('demoUrl');
  let browser: Browser;
  let failed: Rollout;
  beforeAll(async () => {
    browser = await openBrowser();
    const { items } = await ask({ from: iso(Date.now() - 25 * DAY_MS), outcome: 'failed', limit: '500' });
    const found = items.find(
      ({ outages, exceptions, finished_at: end }) => outages > 0 && exceptions.length > 0 && end !== null,
    );
    if (!found) throw new Error('no rollout of the demo took a service down');
    failed = found;
  });
  afterAll(() => browser?.close());

  async function ask(query: Record<string, string>): Promise<{ total: number; items: Rollout[] }> {
    const answer = await fetch(`${url}/api/v1/rollouts?${new URLSearchParams(query)}`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as { total: number; items: Rollout[] };
  }
  const at = (query: Record<string, string> = {}, path = '/rollouts') => `${url}${path}?${new URLSearchParams(query)}`;
  const { from, to } = PAST;

  test.each(LOOKS)('looks right and is accessible: $width $theme $language', async (look) => {
    const { page, leave } = await visit(browser, at({ from: 'now-7d', to: 'now', refresh: '0' }), look);
    await page.getByRole('grid').getByRole('row').nth(3).getByRole('link').first().waitFor();
    await page.waitForLoadState('networkidle');
    await expect.poll(() => page.getByRole('grid').getByRole('row').count(), SOON).toBeGreaterThan(5);
    await picture(page, 'rollouts', look);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);

    await page.goto(at({ refresh: '0' }, `/rollouts/${failed.id}`));
    await page.getByRole('heading', { level: 1 }).filter({ hasText: failed.workload }).waitFor();
    await picture(page, 'rollout', look);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await leave();
  });

  test('the counts lead to just so many, and a choice takes them back', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    const all = await ask({ from, to, limit: '1' });
    await expect.poll(() => readTotal(page), SOON).toBe(all.total);
    const link = page.getByRole('link', { name: /^\d+ failed$/ });
    const count = Number.parseInt(await link.innerText(), 10);
    await link.click();
    await expect.poll(() => readTotal(page), SOON).toBe(count);
    expect(paramOf(page, 'outcome')).toBe('failed');
    expect(count).toBe((await ask({ from, to, outcome: 'failed', limit: '1' })).total);
    await page.getByRole('combobox', { name: 'Outcome' }).selectOption('Any outcome');
    await expect.poll(() => readTotal(page), SOON).toBe(all.total);

    await page.getByRole('combobox', { name: 'Kind of rollout' }).selectOption('rollback');
    await expect.poll(() => readTotal(page), SOON).toBe((await ask({ from, to, kind: 'rollback', limit: '1' })).total);
    await leave();
  });

  test('a title sorts on the server, and again the other way', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    await readIds(page);
    const title = gridOf(page).getByRole('columnheader', { name: 'Duration' });
    for (const [order, aria] of [
      ['desc', 'descending'],
      ['asc', 'ascending'],
    ] as const) {
      await title.getByRole('button').click();
      await expect.poll(() => title.getAttribute('aria-sort'), SOON).toBe(aria);
      const wanted = await ask({ from, to, sort: 'duration', order, limit: '6' });
      await expect.poll(() => readIds(page), SOON).toEqual(wanted.items.map(({ id }) => id));
    }
    expect(paramOf(page, 'sort')).toBe('duration');
    await leave();
  });

  test('who did it is a filter, and its chip takes it away', async () => {
    const { page, leave } = await visit(browser, at({ ...PAST, kind: 'restart' }));
    const manager = rowsOf(page).first().getByRole('link').filter({ hasText: 'kubectl-rollout' });
    await manager.click();
    await expect.poll(() => paramOf(page, 'manager'), SOON).toBe('kubectl-rollout');
    await page.getByRole('link', { name: /^Who: kubectl-rollout/ }).click();
    await expect.poll(() => paramOf(page, 'manager'), SOON).toBeNull();
    await leave();
  });

  test('arrows walk the rows, Enter opens one beside them, Esc closes it', async () => {
    const { page, leave } = await visit(browser, at({ ...PAST, sort: 'workload' }));
    const ids = await readIds(page);
    await gridOf(page).focus();
    for (const key of ['ArrowDown', 'j', 'Enter']) await page.keyboard.press(key);
    await expect.poll(() => paramOf(page, 'open'), SOON).toBe(`rollout:${ids[1]}`);
    await paneOf(page).getByRole('heading', { level: 2 }).first().waitFor();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => paramOf(page, 'open'), SOON).toBe(`rollout:${ids[2]}`);
    await expect.poll(() => page.getByRole('row', { selected: true }).count(), SOON).toBe(1);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect.poll(() => paneOf(page).count(), SOON).toBe(0);
    await expect.poll(() => gridOf(page).evaluate((grid) => grid === document.activeElement), SOON).toBe(true);
    await leave();
  });

  test('a pane that opens asks for its rollout alone', async () => {
    const { page, leave } = await visit(browser, at(PAST));
    await readIds(page);
    await page.waitForLoadState('networkidle');
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname.startsWith('/api/')) asked.push(pathname + search);
    });
    await rowsOf(page).first().getByRole('link').first().click();
    await paneOf(page).getByRole('heading', { level: 2 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(asked.some((one) => /^\/api\/v1\/rollouts\/[0-9a-f]{32}/.test(one))).toBe(true);
    expect(asked.filter((one) => /^\/api\/v1\/(?:rollouts\?|coverage)/.test(one))).toEqual([]);
    await leave();
  });

  test('one that failed says what it changed, what died and what it took down, and leads there', async () => {
    const { page, leave } = await visit(browser, at({ ...PAST, open: `rollout:${failed.id}` }));
    const pane = paneOf(page);
    const sentence = pane.getByRole('heading', { level: 2 }).first();
    await expect.poll(() => sentence.textContent(), SOON).toMatch(/ failed (?:.+ after it began|at once): /);
    const part = (name: string) => pane.getByRole('region', { name, exact: true });
    await expect.poll(() => part('What it changed').innerText(), SOON).toMatch(/containers\[[^\]]+\]\.image[\s\S]*→/);

    const died = part('What its new pods died of');
    const first = died.getByRole('listitem').first().getByRole('link');
    await first.click();
    await expect.poll(() => failed.exceptions.includes(paramOf(page, 'open') ?? ''), SOON).toBe(true);
    const back = page.getByRole('region', { name: 'Exception beside the page' });
    await back.getByText(/after rollout .+ began/).waitFor();
    await back.getByRole('link', { name: new RegExp(`^${failed.workload}@`) }).click();
    await expect.poll(() => paramOf(page, 'open'), SOON).toBe(`rollout:${failed.id}`);

    const outage = part('What it took down').getByRole('listitem').first().getByRole('link');
    await outage.click();
    await page.waitForURL((now) => now.pathname.startsWith(`/services/${failed.cluster}/${failed.namespace}/`));
    await leave();
  });

  test('its pane becomes a page, which leads to its workload', async () => {
    const { page, leave } = await visit(browser, at({ ...PAST, open: `rollout:${failed.id}` }));
    await paneOf(page).getByRole('link', { name: 'Open as a page' }).click();
    await page.waitForURL((now) => now.pathname === `/rollouts/${failed.id}` && !now.searchParams.has('open'));
    await page.getByRole('heading', { level: 1 }).filter({ hasText: failed.workload }).waitFor();
    await page.getByRole('link', { name: `Deployment ${failed.workload}` }).click();
    await page.waitForURL((now) => now.pathname.endsWith(`/Deployment/${failed.workload}`));
    await page.goBack();
    await page.getByRole('link', { name: 'All rollouts' }).click();
    await page.getByRole('heading', { level: 1, name: 'Rollouts' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/rollouts');
    await leave();
  });

  test('says why there is nothing, and how to see more', async () => {
    const { page, leave } = await visit(browser, at({ ...PAST, manager: 'nobody' }));
    await page.getByText('The filters leave no rollout.').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Remove the filters' }).click();
    await readIds(page);
    expect(paramOf(page, 'manager')).toBeNull();
    await leave();
  });

  test('is reached from anywhere by g and r', async () => {
    const { page, leave } = await visit(browser, at({}, '/clusters'));
    await page.getByRole('heading', { level: 1, name: 'Clusters' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { level: 1, name: 'Rollouts' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/rollouts');
    await leave();
  });
});
