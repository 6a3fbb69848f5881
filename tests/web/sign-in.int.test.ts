import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../../api/app.ts';
import { parseTokens } from '../../api/auth.ts';
import { chdbStore } from '../../api/testing/chdb-store.ts';
import { fakeDeps } from '../../api/testing/fake-deps.ts';
import { listen } from '../../api/testing/listen.ts';
import { describeInBrowser, DESKTOP, expectAccessible, openBrowser, picture, visit } from './browser.ts';

const TOKEN = 'the-token-of-the-night-shift';
const tokens = parseTokens(
  JSON.stringify({ tokens: [{ name: 'night-shift', token: TOKEN, role: 'operator' }] }),
  'test',
);
const PAGES = new URL('../../web/dist', import.meta.url).pathname;
/** Each answer 401 leaves a line in the console. */
const REFUSED = /status of 401/;

describeInBrowser('signing in', () => {
  let browser: Browser;
  let url: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    browser = await openBrowser();
    const { store, remove } = await chdbStore();
    const app = await buildApp({ ...fakeDeps({ store, auth: { tokens }, version: '1.2.3' }), pagesDir: PAGES });
    const server = await listen(app);
    url = server.url;
    close = async () => {
      await server[Symbol.asyncDispose]();
      await app.close();
      await remove();
    };
  });
  afterAll(async () => {
    await browser.close();
    await close();
  });

  it('refuses a wrong token, takes the right one, keeps it over a reload, and signs out', async () => {
    const { page, context, problems } = await visit(browser, `${url}/clusters`, DESKTOP);
    const field = page.getByLabel('Token', { exact: true });
    await field.fill('a-token-that-there-is-not');
    await expectAccessible(page);
    await picture(page, 'sign-in', DESKTOP);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'No such token' }).waitFor();
    await field.fill(TOKEN);
    await page.keyboard.press('Enter');
    const heading = page.getByRole('heading', { level: 1, name: 'Clusters' });
    await heading.waitFor();
    await page.reload();
    await heading.waitFor();
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByText('night-shift').waitFor();
    await page.getByText('operator').waitFor();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await field.waitFor();
    await page.reload();
    await field.waitFor();
    await context.close();
    expect(problems.filter((problem) => !REFUSED.test(problem))).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
  });
});
