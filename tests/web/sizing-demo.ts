import type { Browser, Page } from 'playwright-core';
import { expect, inject, vi } from 'vitest';
import { openBrowser } from './browser.ts';

export const HOUR_MS = 3_600_000;
export const iso = (ms: number): string => new Date(ms).toISOString();
export const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
/** Whole hours that are over, so that the figures do not change while they are looked at; long enough to judge. */
export const PAST = { from: iso(hour - 31 * HOUR_MS), to: iso(hour - HOUR_MS), refresh: '0', tz: 'UTC' };
const IMPORTED_WITHIN_MS = 400_000;
export const OPENED_WITHIN_MS = IMPORTED_WITHIN_MS + 30_000;

interface Item {
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly verdict: string;
  readonly verdicts: readonly string[];
  readonly cpu: { readonly request: number | null; readonly recommended_request: number | null };
  readonly oom: { readonly kills: number };
  readonly patch: string | null;
}
interface Sums {
  readonly give_back: number;
  readonly add: number;
}
interface Sizing {
  readonly total: number;
  readonly items: readonly Item[];
  readonly totals: { readonly cpu: Sums; readonly memory: Sums };
  readonly verdicts: readonly { readonly verdict: string; readonly workloads: number; readonly first: number }[];
  readonly complete: { readonly missing: readonly { readonly missing_hours: number }[] };
}

export const addressOf = (query: Record<string, string> = {}, path = '/sizing'): string =>
  `${inject('demoUrl')}${path}?${new URLSearchParams({ ...PAST, ...query })}`;
export async function ask<T>(path: string, query: Record<string, string>): Promise<T> {
  const { from, to } = PAST;
  const answer = await fetch(
    `${inject('demoUrl')}/api/v1/usage/${path}?${new URLSearchParams({ from, to, ...query })}`,
  );
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}
export const sizing = (query: Record<string, string> = {}): Promise<Sizing> =>
  ask('sizing', { limit: '500', ...query });

/** The table of workloads, and its rows that hold something. */
export const tableOf = (page: Page, name = 'Sizing') => page.getByRole('grid', { name });
export const rowsOf = (page: Page) =>
  tableOf(page)
    .getByRole('row')
    .filter({ has: page.getByRole('gridcell') });
export const paramOf = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);
/** As a row says what it is about. */
export const placeOf = ({ cluster, namespace, kind, name }: Item): string =>
  `${name} ${kind} · ${cluster}/${namespace}`;
/** As the address names it. */
export const keyOf = ({ cluster, namespace, kind, name }: Item): string => `${cluster}/${namespace}/${kind}/${name}`;
/** Names with their places, from the top of the table. */
export const namesOf = (page: Page): Promise<string[]> =>
  rowsOf(page).evaluateAll((rows) =>
    rows
      .map((row) => ({ at: Number(row.getAttribute('aria-rowindex')), cell: row.querySelector('[role=gridcell]') }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ cell }) => [...(cell?.querySelectorAll('.cut') ?? [])].map((part) => part.textContent.trim()).join(' ')),
  );
export const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

/** Waits until the range is imported whole; fails where it is not within `IMPORTED_WITHIN_MS`. */
export async function untilImported(): Promise<void> {
  await vi.waitFor(
    async () => {
      const { complete } = await sizing({ limit: '1' });
      if (complete.missing.length > 0) throw new Error(`not imported yet: ${JSON.stringify(complete)}`);
    },
    { timeout: IMPORTED_WITHIN_MS, interval: 2000 },
  );
}

/** A browser, once the range is imported; rejects where it is not within `OPENED_WITHIN_MS`. */
export async function openOnImported(): Promise<Browser> {
  await untilImported();
  return openBrowser();
}
