import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
import { COMPARED_USAGE } from './compared-usage.ts';
import { addressOf, ask, makeRun, makeRunOf, type Run } from './runs-demo.ts';

const MINUTE_MS = 60_000;

interface Report {
  readonly exceptions: {
    readonly deaths: number;
    readonly others: number;
    readonly groups: readonly { new: boolean }[];
  };
  readonly usage: { readonly total: number };
}
interface Check {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
}

const named = async (name: string): Promise<Run | undefined> =>
  (await ask<{ items: Run[] }>(`runs?${new URLSearchParams({ name })}`)).items[0];

const rowOf = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
const pathOf = (page: Page): string => new URL(page.url()).pathname;
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, SOON);

describeInBrowser('the runs', () => {
  let browser: Browser;
  let before: Run;
  let after: Run;
  beforeAll(async () => {
    browser = await openBrowser();
    before = await makeRunOf('test-before', 180, 120, 'limits as they were');
    after = await makeRunOf('test-after', 60, 5, 'limits halved');
  });
  afterAll(() => browser?.close());

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))('look right: %s', async (_, look) => {
    const zh = look.language === 'zh';
    const { page, leave } = await visit(browser, addressOf('/runs'), look);
    const ready = async (name: string): Promise<void> => {
      await page.waitForLoadState('networkidle');
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
      await picture(page, name, look);
    };
    await page.getByRole('link', { name: 'test-after', exact: true }).waitFor();
    await ready('runs');
    await page
      .getByRole('button', { name: zh ? '新建运行' : 'New run' })
      .first()
      .click();
    await page.getByRole('dialog').waitFor();
    await ready('runs-form');
    await page.goto(addressOf(`/runs/${after.id}`));
    await page.getByRole('heading', { level: 2, name: zh ? '数据完整性' : 'What was seen' }).waitFor();
    await page.locator('[data-check=outages]').waitFor();
    await ready('run');
    await page.goto(addressOf('/runs/compare', { a: before.id, b: after.id }));
    await page.getByRole('heading', { level: 2, name: zh ? '计数' : 'Counts' }).waitFor();
    await ready('runs-compared');
    expect(await page.locator('[data-count]').count()).toBe(11);
    await leave();
  });

  test('begin from now on, and are stopped', async () => {
    const { page, leave } = await visit(browser, addressOf('/runs', { namespace: 'shop,!kube-system' }), DESKTOP);
    await rowOf(page, 'test-before').waitFor();
    await page.keyboard.press('n');
    const form = page.getByRole('form', { name: 'New run' });
    expect(await form.getByLabel('Namespaces').inputValue()).toBe('shop');
    await form.getByRole('button', { name: 'Start' }).click();
    await form.getByRole('alert').filter({ hasText: 'A name is needed' }).waitFor();
    await form.getByLabel('Name', { exact: true }).fill('test-begun');
    await form.getByLabel('Clusters').fill('prod-eu, staging');
    await form.getByLabel('Note').fill('begun by hand');
    await page.keyboard.press('Tab');
    await form.getByRole('button', { name: 'Start' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Run test-begun' }).waitFor();
    await page.getByText('It goes on: this is the report up to').waitFor();
    expect(await named('test-begun')).toMatchObject({
      going_on: true,
      clusters: ['prod-eu', 'staging'],
      namespaces: ['shop'],
      note: 'begun by hand',
    });
    await page.getByRole('button', { name: 'Stop test-begun' }).click();
    await eventually(() => page.getByRole('button', { name: 'Stop test-begun' }).count()).toBe(0);
    expect(await named('test-begun')).toMatchObject({ going_on: false });
    await leave();
  });

  test('name the range of the bar, and say so where the name is taken', async () => {
    const past = {
      from: new Date(Date.parse(after.from) - 60 * MINUTE_MS).toISOString().replace(/\d\d\.\d{3}Z$/, '00.000Z'),
      to: new Date(Date.parse(after.from)).toISOString().replace(/\d\d\.\d{3}Z$/, '00.000Z'),
    };
    const { page, problems, leave } = await visit(browser, addressOf('/runs', past), DESKTOP);
    await page.getByRole('button', { name: 'New run' }).first().click();
    const form = page.getByRole('form', { name: 'New run' });
    await form.getByLabel('Name', { exact: true }).fill('test-before');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByRole('alert').filter({ hasText: 'Another run has this name' }).waitFor();
    expect(problems.splice(0)).toHaveLength(1);
    await form.getByLabel('Name', { exact: true }).fill('test-named');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Run test-named' }).waitFor();
    expect(await named('test-named')).toMatchObject(past);
    await leave();
  });

  test('report what the API says', async () => {
    const report = await ask<Report>(`runs/${after.id}/report`);
    const check = await ask<Check>(`runs/${after.id}/check`);
    const { page, leave } = await visit(browser, addressOf(`/runs/${after.id}`), DESKTOP);
    for (const { name, ok } of check.checks) {
      const row = page.locator(`[data-check=${name}]`);
      await row.getByText(ok ? 'passed' : 'failed', { exact: true }).waitFor();
    }
    const failed = check.checks.filter(({ ok }) => !ok).length;
    await page
      .getByText(
        check.ok ? /^Good: all \d+ checks passed/ : `Not good: ${failed} of ${check.checks.length} checks failed`,
      )
      .first()
      .waitFor();
    const total = report.exceptions.deaths + report.exceptions.others;
    await page
      .getByText(total === 0 ? /no exceptions/ : new RegExp(`${total.toLocaleString('en')} exceptions?`))
      .first()
      .waitFor();
    const fresh = report.exceptions.groups.slice(0, 10).filter((group) => group.new).length;
    await eventually(() => page.locator('#exceptions tr[data-new=true]').count()).toBe(fresh);
    expect(report.exceptions.groups.length).toBeGreaterThan(0);
    await page.locator('#exceptions tbody td a').first().click();
    await eventually(() => pathOf(page)).toMatch(/^\/exceptions\/./);
    expect(paramOf(page, 'from')).toBe(after.from);
    await leave();
  });

  test('are held against thresholds that stand in the address and on the command line', async () => {
    const { page, leave } = await visit(browser, addressOf(`/runs/${after.id}`), DESKTOP);
    await page.locator('[data-check=outages]').waitFor();
    await page.getByText('Thresholds', { exact: true }).click();
    await page.getByLabel('Unplanned downtime').fill('much');
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'no number' }).waitFor();
    await page.getByLabel('Unplanned downtime').fill('999999');
    await page.getByLabel('New exceptions').fill('1000000');
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.locator('[data-check=downtime_s]').getByText('passed').waitFor();
    await page.locator('[data-check=new_exceptions]').getByText('passed').waitFor();
    expect([paramOf(page, 'max_downtime_s'), paramOf(page, 'max_new_exceptions')]).toEqual(['999999', '1000000']);
    await page.getByRole('combobox', { name: 'Baseline' }).selectOption('test-before');
    await page.getByRole('columnheader', { name: 'In test-before' }).waitFor();
    await page.getByText('In a pipeline').click();
    await page
      .getByText(
        `tidemark check --run=test-after --baseline=${before.id} --max-new-exceptions 1000000 --max-downtime-s 999999`,
      )
      .waitFor();
    await page.getByRole('button', { name: 'Defaults' }).click();
    await eventually(() => page.locator('[data-check=downtime_s]').count()).toBe(0);
    await leave();
  });

  test('are compared: two are ticked, and what differs is marked', async () => {
    const { page, leave } = await visit(browser, addressOf('/runs', { q: 'test-' }), DESKTOP);
    await page.getByRole('checkbox', { name: 'Pick test-after to compare' }).check();
    await page.getByRole('checkbox', { name: 'Pick test-before to compare' }).check();
    await page.getByRole('link', { name: 'Compare test-before with test-after' }).click();
    await page.getByRole('heading', { level: 1, name: 'test-before and test-after' }).waitFor();
    const { counts } = await ask<{ counts: { name: string; b: number; a_per_hour: number; b_per_hour: number }[] }>(
      `runs/compare?${new URLSearchParams({ a: before.id, b: after.id })}`,
    );
    for (const { name, b: count, a_per_hour: a, b_per_hour: b } of counts) {
      const neutral = name === 'rollouts';
      const close = Math.abs(b - a) <= 0.02 * Math.max(a, b) || (b > 0 && Math.abs(count - (a * count) / b) < 1);
      const judged = close ? 'same' : b > a ? (neutral ? 'more' : 'worse') : neutral ? 'fewer' : 'better';
      expect(await page.locator(`[data-count=${name}] [data-judgement]`).getAttribute('data-judgement')).toBe(judged);
    }
    await page.getByRole('link', { name: 'Turn round' }).click();
    await page.getByRole('heading', { level: 1, name: 'test-after and test-before' }).waitFor();
    await page.getByRole('combobox', { name: 'A, to measure by' }).selectOption('');
    await page.getByText('Choose two runs').waitFor();
    await leave();
  });

  test('show limits that were changed, and workloads that one run has alone', async () => {
    const { page, leave } = await visit(browser, 'about:blank', DESKTOP);
    const answer = await ask<object>(`runs/compare?${new URLSearchParams({ a: before.id, b: after.id })}`);
    await page.route('**/api/v1/runs/compare?*', (route) =>
      route.fulfill({ json: { ...answer, usage: COMPARED_USAGE, only_a: 1, only_b: 0 } }),
    );
    await page.goto(addressOf('/runs/compare', { a: before.id, b: after.id }));
    const halved = page.locator('[data-workload=halved]');
    await halved.getByText('memory limit 2.00 GB → 1.00 GB').waitFor();
    await halved.getByText('memory at most 45.00 % → 90.00 % of its limit').waitFor();
    expect(await halved.locator('[data-judgement=worse]').count()).toBe(1);
    await page.locator('[data-workload=gone]').getByText('only in test-before').waitFor();
    await page.getByText('Requests or limits of 1 workload differ.').waitFor();
    const order = await page
      .locator('[data-workload]')
      .evaluateAll((rows) => rows.map((one) => one.getAttribute('data-workload')));
    expect(order).toEqual(['halved', 'gone', 'same']);
    await leave();
  });

  test('are edited, and deleted only when that is confirmed', async () => {
    await makeRun({ name: 'test-doomed', from: before.from });
    const { page, leave } = await visit(browser, addressOf('/runs', { q: 'doomed' }), DESKTOP);
    await page.getByRole('button', { name: 'Edit test-doomed' }).click();
    const form = page.getByRole('form', { name: 'Edit test-doomed' });
    await form.getByLabel('Note').fill('not for long');
    await form.getByRole('button', { name: 'Save' }).click();
    await rowOf(page, 'test-doomed').getByText('not for long').waitFor();
    expect(await named('test-doomed')).toMatchObject({ from: before.from, to: null, note: 'not for long' });
    await page.getByRole('button', { name: 'Delete test-doomed' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    expect(await named('test-doomed')).toBeDefined();
    await page.getByRole('button', { name: 'Delete test-doomed' }).click();
    await page.getByRole('button', { name: 'Delete the run' }).click();
    await page.getByText('No run is like this').waitFor();
    expect(await named('test-doomed')).toBeUndefined();
    await page.getByRole('link', { name: 'Show all runs' }).click();
    await page.getByRole('link', { name: 'test-before', exact: true }).waitFor();
    await leave();
  });

  test('are walked and opened by keyboard', async () => {
    const { page, leave } = await visit(browser, addressOf('/runs', { q: 'test-' }), DESKTOP);
    await rowOf(page, 'test-before').waitFor();
    const names = await page.locator('tbody th a').allInnerTexts();
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    expect(await focused()).toBe(names[1]);
    await page.keyboard.press('k');
    expect(await focused()).toBe(names[0]);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: `Run ${names[0]}` }).waitFor();
    await leave();
  });

  test('offer no forms to a viewer', async () => {
    const { page, context, leave } = await visit(browser, 'about:blank', DESKTOP);
    const session = await ask<object>('session');
    await context.route('**/api/v1/session', (route) => route.fulfill({ json: { ...session, role: 'viewer' } }));
    await page.goto(addressOf('/runs', { q: 'test-' }));
    await rowOf(page, 'test-before').waitFor();
    expect(await page.getByRole('button', { name: /New run|Edit|Delete|Stop/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'test-before', exact: true }).click();
    await page.locator('[data-check=outages]').waitFor();
    expect(await page.getByRole('button', { name: /Edit|Delete|Stop/ }).count()).toBe(0);
    await leave();
  });

  test('say what is left out for somebody who sees a part, and that there is no such run', async () => {
    const { page, problems, leave } = await visit(browser, 'about:blank', DESKTOP);
    const report = await ask<{ run: object }>(`runs/${after.id}/report`);
    await page.route(`**/api/v1/runs/${after.id}/report`, (route) =>
      route.fulfill({ json: { ...report, whole: false, run: { ...report.run, whole: false } } }),
    );
    await page.goto(addressOf(`/runs/${after.id}`));
    await page.getByText('what lies there is left out of every figure').waitFor();
    await page.goto(addressOf('/runs/no-such-run'));
    await page.getByRole('alert').filter({ hasText: 'There is nothing at this address' }).first().waitFor();
    expect(problems.splice(0).length).toBeGreaterThan(0);
    await leave();
  });
});
