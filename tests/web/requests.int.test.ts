import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { describeInBrowser, openBrowser, SOON, visit } from './browser.ts';

const DAY_MS = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();
/** A stretch of the demo's history that no refresh moves. */
const PAST = { from: iso(Date.now() - 9 * DAY_MS), to: iso(Date.now() - 2 * DAY_MS), refresh: '0' };

/** Opens a page and waits until it has all it asked for; `asked` are the API's paths from then on. */
async function settled(browser: Browser, path: string, query: Record<string, string> = {}) {
  const address = `${inject('demoUrl')}${path}?${new URLSearchParams({ ...PAST, ...query })}`;
  const { page, leave } = await visit(browser, address);
  await page.locator(OPENS).first().waitFor();
  await page.waitForLoadState('networkidle');
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) asked.push(pathname);
  });
  return { page, asked, leave };
}

/** Links to exceptions; those to rollouts have a word before the id. */
const OPENS = 'main a[href*="open="]:not([href*="open=rollout"])';
const isOpen = (page: Page): boolean => new URL(page.url()).searchParams.has('open');

describeInBrowser('what the pages ask the API for', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser?.close());

  test.each([
    ['/', {}],
    ['/exceptions', {}],
    ['/exceptions', { view: 'groups' }],
  ])('a pane that opens and closes on %s %o asks for its exception alone', async (path, query) => {
    const { page, asked, leave } = await settled(browser, path, query);
    await page.locator(OPENS).first().click();
    await page.getByRole('region', { name: 'Log' }).first().waitFor();
    await page.waitForLoadState('networkidle');
    await page.goBack();
    await expect.poll(() => isOpen(page), SOON).toBe(false);
    await page.waitForLoadState('networkidle');
    // The exception itself, and the rollouts that it may have followed.
    const ofOne = asked.filter((one) => /^\/api\/v1\/(?:exceptions\/[0-9a-f]{32}|rollouts$)/.test(one));
    expect(ofOne.length).toBeGreaterThan(0);
    expect(asked.filter((one) => !ofOne.includes(one))).toEqual([]);
    await leave();
  });

  test.each([
    ['/', '/api/v1/overview'],
    ['/exceptions', '/api/v1/exceptions'],
    ['/exceptions', '/api/v1/exceptions/histogram'],
  ])('a refresh of %s asks for %s anew, also where the range stays', async (path, wanted) => {
    const { page, asked, leave } = await settled(browser, path);
    await page.keyboard.press('r');
    await expect.poll(() => asked, SOON).toContain(wanted);
    await leave();
  });
});
