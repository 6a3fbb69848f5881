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
import { A4, coloursOf, sheetsOf } from './paper.ts';

const DARK = { ...DESKTOP, theme: 'dark' } as const;

interface Line {
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
  readonly team: string;
  readonly missed: number;
  readonly outages: number;
}
interface Report {
  readonly from: string;
  readonly total: Line & { readonly services: number };
  readonly lines: readonly Line[];
}

const addressOf = (query: Record<string, string> = {}): string =>
  `${inject('demoUrl')}/services/report?${new URLSearchParams({ refresh: '0', tz: 'UTC', ...query })}`;

async function reportOf(query: Record<string, string>): Promise<Report> {
  const answer = await fetch(`${inject('demoUrl')}/api/v1/sla/report?${new URLSearchParams({ tz: 'UTC', ...query })}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Report;
}

/** `2026-10`, so many months from the present one. */
function monthFrom(offset: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset)).toISOString().slice(0, 7);
}
const nameOfMonth = (month: string): string =>
  new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(Date.parse(`${month}-01`));

const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const heading = (page: Page, period: string) =>
  page.getByRole('heading', { level: 1, name: `SLA report: ${period}`, exact: true });
const linesOf = (page: Page) => page.locator('tbody tr').filter({ hasNotText: 'All together' });
const namesOf = (page: Page): Promise<string[]> => linesOf(page).locator('th > a').allInnerTexts();
/** One of a few that stand side by side. */
const choose = (page: Page, text: string): Promise<void> =>
  page.getByRole('radiogroup').locator('label').filter({ hasText: text }).click();
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

describeInBrowser('the SLA report', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser?.close());

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))('looks right: %s', async (_, look) => {
    const { page, leave } = await visit(browser, addressOf({ month: monthFrom(0) }), look);
    await linesOf(page).nth(3).waitFor();
    await page.waitForLoadState('networkidle');
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await expect.poll(() => linesOf(page).locator('svg pattern').count(), SOON).toBeGreaterThan(3);
    await picture(page, 'report', look);
    await leave();
  });

  test('tells the present month in a sentence and in lines, worst first, with those that missed marked', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    await heading(page, nameOfMonth(monthFrom(0))).waitFor();
    await page.getByText('so far, the period has not ended').waitFor();
    const { total, lines } = await reportOf({ month: monthFrom(0) });
    await page.getByText(new RegExp(`^${total.services} services were available \\d`)).waitFor();
    expect((await namesOf(page)).toSorted()).toEqual(lines.map(({ service }) => service).toSorted());
    const missed = lines.filter((line) => line.missed > 0);
    await eventually(async () =>
      Math.abs((await page.getByText('missed', { exact: true }).count()) - missed.length),
    ).toBeLessThan(2);
    const first = linesOf(page).first();
    await first.getByRole('link').first().click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await eventually(() => paramOf(page, 'from')).toBe(`${monthFrom(0)}-01T00:00:00.000Z`);
    expect(new URL(page.url()).pathname).toMatch(/^\/services\/[^/]+\/[^/]+\/[^/]+$/);
    await leave();
  });

  test('is of another month, of a quarter, and of the months of that', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    await heading(page, nameOfMonth(monthFrom(0))).waitFor();
    expect(await page.getByRole('button', { name: 'The period after' }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'The period before' }).click();
    await heading(page, nameOfMonth(monthFrom(-1))).waitFor();
    expect(paramOf(page, 'month')).toBe(monthFrom(-1));
    await page.getByRole('link', { name: 'The period after' }).click();
    await heading(page, nameOfMonth(monthFrom(0))).waitFor();
    await page.getByRole('combobox', { name: 'Month' }).selectOption(nameOfMonth(monthFrom(-14)));
    await heading(page, nameOfMonth(monthFrom(-14))).waitFor();
    await page.getByText('No service that was ever ready lived in this period.').waitFor();

    await page.goto(addressOf({ month: '2026-02' }));
    await choose(page, 'Quarter');
    await heading(page, 'Q1 2026').waitFor();
    expect([paramOf(page, 'quarter'), paramOf(page, 'month')]).toEqual(['2026-Q1', null]);
    await choose(page, 'Month');
    await heading(page, 'March 2026').waitFor();
    await page.goBack();
    await heading(page, 'Q1 2026').waitFor();
    await leave();
  });

  test('gathers by team, and a line leads to its services', async () => {
    const { page, leave } = await visit(browser, addressOf({ month: monthFrom(0) }), DESKTOP);
    await linesOf(page).first().waitFor();
    await choose(page, 'Team');
    const { lines } = await reportOf({ month: monthFrom(0), by: 'team' });
    await eventually(async () => (await namesOf(page)).toSorted()).toEqual(
      lines.map(({ team }) => (team === '' ? '(none)' : team)).toSorted(),
    );
    await page.getByRole('link', { name: 'payments', exact: true }).click();
    const own = await reportOf({ month: monthFrom(0), team: 'payments' });
    await eventually(async () => (await namesOf(page)).toSorted()).toEqual(
      own.lines.map(({ service }) => service).toSorted(),
    );
    await page.getByText('Only Team payments').waitFor();
    expect([paramOf(page, 'by'), paramOf(page, 'team')]).toEqual([null, 'payments']);
    await leave();
  });

  test('begins its calendar in the zone that is chosen', async () => {
    const { page, leave } = await visit(browser, addressOf({ month: monthFrom(0) }), DESKTOP);
    await page
      .getByText(`${monthFrom(0)}-01 00:00 – `)
      .first()
      .waitFor();
    const asked = page.waitForRequest((request) => request.url().includes('/sla/report?'));
    await page.getByRole('combobox', { name: 'Time zone of the calendar' }).selectOption('Asia/Tokyo');
    expect(new URL((await asked).url()).searchParams.get('tz')).toBe('Asia/Tokyo');
    await page.getByText('(Asia/Tokyo, UTC+9)').first().waitFor();
    await page
      .getByText(`${monthFrom(0)}-01 00:00 – `)
      .first()
      .waitFor();
    await leave();
  });

  test('prints on A4 in black and white, without the frame, its head on each sheet', async () => {
    const { page, leave } = await visit(browser, addressOf({ month: monthFrom(0) }), DARK);
    await linesOf(page).nth(30).waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Print' }).count()).toBe(0);
    await page.getByText(/^Made \d{4}-\d\d-\d\d/).waitFor();
    await page
      .getByText(/^Worst: each outage as long/)
      .first()
      .waitFor();
    expect(await coloursOf(page.locator('tbody'))).toEqual([]);
    expect(await page.locator('thead').evaluate((head) => getComputedStyle(head).display)).toBe('table-header-group');
    await expect.poll(() => page.locator('tbody svg pattern').count(), SOON).toBeGreaterThan(10);

    const sheets = await sheetsOf(page);
    expect(sheets.length).toBeGreaterThan(2);
    expect(sheets.filter(({ width, height }) => width !== A4.height || height !== A4.width)).toEqual([]);
    await leave();
  });

  test('shows the worst of very many lines, and prints them all', async () => {
    const { page, leave } = await visit(browser, 'about:blank', DESKTOP);
    const report = await reportOf({ month: monthFrom(0) });
    const [line] = report.lines;
    const lines = Array.from({ length: 450 }, (_, at) => ({ ...line, service: `service-${at}` }));
    await page.route('**/api/v1/sla/report?*', (route) => route.fulfill({ json: { ...report, lines } }));
    await page.goto(addressOf({ month: monthFrom(0) }));
    await page.getByText('The 200 worst of 450 lines are shown').waitFor();
    await expect.poll(() => linesOf(page).count(), SOON).toBe(200);
    await page.evaluate(() => globalThis.dispatchEvent(new Event('beforeprint')));
    await expect.poll(() => linesOf(page).count(), SOON).toBe(450);
    await leave();
  });

  test('goes into a file with the same lines', async () => {
    const { page, leave } = await visit(browser, addressOf({ month: monthFrom(-1), by: 'namespace' }), DESKTOP);
    await linesOf(page).first().waitFor();
    const href = (await page.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? '';
    const answer = await fetch(new URL(href, inject('demoUrl')));
    expect(answer.headers.get('content-disposition')).toContain(`tidemark-sla-${monthFrom(-1)}-namespace.csv`);
    expect((await answer.text()).trim().split('\n')).toHaveLength((await linesOf(page).count()) + 1);
    await leave();
  });

  test('is reached from the services and by the search', async () => {
    const { page, leave } = await visit(browser, `${inject('demoUrl')}/services?team=payments&refresh=0`, DESKTOP);
    await page.getByRole('link', { name: 'SLA report' }).click();
    await heading(page, nameOfMonth(monthFrom(0))).waitFor();
    expect([new URL(page.url()).pathname, paramOf(page, 'team')]).toEqual(['/services/report', 'payments']);
    expect(
      await page.getByRole('navigation').getByRole('link', { name: 'Services' }).getAttribute('aria-current'),
    ).toBe('true');
    await page.goto(`${inject('demoUrl')}/`);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search and commands' }).fill('SLA');
    await page.getByRole('option', { name: 'SLA report' }).waitFor();
    await page.keyboard.press('Enter');
    await heading(page, nameOfMonth(monthFrom(0))).waitFor();
    expect(await page.title()).toMatch(/SLA report/);
    await leave();
  });
});
