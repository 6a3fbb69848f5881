import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import {
  DESKTOP,
  describeInBrowser,
  expectAccessible,
  expectNoSidewaysScroll,
  LOOKS,
  nameOf,
  openBrowser,
  picture,
  visit,
} from './browser.ts';

const HOUR_MS = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
/** Whole hours that are over, so that the figures do not change while they are looked at. */
const PAST = { from: iso(hour - 3 * HOUR_MS), to: iso(hour - HOUR_MS), refresh: '0', tz: 'UTC' };
const PHONE = LOOKS.find(({ width, theme, language }) => width === 390 && theme === 'light' && language === 'en');
const IMPORTED_WITHIN_MS = 240_000;

interface Item {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly workload_kind: string;
  readonly workload: string;
  readonly node: string;
  readonly cpu: { readonly avg: number | null; readonly request: number | null; readonly limit: number | null };
}
interface Usage {
  readonly total: number;
  readonly items: readonly Item[];
  readonly complete: { readonly missing: readonly { readonly missing_hours: number }[] };
}

const addressOf = (query: Record<string, string> = {}, path = '/resources'): string =>
  `${inject('demoUrl')}${path}?${new URLSearchParams({ ...PAST, ...query })}`;
async function usage(query: Record<string, string> = {}): Promise<Usage> {
  const { from, to } = PAST;
  const answer = await fetch(
    `${inject('demoUrl')}/api/v1/usage/pods?${new URLSearchParams({ from, to, limit: '500', ...query })}`,
  );
  expect(answer.status).toBe(200);
  return (await answer.json()) as Usage;
}

const tableOf = (page: Page, name = 'Resources') => page.getByRole('grid', { name });
const rowsOf = (page: Page) =>
  tableOf(page)
    .getByRole('row')
    .filter({ has: page.getByRole('gridcell') });
const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const placeOf = ({ cluster, namespace, pod }: Item): string => `${pod} ${cluster}/${namespace}`;
/** Names with their places, from the top of the table. */
const namesOf = (page: Page): Promise<string[]> =>
  rowsOf(page).evaluateAll((rows) =>
    rows
      .map((row) => ({ at: Number(row.getAttribute('aria-rowindex')), cell: row.querySelector('[role=gridcell]') }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ cell }) => [...(cell?.querySelectorAll('.cut') ?? [])].map((part) => part.textContent.trim()).join(' ')),
  );
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

describeInBrowser('the resources', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
    await vi.waitFor(
      async () => {
        const { complete } = await usage({ limit: '1' });
        if (complete.missing.length > 0) throw new Error(`not imported yet: ${JSON.stringify(complete)}`);
      },
      { timeout: IMPORTED_WITHIN_MS, interval: 2000 },
    );
  });
  afterAll(() => browser?.close());

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))('look right: %s', async (_, look) => {
    const { page, leave } = await visit(browser, addressOf(), look);
    await page.getByRole('gridcell').nth(3).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await tableOf(page, look.language === 'zh' ? '资源用量' : 'Resources').count()).toBe(1);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'resources', look);
    await page.goto(addressOf({ by: 'workload' }));
    await page.getByRole('gridcell').nth(3).waitFor();
    await expectAccessible(page);
    await picture(page, 'resources-by-workload', look);
    const [item] = (await usage({ sort: 'cpu_avg', limit: '1' })).items;
    const name = `${item?.cluster}/${item?.namespace}/${item?.pod}`;
    await page.goto(addressOf({ open: `usage:${name}` }));
    await page.locator('#pane').getByRole('slider').waitFor();
    await page.waitForLoadState('networkidle');
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'resources-pane', look);
    await page.goto(addressOf({ of: name }, '/resources/one'));
    await page.getByRole('heading', { level: 1, name: item?.pod ?? '' }).waitFor();
    await page.getByRole('slider').waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'usage', look);
    await leave();
  });

  test('come with the most waste first, and sort by the head of a column either way round', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    const first = async (query: Record<string, string>) => (await usage({ ...query, limit: '8' })).items.map(placeOf);
    const shown = async () => (await namesOf(page)).slice(0, 8);
    await eventually(shown).toEqual(await first({}));
    await tableOf(page).getByRole('columnheader', { name: 'Memory' }).getByRole('button').click();
    await eventually(shown).toEqual(await first({ sort: 'waste_memory' }));
    const head = tableOf(page).getByRole('columnheader', { name: 'Memory' });
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    await head.getByRole('button').click();
    await eventually(shown).toEqual(await first({ sort: 'waste_memory', order: 'asc' }));
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    await page.getByRole('combobox', { name: 'Sort by' }).selectOption('By CPU: danger (max ÷ limit)');
    await eventually(shown).toEqual(await first({ sort: 'danger_cpu' }));
    await tableOf(page).getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
    await eventually(shown).toEqual(await first({ sort: 'name', order: 'asc' }));
    await leave();
  });

  test('are summed by what is chosen, and narrowed by name', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    for (const by of ['Workload', 'Namespace', 'Team', 'Node', 'Cluster']) {
      await page.getByRole('radiogroup', { name: 'Summed by' }).locator('label').filter({ hasText: by }).click();
      const { total } = await usage({ by: by.toLowerCase(), limit: '1' });
      await eventually(() => tableOf(page).getAttribute('aria-rowcount')).toBe(String(total + 1));
      expect(paramOf(page, 'by')).toBe(by.toLowerCase());
    }
    await page.goto(addressOf());
    const { total, items } = await usage();
    const part = items[0]?.workload ?? '';
    await page.getByRole('searchbox', { name: 'Part of the name' }).fill(part);
    await page.keyboard.press('Enter');
    const named = await usage({ pod: `*${part}*`, limit: '1' });
    expect(named.total).toBeLessThan(total);
    await eventually(() => tableOf(page).getAttribute('aria-rowcount')).toBe(String(named.total + 1));
    await page.getByRole('searchbox', { name: 'Part of the name' }).fill('nothing has this name');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Remove the filters' }).click();
    await eventually(() => tableOf(page).getAttribute('aria-rowcount')).toBe(String(total + 1));
    await leave();
  });

  test('tell each cell in words, with a dash and a reason for what is missing', async () => {
    const unlimited = (await usage()).items.find(({ cpu }) => cpu.limit === null && cpu.request !== null);
    const { page, leave } = await visit(browser, addressOf({ q: unlimited?.pod ?? '' }), DESKTOP);
    const cell = rowsOf(page).first().locator('[data-column=cpu]');
    await cell.waitFor();
    const words = await cell.locator('.visually-hidden').innerText();
    const [avg, request] = [unlimited?.cpu.avg ?? 0, unlimited?.cpu.request ?? 0].map((value) =>
      value > 0 && value < 0.005 ? '<0.01' : value.toFixed(2),
    );
    expect(words).toContain(`CPU: average ${avg}`);
    expect(words).toContain(`request ${request}, limit none`);
    expect(words).toContain('No limit is known or set');
    expect(await cell.innerText()).toContain(`${request} / –`);
    await leave();
  });

  test('are walked and opened by keyboard; the pane follows, says it in words and becomes a page', async () => {
    const { page, leave } = await visit(browser, addressOf({ sort: 'cpu_avg' }), DESKTOP);
    const { items } = await usage({ sort: 'cpu_avg', limit: '3' });
    await eventually(async () => (await namesOf(page)).slice(0, 3)).toEqual(items.map(placeOf));
    await tableOf(page).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const pane = page.getByRole('complementary').filter({ has: page.getByRole('slider', { name: 'Instant' }) });
    await pane.getByRole('heading', { name: items[0]?.pod ?? '' }).waitFor();
    await tableOf(page).focus();
    await page.keyboard.press('ArrowDown');
    await pane.getByRole('heading', { name: items[1]?.pod ?? '' }).waitFor();
    await pane.getByText(/^CPU: .* cores on average/).waitFor();
    const slider = pane.getByRole('slider', { name: 'Instant' });
    await slider.focus();
    await page.keyboard.press('PageDown');
    const before = await slider.getAttribute('aria-valuetext');
    expect(before).toMatch(/^\d{4}-\d{2}-\d{2} .*CPU, cores: average [\d.,<]+, maximum/);
    await page.keyboard.press('ArrowLeft');
    expect(await slider.getAttribute('aria-valuetext')).not.toBe(before);
    await page.keyboard.press('+');
    await eventually(() => paramOf(page, 'from')).not.toBe(PAST.from);
    await page.goBack();
    await pane.getByRole('link', { name: 'Open as a page' }).click();
    await page.getByRole('heading', { level: 1, name: items[1]?.pod ?? '' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/resources/one');
    await page.getByRole('link', { name: /^Workload / }).click();
    await eventually(() => new URL(page.url()).pathname).toMatch(/^\/workloads\//);
    await leave();
  });

  test('read in MB or MiB, and hide columns, also after the page is loaded anew', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    const memory = rowsOf(page).first().locator('[data-column=memory] .visually-hidden');
    expect(await memory.innerText()).toMatch(/ [MG]B/);
    await page.getByRole('radiogroup', { name: 'Unit of bytes' }).locator('label').filter({ hasText: 'MiB' }).click();
    await eventually(() => memory.innerText()).toMatch(/ [MG]iB/);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Throttled' }).uncheck();
    await page.keyboard.press('Escape');
    expect(await tableOf(page).getByRole('columnheader', { name: 'Throttled' }).count()).toBe(0);
    await page.reload();
    await eventually(() => memory.innerText()).toMatch(/ [MG]iB/);
    expect(await tableOf(page).getByRole('columnheader', { name: 'Throttled' }).count()).toBe(0);
    await leave();
  });

  test('go into a file, a line for each', async () => {
    const { items } = await usage({ by: 'workload' });
    const cluster = items[0]?.cluster ?? '';
    const { page, leave } = await visit(browser, addressOf({ by: 'workload', cluster }), DESKTOP);
    await rowsOf(page).first().waitFor();
    const href = (await page.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? '';
    const lines = (await (await fetch(new URL(href, inject('demoUrl')))).text()).trim().split('\n');
    expect(lines.length - 1).toBe((await usage({ by: 'workload', cluster, limit: '1' })).total);
    await leave();
  });

  test('are cards on a phone', async () => {
    const { page, leave } = await visit(browser, addressOf(), PHONE ?? DESKTOP);
    const [item] = (await usage({ limit: '1' })).items;
    await eventually(async () => (await namesOf(page))[0]).toBe(item && placeOf(item));
    expect(await page.getByRole('columnheader').count()).toBe(0);
    await rowsOf(page).first().click();
    await page.getByRole('heading', { name: item?.pod ?? '' }).waitFor();
    await leave();
  });

  test('say why there are none', async () => {
    const { page, leave } = await visit(browser, addressOf({ cluster: 'nowhere' }), DESKTOP);
    await page.getByText('Nothing was used in this range').waitFor();
    expect(await tableOf(page).count()).toBe(0);
    await leave();
  });
});
