import type { Locator, Page } from 'playwright-core';

/** A4 standing, in points. */
export const A4 = { width: 595, height: 842 };

/** Colours of text, fills and backgrounds within an element that are no shades of grey. */
export async function coloursOf(element: Locator): Promise<string[]> {
  const ink = await element.evaluate((whole) => {
    const colours = [...whole.querySelectorAll('*')].flatMap((one) => {
      const { color, fill, backgroundColor } = getComputedStyle(one);
      return [color, fill, backgroundColor];
    });
    return [...new Set(colours)].filter((value) => /^(rgb|color)/.test(value) && !/^rgba.*, 0\)$/.test(value));
  });
  return ink.filter((colour) => new Set(colour.match(/\d+/g)?.slice(0, 3)).size > 1);
}

/** The sheets that a page prints on, in points. */
export async function sheetsOf(page: Page): Promise<{ width: number; height: number }[]> {
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  return [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, width, height]) => ({
    width: Math.round(Number(width)),
    height: Math.round(Number(height)),
  }));
}
