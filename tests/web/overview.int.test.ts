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

const DAY_MS = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();
/** A week of the demo's history in which nothing changes any more, with a week before it. */
const PAST = { from: iso(Date.now() - 9 * DAY_MS), to: iso(Date.now() - 2 * DAY_MS), refresh: '0' };

const addressOf = (query: Record<string, string>): string => `${inject('demoUrl')}/?${new URLSearchParams(query)}`;
const panelOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const tilesOf = (page: Page) => page.getByRole('region', { name: 'Is it bad now?' }).getByRole('link');
const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

async function totalOf(search: URLSearchParams): Promise<number> {
  const query = new URLSearchParams(search);
  for (const own of ['refresh', 'tz', 'view', 'group_sort']) query.delete(own);
  const answer = await fetch(`${inject('demoUrl')}/api/v1/exceptions?${query}&limit=1`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { total: number }).total;
}

/** Waits for what is read to become as the matcher says. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

describeInBrowser('the overview', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser?.close());

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))('looks right: %s', async (_, look) => {
    const { page, leave } = await visit(browser, addressOf({ from: 'now-7d', to: 'now' }), look);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('main a[href*="type=death"]').first().waitFor();
    await page.waitForLoadState('networkidle');
    await expect.poll(() => page.locator('main li a').count(), SOON).toBeGreaterThan(8);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'overview', look);
    await leave();
  });

  test('each figure leads to exactly so many exceptions', async () => {
    const { page, leave } = await visit(browser, addressOf(PAST), DESKTOP);
    await tilesOf(page).nth(10).waitFor();
    const tiles = await tilesOf(page).evaluateAll((links) =>
      links.map((link) => ({
        href: link.getAttribute('href') ?? '',
        text: (link as HTMLElement).innerText.split('\n'),
      })),
    );
    expect(tiles.map(({ text }) => text[0])).toEqual([
      'Services down',
      'Degraded',
      'Rollouts failing',
      'Crash loops',
      'Clusters silent',
      'Stuck',
      'Deaths',
      'OOM kills',
      'Pods ended',
      'Jobs failed',
      'New groups',
    ]);
    const count = (text: readonly string[]): number => Number(text[1]?.replaceAll(',', ''));
    const ofExceptions = tiles.filter(({ href, text }) => href.startsWith('/exceptions') && text[0] !== 'New groups');
    expect(ofExceptions).toHaveLength(6);
    for (const { href, text } of ofExceptions) {
      const url = new URL(href, inject('demoUrl'));
      expect([text[0], await totalOf(url.searchParams)]).toEqual([text[0], count(text)]);
    }
    expect(count(tiles.find(({ text }) => text[0] === 'Deaths')?.text ?? [])).toBeGreaterThan(0);

    await tilesOf(page).filter({ hasText: 'OOM kills' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Exceptions' }).waitFor();
    expect([paramOf(page, 'type'), paramOf(page, 'reason')]).toEqual(['death', 'OOMKilled']);
    await page.goBack();
    await tilesOf(page).first().waitFor();
    await leave();
  });

  test('leads to the services that are down now, and in a past range to those that were down longest', async () => {
    const { page, context, leave } = await visit(browser, 'about:blank', DESKTOP);
    const answer = await fetch(`${inject('demoUrl')}/api/v1/overview`);
    const overview = (await answer.json()) as { signals: Record<string, object> };
    const signals = { ...overview.signals, services_down: { current: 3, previous: 1 } };
    await context.route('**/api/v1/overview?*', (route) => route.fulfill({ json: { ...overview, signals } }));
    await page.goto(addressOf({ refresh: '0' }));
    const down = tilesOf(page).filter({ hasText: 'Services down' });
    expect((await down.innerText()).split('\n').slice(0, 2)).toEqual(['Services down', '3']);
    await expect.poll(() => down.innerText(), SOON).toContain('2 more than at the beginning of this range (1)');
    await down.click();
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
    expect(paramOf(page, 'state')).toBe('down');
    await page.goto(addressOf(PAST));
    await down.click();
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
    expect([paramOf(page, 'state'), paramOf(page, 'sort')]).toEqual([null, 'downtime']);
    await leave();
  });

  test('names the services that spent most of their budget', async () => {
    const { page, leave } = await visit(browser, addressOf(PAST), DESKTOP);
    const query = new URLSearchParams({ from: PAST.from, to: PAST.to, sort: 'budget', limit: '6' });
    const answer = await fetch(`${inject('demoUrl')}/api/v1/services?${query}`);
    const { items } = (await answer.json()) as { items: { cluster: string; namespace: string; service: string }[] };
    const links = panelOf(page, 'Most budget spent').getByRole('listitem').getByRole('link');
    await links.first().waitFor();
    const paths = await links.evaluateAll((found) => found.map((link) => (link as HTMLAnchorElement).pathname));
    expect(paths.length).toBeGreaterThan(2);
    expect(paths).toEqual(
      items.slice(0, paths.length).map((one) => `/services/${one.cluster}/${one.namespace}/${one.service}`),
    );
    await panelOf(page, 'Most budget spent').getByRole('link', { name: 'All services' }).click();
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
    expect(paramOf(page, 'sort')).toBe('budget');
    await leave();
  });

  test('compares with the period before only where that was recorded', async () => {
    const { page, leave } = await visit(browser, addressOf(PAST), DESKTOP);
    await page.getByText(/^Against the 7 d before/).waitFor();
    const deaths = tilesOf(page).filter({ hasText: 'Deaths' });
    await expect
      .poll(() => deaths.innerText(), SOON)
      .toMatch(/than in the period before \(\d|as many as in the period before/);

    await page.goto(addressOf({ ...PAST, from: iso(Date.now() - 25 * DAY_MS) }));
    await page.getByText(/^Recorded only since \d{4}-/).waitFor();
    await expect.poll(() => deaths.innerText(), SOON).toContain('not compared');
    expect(await page.getByText(/^Against the/).count()).toBe(0);
    await leave();
  });

  test('opens one of the newest beside the page, and Back closes it', async () => {
    const { page, leave } = await visit(browser, addressOf(PAST), DESKTOP);
    const rows = panelOf(page, 'Newest exceptions').getByRole('listitem').getByRole('link');
    await rows.nth(7).waitFor();
    await expect.poll(() => rows.count(), SOON).toBe(8);
    await rows.nth(2).click();
    await eventually(() => paramOf(page, 'open')).toMatch(/^[0-9a-f]{32}$/);
    expect(new URL(page.url()).pathname).toBe('/');
    await page.goBack();
    await eventually(() => paramOf(page, 'open')).toBeNull();
    await leave();
  });

  test('leads from a reason, a workload and a group to its exceptions', async () => {
    const { page, leave } = await visit(browser, addressOf(PAST), DESKTOP);
    const targets = [
      ['Deaths over time, by reason', { type: 'death', reason: 'Error' }],
      ['Workloads with most deaths', { type: 'death', cluster: /^\w/, namespace: /^\w/, workload: /^\w/ }],
      ['New groups', { fingerprint: /^[0-9a-f]{32}$/ }],
    ] as const;
    for (const [panel, params] of targets) {
      const links = panelOf(page, panel).getByRole('link');
      // Beside the chart's flags, the name of the workload, and the whole list: what leads to exceptions.
      const link =
        params === targets[0][1] ? panelOf(page, panel).getByRole('link', { name: /^Error / }) : links.nth(1);
      await link.click();
      await page.getByRole('heading', { level: 1, name: 'Exceptions' }).waitFor();
      for (const [name, value] of Object.entries(params)) expect(paramOf(page, name)).toMatch(value);
      expect(await totalOf(new URL(page.url()).searchParams)).toBeGreaterThan(0);
      await page.goBack();
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    }
    await leave();
  });

  test('marks a silent cluster, and says what to do while there is none at all', async () => {
    const { page, leave } = await visit(browser, addressOf(PAST), DESKTOP);
    await panelOf(page, 'Clusters').getByRole('link', { name: 'staging', exact: true }).waitFor();
    const answer = (await (await fetch(`${inject('demoUrl')}/api/v1/clusters`)).json()) as { items: object[] };
    let items = answer.items.map((item, at) => (at === 1 ? { ...item, status: 'silent', lag_ms: 600_000 } : item));
    await page.route('**/api/v1/clusters*', (route) =>
      route.fulfill({ json: { items, next: null, total: items.length } }),
    );
    await page.reload();
    const silent = tilesOf(page).filter({ hasText: 'Clusters silent' });
    await eventually(() => silent.innerText()).toMatch(/Clusters silent\s+1\s+of 3/);
    await expect
      .poll(() => panelOf(page, 'Clusters').getByRole('listitem').first().innerText(), SOON)
      .toContain('silent');

    items = [];
    await page.reload();
    await page.getByRole('heading', { name: 'No cluster is recorded yet' }).waitFor();
    expect(await tilesOf(page).count()).toBe(0);
    await leave();
  });
});
