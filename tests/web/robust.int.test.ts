import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { describeInBrowser, expectAccessible, openBrowser, SOON, visit } from './browser.ts';

const FIND = {
  kind: 'workload',
  name: 'web',
  cluster: 'east',
  namespace: 'a',
  workload_kind: 'Deployment',
  fingerprint: null,
  reason: 'Error',
  count: 3,
  last_seen: '2026-11-22T14:58:00.123Z',
};

describeInBrowser('what nobody expects', () => {
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    browser = await openBrowser();
    url = inject('demoUrl');
  });
  afterAll(() => browser.close());

  const open = (path: string) => visit(browser, `${url}${path}`);
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
  const answer = (page: Page, path: string, body: unknown) =>
    page.route(`**/api/v1/${path}`, (route) => route.fulfill({ json: body }));

  it('two workloads of one name and of different kinds are two lines of the palette', async () => {
    const { page, leave } = await open('/clusters');
    await heading(page, 'Clusters').waitFor();
    await answer(page, 'search?*', { items: [FIND, { ...FIND, workload_kind: 'StatefulSet' }] });
    await answer(page, 'workloads/**', { items: [], services: [], at: null, before: null, deleted_at: null });
    await page.keyboard.press('/');
    await page.getByRole('combobox').fill('web');
    const lines = page.getByRole('listbox').getByRole('option', { name: /^web / });
    await lines.filter({ hasText: 'StatefulSet' }).waitFor();
    await expect.poll(() => lines.count(), SOON).toBe(2);
    await lines.filter({ hasText: 'StatefulSet' }).click();
    await page.waitForURL(/\/workloads\/east\/a\/StatefulSet\/web/);
    await leave();
  });

  it('the palette opens over what another program left in its place', async () => {
    const { page, leave } = await open('/clusters');
    await heading(page, 'Clusters').waitFor();
    const left = [{ kind: 'pod', name: {}, last_seen: 7 }, FIND, FIND];
    await page.evaluate((text) => localStorage.setItem('tidemark.recent-finds', text), JSON.stringify(left));
    await page.keyboard.press('/');
    const lines = page.getByRole('listbox').getByRole('option', { name: /^web / });
    await lines.first().waitFor();
    await expect.poll(() => lines.count(), SOON).toBe(1);
    await leave();
  });

  it('a value that is in the address twice is one filter', async () => {
    const { page, leave } = await open(
      '/exceptions?reason=Error,Error&verdict=reported,suppressed,reported&cluster=a,a',
    );
    await heading(page, 'Exceptions').waitFor();
    const chips = page.getByRole('list', { name: 'Filters' }).getByRole('listitem').filter({ hasText: ' is ' });
    await chips.filter({ hasText: 'Error' }).waitFor();
    await expect.poll(() => chips.count(), SOON).toBe(3);
    await leave();
  });

  it('a path that begins with two slashes stays on this host', async () => {
    const { page, leave } = await open('//evil.test');
    await page.getByText('/evil.test', { exact: false }).first().waitFor();
    expect(new URL(page.url()).host).toBe(new URL(url).host);
    await leave();
  });

  it('a part that cannot be drawn says so, leaves the rest, and can be tried again', async () => {
    const { page, context, problems } = await open('/exceptions');
    await heading(page, 'Exceptions').waitFor();
    await answer(page, 'clusters*', { items: [null] });
    await page.getByRole('navigation').getByRole('link', { name: 'Clusters' }).click();
    const alert = page.getByRole('alert').filter({ hasText: 'This part of the page broke' });
    await alert.waitFor();
    await expectAccessible(page);
    await page.unroute('**/api/v1/clusters*');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await heading(page, 'Clusters').waitFor();
    expect(await alert.count()).toBe(0);
    expect(problems.join('\n')).toContain('TypeError');
    await context.close();
  });

  it('leaving a page that broke shows the next one', async () => {
    const { page, context } = await open('/exceptions');
    await heading(page, 'Exceptions').waitFor();
    await answer(page, 'clusters*', { items: [null] });
    await page.getByRole('navigation').getByRole('link', { name: 'Clusters' }).click();
    await page.getByRole('alert').filter({ hasText: 'This part of the page broke' }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Exceptions' }).click();
    await heading(page, 'Exceptions').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await context.close();
  });

  it('says that it loads while nobody answers who is signed in', async () => {
    const { page, context } = await visit(browser, 'about:blank');
    await page.route('**/api/v1/session', () => undefined);
    await page.goto(url);
    const loading = page.getByRole('status').filter({ hasText: 'Loading…' });
    await loading.waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    await context.close();
  });

  it("says that it is a proxy's page where it is no answer of the API", async () => {
    const { page, context } = await visit(browser, 'about:blank');
    await page.route('**/api/v1/clusters*', (route) => route.fulfill({ contentType: 'text/html', body: '<p>Sign in' }));
    await page.goto(`${url}/clusters`);
    const alert = page.getByRole('alert').filter({ hasText: 'What answered is not Tidemark' });
    await alert.waitFor();
    expect(await alert.textContent()).not.toContain('No answer came');
    await context.close();
  });
});
