import { asApiError, type ApiError } from '../../lib/api/client.ts';
import { listServices, type ServiceItem, type ServicePage } from '../../lib/services/services-api.ts';
import { view } from '../../lib/url/view.svelte.ts';
import { DAYS, filters } from './service-filters.svelte.ts';

/** So many at once: each carries its days. */
const PAGE = 50;

/**
 * The services of the page's filters, fetched where the table comes to them. A change of filters begins anew; a refresh fetches
 * what is in sight and keeps the rest until it comes into sight again.
 */
export function createServiceRows() {
  let head = $state.raw<Omit<ServicePage, 'items'> | null>(null);
  let pages = $state.raw<ReadonlyMap<number, readonly ServiceItem[]>>(new Map());
  let error = $state.raw<ApiError | null>(null);
  let loadedAt = $state<number | null>(null);
  let loading = $state(true);
  let asked = $state(0);
  let sight: readonly [number, number] = [0, 0];
  let controller = new AbortController();
  let underWay = new Set<number>();
  let fresh = new Set<number>();
  let key = '';

  async function fetchPage(page: number): Promise<void> {
    if (underWay.has(page) || fresh.has(page)) return;
    const [own, mine] = [underWay, controller];
    own.add(page);
    const query = {
      ...filters.untimed,
      ...view.times,
      sort: filters.sort,
      ...(filters.order === undefined ? {} : { order: filters.order }),
      // Where services are gathered only their counts are shown.
      ...(filters.by === 'service' ? { days: DAYS, limit: PAGE } : { limit: 1 }),
      offset: page * PAGE,
    };
    try {
      const { items, ...rest } = await listServices(query, mine.signal);
      if (mine.signal.aborted) return;
      head = rest;
      pages = new Map([...pages, [page, items]]);
      fresh.add(page);
      error = null;
      loadedAt = Date.now();
    } catch (reason) {
      if (mine.signal.aborted) return;
      error = asApiError(reason);
    }
    own.delete(page);
    loading = own.size > 0;
  }

  function fetchSight(): void {
    const [first, last] = sight.map((index) => Math.floor(index / PAGE)) as [number, number];
    for (let page = first; page <= last; page++) void fetchPage(page);
  }

  $effect(() => {
    void asked;
    void view.times;
    const next = JSON.stringify([filters.key, filters.sort, filters.order, filters.by, view.from, view.to]);
    controller.abort();
    controller = new AbortController();
    underWay = new Set();
    fresh = new Set();
    loading = true;
    if (next !== key) {
      key = next;
      sight = [0, 0];
      head = null;
      pages = new Map();
    }
    fetchSight();
    return () => controller.abort();
  });

  return {
    /** Counts and times of the newest answer; null before the first. */
    get head() {
      return head;
    },
    get error() {
      return error;
    },
    get loading() {
      return loading;
    },
    get loadedAt() {
      return loadedAt;
    },
    /** Undefined while it is under way. */
    row: (index: number): ServiceItem | undefined => pages.get(Math.floor(index / PAGE))?.[index % PAGE],
    look(first: number, last: number): void {
      sight = [first, last];
      fetchSight();
    },
    reload: () => void asked++,
  };
}
export type ServiceRows = ReturnType<typeof createServiceRows>;
