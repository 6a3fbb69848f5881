import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DESKTOP, describeInBrowser, visit } from './browser.ts';
import {
  addressOf,
  eventually,
  keyOf,
  namesOf,
  openOnImported,
  OPENED_WITHIN_MS,
  paramOf,
  PAST,
  placeOf,
  sizing,
  tableOf,
} from './sizing-demo.ts';

describeInBrowser('the sizing of one workload', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openOnImported()), OPENED_WITHIN_MS);
  afterAll(() => browser?.close());

  test('is walked and opened by keyboard; the pane follows, and becomes a page', async () => {
    const { page, leave } = await visit(browser, addressOf({ verdict: 'over-provisioned' }), DESKTOP);
    const { items } = await sizing({ verdict: 'over-provisioned', limit: '3' });
    await eventually(async () => (await namesOf(page)).slice(0, 2)).toEqual(items.slice(0, 2).map(placeOf));
    await tableOf(page).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const pane = page.locator('#pane');
    await pane.getByRole('heading', { level: 2, name: items[0]?.name ?? '' }).waitFor();
    expect(paramOf(page, 'open')).toBe(`sizing:${items[0] ? keyOf(items[0]) : ''}`);
    await tableOf(page).focus();
    await page.keyboard.press('j');
    await pane.getByRole('heading', { level: 2, name: items[1]?.name ?? '' }).waitFor();
    await pane.getByText(/^Request: P95 of its pods, .* plus 15 %, rounded up/).waitFor();
    await pane
      .getByText(/a pod × .* pods = .* to (give back|add)/)
      .first()
      .waitFor();
    await pane.getByRole('link', { name: 'Open as a page' }).click();
    await page.getByRole('heading', { level: 1, name: items[1]?.name ?? '' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/sizing/one');
    await page.getByRole('slider').waitFor();
    await page.goBack();
    await tableOf(page).waitFor();
    await page.keyboard.press('Escape');
    await eventually(() => paramOf(page, 'open')).toBeNull();
    await leave();
  });

  test('gives the patch to copy, as the API has it', async () => {
    const patched = (await sizing()).items.find(({ patch }) => patch !== null);
    const { page, leave } = await visit(
      browser,
      addressOf({ open: `sizing:${patched ? keyOf(patched) : ''}` }),
      DESKTOP,
    );
    const shown = await page.getByRole('region', { name: 'The patch as YAML' }).textContent();
    expect(shown).toBe(patched?.patch);
    await page.getByRole('button', { name: 'Copy the patch' }).click();
    await eventually(() => page.evaluate(() => navigator.clipboard.readText())).toBe(patched?.patch);
    await leave();
  });

  test('leads from OOM kills to just these exceptions', async () => {
    const killed = (await sizing()).items.find(({ oom }) => oom.kills > 0);
    const { page, leave } = await visit(
      browser,
      addressOf({ of: killed ? keyOf(killed) : '' }, '/sizing/one'),
      DESKTOP,
    );
    await page.getByRole('link', { name: /OOM kills?,/ }).click();
    await eventually(() => new URL(page.url()).pathname).toBe('/exceptions');
    expect([paramOf(page, 'reason'), paramOf(page, 'workload'), paramOf(page, 'from')]).toEqual([
      'OOMKilled',
      killed?.name,
      PAST.from,
    ]);
    await leave();
  });

  test('says why there is none', async () => {
    const { page, problems, leave } = await visit(browser, addressOf({ cluster: 'nowhere' }), DESKTOP);
    await page.getByText('No workload to be sized').waitFor();
    expect(await tableOf(page).count()).toBe(0);
    await page.goto(addressOf({ of: 'nowhere/a/Deployment/b' }, '/sizing/one'));
    await page.getByText('Nothing is known of this workload in the range').waitFor();
    expect(problems.splice(0)).toEqual([expect.stringContaining('404')]);
    await leave();
  });
});
