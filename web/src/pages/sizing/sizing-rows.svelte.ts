import { createPagedRows } from '../../lib/paged-rows.svelte.ts';
import { createResource } from '../../lib/resource.svelte.ts';
import { listSizing, type SizingItem, type SizingPage, type Verdict } from '../../lib/sizing/sizing-api.ts';
import { filters } from '../../lib/sizing/sizing-filters.svelte.ts';
import { NEEDS_MORE } from '../../lib/sizing/verdicts.ts';
import { view } from '../../lib/url/view.svelte.ts';

const PAGE_ROWS = 100;

export type SizingHead = Omit<SizingPage, 'items'>;

/** The rows of the page's filters, and what the newest answer says of all of them. */
export function createSizingRows() {
  let head = $state.raw<SizingHead | null>(null);
  const rows = createPagedRows<SizingItem>(
    {
      key: () => JSON.stringify([filters.key, view.from, view.to]),
      refreshed: () => view.times,
      async fetch(page, signal) {
        const { sort, order, verdicts } = filters;
        const answer = await listSizing(
          { ...filters.untimed, ...view.times, verdict: verdicts, sort, order, ...page },
          signal,
        );
        if (!signal.aborted) head = answer;
        return answer;
      },
    },
    PAGE_ROWS,
  );
  return {
    rows,
    get head() {
      return head;
    },
  };
}

/** What workloads with some verdicts come to, whatever verdict the table is narrowed to. */
function createSums(verdict: readonly Verdict[]) {
  return createResource(
    (signal) => listSizing({ ...filters.untimed, ...view.times, verdict: [...verdict], limit: 1 }, signal),
    { key: () => JSON.stringify([filters.untimedKey, view.from, view.to]) },
  );
}

/** Those that ask for too much, and those that need more. */
export const createSizingSums = () => ({ over: createSums(['over-provisioned']), more: createSums(NEEDS_MORE) });
export type SizingSums = ReturnType<typeof createSizingSums>;
