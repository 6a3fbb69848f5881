import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  DESKTOP,
  describeInBrowser,
  expectAccessible,
  expectNoSidewaysScroll,
  LOOKS,
  nameOf,
  picture,
  visit,
} from './browser.ts';
import {
  ask,
  addressOf,
  eventually,
  hour,
  HOUR_MS,
  iso,
  keyOf,
  namesOf,
  openOnImported,
  OPENED_WITHIN_MS,
  paramOf,
  placeOf,
  rowsOf,
  sizing,
  tableOf,
} from './sizing-demo.ts';

const PHONE = LOOKS.find(({ width, theme, language }) => width === 390 && theme === 'light' && language === 'en');
const DAY = 86_400;
const WORDS: Readonly<Record<string, string>> = {
  'oom-killed': 'OOM-killed',
  throttled: 'Throttled',
  'under-provisioned': 'Under-provisioned',
  'too-little-data': 'Too little data',
  'no-request': 'No request',
  'over-provisioned': 'Over-provisioned',
  'hpa-driven': 'HPA-driven',
  'no-limit': 'No limit',
  fine: 'Fine',
};
const NEEDS_MORE = 'oom-killed,throttled,under-provisioned,no-request';

const chipOf = (page: Page, verdict: string) =>
  page.getByRole('list', { name: 'Verdicts' }).getByRole('link', { name: new RegExp(`^${WORDS[verdict]} `) });
const two = (value: number): string =>
  value.toLocaleString('en-CA', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

describeInBrowser('the sizing', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openOnImported()), OPENED_WITHIN_MS);
  afterAll(() => browser?.close());

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))('looks right: %s', async (_, look) => {
    const { page, leave } = await visit(browser, addressOf(), look);
    const title = look.language === 'zh' ? '规格建议' : 'Sizing';
    await tableOf(page, title).getByRole('gridcell').first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.getByRole('heading', { level: 1, name: title }).count()).toBe(1);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'sizing', look);
    const { items } = await sizing();
    const shown = items.find(({ verdict }) => verdict === 'oom-killed') ?? items[0];
    const name = shown ? keyOf(shown) : '';
    await page.goto(addressOf({ open: `sizing:${name}` }));
    await page.locator('#pane pre').waitFor();
    await page.waitForLoadState('networkidle');
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'sizing-pane', look);
    await page.goto(addressOf({ of: name }, '/sizing/one'));
    await page.getByRole('heading', { level: 1, name: shown?.name ?? '' }).waitFor();
    await page.getByRole('slider').waitFor();
    await page.waitForLoadState('networkidle');
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'sizing-one', look);
    await page.goto(addressOf({ show: 'nodes' }));
    await page.getByRole('heading', { level: 2 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'sizing-nodes', look);
    await leave();
  });

  test('says in one sentence what it comes to, and shows every verdict with its count', async () => {
    const [all, over, more] = await Promise.all([
      sizing(),
      sizing({ verdict: 'over-provisioned' }),
      sizing({ verdict: NEEDS_MORE }),
    ]);
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    const sentence = page.getByText(/workloads ask for more than they need/);
    const said = await sentence.innerText();
    expect(said).toContain(`${over.total} of ${all.total} workloads`);
    expect(said).toContain(`give back ${two(over.totals.cpu.give_back)} cores and `);
    expect(said).toMatch(new RegExp(`${more.total} needs? more, ${two(more.totals.cpu.add)} cores`));
    const there = all.verdicts.filter(({ workloads }) => workloads > 0);
    // What the demo's loads are made for.
    expect(there.map(({ verdict }) => verdict)).toEqual(
      expect.arrayContaining([
        'oom-killed',
        'throttled',
        'under-provisioned',
        'no-request',
        'over-provisioned',
        'hpa-driven',
        'no-limit',
      ]),
    );
    for (const { verdict, workloads } of there) {
      expect((await chipOf(page, verdict).innerText()).replaceAll(/\s+/g, ' ')).toContain(
        `${WORDS[verdict]} ${workloads}`,
      );
    }
    await leave();
  });

  test('is narrowed by verdicts, one is enough, and the sentence stays', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    const said = await page.getByText(/workloads ask for more than they need/).innerText();
    for (const { verdict, workloads } of (await sizing()).verdicts.filter((one) => one.workloads > 0)) {
      await chipOf(page, verdict).click();
      await eventually(() => tableOf(page).getAttribute('aria-rowcount')).toBe(String(workloads + 1));
      expect(paramOf(page, 'verdict')).toBe(verdict);
      const first = rowsOf(page).first();
      await eventually(() => first.innerText()).toContain(WORDS[verdict]);
      await chipOf(page, verdict).click();
      await eventually(() => paramOf(page, 'verdict')).toBeNull();
    }
    await chipOf(page, 'throttled').click();
    await chipOf(page, 'oom-killed').click();
    const both = await sizing({ verdict: 'throttled,oom-killed', limit: '1' });
    await eventually(() => tableOf(page).getAttribute('aria-rowcount')).toBe(String(both.total + 1));
    expect(await page.getByText(/workloads ask for more than they need/).innerText()).toBe(said);
    await leave();
  });

  test('is sorted by what can be given back, by danger and by name, and narrowed by name', async () => {
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    const first = async (query: Record<string, string>) => (await sizing({ ...query, limit: '8' })).items.map(placeOf);
    const shown = async () => (await namesOf(page)).slice(0, 8);
    await eventually(shown).toEqual(await first({}));
    const press = (name: string) => tableOf(page).getByRole('columnheader', { name }).getByRole('button').click();
    await press('Memory');
    await eventually(shown).toEqual(await first({ sort: 'saving_memory' }));
    await press('Memory');
    await eventually(shown).toEqual(await first({ sort: 'saving_memory', order: 'asc' }));
    const head = tableOf(page).getByRole('columnheader', { name: 'Memory' });
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    await press('Danger');
    await eventually(shown).toEqual(await first({ sort: 'danger' }));
    await page.getByRole('combobox', { name: 'Sort by' }).selectOption('By name');
    await eventually(shown).toEqual(await first({ sort: 'name', order: 'asc' }));
    const name = (await sizing()).items[0]?.name ?? '';
    await page.getByRole('searchbox', { name: 'Part of the name' }).fill(name);
    await page.keyboard.press('Enter');
    const named = await sizing({ workload: `*${name}*`, limit: '1' });
    await eventually(() => tableOf(page).getAttribute('aria-rowcount')).toBe(String(named.total + 1));
    await page.getByRole('searchbox', { name: 'Part of the name' }).fill('nothing has this name');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Remove the filters' }).click();
    await eventually(() => paramOf(page, 'q')).toBeNull();
    await leave();
  });

  test('judges by the last 7 days where the address names no range, and by the bar’s where it does', async () => {
    const { page, leave } = await visit(browser, `${inject('demoUrl')}/sizing?refresh=0`, DESKTOP);
    await page.getByText('From the last 7 days, where the bar names no range.').waitFor();
    await page
      .getByRole('button', { name: /7 days/ })
      .first()
      .waitFor();
    const [asked] = await Promise.all([
      page.waitForRequest((request) => request.url().includes('/api/v1/usage/sizing')),
      page.reload(),
    ]);
    const { searchParams } = new URL(asked.url());
    const seconds = (Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '')) / 1000;
    expect(Math.round(seconds / DAY)).toBe(7);
    await page.goto(addressOf());
    await page.getByText(/That is .*: days of the week differ/).waitFor();
    await page.getByRole('link', { name: 'Last 7 days' }).click();
    await page.getByText('From the last 7 days, where the bar names no range.').waitFor();
    expect(paramOf(page, 'from')).toBeNull();
    await leave();
  });

  test('says how much is known and how much is needed where there is too little', async () => {
    const from = iso(hour - 4 * HOUR_MS);
    const { page, leave } = await visit(browser, addressOf({ from }), DESKTOP);
    await chipOf(page, 'too-little-data').click();
    expect((await sizing({ from })).verdicts.find(({ verdict }) => verdict === 'fine')?.workloads).toBe(0);
    const known = rowsOf(page).getByText(/^Known for [\d.]+ h; a recommendation needs 24 h/);
    await eventually(() => known.count()).toBeGreaterThan(0);
    await leave();
  });

  test('tells of nodes and clusters how far they are oversold and whether they fit with one node less', async () => {
    interface Nodes {
      readonly clusters: readonly {
        readonly cluster: string;
        readonly cpu: { readonly requests_ratio: number | null };
        readonly without_largest: { readonly cpu: { readonly fits: boolean | null } };
      }[];
      readonly nodes: readonly { readonly cluster: string; readonly node: string }[];
    }
    const { clusters, nodes } = await ask<Nodes>('nodes', {});
    const { page, leave } = await visit(browser, addressOf(), DESKTOP);
    await page
      .getByRole('radiogroup', { name: 'What is shown' })
      .locator('label')
      .filter({ hasText: 'Nodes & clusters' })
      .click();
    await eventually(() => paramOf(page, 'show')).toBe('nodes');
    for (const { cluster, cpu, without_largest: without } of clusters) {
      const part = page.getByRole('region', { name: cluster });
      await part.waitFor();
      const text = await part.innerText();
      expect(text).toContain(
        cpu.requests_ratio === null ? '– requested' : `${two(cpu.requests_ratio * 100)} % requested`,
      );
      const { fits } = without.cpu;
      expect(text).toContain(fits === null ? 'CPU: not known.' : fits ? 'CPU: fits.' : 'CPU: does not fit.');
      const own = nodes.filter((node) => node.cluster === cluster);
      const [first] = own;
      if (own.length <= 12 && first) await part.getByRole('link', { name: first.node }).waitFor();
    }
    await leave();
  });

  test('is cards on a phone', async () => {
    const { page, leave } = await visit(browser, addressOf(), PHONE ?? DESKTOP);
    const [item] = (await sizing({ limit: '1' })).items;
    await eventually(async () => (await namesOf(page))[0]).toBe(item && placeOf(item));
    expect(await page.getByRole('columnheader').count()).toBe(0);
    await rowsOf(page).first().click();
    await page.getByRole('heading', { level: 2, name: item?.name ?? '' }).waitFor();
    await leave();
  });
});
