import { createPagedRows } from '../../lib/paged-rows.svelte.ts';
import { listUsage, type UsageItem, type UsagePage } from '../../lib/usage/usage-api.ts';
import { view } from '../../lib/url/view.svelte.ts';
import { filters } from './resource-filters.svelte.ts';

const PAGE_ROWS = 100;

export type ResourceHead = Omit<UsagePage, 'items'>;

/** The rows of the page's filters, and what the newest answer says of all of them. */
export function createResourceRows() {
  let head = $state.raw<ResourceHead | null>(null);
  /** Whether any row so far has something to say of GPUs. */
  let gpu = $state(false);
  const rows = createPagedRows<UsageItem>(
    {
      key: () => JSON.stringify([filters.key, view.from, view.to]),
      refreshed: () => view.times,
      async fetch(page, signal) {
        const { by, sort, order } = filters;
        const answer = await listUsage({ ...filters.untimed, ...view.times, by, sort, order, ...page }, signal);
        if (!signal.aborted) {
          head = answer;
          gpu = answer.totals.gpu.request !== null && answer.totals.gpu.request > 0;
          gpu ||= answer.items.some((item) => hasGpu(item));
        }
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
    get gpu() {
      return gpu;
    },
  };
}
export type ResourceRows = ReturnType<typeof createResourceRows>;

/** Whether anything is known of GPUs. */
export const hasGpu = ({ gpu }: UsageItem): boolean =>
  gpu.utilisation.avg !== null || gpu.memory.avg !== null || (gpu.request ?? 0) > 0;
