import type { Browser, Locator, Page } from 'playwright-core';
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

const DAY_MS = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();
/** A stretch of the demo's history in which hardly anything changes any more. */
const PAST = { from: iso(Date.now() - 15 * DAY_MS), to: iso(Date.now() - 2 * DAY_MS), refresh: '0' };
const CHECKOUT = '/workloads/prod-eu/shop/Deployment/checkout';

const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const headingOf = (page: Page) => page.getByRole('heading', { level: 1 });
const partOf = (page: Page, name: string | RegExp) =>
  page.getByRole('region', { name, exact: typeof name === 'string' });
const timelineOf = (page: Page) => page.getByRole('region', { name: /^Timeline of/ }).getByRole('slider');

describeInBrowser("a workload's page", () => {
  const url = inject('demoUrl');
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser?.close());
  const at = (path: string, query: Record<string, string> = PAST) => `${url}${path}?${new URLSearchParams(query)}`;
  async function ask<T>(path: string, query: Record<string, string> = {}): Promise<T> {
    const answer = await fetch(`${url}/api/v1${path}?${new URLSearchParams(query)}`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as T;
  }

  test.each(LOOKS)('looks right and is accessible: $width $theme $language', async (look) => {
    const { page, leave } = await visit(browser, at(CHECKOUT, { from: 'now-7d', to: 'now', refresh: '0' }), look);
    await headingOf(page).filter({ hasText: 'checkout:' }).waitFor();
    await page.getByRole('slider').waitFor();
    await page.waitForLoadState('networkidle');
    await expect.poll(() => page.getByRole('listitem').count(), SOON).toBeGreaterThan(5);
    await picture(page, 'workload', look);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await leave();
  });

  test('begins with what it is, how many of what, and its newest rollout, which opens', async () => {
    const { page, leave } = await visit(browser, at(CHECKOUT));
    await expect
      .poll(() => headingOf(page).textContent(), SOON)
      .toMatch(/Deployment checkout wants \d+ replicas? of checkout:[\d.]+; newest rollout checkout@\d+: \w+/);
    await page.getByRole('link', { name: 'checkout', exact: true }).first().waitFor();
    await headingOf(page).getByRole('link').click();
    await page.getByRole('region', { name: 'Rollout beside the page' }).waitFor();
    await leave();
  });

  test('the spec is that of the instant that was asked about, with what had changed', async () => {
    const { page, leave } = await visit(browser, at(CHECKOUT));
    type History = { items: { observed_at: string; changed: string[] }[] };
    const { items } = await ask<History>(`${CHECKOUT}/history`);
    const past = items.find(({ observed_at: seen, changed }) => seen < PAST.to && changed.length > 0);
    if (!past) throw new Error('the demo has changed nothing');
    const history = partOf(page, 'Changes of its spec');
    await history.getByRole('listitem').first().waitFor();
    if (items.length > 10) await history.getByRole('button', { name: /^Show all/ }).click();
    const place = items.indexOf(past);
    await history.getByRole('listitem').nth(place).getByRole('link').click();
    await expect.poll(() => paramOf(page, 'at'), SOON).toBe(past.observed_at);

    type Detail = { changes: { field: string; after: string | null }[] };
    const detail = await ask<Detail>(CHECKOUT, { at: past.observed_at });
    const image = detail.changes.find(({ field }) => field.endsWith('.image'));
    const spec = partOf(page, /^What ran at /);
    await spec
      .getByText(image?.after ?? 'an image', { exact: true })
      .first()
      .waitFor();
    await expect.poll(() => spec.getByRole('definition').count(), SOON).toBe(detail.changes.length);
    await spec.getByRole('link', { name: 'Close' }).click();
    await expect.poll(() => paramOf(page, 'at'), SOON).toBeNull();
    await leave();
  });

  test('the timeline zooms and asks about an instant by keyboard; Back goes back', async () => {
    const { page, leave } = await visit(browser, at(CHECKOUT));
    await headingOf(page).filter({ hasText: 'checkout:' }).waitFor();
    const timeline = timelineOf(page);
    await timeline.focus();
    await page.keyboard.press('+');
    await expect.poll(() => paramOf(page, 'from'), SOON).not.toBe(PAST.from);
    await page.goBack();
    await expect.poll(() => paramOf(page, 'from'), SOON).toBe(PAST.from);
    await timeline.focus();
    for (const key of ['Home', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    await expect.poll(() => timeline.getAttribute('aria-valuetext'), SOON).toMatch(/Rollouts|Exceptions|Coverage/);
    await page.keyboard.press('Enter');
    await expect.poll(() => paramOf(page, 'at'), SOON).toMatch(/^\d{4}-/);
    await leave();
  });

  test('a rollout of the list leads to it, and a bar of the timeline to one of the list', async () => {
    const { page, leave } = await visit(browser, at(CHECKOUT));
    const openedBy = async (link: Locator): Promise<string> => {
      const href = await link.getAttribute('href');
      return new URL(href ?? '', url).searchParams.get('open') ?? 'nothing';
    };
    const listed = partOf(page, 'Rollouts').getByRole('listitem').getByRole('link');
    const bars = page.getByRole('region', { name: /^Timeline of/ }).locator('a[href*="open=rollout"]');
    await listed.first().waitFor();
    const inList = await Promise.all((await listed.all()).map(openedBy));
    await listed.first().click();
    await expect.poll(() => paramOf(page, 'open'), SOON).toBe(inList[0]);
    // Bars that lie too close are drawn as one, which leads to the first of them.
    await expect.poll(() => bars.count(), SOON).toBeGreaterThan(0);
    const onTimeline = await Promise.all((await bars.all()).map(openedBy));
    const both = inList.find((id) => id !== inList[0] && onTimeline.includes(id));
    // Not by the pointer: a neighbour may lie over its middle.
    await bars.nth(onTimeline.indexOf(both ?? 'none in both')).dispatchEvent('click');
    await expect.poll(() => paramOf(page, 'open'), SOON).toBe(both);
    await leave();
  });

  test('each reason leads to just so many exceptions', async () => {
    const { page, leave } = await visit(browser, at(CHECKOUT));
    const line = partOf(page, 'Exceptions by reason').getByRole('listitem').first();
    await line.waitFor();
    const count = Number((await line.innerText()).split('\n').at(-1)?.replaceAll(',', ''));
    const reason = (await line.getByRole('link').innerText()).trim();
    await line.getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: 'Exceptions' }).waitFor();
    expect([paramOf(page, 'reason'), paramOf(page, 'workload'), paramOf(page, 'workload_kind')]).toEqual([
      reason,
      'checkout',
      'Deployment',
    ]);
    const grid = page.getByRole('grid', { name: 'Exceptions' });
    await expect.poll(() => grid.getAttribute('aria-rowcount'), SOON).toBe(String(count + 1));
    await leave();
  });

  test.each([
    ['CronJob', 'payments', 'reconcile', /^CronJob reconcile runs at [^;]+, reconcile:[\d.]+$/],
    ['DaemonSet', 'platform', 'log-shipper', /^DaemonSet log-shipper runs a pod on .*nodes? of log-shipper:[\d.]+; /],
    ['StatefulSet', 'data', 'kafka', /^StatefulSet kafka wants \d+ replicas of kafka:[\d.]+; newest rollout /],
  ])('%s has a page too', async (kind, namespace, name, sentence) => {
    const { page, leave } = await visit(browser, at(`/workloads/prod-eu/${namespace}/${kind}/${name}`));
    await expect.poll(async () => (await headingOf(page).textContent())?.trim(), SOON).toMatch(sentence);
    await timelineOf(page).waitFor();
    // What is run and not rolled out has no rollouts.
    await expect.poll(() => partOf(page, 'Rollouts').count(), SOON).toBe(kind === 'CronJob' ? 0 : 1);
    await partOf(page, /^What ran at /)
      .getByText(`${name}:`, { exact: false })
      .first()
      .waitFor();
    await leave();
  });

  test('one that nothing is known of says so', async () => {
    const { page, context } = await visit(browser, at('/workloads/prod-eu/shop/Deployment/no-such-workload'));
    await page.getByText('Nothing is known of this workload').waitFor();
    expect(await timelineOf(page).count()).toBe(0);
    await expectAccessible(page);
    await context.close();
  });

  test('the menu of a cell that names a workload leads to its page', async () => {
    const { page, leave } = await visit(browser, at('/exceptions'));
    const row = page.getByRole('grid').getByRole('row').nth(1);
    await row.getByRole('link').first().waitFor();
    const cell = row.getByRole('gridcell').nth(1);
    await cell.hover();
    await cell.getByRole('button', { name: 'Filter by' }).click();
    await page.getByRole('menuitem', { name: /^Open the page of / }).click();
    await page.waitForURL((now) => now.pathname.startsWith('/workloads/'));
    await timelineOf(page).waitFor();
    expect(paramOf(page, 'from')).toBe(PAST.from);
    await leave();
  });
});
