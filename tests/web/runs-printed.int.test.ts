import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP, describeInBrowser, openBrowser, picture, visit } from './browser.ts';
import { A4, coloursOf, sheetsOf } from './paper.ts';
import { addressOf, ask, makeRunOf, type Run } from './runs-demo.ts';

const DARK = { ...DESKTOP, theme: 'dark' } as const;

interface Report {
  readonly exceptions: { readonly groups: readonly unknown[] };
  readonly outages: { readonly items: readonly { readonly id: string }[] };
  readonly rollouts: { readonly items: readonly unknown[] };
  readonly usage: { readonly items: readonly unknown[] };
  readonly sizing: { readonly items: readonly unknown[] } | null;
  readonly watched: { readonly clusters: readonly object[] };
  readonly complete: { readonly clusters: readonly object[] };
}

/** What must not be left of a page on paper. */
async function readOnPaper(page: Page) {
  await page.emulateMedia({ media: 'print' });
  return {
    navigations: await page.getByRole('navigation').count(),
    buttons: await page.getByRole('button').count(),
    colours: await coloursOf(page.locator('.run-report')),
  };
}
const NOTHING = { navigations: 0, buttons: 0, colours: [] };

describeInBrowser('the runs on paper', () => {
  let browser: Browser;
  let before: Run;
  let after: Run;
  beforeAll(async () => {
    browser = await openBrowser();
    before = await makeRunOf('printed-before', 180, 120);
    after = await makeRunOf('printed-after', 60, 5);
  });
  afterAll(() => browser?.close());

  const readReport = () => ask<Report>(`runs/${after.id}/report`);
  async function showReport(page: Page, report: Report): Promise<void> {
    await page.route(`**/api/v1/runs/${after.id}/report`, (route) => route.fulfill({ json: report }));
    await page.goto(addressOf(`/runs/${after.id}`));
    await page.locator('[data-check=outages]').waitFor();
    await page.locator('#known').getByRole('heading').waitFor();
  }

  test('a report is black on white, with its name and when it was made', async () => {
    const { page, leave } = await visit(browser, 'about:blank', DARK);
    await showReport(page, await readReport());
    expect(await readOnPaper(page)).toEqual(NOTHING);
    await page.getByText('Run printed-after', { exact: true }).filter({ visible: true }).waitFor();
    await page.getByText(/^Made \d{4}-\d\d-\d\d/).waitFor();
    await picture(page, 'run-printed', DARK);
    await leave();
  });

  test('a report of usual length fits one sheet', async () => {
    const { exceptions, outages, rollouts, usage, sizing, watched, complete, ...rest } = await readReport();
    const { page, leave } = await visit(browser, 'about:blank', DESKTOP);
    await showReport(page, {
      ...rest,
      // What was not watched or imported takes a line each.
      watched: { ...watched, clusters: watched.clusters.map((one) => ({ ...one, unwatched_s: 0, spans: [] })) },
      complete: { ...complete, clusters: complete.clusters.map((one) => ({ ...one, missing_hours: 0 })) },
      exceptions: { ...exceptions, groups: exceptions.groups.slice(0, 4) },
      outages: { ...outages, items: outages.items.slice(0, 4) },
      rollouts: { ...rollouts, items: rollouts.items.slice(0, 3) },
      usage: { ...usage, items: usage.items.slice(0, 6) },
      sizing: sizing && { ...sizing, items: sizing.items.slice(0, 6) },
    });
    expect(await sheetsOf(page)).toEqual([A4]);
    await leave();
  });

  test('a part that takes no whole sheet is not broken, and no row of a longer one is', async () => {
    const { outages, ...rest } = await readReport();
    const [outage] = outages.items;
    const many = Array.from({ length: 80 }, (_, at) => ({ ...outage, id: `outage-${at}` }));
    const { page, leave } = await visit(browser, 'about:blank', DESKTOP);
    await showReport(page, { ...rest, outages: { ...outages, items: many } });
    await page.getByRole('button', { name: 'Show all 80' }).click();
    await page.locator('#outages li').nth(79).waitFor();
    const sheets = await sheetsOf(page);
    expect(sheets.length).toBeGreaterThan(2);
    expect(sheets.filter(({ width, height }) => width !== A4.width || height !== A4.height)).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    const breaks = (selector: string) =>
      page
        .locator(selector)
        .evaluateAll((found) => [...new Set(found.map((one) => getComputedStyle(one).breakInside))]);
    expect(await breaks('#outages .panel')).toEqual(['auto']);
    expect(await breaks('#outages li, #usage tr')).toEqual(['avoid']);
    expect(await breaks('#usage .panel, #known .panel')).toEqual(['avoid']);
    await leave();
  });

  test('two runs side by side are black on white, on A4', async () => {
    const { page, leave } = await visit(browser, addressOf('/runs/compare', { a: before.id, b: after.id }), DARK);
    await page.locator('[data-count]').first().waitFor();
    expect(await readOnPaper(page)).toEqual(NOTHING);
    const sheets = await sheetsOf(page);
    expect(sheets.length).toBeGreaterThan(0);
    expect(sheets.filter(({ width, height }) => width !== A4.width || height !== A4.height)).toEqual([]);
    await picture(page, 'runs-compared-printed', DARK);
    await leave();
  });
});
