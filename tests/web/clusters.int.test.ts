import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { buildApp } from '../../api/app.ts';
import { chdbStore } from '../../api/testing/chdb-store.ts';
import { fakeDeps } from '../../api/testing/fake-deps.ts';
import { listen } from '../../api/testing/listen.ts';
import { at, NOON } from '../../api/testing/rows.ts';
import { seed } from '../../api/testing/seed.ts';
import { FakeClock } from '../../platform/clock.ts';
import type { RbacObject } from '../rbac-rules.ts';
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

const PAGES = new URL('../../web/dist', import.meta.url).pathname;
/** The past waits until the last days of every cluster are imported. */
const BACKFILLED_WITHIN_MS = 240_000;
const cardOf = (page: Page, cluster: string) => page.getByRole('article', { name: cluster, exact: true });
const usageOf = (page: Page, cluster: string) =>
  page.getByRole('region', { name: `Usage from Prometheus, ${cluster}` });
const yamlOf = (page: Page, cluster: string) =>
  page.getByRole('region', { name: `The RBAC lines that would allow it, ${cluster}` });
const parse = (text: string): RbacObject[] => parseAllDocuments(text).map((document) => document.toJS() as RbacObject);

interface ImportAnswer {
  readonly from: string;
  readonly to: string;
  readonly items: { cluster: string; windows: Record<string, number>; failed: unknown[]; hours: unknown[] }[];
}

/** Waits for what is read to become as the matcher says. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

describeInBrowser('the clusters of the demo', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser()));
  afterAll(() => browser?.close());
  const address = (query = 'from=now-30d&to=now'): string => `${inject('demoUrl')}/clusters?${query}`;

  test.each(LOOKS.map((look) => [nameOf(look), look] as const))('look right: %s', async (_, look) => {
    const { page, leave } = await visit(browser, address(), look);
    await cardOf(page, 'staging').waitFor();
    await page.waitForLoadState('networkidle');
    await expect.poll(() => page.getByRole('article').count(), SOON).toBe(3);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'clusters', look);
    const usage = page.getByRole('region', { name: /^(Usage from Prometheus|Prometheus 用量导入), prod-eu$/ });
    await usage.getByRole('button', { name: /^(Sources of the measures|各指标的来源)/ }).click();
    await usage.getByRole('button', { name: /^(Import the past|导入历史数据)/ }).click();
    await usage.locator('summary').first().click();
    await usage.evaluate((section) => section.scrollIntoView({ block: 'start' }));
    expect(await page.evaluate(() => document.documentElement.scrollTop + document.body.scrollTop)).toBe(0);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await picture(page, 'clusters-usage', look);
    await leave();
  });

  test('say what may not be read, and copy the lines that would allow it', async () => {
    const { page, leave } = await visit(browser, address(), DESKTOP);
    await yamlOf(page, 'staging').waitFor();
    await cardOf(page, 'staging')
      .getByText(/^HTTP 403 Forbidden: horizontalpodautoscalers/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Copy the YAML' }).first().click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const [role, binding] = parse(copied);
    expect(role?.rules).toEqual([
      { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list', 'watch'] },
    ]);
    expect(binding?.subjects).toEqual([{ kind: 'ServiceAccount', name: 'tidemark-agent', namespace: 'tidemark' }]);
    await leave();
  });

  test('fold away, and show each kind when asked to', async () => {
    const { page, leave } = await visit(browser, address(), DESKTOP);
    const card = cardOf(page, 'prod-eu');
    const each = card.getByRole('button', { name: /^Show each of the \d+ kinds/ });
    await each.click();
    const strips = card.getByRole('region', { name: 'Coverage, prod-eu' }).getByRole('group');
    await expect.poll(() => strips.count(), SOON).toBe(16);
    await card.getByRole('button', { name: 'Put together what looks the same' }).click();
    await eventually(() => strips.count()).toBeLessThan(16);

    const toggle = card.getByRole('button', { name: 'Less: prod-eu' });
    await toggle.focus();
    await page.keyboard.press('Enter');
    await card.getByRole('button', { name: 'Details: prod-eu' }).waitFor();
    expect(await strips.count()).toBe(0);
    await leave();
  });

  test('lead from a gap to what was found after it', async () => {
    const { page, leave } = await visit(browser, address(), DESKTOP);
    const gaps = cardOf(page, 'staging').getByRole('region', { name: 'Gaps and late resumptions, staging' });
    const row = gaps.getByRole('row').filter({ hasText: 'gap' }).filter({ hasText: '3 h' });
    await row.getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: 'Exceptions' }).waitFor();
    const params = new URL(page.url()).searchParams;
    expect(params.get('cluster')).toBe('staging');
    const length = Date.parse(params.get('to') ?? '') - Date.parse(params.get('from') ?? '');
    expect(length / 60_000).toBeCloseTo(3 * 60 + 10, 0);
    await leave();
  });

  test('come with the card that the link names in view', async () => {
    const { page, leave } = await visit(browser, `${address()}#cluster-prod-us`, DESKTOP);
    await cardOf(page, 'prod-us').waitFor();
    expect(new URL(page.url()).hash).toBe('#cluster-prod-us');
    await eventually(() => cardOf(page, 'prod-us').evaluate((card) => card.getBoundingClientRect().top)).toBeLessThan(
      400,
    );
    await leave();
  });

  test('say how their usage is imported, and from what each measure comes', async () => {
    const { page, leave } = await visit(browser, address('from=now-6h&to=now'), DESKTOP);
    const usage = usageOf(page, 'prod-eu');
    await usage.getByText(/^remote read$|^query_range$/).waitFor();
    await usage.getByRole('img', { name: /^Usage imported from prod-eu: [\d.]+ % of the range/ }).waitFor();
    await usage.getByRole('button', { name: 'Sources of the measures: prod-eu' }).click();
    const row = usage.getByRole('row').filter({ has: page.getByRole('cell', { name: 'CPU', exact: true }) });
    await row.locator('summary').click();
    await expect
      .poll(() => row.locator('.expression').innerText(), SOON)
      .toContain('container_cpu_usage_seconds_total');
    await expectAccessible(page);
    await leave();
  });

  test(
    'import the past when asked to, and tell how far that is',
    async () => {
      const { page, leave } = await visit(browser, address('from=now-6h&to=now&tz=UTC'), DESKTOP);
      const usage = usageOf(page, 'prod-eu');
      await usage.getByRole('button', { name: 'Import the past: prod-eu' }).click();
      const form = usage.getByRole('form', { name: 'Import the past of prod-eu' });
      await form.getByLabel('From', { exact: true }).fill('yesterday');
      await form.getByRole('button', { name: 'Import', exact: true }).click();
      await form.getByRole('alert').filter({ hasText: 'Write both as' }).waitFor();
      const day = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
      await form.getByLabel('From', { exact: true }).fill(`${day(10)} 00:00`);
      await form.getByLabel('To', { exact: true }).fill(`${day(10)} 03:00`);
      await expectAccessible(page);
      const asked = page.waitForRequest((request) => request.method() === 'POST');
      await form.getByLabel('To', { exact: true }).press('Enter');
      expect((await asked).postDataJSON()).toEqual({
        cluster: 'prod-eu',
        from: `${day(10)}T00:00:00.000Z`,
        to: `${day(10)}T03:00:00.000Z`,
        again: false,
      });
      await usage.getByText('3 hours to be imported').waitFor();
      await usage.getByText('The past that was asked for is imported.').waitFor({ timeout: BACKFILLED_WITHIN_MS });
      await leave();
    },
    2 * BACKFILLED_WITHIN_MS,
  );

  test('say what is not imported yet', async () => {
    const { page, leave } = await visit(browser, 'about:blank', DESKTOP);
    await page.route('**/api/v1/imports*', async (route) => {
      const answer = (await (await route.fetch()).json()) as ImportAnswer;
      const item = answer.items.find(({ cluster }) => cluster === 'prod-eu');
      if (item) item.hours = [{ state: 'none', from: answer.from, to: answer.to }];
      await route.fulfill({ json: answer });
    });
    await page.goto(address('from=now-6h&to=now&tz=UTC&refresh=0'));
    const usage = usageOf(page, 'prod-eu');
    await usage.getByRole('img', { name: /not imported yet: \d+ hours/ }).waitFor();
    await usage.getByText('The last days are imported by themselves').waitFor();
    expect(await usage.getByText('never').count()).toBe(0);
    await expectAccessible(page);
    await leave();
  });

  test('say why hours failed and when they are tried again, and what a cluster without a server needs', async () => {
    const { page, leave } = await visit(browser, 'about:blank', DESKTOP);
    await page.route('**/api/v1/imports*', async (route) => {
      const answer = (await (await route.fetch()).json()) as ImportAnswer;
      const items = answer.items.filter(({ cluster }) => cluster !== 'staging');
      const [first] = items;
      if (first) {
        first.windows.failed = 1;
        first.failed = [
          {
            window_start: '2026-11-22T10:00:00.000Z',
            state: 'failed',
            tries: 3,
            next_try_at: new Date(Date.now() + 600_000).toISOString(),
            error_code: 'prometheus_denied',
            error: 'HTTP 401 of prometheus.example',
            updated_at: '2026-11-22T11:00:00.000Z',
          },
        ];
      }
      await route.fulfill({ json: { ...answer, items } });
    });
    await page.goto(address('from=now-6h&to=now&tz=UTC'));
    const failures = page.getByRole('region', { name: /^Hours that failed, / });
    await failures.getByText('The server refused the credentials').waitFor();
    await failures.getByText('HTTP 401 of prometheus.example').waitFor();
    const row = failures.getByRole('row').filter({ hasText: '2026-11-22 10:00' });
    expect(await row.innerText()).toMatch(/3\s+in \d+/);
    await usageOf(page, 'staging').getByText('- cluster: staging').waitFor();
    await expectAccessible(page);
    await leave();
  });

  test('say how one is connected while there is none, and what a filter hides', async () => {
    const { page, leave } = await visit(browser, address('cluster=nowhere'), DESKTOP);
    await page.getByText('No cluster fits the filter').waitFor();
    await page.getByRole('link', { name: 'Show all clusters' }).click();
    await cardOf(page, 'prod-eu').waitFor();
    await page.route('**/api/v1/clusters*', (route) => route.fulfill({ json: { items: [], next: null, total: 0 } }));
    await page.reload();
    await page.getByRole('heading', { name: 'No cluster is recorded yet' }).waitFor();
    await expect.poll(() => page.getByText('node tidemark.ts up --context CONTEXT').isVisible(), SOON).toBe(true);
    await expectAccessible(page);
    await leave();
  });
});

describeInBrowser('a silent cluster, and one that may not read all', () => {
  let browser: Browser;
  let app: FastifyInstance;
  let store: Awaited<ReturnType<typeof chdbStore>>;
  let server: Awaited<ReturnType<typeof listen>>;

  beforeAll(async () => {
    store = await chdbStore();
    await seed(store.store);
    app = await buildApp({ ...fakeDeps({ store: store.store, clock: new FakeClock(NOON) }), pagesDir: PAGES });
    server = await listen(app);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await app?.close();
    await store?.remove();
  });

  const open = () => {
    const query = new URLSearchParams({ from: at(-7200), to: at(0), tz: 'UTC', refresh: '0' });
    return visit(browser, `${server.url}/clusters?${query}`, DESKTOP);
  };

  test('the silent one comes first: since when nothing is known, and what to look at', async () => {
    const { page, leave } = await open();
    await cardOf(page, 'west').waitFor();
    await expect.poll(() => page.getByRole('article').first().innerText(), SOON).toMatch(/^west\s+silent/);
    await page.getByText('2 clusters: 1 live, 1 silent').waitFor();
    await cardOf(page, 'west').getByText('Nothing is known since 2026-11-22 11:59:29 (31 s)').waitFor();
    await cardOf(page, 'west').getByText('What to look at').click();
    await cardOf(page, 'west').getByText('kubectl -n tidemark get pods -o wide').waitFor();
    await leave();
  });

  test('a right that lacks in one namespace is a Role there; a gap says what vanished', async () => {
    const { page, leave } = await open();
    const [role] = parse(await yamlOf(page, 'east').innerText());
    expect([role?.kind, role?.metadata.namespace, role?.rules]).toEqual([
      'Role',
      'a',
      [{ apiGroups: [''], resources: ['events'], verbs: ['list', 'watch'] }],
    ]);
    const gaps = cardOf(page, 'east').getByRole('region', { name: 'Gaps and late resumptions, east' });
    const row = gaps.getByRole('row').filter({ hasText: 'relisted' });
    expect((await row.innerText()).split(/\s*\t\s*|\n/).filter(Boolean)).toEqual([
      '2026-11-22 11:00:00',
      '1 min 40 s',
      'gap',
      'pod',
      'relisted',
      '4',
    ]);
    await leave();
  });
});
