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

const HOUR_MS = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
/** A stretch of the demo's history in which nothing changes any more. */
const PAST = { from: iso(Date.now() - 20 * 24 * HOUR_MS), to: iso(Date.now() - 2 * HOUR_MS) };

interface Group {
  readonly fingerprint: string;
  readonly count: number;
  readonly acknowledged: boolean;
  readonly owner: string;
  readonly note: string;
}

async function groups(query: Record<string, string>): Promise<{ total: number; items: Group[] }> {
  const search = new URLSearchParams({ ...PAST, ...query });
  const answer = await fetch(`${inject('demoUrl')}/api/v1/exceptions/groups?${search}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as { total: number; items: Group[] };
}

async function groupAt(place: number): Promise<Group> {
  const { items } = await groups({ sort: 'count', limit: '40' });
  const group = items[place];
  if (!group) throw new Error(`the demo has no group ${place}`);
  return group;
}

const readGroup = async (fingerprint: string): Promise<Group> => {
  const { items } = await groups({ fingerprint });
  return items[0] as Group;
};

async function change(fingerprint: string, said: Partial<Group>): Promise<void> {
  const answer = await fetch(`${inject('demoUrl')}/api/v1/exceptions/groups/${fingerprint}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(said),
  });
  expect(answer.status).toBe(200);
}

const tableOf = (page: Page) => page.getByRole('region', { name: 'Groups', exact: true }).getByRole('table');
const rowsOf = (page: Page) =>
  tableOf(page)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader') });
const formOf = (page: Page) => page.getByRole('form', { name: 'What people say of it' });
const countsOf = (page: Page): Promise<number[]> =>
  rowsOf(page).evaluateAll((rows) =>
    rows.map((row) => Number(row.querySelector('td a')?.textContent?.replaceAll(',', ''))),
  );

/** Waits for what is read to become as the matcher says. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

describeInBrowser('the groups', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser?.close());

  const address = (query: Record<string, string> = {}): string =>
    `${inject('demoUrl')}/exceptions?${new URLSearchParams({ ...PAST, refresh: '0', view: 'groups', ...query })}`;
  /** One group alone, with its details open. */
  const openGroup = ({ fingerprint }: Group) => visit(browser, address({ fingerprint, group: fingerprint }), DESKTOP);

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))('look right: %s', async (_, look) => {
    const { fingerprint } = await groupAt(2);
    const { page, leave } = await visit(browser, address({ group: fingerprint, group_sort: 'count' }), look);
    await page.locator('tbody form textarea').waitFor();
    await page.waitForLoadState('networkidle');
    await expect.poll(() => page.locator('tbody form').count(), SOON).toBe(1);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'groups', look);
    await leave();
  });

  test('sort by the head of a column, either way round, and go on where they ended', async () => {
    const { page, leave } = await visit(browser, address(), DESKTOP);
    const { items, total } = await groups({ sort: 'count', limit: '100' });
    await page.getByText(`${total} groups`, { exact: true }).waitFor();
    const head = tableOf(page).getByRole('columnheader', { name: 'Count' });
    await head.getByRole('button').click();
    const counts = items.map(({ count }) => count);
    await eventually(() => countsOf(page)).toEqual(counts.slice(0, 50));
    await expect.poll(() => head.getAttribute('aria-sort'), SOON).toBe('descending');

    await page.getByRole('button', { name: 'Show more' }).click();
    await eventually(() => countsOf(page)).toEqual(counts);

    await head.getByRole('button').click();
    await eventually(() => head.getAttribute('aria-sort')).toBe('ascending');
    const lowest = await groups({ sort: 'count', order: 'asc', limit: '100' });
    await eventually(() => countsOf(page)).toEqual(lowest.items.map(({ count }) => count));
    await page.goBack();
    await eventually(() => head.getAttribute('aria-sort')).toBe('descending');
    await leave();
  });

  test('open and close by keyboard, and lead to their exceptions and the newest one', async () => {
    const group = await groupAt(0);
    const { page, leave } = await visit(browser, address({ fingerprint: group.fingerprint }), DESKTOP);
    const toggle = rowsOf(page)
      .first()
      .getByRole('button', { name: /^Details of / });
    await toggle.focus();
    await page.keyboard.press('Enter');
    await formOf(page).waitFor();
    await expect.poll(() => toggle.getAttribute('aria-expanded'), SOON).toBe('true');
    const exceptions = page.getByRole('link', { name: /^Its exceptions/ });
    await expect
      .poll(() => exceptions.innerText(), SOON)
      .toBe(`Its exceptions (${group.count.toLocaleString('en-CA')})`);
    const params = new URL((await exceptions.getAttribute('href')) ?? '', page.url()).searchParams;
    expect([params.get('fingerprint'), params.get('view')]).toEqual([group.fingerprint, null]);

    await page.getByRole('link', { name: 'Open the newest one' }).click();
    await eventually(() => new URL(page.url()).searchParams.get('open')).toMatch(/^[0-9a-f]{32}$/);
    await page.goBack();
    await toggle.focus();
    await page.keyboard.press('Enter');
    await eventually(() => formOf(page).count()).toBe(0);
    await leave();
  });

  test('are acknowledged, and can then be hidden', async () => {
    const group = await groupAt(3);
    const { page, leave } = await openGroup(group);
    await formOf(page).getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect((await readGroup(group.fingerprint)).acknowledged).toBe(true);
    await page.getByRole('checkbox', { name: 'Hide acknowledged' }).check();
    await page.getByText('All groups are acknowledged').waitFor();
    await page.getByRole('link', { name: 'Show the acknowledged ones' }).click();
    await formOf(page).getByRole('button', { name: 'Take the acknowledgement back' }).click();
    await formOf(page).getByRole('button', { name: 'Acknowledge', exact: true }).waitFor();
    await eventually(async () => (await readGroup(group.fingerprint)).acknowledged).toBe(false);
    await leave();
  });

  test('keep an owner and a note for everybody', async () => {
    const group = await groupAt(4);
    await change(group.fingerprint, { owner: '', note: '' });
    const { page, leave } = await openGroup(group);
    await formOf(page).getByLabel('Owner').fill('team <b>a</b>');
    await formOf(page).getByLabel('Note').fill('limit raised in 1.4.1');
    await formOf(page).getByRole('button', { name: 'Save owner and note' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    await leave();
    const other = await openGroup(group);
    await eventually(() => formOf(other.page).getByLabel('Owner').inputValue()).toBe('team <b>a</b>');
    expect(await formOf(other.page).getByLabel('Note').inputValue()).toBe('limit raised in 1.4.1');
    await other.page.getByText(/^Last changed by local/).waitFor();
    await other.leave();
  });

  test('show what somebody else wrote meanwhile before it is written over', async () => {
    const group = await groupAt(5);
    await change(group.fingerprint, { owner: '', note: '' });
    const { page, leave } = await openGroup(group);
    await formOf(page).getByLabel('Owner').fill('mine');
    await change(group.fingerprint, { owner: 'theirs', note: 'they wrote' });
    await formOf(page).getByRole('button', { name: 'Save owner and note' }).click();
    const alert = formOf(page).getByRole('alert');
    await alert.waitFor();
    await expect
      .poll(() => alert.innerText(), SOON)
      .toMatch(/changed the same meanwhile[^]*There now: theirs\s+Yours: mine\s+Save mine/);
    expect((await readGroup(group.fingerprint)).owner).toBe('theirs');
    await alert.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const after = await readGroup(group.fingerprint);
    expect([after.owner, after.note]).toEqual(['mine', 'they wrote']);
    await leave();
  });

  test('keep both changes where two people change different things', async () => {
    const group = await groupAt(6);
    await change(group.fingerprint, { owner: '', note: '' });
    const { page, leave } = await openGroup(group);
    await formOf(page).getByLabel('Note').fill('my note');
    await change(group.fingerprint, { owner: 'theirs' });
    await formOf(page).getByRole('button', { name: 'Save owner and note' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    const after = await readGroup(group.fingerprint);
    expect([after.owner, after.note]).toEqual(['theirs', 'my note']);
    await leave();
  });

  test('go back to what they were where a change fails, and say why', async () => {
    const group = await groupAt(7);
    const { page, problems, leave } = await openGroup(group);
    await formOf(page).waitFor();
    const error = { code: 'store_unavailable', message: 'away', details: {} };
    await page.route('**/api/v1/exceptions/groups/*', (route) => route.fulfill({ status: 503, json: { error } }));
    await formOf(page).getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await formOf(page)
      .getByText(/Not saved: The store does not answer now/)
      .waitFor();
    const button = formOf(page).getByRole('button', { name: 'Acknowledge', exact: true });
    await expect.poll(() => button.getAttribute('aria-pressed'), SOON).toBe('false');
    expect((await readGroup(group.fingerprint)).acknowledged).toBe(false);
    // The browser itself notes an answer 503.
    expect(problems.splice(0)).toEqual([expect.stringContaining('503')]);
    await leave();
  });

  test('can be read only by who may only read', async () => {
    const { page, leave } = await openGroup(await groupAt(8));
    await formOf(page).waitFor();
    const session = (await (await fetch(`${inject('demoUrl')}/api/v1/session`)).json()) as object;
    await page.route('**/api/v1/session', (route) => route.fulfill({ json: { ...session, role: 'viewer' } }));
    await page.reload();
    await formOf(page)
      .getByText(/^Your token may read only/)
      .waitFor();
    expect(await formOf(page).getByRole('button', { name: 'Acknowledge' }).isDisabled()).toBe(true);
    expect(await formOf(page).getByLabel('Owner').isDisabled()).toBe(true);
    await leave();
  });
});
