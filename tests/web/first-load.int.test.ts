import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { describeInBrowser, DESKTOP, LOOKS, openBrowser, visit } from './browser.ts';

/** Compressed bytes of code, styles and texts until the overview stands. docs/pages.md states the figure. */
const BUDGET_BYTES = 175_000;

describeInBrowser('the first load', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser.close());

  const chinese = LOOKS.find(({ language }) => language === 'zh') ?? DESKTOP;
  it.each([
    ['English', DESKTOP],
    ['Chinese', chinese],
  ])('in %s stays within its budget, and every file is compressed and kept', async (name, look) => {
    const { page, context, leave } = await visit(browser, 'about:blank', look);
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    const files = new Map<string, { path: string; encoding: string; cache: string; bytes: number }>();
    session.on('Network.responseReceived', ({ requestId, response }) => {
      const { pathname } = new URL(response.url);
      if (pathname.startsWith('/api/')) return;
      const header = (wanted: string) =>
        Object.entries(response.headers).find(([key]) => key.toLowerCase() === wanted)?.[1] ?? '';
      const [encoding, cache] = [header('content-encoding'), header('cache-control')];
      files.set(requestId, { path: pathname, encoding, cache, bytes: 0 });
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const file = files.get(requestId);
      if (file) file.bytes = encodedDataLength;
    });
    await page.goto(inject('demoUrl'));
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    const loaded = [...files.values()];
    const total = loaded.reduce((sum, { bytes }) => sum + bytes, 0);
    process.stdout.write(`first load in ${name}: ${total} bytes in ${loaded.length} files\n`);
    expect(total).toBeGreaterThan(20_000);
    expect(total).toBeLessThan(BUDGET_BYTES);
    const assets = loaded.filter(({ path }) => path.startsWith('/assets/'));
    expect(assets.filter(({ cache }) => !cache.includes('immutable'))).toEqual([]);
    expect(assets.filter(({ bytes, encoding }) => bytes > 2000 && encoding !== 'br')).toEqual([]);
    await leave();
  });
});
