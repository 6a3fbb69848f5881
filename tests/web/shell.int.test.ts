import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  describeInBrowser,
  DESKTOP,
  expectAccessible,
  expectNoSidewaysScroll,
  LOOKS,
  nameOf,
  openBrowser,
  picture,
  SOON,
  visit,
} from './browser.ts';

const MINUTE_MS = 60_000;
const TEXTS = {
  en: { time: /^Time range/, cluster: /^Cluster:/, filters: /^Filters/, search: /^Search( Ctrl K)?$/, menu: 'Menu' },
  zh: { time: /^时间范围/, cluster: /^集群:/, filters: /^筛选/, search: /^搜索( Ctrl K)?$/, menu: '菜单' },
} as const;

describeInBrowser('the frame', () => {
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    browser = await openBrowser();
    url = inject('demoUrl');
  });
  afterAll(() => browser.close());

  const open = (path: string, look = DESKTOP) => visit(browser, `${url}${path}`, look);
  const timeButton = (page: Page) => page.getByRole('button', { name: /^Time range/ });
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
  /** The next request of the coverage strip, which asks for the bar's range and filters. */
  const nextCoverage = (page: Page, holds: (asked: URLSearchParams) => boolean): Promise<URLSearchParams> =>
    page
      .waitForRequest((request: Request) => {
        const { pathname, searchParams } = new URL(request.url());
        return pathname === '/api/v1/coverage' && holds(searchParams);
      })
      .then((request) => new URL(request.url()).searchParams);
  const minutes = (asked: URLSearchParams): number =>
    Math.round((Date.parse(asked.get('to') ?? '') - Date.parse(asked.get('from') ?? '')) / MINUTE_MS);
  const param = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

  it.each(LOOKS.map((look) => [nameOf(look), look] as const))('can be used by everybody: %s', async (_name, look) => {
    const { page, leave } = await open('/clusters', look);
    const words = TEXTS[look.language];
    const phone = look.width === 390;
    await page.getByRole('button', { name: words.time }).click();
    await page.getByRole('grid').waitFor();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await picture(page, 'shell-time', look);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: phone ? words.filters : words.cluster }).click();
    await page.getByRole('checkbox', { name: /prod-eu/ }).waitFor();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await picture(page, 'shell-filters', look);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: words.menu }).click();
    await page.getByRole('menu').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: words.search }).click();
    await page.getByRole('combobox').fill('prod-eu');
    await page
      .getByRole('option', { name: /prod-eu/ })
      .first()
      .waitFor();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    await picture(page, 'shell-palette', look);
    await expect.poll(() => page.getByRole('option', { selected: true }).count(), SOON).toBe(1);
    await leave();
  });

  it('asks for the range that a preset names', async () => {
    const { page, leave } = await open('/clusters');
    await timeButton(page).click();
    const asked = nextCoverage(page, (params) => minutes(params) === 7 * 24 * 60);
    await page.getByRole('button', { name: 'Last 7 days' }).click();
    await asked;
    expect([param(page, 'from'), param(page, 'to')]).toEqual(['now-7d', 'now']);
    await expect.poll(() => timeButton(page).innerText()).toContain('Last 7 days');
    await page.goBack();
    await expect.poll(() => timeButton(page).innerText()).toContain('Last 24 hours');
    await leave();
  });

  it('takes a range that is typed, in its zone, and says what is wrong with another', async () => {
    const { page, leave } = await open('/clusters');
    await timeButton(page).click();
    await page.getByLabel('From', { exact: true }).fill('yesterday noon');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('alert').filter({ hasText: '“From” is no time' }).waitFor();
    await page.getByLabel('From', { exact: true }).fill('2026-11-20 10:00');
    await page.getByLabel('To', { exact: true }).fill('2026-11-20 09:00');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'must lie before' }).waitFor();
    await page.getByLabel('To', { exact: true }).fill('2026-11-20 11:30');
    const asked = nextCoverage(page, (params) => minutes(params) === 90);
    await page.keyboard.press('Enter');
    expect((await asked).get('from')).toBe('2026-11-20T02:00:00.000Z');
    await expect.poll(() => timeButton(page).innerText()).toContain('2026-11-20 10:00 – 11:30');
    await timeButton(page).click();
    await page.getByRole('button', { name: /^Time zone/ }).click();
    await page.getByRole('searchbox', { name: 'Search time zones' }).fill('utc');
    await page.getByRole('button', { name: /^UTC/ }).click();
    await expect.poll(() => timeButton(page).innerText()).toContain('2026-11-20 02:00 – 03:30');
    expect(param(page, 'tz')).toBe('UTC');
    await leave();
  });

  it('steps back, forward and out', async () => {
    const { page, leave } = await open('/clusters?from=2026-11-20T00:00:00Z&to=2026-11-20T02:00:00Z&tz=UTC');
    const text = () => timeButton(page).innerText();
    await page.getByRole('button', { name: 'Step back' }).click();
    await expect.poll(text).toContain('2026-11-19 22:00 – 2026-11-20');
    await page.getByRole('button', { name: 'Step forward' }).click();
    await expect.poll(text).toContain('2026-11-20 00:00 – 02:00');
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await expect.poll(text).toContain('2026-11-19 23:00 – 2026-11-20 03:00');
    await leave();
  });

  it('copies a link that shows another person the same', async () => {
    const { page, leave } = await open('/clusters?cluster=prod-eu&from=now-6h&to=now');
    await page.getByRole('button', { name: 'Copy link with fixed times' }).click();
    await page.getByRole('status').filter({ hasText: 'Link copied' }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).not.toContain('now');
    const other = await visit(browser, link);
    await other.page.getByRole('button', { name: 'Cluster: prod-eu' }).waitFor();
    const shown = await timeButton(other.page).innerText();
    expect(shown).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d.* – /);
    expect(shown).toContain('UTC+8');
    await other.leave();
    await leave();
  });

  it('filters by what is ticked, and forgets it', async () => {
    const { page, leave } = await open('/clusters');
    await page.getByRole('button', { name: /^Cluster:/ }).click();
    const asked = nextCoverage(page, (params) => params.get('cluster') === 'prod-eu');
    await page.getByRole('checkbox', { name: /prod-eu/ }).check();
    await asked;
    await page.getByRole('checkbox', { name: /staging/ }).check();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Cluster: prod-eu, staging' }).waitFor();
    await page.getByRole('button', { name: /^Namespace:/ }).click();
    await page.getByRole('searchbox', { name: 'Search Namespace' }).fill('no-such-namespace');
    await page.getByRole('status').filter({ hasText: 'Nothing matches' }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Namespace: no-such-namespace' }).waitFor();
    expect(param(page, 'namespace')).toBe('no-such-namespace');
    await page.getByRole('button', { name: 'Clear all' }).click();
    await page.getByRole('button', { name: 'Cluster: All' }).waitFor();
    expect([param(page, 'cluster'), param(page, 'namespace')]).toEqual([null, null]);
    await leave();
  });

  it('finds a workload and goes to its page', async () => {
    const { page, leave } = await open('/clusters');
    await heading(page, 'Clusters').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('checkout');
    const workload = page.getByRole('option', { name: /checkout.*Deployment · prod-eu\/shop/ }).first();
    await workload.waitFor();
    while ((await workload.getAttribute('aria-selected')) !== 'true') await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL((now) => now.pathname === '/workloads/prod-eu/shop/Deployment/checkout');
    await page.getByRole('heading', { level: 1, name: /^Deployment checkout / }).waitFor();
    expect(param(page, 'cluster')).toBeNull();
    await page.keyboard.press('Control+k');
    await page
      .getByRole('group', { name: 'Recent' })
      .getByRole('option', { name: /checkout/ })
      .waitFor();
    await page.getByRole('combobox').fill('zzz-nothing-has-this-name');
    await page.getByRole('status').filter({ hasText: 'Nothing found' }).waitFor();
    await leave();
  });

  it('offers a cluster by its whole name first, as a page and as the filter of this one', async () => {
    const { page, leave } = await open('/exceptions');
    await heading(page, 'Exceptions').waitFor();
    const first = async (): Promise<string[]> => (await page.getByRole('option').allInnerTexts()).slice(0, 2);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('Prod-EU');
    await expect.poll(first, SOON).toEqual(['prod-eu\nCluster', 'Only cluster prod-eu\nFilter of this page']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Cluster: prod-eu' }).waitFor();
    await heading(page, 'Exceptions').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('staging');
    await expect.poll(async () => (await first())[0], SOON).toBe('staging\nCluster');
    await page.keyboard.press('Enter');
    await heading(page, 'Clusters').waitFor();
    expect(param(page, 'cluster')).toBe('staging');
    await leave();
  });

  it('is walked by keyboard alone', async () => {
    const { page, leave } = await open('/clusters');
    await heading(page, 'Clusters').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('page');
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await help.getByText('Narrow or widen the rail').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await heading(page, 'Exceptions').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    expect(await page.title()).toBe('Exceptions · Tidemark');
    await page.keyboard.press('[');
    await page.getByRole('button', { name: 'Show names' }).waitFor();
    await page.keyboard.press('t');
    await page.getByRole('dialog', { name: 'Time range' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Time range' }).waitFor({ state: 'hidden' });
    await leave();
  });

  it('opens a pane by its address, and closes it by Esc and by Back', async () => {
    const { page, leave } = await open('/clusters');
    const id = await page.evaluate(async () => {
      const answer = await fetch('/api/v1/exceptions?limit=1');
      return ((await answer.json()) as { items: { id: string }[] }).items[0]?.id;
    });
    await page.goto(`${url}/clusters?tz=UTC&open=${id}`);
    const pane = page.getByRole('complementary', { name: 'Details' });
    const separator = page.getByRole('separator', { name: 'Width of the pane' });
    await pane.getByRole('heading').first().waitFor();
    const before = Number(await separator.getAttribute('aria-valuenow'));
    await separator.press('ArrowLeft');
    await expect.poll(async () => Number(await separator.getAttribute('aria-valuenow'))).toBeGreaterThan(before);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ state: 'hidden' });
    await expect.poll(() => pane.isVisible(), SOON).toBe(true);
    await page.keyboard.press('Escape');
    await pane.waitFor({ state: 'detached' });
    await page.goBack();
    await pane.waitFor();
    await leave();
  });

  it('remembers theme and language', async () => {
    const { page, leave } = await open('/clusters');
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('menuitemradio', { name: '简体中文' }).click();
    await heading(page, '集群').waitFor();
    await page.reload();
    await heading(page, '集群').waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await leave();
  });

  it('on a phone has five pages in its bar, and the others behind one button', async () => {
    const { page, leave } = await open('/clusters', { ...DESKTOP, width: 390 });
    await heading(page, 'Clusters').waitFor();
    const bar = page.getByRole('navigation', { name: 'Pages', exact: true });
    expect(await bar.getByRole('link').allInnerTexts()).toEqual([
      'Overview',
      'Exceptions',
      'Services',
      'Rollouts',
      'Resources',
    ]);
    const more = bar.getByRole('button', { name: 'More' });
    expect(await more.getAttribute('aria-current')).toBe('true');
    await more.press('Enter');
    const sheet = page.getByRole('dialog', { name: 'More pages' });
    await sheet.getByRole('link', { name: 'Clusters' }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
    await more.tap();
    await sheet.getByRole('link', { name: 'Runs' }).tap();
    await heading(page, 'Runs').waitFor();
    await expect.poll(() => sheet.count(), SOON).toBe(0);
    await leave();
  });

  it('on a phone has its filters in a sheet', async () => {
    const { page, leave } = await open('/clusters', { ...DESKTOP, width: 390 });
    await page.getByRole('button', { name: 'Filters', exact: true }).click();
    const sheet = page.getByRole('dialog', { name: 'Filters' });
    await sheet.getByRole('checkbox', { name: /prod-us/ }).check();
    await sheet.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Filters, 1 active' }).waitFor();
    expect(param(page, 'cluster')).toBe('prod-us');
    await leave();
  });

  it('shows the gaps of 30 days, each with its cluster, times and reason, and leads to the cluster', async () => {
    const { page, leave } = await open('/clusters?from=now-30d&to=now');
    const gap = page
      .getByRole('region', { name: 'Coverage' })
      .getByRole('link', { name: /^gap: prod-us/ })
      .first();
    await expect.poll(() => gap.getAttribute('aria-label'), SOON).toMatch(/\d{4}-\d\d-\d\d .* – .*\(\d+ .*\)/s);
    await gap.click();
    await page.waitForURL((address) => address.searchParams.get('cluster') === 'prod-us');
    await leave();
  });

  it('says that there is no such page', async () => {
    const { page, leave } = await open('/nowhere');
    await heading(page, 'There is no such page').waitFor();
    expect(await page.title()).toBe('There is no such page · Tidemark');
    await page.getByRole('link', { name: 'To the overview' }).click();
    await heading(page, 'Overview').waitFor();
    await leave();
  });
});
