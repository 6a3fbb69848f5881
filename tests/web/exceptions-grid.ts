import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { SOON } from './browser.ts';

/** The table of exceptions, and its rows that hold something. */
export const gridOf = (page: Page) => page.getByRole('grid', { name: 'Exceptions' });
export const rowsOf = (page: Page) =>
  gridOf(page)
    .getByRole('row')
    .filter({ has: page.getByRole('gridcell') });
export const linkOf = (row: Locator) => row.getByRole('link').first();
/** Which exception a link opens. */
export const idOf = (href: string | null): string | null => new URL(href ?? '', 'http://x').searchParams.get('open');

/** Ids of the first rows; null for one that is under way. */
export async function readIds(page: Page, count = 8): Promise<(string | null)[]> {
  const hrefs = await rowsOf(page).evaluateAll((rows) =>
    rows.map((row) => row.querySelector('a')?.getAttribute('href') ?? null),
  );
  return hrefs.slice(0, count).map(idOf);
}

/** Ids of the first rows, once they are there. */
export async function firstIds(page: Page, count = 8): Promise<(string | null)[]> {
  await linkOf(rowsOf(page).nth(count - 1)).waitFor();
  return readIds(page, count);
}

/** How many rows the grid says it has; NaN while that is not known. */
export async function readTotal(page: Page): Promise<number> {
  const [rows, busy] = await gridOf(page).evaluateAll(([grid]) => [
    grid?.getAttribute('aria-rowcount') ?? null,
    grid?.getAttribute('aria-busy') ?? null,
  ]);
  return rows === null || rows === undefined || busy === 'true' ? Number.NaN : Number(rows) - 1;
}

export async function totalOf(page: Page): Promise<number> {
  await expect.poll(() => readTotal(page), SOON).not.toBeNaN();
  return readTotal(page);
}
