import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
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

interface Detail {
  id: string;
  log: string;
  hint: string;
  workload: string;
  container: string;
  fingerprint: string;
  log_meta: { lines: number };
  events: { reason: string }[];
  siblings: { container: { id: string }[]; fingerprint: { id: string }[] };
}

/** A line's time as the viewer writes it. */
const STAMP = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}$/;

/** What comes once the API has answered. */
const eventually = <T>(get: () => Promise<T> | T) => expect.poll(get, { timeout: 20_000 });

describeInBrowser('one exception', () => {
  const url = inject('demoUrl');
  let browser: Browser;
  let detail: Detail;

  const ask = async <T>(path: string): Promise<T> => (await fetch(url + path)).json() as Promise<T>;

  beforeAll(async () => {
    browser = await openBrowser();
    detail = await findTelling();
  });
  afterAll(() => browser?.close());

  /** A death by memory with a log of some length, events, and others beside it. */
  async function findTelling(): Promise<Detail> {
    const query = 'type=death&reason=OOMKilled&log_status=caught&limit=100';
    const { items } = await ask<{ items: { id: string }[] }>(`/api/v1/exceptions?${query}`);
    for (const { id } of items) {
      const found = await ask<Detail>(`/api/v1/exceptions/${id}`);
      const { container, fingerprint } = found.siblings;
      if (found.log_meta.lines > 20 && found.events.length > 0 && container.length > 0 && fingerprint.length > 0) {
        return found;
      }
    }
    throw new Error(`none of ${items.length} deaths has a log, events and siblings`);
  }

  const path = (): string => `${url}/exceptions/${detail.id}`;
  const logOf = (page: Page) => page.getByRole('region', { name: /^Log of/ }).last();
  const line = (page: Page, number: number) => logOf(page).locator(`[data-index="${number - 1}"]`);
  const bodyOf = (number: number): string => (detail.log.split('\n')[number - 1] ?? '').replace(/^\S+ /, '');
  /** A word of a line that needs no care in a search, and how often it stands in the log. */
  const searched = (): { word: string; count: number } => {
    const word = /[a-z]{4,}/i.exec(bodyOf(3))?.[0] ?? '';
    const bodies = detail.log.split('\n').map((text) => text.replace(/^\S+ /, ''));
    const count = bodies.reduce((sum, body) => sum + body.toLowerCase().split(word.toLowerCase()).length - 1, 0);
    return { word, count };
  };

  test('says in one sentence what happened, then shows its log, events, spec and SQL', async () => {
    const { page, leave } = await visit(browser, path());
    const heading = page.getByRole('heading', { level: 1 });
    await eventually(() => heading.textContent()).toMatch(/was OOM-killed \(137\).*; limit \d+ [MG]iB/);
    await page.getByText(detail.hint, { exact: true }).first().waitFor();
    await expect
      .poll(() => line(page, detail.log_meta.lines).textContent(), SOON)
      .toContain(bodyOf(detail.log_meta.lines).slice(0, 60));
    const events = page.getByRole('region', { name: 'Events around it' });
    for (const { reason } of detail.events)
      await expect.poll(() => events.getByText(reason, { exact: true }).count(), SOON).toBeGreaterThan(0);
    await events.getByText('OOMKilled', { exact: true }).waitFor();
    const spec = page.getByRole('region', { name: 'The pod at that moment' });
    const memory = spec
      .getByRole('region', { name: `Container ${detail.container}` })
      .getByRole('row', { name: /Memory/ });
    expect(await memory.getByRole('cell').allTextContents()).toEqual([
      expect.stringMatching(/^(none|\d+ [MG]iB)$/),
      expect.stringMatching(/^\d+ [MG]iB$/),
    ]);
    await page.getByText(`WHERE e.id = '${detail.id}'`).waitFor();
    await leave();
  });

  test('searches the log by keyboard', async () => {
    const { page, leave } = await visit(browser, path());
    const { word, count } = searched();
    await logOf(page).focus();
    await page.keyboard.press('Control+f');
    await page.keyboard.type(word);
    const place = (n: number) => page.getByText(`${n} of ${count}`, { exact: true });
    await place(1)
      .or(page.getByText(new RegExp(`^\\d+ of ${count}$`)))
      .first()
      .waitFor();
    const before = await page.getByText(new RegExp(`^\\d+ of ${count}$`)).textContent();
    await page.keyboard.press('Enter');
    const after = ((Number(before?.split(' ')[0]) % count) + 1).toString();
    await page.getByText(`${after} of ${count}`, { exact: true }).waitFor();
    await page.keyboard.press('Shift+Enter');
    await page.getByText(before ?? '', { exact: true }).waitFor();
    await page.getByRole('searchbox', { name: 'Search this log' }).fill('no such words');
    await page.getByText('not found', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('searchbox', { name: 'Search this log' }).inputValue()).toBe('');
    await leave();
  });

  test('wraps, numbers and stamps lines as one likes, and remembers it', async () => {
    const { page, leave } = await visit(browser, path());
    await logOf(page).waitFor();
    const numbers = page.getByRole('button', { name: 'Numbers' });
    const last = line(page, detail.log_meta.lines);
    await last.getByText(/^(0\.0|[-+]\d+\.\d) s$/).waitFor();
    await expect.poll(() => logOf(page).getByRole('link').count(), SOON).toBeGreaterThan(0);
    await numbers.click();
    await eventually(() => logOf(page).getByRole('link').count()).toBe(0);
    await page.getByRole('button', { name: 'Wrap' }).click();
    await page.getByRole('combobox', { name: 'Times' }).selectOption('absolute');
    await last.getByText(STAMP).waitFor();
    await page.reload();
    await last.getByText(STAMP).waitFor();
    await expect.poll(() => numbers.getAttribute('aria-pressed'), SOON).toBe('false');
    await expect
      .poll(() => page.getByRole('button', { name: 'Wrap' }).getAttribute('aria-pressed'), SOON)
      .toBe('false');
    await page.getByRole('combobox', { name: 'Times' }).selectOption('hidden');
    await eventually(() => last.getByText(STAMP).count()).toBe(0);
    await leave();
  });

  test('a link to lines shows the same lines to somebody else', async () => {
    const mine = await visit(browser, path());
    const field = mine.page.getByRole('textbox', { name: /Go to a line/ });
    await field.fill('3');
    await field.press('Enter');
    await line(mine.page, 3).waitFor();
    await line(mine.page, 5)
      .getByRole('link')
      .click({ modifiers: ['Shift'] });
    await mine.page.getByText('Lines 3-5', { exact: true }).waitFor();
    expect(new URL(mine.page.url()).searchParams.get('line')).toBe('3-5');
    await mine.page.getByRole('button', { name: 'Copy these lines' }).click();
    const copied = () => mine.page.evaluate(() => navigator.clipboard.readText());
    await eventually(copied).toBe(detail.log.split('\n').slice(2, 5).join('\n'));
    await mine.page.getByRole('button', { name: 'Copy a link to these lines' }).click();
    await eventually(copied).toContain('line=3-5');
    const link = await copied();
    await mine.leave();

    const theirs = await visit(browser, link);
    await theirs.page.getByText('Lines 3-5', { exact: true }).waitFor();
    await eventually(() => line(theirs.page, 3).isVisible()).toBe(true);
    await expect.poll(() => line(theirs.page, 3).textContent(), SOON).toContain(bodyOf(3).slice(0, 60));
    await theirs.leave();
  });

  test("the download is the API's text", async () => {
    const { page, leave } = await visit(browser, path());
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download' }).click();
    const stream = await (await coming).createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString('utf8').trimEnd()).toBe(detail.log.trimEnd());
    await leave();
  });

  test('leads to others of the same container and group, and Back returns', async () => {
    const { page, leave } = await visit(browser, path());
    const heading = page.getByRole('heading', { level: 1 });
    const group = page.getByRole('region', { name: 'Same group' });
    const first = page.getByRole('region', { name: 'Same container' }).getByRole('listitem').first().getByRole('link');
    const leadsTo = new URL((await first.getAttribute('href')) ?? '', url).pathname;
    expect(leadsTo).not.toContain(detail.id);
    await first.click();
    await page.waitForURL((now) => now.pathname === leadsTo);
    await page.goBack();
    await page.waitForURL((now) => now.pathname.endsWith(detail.id));
    await eventually(() => heading.textContent()).toMatch(/OOM-killed/);
    await group.getByRole('link', { name: 'All of the group' }).click();
    await page.waitForURL(
      (now) => now.pathname === '/exceptions' && now.searchParams.get('fingerprint') === detail.fingerprint,
    );
    await leave();
  });

  test('the same in a pane beside a page: made a page, closed by Esc, opened again by Back', async () => {
    const { page, leave } = await visit(browser, `${url}/exceptions?open=${detail.id}`);
    const pane = page.getByRole('region', { name: 'Exception beside the page' });
    await eventually(() => pane.getByRole('heading', { level: 2 }).first().textContent()).toMatch(/OOM-killed/);
    await page.getByRole('main').focus();
    await page.keyboard.press('Escape');
    await eventually(() => pane.count()).toBe(0);
    expect(new URL(page.url()).searchParams.get('open')).toBeNull();
    await page.goBack();
    await pane.getByRole('link', { name: 'Open as a page' }).click();
    await page.waitForURL((now) => now.pathname === `/exceptions/${detail.id}` && !now.searchParams.has('open'));
    await eventually(() => page.getByRole('heading', { level: 1 }).textContent()).toMatch(/OOM-killed/);
    await leave();
  });

  test('selected lines of a pane are not those of the next one', async () => {
    const { page, leave } = await visit(browser, `${url}/exceptions?open=${detail.id}`);
    const field = page.getByRole('textbox', { name: /Go to a line/ });
    await field.fill('2');
    await field.press('Enter');
    await page.getByText('Line 2', { exact: true }).waitFor();
    const other = page.url().replace(`open=${detail.id}`, `open=${detail.siblings.fingerprint[0]?.id}`);
    await page.goto(other);
    await logOf(page).waitFor();
    expect(await page.getByRole('textbox', { name: /Go to a line/ }).inputValue()).toBe('');
    await leave();
  });

  test('says why there is no log', async () => {
    const { items } = await ask<{ items: { id: string }[] }>('/api/v1/exceptions?type=stuck&limit=1');
    const { page, leave } = await visit(browser, `${url}/exceptions/${items[0]?.id}`);
    await page.getByText('There can be no log', { exact: false }).waitFor();
    await page.getByRole('link', { name: 'See the deaths of this workload' }).click();
    await eventually(() => new URL(page.url()).searchParams.get('type')).toBe('death');
    expect(new URL(page.url()).pathname).toBe('/exceptions');
    await leave();
  });

  test('an unknown address says so', async () => {
    const { page, context } = await visit(browser, `${url}/exceptions/nothing-here`);
    await page.getByRole('alert').waitFor();
    await expect.poll(() => page.getByRole('alert').textContent(), SOON).toMatch(/nothing at this address/);
    await context.close();
  });

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))(
    'looks right and is accessible: %s',
    async (_name, look) => {
      const { page, leave } = await visit(browser, path(), look);
      await page.locator('[data-index]').first().waitFor();
      await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent(), SOON).toContain(detail.workload);
      await picture(page, 'exception', look);
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
      await page.goto(`${url}/exceptions?open=${detail.id}`);
      await page.locator('#pane [data-index]').first().waitFor();
      await picture(page, 'exception-pane', look);
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
      await leave();
    },
  );
});
