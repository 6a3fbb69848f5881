import { untrack } from 'svelte';
import { api, asApiError, body, type ApiError } from '../api/client.ts';
import { instantsOf, type Range } from '../time/range.ts';
import type { ExceptionItem, ExceptionSort, filters, Order } from './filters.svelte.ts';
import { FreshRows } from './fresh-rows.svelte.ts';
import {
  indexOfId,
  keepWindow,
  MOST_ROWS,
  replaceRow,
  rowAt,
  WINDOW_ROWS,
  windowsOf,
  type Windows,
} from './row-windows.ts';

export interface RowsQuestion {
  readonly filters: (typeof filters)['untimed'];
  readonly sort: ExceptionSort;
  readonly order: Order;
  /** Another object after each refresh, also where its ends stay. */
  readonly range: Range;
  /** What the rows are about: when it changes, the list begins anew at its top. */
  readonly key: string;
}

const FIRST_PLACES = 12;
const AHEAD_ROWS = 40;
/** A window that is passed by in a quick scroll is not asked for. */
const SETTLED_MS = 60;

/**
 * The rows of the table, fetched in windows as they are looked at. The range's end stays where it was when the list was
 * loaded, so that a row keeps its place. A refresh reloads the list only while nobody reads in it (`isRead`); otherwise it
 * counts what came since, for `showNewer`.
 */
export function createExceptionRows(ask: () => RowsQuestion, isRead: () => boolean) {
  let windows = $state.raw<Windows<ExceptionItem>>(new Map());
  let known = $state.raw<number | null>(null);
  /** How many places are shown while the number of rows is not known: as many as there were. */
  let places = $state(FIRST_PLACES);
  let pinned = $state.raw<Range>(untrack(ask).range);
  let error = $state.raw<ApiError | null>(null);
  let loadedAt = $state<number | null>(null);
  let newer = $state(0);
  const fresh = new FreshRows();
  const underWay = new Map<number, AbortController>();
  let counting: AbortController | undefined;
  let settle: ReturnType<typeof setTimeout> | undefined;
  let wanted = { first: 0, last: 0 };
  /** The windows of the list before are shown until the first of the new one is there. */
  let outdated = false;
  let key = '';

  const total = $derived(known === null ? null : known + fresh.shown.length);

  function abortAll(): void {
    clearTimeout(settle);
    counting?.abort();
    for (const controller of underWay.values()) controller.abort();
    underWay.clear();
  }

  async function fetchWindow(number: number): Promise<void> {
    const controller = new AbortController();
    underWay.set(number, controller);
    const { filters: query, sort, order } = untrack(ask);
    const place = { limit: WINDOW_ROWS, offset: number * WINDOW_ROWS, sort, order };
    try {
      const params = { query: { ...query, ...instantsOf(pinned), ...place } };
      const answer = await body(api.GET('/api/v1/exceptions', { params, signal: controller.signal }));
      if (controller.signal.aborted) return;
      windows = keepWindow(outdated ? new Map() : windows, number, answer.items);
      fresh.listed(answer.items, outdated ? pinned.to : null);
      outdated = false;
      known = answer.total;
      if (known > 0) places = known;
      error = null;
      loadedAt = Date.now();
    } catch (reason) {
      if (!controller.signal.aborted) error = asApiError(reason);
    } finally {
      if (underWay.get(number) === controller) underWay.delete(number);
    }
  }

  function fetchWanted(): void {
    const first = wanted.first - fresh.shown.length - AHEAD_ROWS;
    const last = wanted.last - fresh.shown.length + AHEAD_ROWS;
    const numbers = windowsOf(first, last, outdated || known === null ? WINDOW_ROWS : known);
    for (const [number, controller] of underWay) {
      if (numbers.includes(number)) continue;
      controller.abort();
      underWay.delete(number);
    }
    for (const number of numbers) {
      if (!underWay.has(number) && (outdated || !windows.has(number))) void fetchWindow(number);
    }
  }

  /** Begins the list anew over a range; `keep`: what is there stays in sight until the answer comes. */
  function begin(range: Range, keep: boolean): void {
    abortAll();
    pinned = range;
    newer = 0;
    outdated = keep && windows.size > 0;
    if (!outdated) {
      windows = new Map();
      known = null;
      error = null;
      fresh.clear();
    }
    if (!keep) wanted = { first: 0, last: 0 };
    fetchWanted();
  }

  async function countNewer(range: Range): Promise<void> {
    counting?.abort();
    const controller = (counting = new AbortController());
    const query = { ...untrack(ask).filters, ...instantsOf({ from: pinned.to, to: range.to }), limit: 1 };
    try {
      const answer = await body(api.GET('/api/v1/exceptions', { params: { query }, signal: controller.signal }));
      if (!controller.signal.aborted) newer = answer.total;
    } catch (reason) {
      if (!controller.signal.aborted) error = asApiError(reason);
    }
  }

  $effect(() => {
    const { range, key: asked } = ask();
    untrack(() => {
      if (asked !== key) {
        key = asked;
        begin(range, false);
      } else if (!isRead()) begin(range, true);
      else if (range.to > pinned.to) void countNewer(range);
    });
  });
  $effect(() => abortAll);

  return {
    /** Rows on all pages; null until it is known. */
    get total() {
      return total;
    },
    /** How many of them can be walked to; while they are not known, as many as there were before. */
    get reachable() {
      return Math.min(total ?? places, MOST_ROWS);
    },
    /** The range of the list, which stays while somebody reads. */
    get range() {
      return pinned;
    },
    get error() {
      return error;
    },
    get loadedAt() {
      return loadedAt;
    },
    /** Rows that came since the list was loaded and are not in it. */
    get newer() {
      return newer + fresh.held.length;
    },
    at: (index: number): ExceptionItem | undefined =>
      index < fresh.shown.length ? fresh.shown[index] : rowAt(windows, index - fresh.shown.length),
    /** Where a row stands among those that are here; -1 where it is not. */
    indexOf(id: string): number {
      const at = fresh.shown.findIndex((row) => row.id === id);
      if (at >= 0) return at;
      const listed = indexOfId(windows, id);
      return listed < 0 ? -1 : listed + fresh.shown.length;
    },
    isNew: (id: string): boolean => fresh.shown.some((row) => row.id === id),
    /** Says which rows are looked at. */
    want(first: number, last: number): void {
      const missing = windowsOf(first - fresh.shown.length, last - fresh.shown.length, known ?? 0);
      wanted = { first, last };
      clearTimeout(settle);
      if (missing.every((number) => windows.has(number))) fetchWanted();
      else settle = setTimeout(fetchWanted, SETTLED_MS);
    },
    /** Loads the list anew up to now. */
    showNewer(): void {
      const { range } = untrack(ask);
      wanted = { first: 0, last: 0 };
      begin({ from: range.from, to: Math.max(range.to, Date.now()) }, true);
    },
    reload(): void {
      begin(untrack(ask).range, true);
    },
    /** The stream begins or goes on: what came while nobody listened is fetched. */
    resume(): void {
      const range = { from: untrack(ask).range.from, to: Date.now() };
      if (isRead()) void countNewer(range);
      else begin(range, true);
    },
    /** A row from the stream: in its place where it is known, on top where it is new. */
    take(row: ExceptionItem): void {
      if (fresh.replace(row)) return;
      const replaced = replaceRow(windows, row);
      if (replaced) windows = replaced;
      else if (isNewest(row)) fresh.add(row, isRead());
      if (fresh.full && !isRead()) begin({ from: pinned.from, to: Date.now() }, true);
    },
  };

  /** Whether a row that is not in the list belongs on top of it, and not into a part that was not fetched. */
  function isNewest(row: ExceptionItem): boolean {
    const at = Date.parse(row.observed_at);
    const top = windows.get(0);
    if (at >= pinned.to) return true;
    if (!top) return false;
    const last = top.at(-1);
    return last === undefined || top.length < WINDOW_ROWS || at > Date.parse(last.observed_at);
  }
}
export type ExceptionRows = ReturnType<typeof createExceptionRows>;
