import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { describeInBrowser, expectAccessible, openBrowser, SOON, visit } from './browser.ts';

const DAY_MS = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();
/** A stretch of the demo's history in which hardly anything changes any more. */
const PAST = { from: iso(Date.now() - 9 * DAY_MS), to: iso(Date.now() - 2 * DAY_MS), refresh: '0' };

const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const marksOf = (page: Page) => page.getByRole('list', { name: 'Rollouts under the chart' }).getByRole('link');

interface Marks {
  readonly items: {
    readonly started_at: string;
    readonly cluster: string;
    readonly workload: string;
    readonly outcome: string;
  }[];
  readonly total: number;
}

/** How many rollouts the flags stand for: one each, or the number that a flag of several names. */
const countIn = (names: readonly (string | null)[]): number =>
  names.reduce((sum, name) => sum + Number(/^([\d,]+) rollouts, /.exec(name ?? '')?.[1]?.replaceAll(',', '') ?? 1), 0);

describeInBrowser('the marks of rollouts on the charts', () => {
  const url = inject('demoUrl');
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser?.close());
  const at = (path: string, query: Record<string, string> = {}) =>
    `${url}${path}?${new URLSearchParams({ ...PAST, ...query })}`;

  /** A mark whose workload has no other in the range. */
  async function onlyOne(): Promise<Marks['items'][number]> {
    const answer = await fetch(`${url}/api/v1/rollouts/marks?${new URLSearchParams({ from: PAST.from, to: PAST.to })}`);
    const items = ((await answer.json()) as Marks).items.filter(({ started_at: start }) => start >= PAST.from);
    const own = ({ cluster, workload }: Marks['items'][number]): string => `${cluster}/${workload}`;
    const found = items.find((mark) => items.filter((other) => own(other) === own(mark)).length === 1);
    if (!found) throw new Error('each workload of the demo was rolled out twice');
    return found;
  }

  test.each([
    ['/', {}],
    ['/exceptions', {}],
    ['/exceptions', { cluster: 'staging', namespace: 'shop' }],
  ])('on %s %j they are all that began in the range, under the same filters', async (path, query) => {
    const answer = await fetch(
      `${url}/api/v1/rollouts/marks?${new URLSearchParams({ from: PAST.from, to: PAST.to, ...query })}`,
    );
    const { items } = (await answer.json()) as Marks;
    const began = items.filter(({ started_at: start }) => start >= PAST.from);
    expect(began.length).toBeGreaterThan(3);
    const { page, leave } = await visit(browser, at(path, query));
    await marksOf(page).first().waitFor();
    const names = () => marksOf(page).evaluateAll((links) => links.map((link) => link.getAttribute('aria-label')));
    await expect.poll(async () => countIn(await names()), SOON).toBe(began.length);
    const failed = began.filter(({ outcome }) => outcome === 'failed').length;
    const named = (await names()).map((name) =>
      Number(/, ([\d,]+) failed, /.exec(name ?? '')?.[1] ?? (/: \w+, failed/.test(name ?? '') ? 1 : 0)),
    );
    expect(named.reduce((sum, count) => sum + count, 0)).toBe(failed);
    await expectAccessible(page);
    await leave();
  });

  test('several lead to just those, by keyboard; one opens beside the chart', async () => {
    const { page, leave } = await visit(browser, at('/'));
    const several = page.getByRole('link', { name: /^\d+ rollouts, \d+ failed, / });
    await several.first().waitFor();
    await marksOf(page).first().focus();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    const first = await focused();
    await page.keyboard.press('ArrowRight');
    await expect.poll(focused, SOON).not.toBe(first);
    while (!/^\d+ rollouts, /.test(await focused())) await page.keyboard.press('ArrowRight');
    const count = Number.parseInt(await focused(), 10);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Rollouts' }).waitFor();
    const grid = page.getByRole('grid', { name: 'Rollouts' });
    // Those that had begun before and still went on are in the list too.
    await expect
      .poll(async () => Number(await grid.getAttribute('aria-rowcount')) - 1, SOON)
      .toBeGreaterThanOrEqual(count);
    expect(Date.parse(paramOf(page, 'to') ?? '') - Date.parse(paramOf(page, 'from') ?? '')).toBeLessThan(DAY_MS);

    const alone = await onlyOne();
    await page.goto(at('/exceptions', { workload: alone.workload, cluster: alone.cluster }));
    const one = page.getByRole('link', { name: new RegExp(`^${alone.workload}@`) });
    await one.hover();
    await one.click();
    await expect.poll(() => paramOf(page, 'open'), SOON).toMatch(/^rollout:[0-9a-f]{32}$/);
    await page
      .getByRole('region', { name: 'Rollout beside the page' })
      .getByRole('heading', { level: 2 })
      .first()
      .waitFor();
    await leave();
  });
});
