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
/** A stretch of the demo's history in which nothing changes any more. */
const PAST = { from: iso(Date.now() - 20 * DAY_MS), to: iso(Date.now() - 2 * DAY_MS), refresh: '0', tz: 'UTC' };
const PHONE = LOOKS.find(({ width, theme, language }) => width === 390 && theme === 'light' && language === 'en');

interface Service {
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
  readonly team: string;
  readonly outages: number;
  readonly days: readonly { readonly date: string }[];
}

const addressOf = (query: Record<string, string> = {}): string =>
  `${inject('demoUrl')}/services?${new URLSearchParams({ ...PAST, ...query })}`;

async function ask<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  const { from, to, tz } = PAST;
  const answer = await fetch(`${inject('demoUrl')}/api/v1/${path}?${new URLSearchParams({ from, to, tz, ...query })}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}
const services = (query: Record<string, string> = {}) => ask<{ total: number; items: Service[] }>('services', query);

const tableOf = (page: Page) => page.getByRole('table', { name: 'Services' });
const rowsOf = (page: Page) =>
  tableOf(page)
    .getByRole('row')
    .filter({ has: page.getByRole('slider') });
const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const keyOf = ({ cluster, namespace, service }: Service): string => `${service} ${cluster}/${namespace}`;
/** Names with their places, from the top of the table. */
const namesOf = (page: Page): Promise<string[]> =>
  rowsOf(page).evaluateAll((rows) =>
    rows
      .map((row) => ({ at: Number(row.getAttribute('aria-rowindex')), cell: row.querySelector('[role=cell]') }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ cell }) => [...(cell?.children ?? [])].map((part) => part.textContent.trim()).join(' ')),
  );
/** One of a few that stand side by side. */
const choose = (page: Page, text: string): Promise<void> =>
  page.getByRole('radiogroup').locator('label').filter({ hasText: text }).click();
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

describeInBrowser('the services', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser?.close());

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))('look right: %s', async (_, look) => {
    const { page, leave } = await visit(browser, addressOf(), look);
    await page.getByRole('slider').nth(3).waitFor();
    await page.waitForLoadState('networkidle');
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await expect.poll(() => page.getByRole('slider').count(), SOON).toBeGreaterThan(3);
    await picture(page, 'services', look);
    await page.goto(addressOf({ by: 'team' }));
    await page.locator('tbody tr').nth(3).waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'services-by-team', look);
    await leave();
  });

  test('come worst first, and sort by the head of a column either way round', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    const first = async (query: Record<string, string>) => (await services({ ...query, limit: '8' })).items.map(keyOf);
    const shown = async () => (await namesOf(page)).slice(0, 8);
    await eventually(shown).toEqual(await first({}));
    const head = tableOf(page).getByRole('columnheader', { name: 'Outages' });
    await head.getByRole('button').click();
    await eventually(shown).toEqual(await first({ sort: 'outages' }));
    await expect.poll(() => head.getAttribute('aria-sort'), SOON).toBe('descending');
    await head.getByRole('button').click();
    await eventually(shown).toEqual(await first({ sort: 'outages', order: 'asc' }));
    await expect.poll(() => head.getAttribute('aria-sort'), SOON).toBe('ascending');
    await page.goBack();
    await page.goBack();
    await eventually(shown).toEqual(await first({}));
    expect(await first({})).not.toEqual(await first({ sort: 'outages', order: 'asc' }));
    await leave();
  });

  test('are scrolled to the last one, fetched where the table comes to them', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    const { total } = await services({ limit: '1' });
    expect(total).toBeGreaterThan(60);
    await expect.poll(() => tableOf(page).getAttribute('aria-rowcount'), SOON).toBe(String(total + 1));
    await rowsOf(page).first().waitFor();
    await tableOf(page).evaluate((table) => table.scrollTo(0, table.scrollHeight));
    const { items } = await services({ offset: String(total - 1), limit: '1' });
    await eventually(async () => (await namesOf(page)).at(-1)).toBe(items.map(keyOf)[0]);
    await leave();
  });

  test('are narrowed by team, cause and name, and widened by the chip', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    const counted = (n: number) => page.getByRole('status').filter({ hasText: `${n} services` });
    const { total } = await services({ limit: '1' });
    await page.getByRole('button', { name: 'Team', exact: true }).last().click();
    await page.getByRole('menuitemradio', { name: /^payments/ }).click();
    const payments = await services({ team: 'payments', limit: '1' });
    await counted(payments.total).waitFor();
    expect(paramOf(page, 'team')).toBe('payments');
    expect(payments.total).toBeLessThan(total);

    const lines = await ask<{ items: { downtime: { by_cause: { cause: string }[] } }[] }>('services/groups', {
      by: 'team',
      team: 'payments',
    });
    const cause = lines.items[0]?.downtime.by_cause[0]?.cause ?? '';
    await page.getByRole('combobox', { name: 'Cause of an outage' }).selectOption(cause);
    const both = await services({ team: 'payments', cause, limit: '1' });
    expect(both.total).toBeGreaterThan(0);
    expect(both.total).toBeLessThan(payments.total);
    await eventually(() => tableOf(page).getAttribute('aria-rowcount')).toBe(String(both.total + 1));
    await page.getByRole('combobox', { name: 'Cause of an outage' }).selectOption('Any cause');
    await page.getByRole('link', { name: /^Team: payments/ }).click();
    await counted(total).waitFor();

    await page.getByRole('searchbox', { name: 'Part of the name' }).fill('check');
    await page.keyboard.press('Enter');
    const named = await services({ q: 'check', limit: '50' });
    await eventually(() => namesOf(page)).toEqual(named.items.map(keyOf));
    await page.getByRole('searchbox', { name: 'Part of the name' }).fill('nothing has this name');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Remove the filters' }).click();
    await counted(total).waitFor();
    await leave();
  });

  test('show how many are how, and which', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    const { states } = await ask<{ states: Record<string, number> }>('services', { limit: '1' });
    const up = page.getByRole('link', { name: /^\d+ up$/ });
    expect(Math.abs(Number.parseInt(await up.innerText()) - (states['up'] ?? 0))).toBeLessThan(4);
    await up.click();
    await eventually(() => paramOf(page, 'state')).toBe('up');
    await page.getByRole('link', { name: 'Services', exact: true }).click();
    await eventually(() => paramOf(page, 'state')).toBeNull();
    const spent = page.getByRole('link', { name: /spent (its|their) budget$/ });
    const count = states['budget_spent'] ?? 0;
    expect(count).toBeGreaterThan(0);
    // While the answer is on its way, the counts are those of the filter that was left.
    await eventually(async () => Number.parseInt(await spent.innerText())).toBe(count);
    const least = (await services({ sort: 'budget', limit: String(count + 1) })).items.map(keyOf);
    await spent.click();
    await page.getByRole('link', { name: /^Budget spent/ }).waitFor();
    await eventually(() => namesOf(page)).toEqual(least.slice(0, count));
    await tableOf(page).getByRole('columnheader', { name: 'Service' }).getByRole('button').click();
    await eventually(async () => (await namesOf(page)).length).toBeGreaterThan(count);
    await leave();
  });

  test('have a bar for each day, that the keyboard walks and opens', async () => {
    const { page, leave } = await visit(browser, addressOf({ q: 'checkout', cluster: 'prod-eu' }), DESKTOP);
    const { items } = await services({ q: 'checkout', cluster: 'prod-eu', days: '90', limit: '1' });
    const days = items[0]?.days.map(({ date }) => date) ?? [];
    expect(days).toHaveLength(90);
    const bars = rowsOf(page).first().getByRole('slider');
    await bars.focus();
    await expect.poll(() => bars.getAttribute('aria-valuetext'), SOON).toContain(days.at(-1));
    await page.keyboard.press('PageDown');
    await page.keyboard.press('ArrowLeft');
    const day = days.at(-9) ?? '';
    await expect.poll(() => bars.getAttribute('aria-valuetext'), SOON).toMatch(new RegExp(`^${day}; (\\d|No time)`));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /^shop\/checkout/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/services/prod-eu/shop/checkout');
    expect([paramOf(page, 'from'), paramOf(page, 'to')]).toEqual([
      `${day}T00:00:00.000Z`,
      iso(Date.parse(`${day}T00:00:00Z`) + DAY_MS),
    ]);
    await leave();
  });

  test('are gathered by team; a line leads to its services, one without a name too', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    await choose(page, 'Team');
    const { items } = await ask<{ items: { team: string; services: number }[] }>('services/groups', { by: 'team' });
    const lines = page.locator('tbody tr');
    await eventually(() => lines.getByRole('rowheader').allInnerTexts()).toEqual(
      items.map(({ team }) => (team === '' ? '(none)' : team)),
    );
    const nameless = items.find(({ team }) => team === '');
    await page.getByRole('link', { name: '(none)' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: `${nameless?.services} services` })
      .waitFor();
    expect(paramOf(page, 'team')).toBe('(none)');
    await page.getByRole('link', { name: /^Team: \(none\)/ }).waitFor();
    await leave();
  });

  test('go into a file, a line for each that lived', async () => {
    const { page, leave } = await visit(browser, addressOf({ team: 'checkout' }), DESKTOP);
    await rowsOf(page).first().waitFor();
    const href = (await page.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? '';
    const lines = (await (await fetch(new URL(href, inject('demoUrl')))).text()).trim().split('\n');
    expect(lines[0]).toContain('availability_worst_percent');
    expect(lines.slice(1).filter((line) => line.includes('checkout'))).toHaveLength(
      (await services({ team: 'checkout' })).total,
    );
    await leave();
  });

  test('are sorted on a phone by a list', async () => {
    const { page, leave } = await visit(browser, addressOf(), PHONE ?? DESKTOP);
    await page.getByRole('combobox', { name: 'Sort by' }).selectOption('By outages');
    const shown = async () => (await namesOf(page)).slice(0, 3);
    const first = async (order: string) => (await services({ sort: 'outages', order, limit: '3' })).items.map(keyOf);
    await eventually(shown).toEqual(await first('desc'));
    await page.getByRole('button', { name: 'Turn round' }).click();
    await eventually(shown).toEqual(await first('asc'));
    expect([paramOf(page, 'sort'), paramOf(page, 'order')]).toEqual(['outages', 'asc']);
    await leave();
  });

  test('take more height in a window that becomes narrow, and less in one that becomes wide', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    await rowsOf(page).nth(2).waitFor();
    const steps = async (): Promise<number[]> => {
      const tops = await rowsOf(page).evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().top));
      const sorted = tops.toSorted((a, b) => a - b);
      return [...new Set(sorted.slice(1).map((top, at) => Math.round(top - (sorted[at] ?? 0))))];
    };
    await eventually(steps).toEqual([48]);
    await page.setViewportSize({ width: 390, height: 844 });
    await eventually(steps).toEqual([138]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await eventually(steps).toEqual([48]);
    await expect.poll(() => tableOf(page).count(), SOON).toBe(1);
    await leave();
  });

  test('say why there are none', async () => {
    const { page, leave } = await visit(browser, addressOf({ cluster: 'nowhere' }), DESKTOP);
    await page.getByText('No service was seen in this time range.').waitFor();
    expect(await tableOf(page).count()).toBe(0);
    await leave();
  });
});
