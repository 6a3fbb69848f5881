import { asApiError, type ApiError } from './api/client.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
}

export interface PagedQuestion<T> {
  /** What the rows are about: when it changes, the list begins anew. Read before the first page is asked for. */
  readonly key: () => string;
  /** Read with it: each change asks anew for what is in sight, and keeps the rest until it comes into sight again. */
  readonly refreshed: () => unknown;
  readonly fetch: (page: { offset: number; limit: number }, signal: AbortSignal) => Promise<Page<T>>;
}

/** Rows that are fetched page by page, by their place, where a table comes to them. Called while its component starts. */
export function createPagedRows<T>(question: PagedQuestion<T>, pageRows: number) {
  let total = $state<number | null>(null);
  let pages = $state.raw<ReadonlyMap<number, readonly T[]>>(new Map());
  let error = $state.raw<ApiError | null>(null);
  let loadedAt = $state<number | null>(null);
  let asked = $state(0);
  let sight: readonly [number, number] = [0, 0];
  let controller = new AbortController();
  let underWay = new Set<number>();
  let fresh = new Set<number>();
  let lastKey = '';

  async function fetchPage(page: number): Promise<void> {
    if (underWay.has(page) || fresh.has(page)) return;
    const [own, mine] = [underWay, controller];
    own.add(page);
    try {
      const answer = await question.fetch({ offset: page * pageRows, limit: pageRows }, mine.signal);
      if (mine.signal.aborted) return;
      ({ total } = answer);
      pages = new Map([...pages, [page, answer.items]]);
      fresh.add(page);
      error = null;
      loadedAt = Date.now();
    } catch (reason) {
      if (mine.signal.aborted) return;
      error = asApiError(reason);
    }
    own.delete(page);
  }

  function fetchSight(): void {
    const [first, last] = sight.map((index) => Math.floor(index / pageRows)) as [number, number];
    for (let page = first; page <= last; page++) void fetchPage(page);
  }

  $effect(() => {
    void asked;
    void question.refreshed();
    const key = question.key();
    controller.abort();
    controller = new AbortController();
    underWay = new Set();
    fresh = new Set();
    if (key !== lastKey) {
      lastKey = key;
      sight = [0, 0];
      total = null;
      pages = new Map();
    }
    fetchSight();
    return () => controller.abort();
  });

  return {
    /** How many there are in all; null before the first answer. */
    get total() {
      return total;
    },
    get error() {
      return error;
    },
    get loadedAt() {
      return loadedAt;
    },
    /** Undefined while it is under way. */
    row: (index: number): T | undefined => pages.get(Math.floor(index / pageRows))?.[index % pageRows],
    /** The place of a row that has been fetched; -1 where none is. */
    findIndex(matches: (row: T) => boolean): number {
      for (const [page, items] of pages) {
        const at = items.findIndex(matches);
        if (at >= 0) return page * pageRows + at;
      }
      return -1;
    },
    /** These rows are in sight. */
    look(first: number, last: number): void {
      sight = [first, last];
      fetchSight();
    },
    reload: () => void asked++,
  };
}
export type PagedRows<T> = ReturnType<typeof createPagedRows<T>>;
