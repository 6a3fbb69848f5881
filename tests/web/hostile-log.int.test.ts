import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../api/app.ts';
import { chdbStore } from '../../api/testing/chdb-store.ts';
import { fakeDeps } from '../../api/testing/fake-deps.ts';
import { listen } from '../../api/testing/listen.ts';
import { at, exceptionRow, journalRow, logRow, NOON } from '../../api/testing/rows.ts';
import { FakeClock } from '../../platform/clock.ts';
import { exceptionLogsTable, exceptionsTable } from '../../schemas/exceptions.ts';
import { journalTable } from '../../schemas/journal.ts';
import { describeInBrowser, expectAccessible, expectNoSidewaysScroll, openBrowser, SOON, visit } from './browser.ts';

/** What a container may print, and who writes a pod may name: all of it is text, none of it runs. */
const IMG = '<img src=x onerror="window.__hit=1">';
const SCRIPT = '<script>window.__hit=2</script>';
const BREAKOUT = '</pre></textarea></script><svg onload="window.__hit=3">';
const ESC = '\u001B';
const STAMP = '2026-11-22T11:59:00.000000000Z';

const LINES = [
  'first line',
  IMG,
  SCRIPT,
  BREAKOUT,
  `${ESC}[31mred words${ESC}[0m and plain`,
  `${ESC}]8;;javascript:window.__hit=4${ESC}\\a link${ESC}]8;;${ESC}\\ ends`,
  `cursor${ESC}[2J${ESC}[1;1H moves`,
  'nul\u0000 and c1\u0085 here',
  'turned \u202Egnirts\u202C around \u2066isolated\u2069 \u200Fmark',
  `{"level":"info","html":"${IMG.replaceAll('"', String.raw`\"`)}","id":12345678901234567890}`,
  `${'long '.repeat(200_000)}needle-at-the-end`,
  `panic: ${SCRIPT}`,
];
const MANY = 10_000;
const log = [...LINES, ...Array.from({ length: MANY - LINES.length }, (_, index) => `ordinary ${index}`)]
  .map((line) => `${STAMP} ${line}`)
  .join('\n');

const hostile = exceptionRow({
  id: 'hostile',
  namespace: IMG,
  pod: IMG,
  container: SCRIPT,
  workload: BREAKOUT,
  node: IMG,
  image: `${IMG}:\u202Etset`,
  services: [SCRIPT],
  reason: IMG,
  message: `${BREAKOUT}\n${SCRIPT}`,
  hint: `Out of memory: memory limit ${IMG} reached`,
  fingerprint: `"'${IMG}`,
});

const pod = {
  metadata: { labels: { [IMG]: SCRIPT } },
  spec: {
    containers: [
      { name: SCRIPT, image: IMG, command: [BREAKOUT], resources: { limits: { [IMG]: SCRIPT, memory: IMG } } },
    ],
    tolerations: [{ key: IMG, value: SCRIPT }],
    volumes: [{ name: IMG, [SCRIPT]: { path: BREAKOUT } }],
  },
};
const event = {
  involvedObject: { kind: 'Pod', namespace: IMG, name: IMG, uid: hostile.pod_uid },
  type: 'Warning',
  reason: SCRIPT,
  message: BREAKOUT,
  source: { component: IMG },
};

async function serve() {
  const { store, remove } = await chdbStore();
  const rows = [hostile, exceptionRow({ ...hostile, id: 'sibling', observed_at: at(-60) })];
  await store.insert(exceptionsTable, rows, { token: 'rows' });
  await store.insert(
    exceptionLogsTable,
    [
      logRow({
        exception_id: 'hostile',
        namespace: IMG,
        pod: IMG,
        container: SCRIPT,
        text: log,
        redactions: 3,
        truncated: 1,
      }),
    ],
    { token: 'log' },
  );
  await store.insert(
    journalTable,
    [
      journalRow({ namespace: IMG, name: IMG, uid: hostile.pod_uid, object: pod }),
      journalRow({ kind: 'event', namespace: IMG, name: 'e', uid: 'event-1', observed_at: at(-5), object: event }),
    ],
    { token: 'journal' },
  );
  const pagesDir = new URL('../../web/dist', import.meta.url).pathname;
  const app = await buildApp({ ...fakeDeps({ store, clock: new FakeClock(NOON) }), pagesDir });
  const server = await listen(app);
  return {
    url: server.url,
    async close() {
      await server[Symbol.asyncDispose]();
      await app.close();
      await remove();
    },
  };
}

describeInBrowser('what a container prints', () => {
  let api: Awaited<ReturnType<typeof serve>>;
  let browser: Browser;
  beforeAll(async () => {
    api = await serve();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const logOf = (page: Page) => page.getByRole('region', { name: /^Log of/ }).last();
  const hit = (page: Page) => page.evaluate(() => (globalThis as { __hit?: unknown }).__hit);

  async function search(page: Page, words: string): Promise<void> {
    await page.getByRole('searchbox', { name: 'Search this log' }).fill(words);
  }

  test('shows as text and runs nothing', async () => {
    const { page, leave } = await visit(browser, `${api.url}/exceptions/hostile`);
    await logOf(page).waitFor();
    for (const line of [IMG, SCRIPT, BREAKOUT, 'red words and plain', 'a link ends', 'cursor moves']) {
      await search(page, line);
      await expect
        .poll(() => logOf(page).getByText(line, { exact: false }).count(), { timeout: 10_000 })
        .toBeGreaterThan(0);
    }
    await search(page, 'nul');
    await logOf(page).getByText('⟨U+0000⟩').waitFor();
    await logOf(page).getByText('⟨U+0085⟩').waitFor();
    await logOf(page).getByText('⟨U+202E⟩').waitFor();
    await logOf(page).getByText('⟨U+2066⟩').waitFor();
    const red = logOf(page).getByText('red words', { exact: true });
    expect(await red.evaluate((node) => getComputedStyle(node).color)).not.toBe(
      await logOf(page).evaluate((node) => getComputedStyle(node).color),
    );
    for (const text of ['was killed (SIGKILL, 137)', BREAKOUT, SCRIPT])
      await expect.poll(() => page.getByText(text).count(), SOON).toBeGreaterThan(0);
    await expect.poll(() => page.getByRole('region', { name: 'Events around it' }).innerText(), SOON).toContain(SCRIPT);
    await expect
      .poll(() => page.getByRole('region', { name: 'The pod at that moment' }).innerText(), SOON)
      .toContain(BREAKOUT);
    // All markup of the page is its own: none of the text became an element.
    expect(await page.locator('main img, main script, main [onerror], main [onload]').count()).toBe(0);
    expect(await page.locator('main a[href^="javascript"]').count()).toBe(0);
    expect(await hit(page)).toBeUndefined();
    await page.getByText('3 secrets masked', { exact: false }).waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await leave();
  });

  test('a line of a megabyte and ten thousand lines keep the page answering', async () => {
    const { page, leave } = await visit(browser, `${api.url}/exceptions/hostile`);
    await logOf(page).waitFor();
    await expect.poll(() => page.getByText('10,000 lines').count(), SOON).toBe(1);
    await expect.poll(() => logOf(page).locator('[data-index]').count(), SOON).toBeLessThan(200);
    const started = Date.now();
    await search(page, 'ordinary 9987');
    await logOf(page).getByText('ordinary 9987', { exact: true }).waitFor();
    await search(page, 'needle-at-the-end');
    await page.getByText('1 of 1', { exact: true }).waitFor();
    await logOf(page).getByText('needle-at-the-end').waitFor();
    expect(Date.now() - started).toBeLessThan(10_000);
    const more = logOf(page).getByRole('button', { name: /characters? before$/ });
    const long = logOf(page).locator('[data-index="10"]');
    const before = ((await long.textContent()) ?? '').length;
    expect(before).toBeLessThan(6_000);
    await more.click();
    await expect.poll(async () => ((await long.textContent()) ?? '').length).toBeGreaterThan(before + 10_000);
    await search(page, 'o');
    await page.getByText('of more than 5,000', { exact: false }).waitFor();
    await leave();
  });

  test('JSON is laid out as it was written', async () => {
    const { page, leave } = await visit(browser, `${api.url}/exceptions/hostile?line=10`);
    await logOf(page).locator('[data-index="9"]').hover();
    await logOf(page).locator('[data-index="9"]').getByRole('button', { name: 'Lay out this JSON' }).click();
    await logOf(page).getByText('"id": 12345678901234567890').waitFor();
    expect(await hit(page)).toBeUndefined();
    await leave();
  });

  test('halves of surrogate pairs are signs', async () => {
    const { page, context, leave } = await visit(browser, `${api.url}/healthz`);
    // The store keeps UTF-8 and so no half of a pair; another server might send one.
    await context.route('**/api/v1/exceptions/hostile', async (route) => {
      const answer = (await (await route.fetch()).json()) as Record<string, unknown>;
      const body = JSON.stringify({ ...answer, log: `${STAMP} half \uD83D of \uDC4D`, hint: 'half \uDC4D' });
      await route.fulfill({ contentType: 'application/json', body });
    });
    await page.goto(`${api.url}/exceptions/hostile`);
    await logOf(page).getByText('⟨U+D83D⟩').waitFor();
    await logOf(page).getByText('⟨U+DC4D⟩').waitFor();
    await expect.poll(() => page.getByText('half ⟨U+DC4D⟩', { exact: true }).count(), SOON).toBe(1);
    await leave();
  });
});
