import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  DESKTOP,
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

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const SPAN = { from: Date.now() - 20 * DAY_MS, to: Date.now() - 2 * DAY_MS };
/** A stretch of the demo's history in which nothing changes any more. */
const PAST = { from: iso(SPAN.from), to: iso(SPAN.to), refresh: '0', tz: 'UTC' };
const CHECKOUT = '/services/prod-eu/shop/checkout';
/** It has no story of its own: what is announced here disturbs no other test. */
const QUIET = { cluster: 'prod-us', namespace: 'platform', service: 'accounts' };

interface Outage {
  readonly id: string;
  readonly exceptions: readonly string[];
}

const addressOf = (path: string, query: Record<string, string> = {}): string =>
  `${inject('demoUrl')}${path}?${new URLSearchParams({ ...PAST, ...query })}`;

async function ask<T>(path: string, query: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(`${inject('demoUrl')}/api/v1/${path}?${new URLSearchParams(query)}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}
const windows = async () =>
  (await ask<{ items: { id: string; reason: string; from: string }[] }>('maintenance', QUIET)).items;
const outages = async (query: Record<string, string>) =>
  (await ask<{ items: Outage[] }>('outages', { from: PAST.from, to: PAST.to, ...query })).items;

const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const timelineOf = (page: Page) => page.getByRole('region', { name: /^Timeline of / });
const cursorOf = (page: Page) => timelineOf(page).getByRole('slider', { name: 'Instant' });
const boundsOf = (page: Page): [number, number] => [
  Date.parse(paramOf(page, 'from') ?? ''),
  Date.parse(paramOf(page, 'to') ?? ''),
];
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

describeInBrowser('a service', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser?.close());

  const open = async (path = CHECKOUT, query: Record<string, string> = {}) => {
    const found = await visit(browser, addressOf(path, query), DESKTOP);
    await cursorOf(found.page).waitFor();
    await found.page.waitForLoadState('networkidle');
    return found;
  };

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))('looks right: %s', async (_, look) => {
    const at = iso(SPAN.to - 3 * DAY_MS);
    const { page, leave } = await visit(browser, addressOf(CHECKOUT, { at }), look);
    await page.locator('[id^=interval-]').nth(2).waitFor();
    await page.locator('section > h3').first().waitFor();
    await page.waitForLoadState('networkidle');
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText(), SOON).toContain('shop/checkout');
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'service', look);
    await leave();
  });

  test('says first how it is and was, then the figures, and what else has its name', async () => {
    const { page, leave } = await open();
    const detail = await ask<{ outages: number; elsewhere: { cluster: string }[]; downtime: { by_cause: object[] } }>(
      'services/prod-eu/shop/checkout',
      { from: PAST.from, to: PAST.to },
    );
    const head = await page.getByRole('heading', { level: 1 }).innerText();
    expect(head).toMatch(/^shop\/checkout (is up|has been (down|degraded) for)/);
    expect(head).toMatch(/\d %( –|;| over)/);
    expect(await page.title()).toMatch(/^checkout · Service/);
    const figures = await page.locator('dl').first().innerText();
    expect(figures).toContain(`Outages\n${detail.outages}`);
    expect(detail.downtime.by_cause.length).toBeGreaterThan(1);
    expect(figures).toMatch(/Down, by cause\s+(Bad release|Rollout)/);
    expect(detail.elsewhere.length).toBeGreaterThan(0);
    await page.getByRole('link', { name: `${detail.elsewhere[0]?.cluster}/shop`, exact: true }).click();
    await eventually(() => new URL(page.url()).pathname).toBe(
      `/services/${detail.elsewhere[0]?.cluster}/shop/checkout`,
    );
    await leave();
  });

  test('zooms by a drag over its lanes, and Back zooms out', async () => {
    const { page, leave } = await open();
    const lane = timelineOf(page).locator('[data-lane=exceptions]');
    const box = await lane.boundingBox();
    if (!box) throw new Error('the lane is not shown');
    await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2, { steps: 4 });
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    const length = SPAN.to - SPAN.from;
    await eventually(() => boundsOf(page)[0]).toBeGreaterThan(SPAN.from + length / 5);
    const [from, to] = boundsOf(page);
    expect(Math.abs(from - (SPAN.from + length / 4))).toBeLessThan(length / 100);
    expect(Math.abs(to - (SPAN.from + length / 2))).toBeLessThan(length / 100);
    await page.goBack();
    await eventually(() => boundsOf(page)).toEqual([SPAN.from, SPAN.to]);
    await leave();
  });

  test('is walked, zoomed and moved by keyboard', async () => {
    const { page, leave } = await open();
    await cursorOf(page).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('PageUp');
    const length = SPAN.to - SPAN.from;
    const at = Number(await cursorOf(page).getAttribute('aria-valuenow'));
    expect(Math.abs(at - (SPAN.from + length / 10))).toBeLessThan(2000);
    await expect.poll(() => cursorOf(page).getAttribute('aria-valuetext'), SOON).toMatch(/Ready: \d+ of \d+ ready/);
    await page.keyboard.press('+');
    await eventually(() => boundsOf(page)[1] - boundsOf(page)[0]).toBeLessThan(length * 0.6);
    const [from] = boundsOf(page);
    await page.keyboard.press('Shift+ArrowRight');
    await eventually(() => boundsOf(page)[0]).toBeGreaterThan(from);
    await page.goBack();
    await page.goBack();
    await eventually(() => boundsOf(page)).toEqual([SPAN.from, SPAN.to]);
    await leave();
  });

  test('shows what ran at an instant that is picked', async () => {
    const { page, leave } = await open();
    await cursorOf(page).focus();
    await page.keyboard.press('End');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('Enter');
    const spec = page.getByRole('region', { name: /^What ran at / });
    await spec
      .getByText(/checkout:\d/)
      .first()
      .waitFor();
    await spec
      .getByText(/replicas?/)
      .first()
      .waitFor();
    const at = Date.parse(paramOf(page, 'at') ?? '');
    expect(Math.abs(at - (SPAN.to - (SPAN.to - SPAN.from) / 10))).toBeLessThan(2000);
    await spec.getByRole('link', { name: 'Close' }).click();
    await eventually(() => paramOf(page, 'at')).toBeNull();
    expect(await spec.count()).toBe(0);
    await leave();
  });

  test('lists its intervals with what they were made of', async () => {
    const of = { cluster: 'prod-eu', namespace: 'shop', service: 'checkout' };
    const found = (await outages(of)).find(({ exceptions }) => exceptions.length > 1);
    if (!found) throw new Error('the demo has no outage of several exceptions');
    const { page, leave } = await open();
    const interval = page.locator(`#interval-${found.id}`);
    const toggle = interval.getByRole('button', { name: `${found.exceptions.length} exceptions` });
    await toggle.click();
    const deaths = interval.getByRole('list', { name: 'The exceptions that caused it' }).getByRole('link');
    await eventually(() => deaths.count()).toBe(found.exceptions.length);
    await deaths.first().click();
    await eventually(() => paramOf(page, 'open')).toMatch(/^[0-9a-f]{32}$/);
    expect(found.exceptions).toContain(paramOf(page, 'open'));
    await page.getByRole('region', { name: 'Log' }).first().waitFor();
    await page.goBack();
    await interval.getByRole('link', { name: 'All exceptions of the service around it' }).click();
    await page.getByRole('heading', { level: 1, name: 'Exceptions' }).waitFor();
    expect([paramOf(page, 'service'), paramOf(page, 'cluster')]).toEqual(['checkout', 'prod-eu']);
    await leave();
  });

  test('has maintenance announced and withdrawn, and says why a window is refused', async () => {
    const path = `/services/${QUIET.cluster}/${QUIET.namespace}/${QUIET.service}`;
    const { page, leave } = await open(path);
    const reason = `nothing really ${Date.now()}`;
    await page.getByRole('button', { name: 'Announce a window' }).click();
    const form = page.getByRole('form', { name: 'Announce a window' });
    const send = form.getByRole('button', { name: 'Announce', exact: true });
    await form.getByLabel('From', { exact: true }).fill('2027-03-01 10:00');
    await form.getByLabel('to', { exact: true }).fill('2027-03-01 09:00');
    await form.getByLabel('What is done').fill(reason);
    await send.click();
    await form.getByRole('alert').filter({ hasText: 'The end has to lie after the beginning' }).waitFor();
    expect(await windows()).toEqual([]);

    await form.getByLabel('to', { exact: true }).fill('2027-03-01 11:30');
    await send.click();
    await eventually(async () => (await windows()).map((one) => [one.reason, one.from])).toEqual([
      [reason, '2027-03-01T10:00:00.000Z'],
    ]);
    const listed = page.getByRole('listitem').filter({ hasText: reason });
    await listed.waitFor();
    await expect.poll(() => listed.innerText(), SOON).toContain('2027-03-01 10:00 – 11:30');
    await expectAccessible(page);
    await listed.getByRole('button', { name: 'Withdraw the window of 2027-03-01 10:00 – 11:30' }).click();
    await listed.waitFor({ state: 'detached' });
    expect(await windows()).toEqual([]);
    await leave();
  });

  test('says what the server refused, and keeps what was typed', async () => {
    const { page, problems, leave } = await open();
    await page.route('**/api/v1/maintenance', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({
            status: 403,
            json: { error: { code: 'forbidden', message: 'the window reaches beyond what you may see' } },
          })
        : route.continue(),
    );
    await page.getByRole('button', { name: 'Announce a window' }).click();
    await page.getByLabel('What is done').fill('a new network');
    await page.keyboard.press('Enter');
    const alert = page.getByRole('alert').filter({ hasText: 'You may not do this' });
    await alert.waitFor();
    await expect.poll(() => alert.innerText(), SOON).toContain('reaches beyond what you may see');
    expect(await page.getByLabel('What is done').inputValue()).toBe('a new network');
    expect(problems.splice(0)).toHaveLength(1);
    await leave();
  });

  test('announces nothing for a viewer', async () => {
    const { page, context, leave } = await visit(browser, 'about:blank', DESKTOP);
    const session = await ask<object>('session');
    await context.route('**/api/v1/session', (route) => route.fulfill({ json: { ...session, role: 'viewer' } }));
    await page.goto(addressOf(CHECKOUT));
    await page.getByRole('heading', { name: 'Maintenance windows' }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.getByRole('button', { name: 'Announce a window' }).count()).toBe(0);
    await leave();
  });

  test('that is none says so', async () => {
    const { page, problems, leave } = await visit(browser, addressOf('/services/prod-eu/shop/no-such'), DESKTOP);
    await page.getByRole('alert').filter({ hasText: 'There is nothing at this address' }).waitFor();
    expect(problems.splice(0).length).toBeGreaterThan(0);
    await leave();
  });

  test('says of how long a range its figures are', async () => {
    const to = SPAN.to - DAY_MS;
    const { page, leave } = await open(CHECKOUT, { from: iso(to - HOUR_MS), to: iso(to) });
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText(), SOON).toContain('over 1 h');
    await leave();
  });
});
