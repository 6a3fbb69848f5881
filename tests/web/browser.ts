import { AxeBuilder } from '@axe-core/playwright';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { CHROMIUM } from '../../deploy/testbrowser/chromium.ts';

export { describeInBrowser } from './describe-in-browser.ts';

/** What a page shows once it has what it asked for; nothing here is decided by how long that takes. */
export const SOON = { timeout: 30_000 } as const;

const PICTURES = new URL('../../web/pictures/', import.meta.url).pathname;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const HEIGHT = { 1440: 900, 390: 844 } as const;

export interface Look {
  readonly width: 1440 | 390;
  readonly theme: 'light' | 'dark';
  readonly language: 'en' | 'zh';
}

export const DESKTOP: Look = { width: 1440, theme: 'light', language: 'en' };

/** Every width, theme and language: what each page is looked at in. */
export const LOOKS: readonly Look[] = ([1440, 390] as const).flatMap((width) =>
  (['light', 'dark'] as const).flatMap((theme) =>
    (['en', 'zh'] as const).map((language) => ({ width, theme, language })),
  ),
);
export const nameOf = ({ width, theme, language }: Look): string => `${width}-${theme}-${language}`;

/** A headless browser; a suite that needs one is a `describeInBrowser`. */
export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors in the console, among them every breach of the content security policy, and uncaught ones. */
  readonly problems: string[];
  /** Closes the page; fails where there were problems. */
  leave(): Promise<void>;
}

/** Opens an address as somebody with this screen, theme and language does. */
export async function visit(browser: Browser, url: string, look: Look = DESKTOP): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: HEIGHT[look.width] },
    colorScheme: look.theme,
    locale: look.language === 'zh' ? 'zh-CN' : 'en-US',
    timezoneId: 'Asia/Shanghai',
    hasTouch: look.width === 390,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message));
  await page.goto(url);
  const leave = async (): Promise<void> => {
    await context.close();
    expect(problems).toEqual([]);
  };
  return { page, context, problems, leave };
}

/** Fails where axe finds anything against WCAG 2.2 A and AA, or its best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  // What fades in has the contrast that is meant only once it is there.
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'));
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary ?? ''}`),
  }));
  expect(found).toEqual([]);
}

/** The page never scrolls sideways: what is wider has a scroll bar of its own. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { wide, width } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    width: document.documentElement.clientWidth,
  }));
  expect(wide).toBeLessThanOrEqual(width);
}

/** Writes what is seen to the ignored folder web/pictures. */
export async function picture(page: Page, name: string, look: Look): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}-${nameOf(look)}.png`), animations: 'disabled' });
}
