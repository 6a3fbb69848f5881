import { withName, type UsageFilters } from '../../lib/usage/name-search.ts';
import { firstOrder, sortsOf } from '../../lib/usage/sorts.ts';
import { USAGE_BY, type UsageBy, type UsageSort } from '../../lib/usage/usage-api.ts';
import { view } from '../../lib/url/view.svelte.ts';

/** Filters that only a link sets; a chip takes each away. */
export const CHIPS = ['node', 'team', 'environment'] as const;
const DEFAULT_SORT: UsageSort = 'waste_cpu';

// Each through its own value, which stays after a change of the URL that is about something else.
const q = $derived(view.param('q').trim());
const byText = $derived(view.param('by'));
const by = $derived<UsageBy>(USAGE_BY.find((one) => one === byText) ?? 'pod');
const sortText = $derived(view.param('sort'));
const orderText = $derived(view.param('order'));
const sort = $derived<UsageSort>(sortsOf(by).find((one) => one === sortText) ?? DEFAULT_SORT);
const order = $derived(orderText === 'asc' || orderText === 'desc' ? orderText : firstOrder(sort));
const untimedKey = $derived(
  JSON.stringify(
    withName(
      {
        cluster: view.cluster,
        namespace: view.namespace,
        workload: view.workload,
        ...Object.fromEntries(CHIPS.map((name) => [name, view.words(name)])),
      },
      by,
      q,
    ),
  ),
);
const untimed = $derived(JSON.parse(untimedKey) as UsageFilters);
const key = $derived(JSON.stringify([untimedKey, by, sort, order]));

/** What the table shows: all of it is in the URL. */
export const filters = {
  get untimed(): UsageFilters {
    return untimed;
  },
  /** Another one is another list. */
  get key() {
    return key;
  },
  get q() {
    return q;
  },
  get by(): UsageBy {
    return by;
  },
  get sort(): UsageSort {
    return sort;
  },
  get order(): 'asc' | 'desc' {
    return order;
  },
  /** Whether anything but the bar's own settings is chosen. */
  get any() {
    return q !== '' || CHIPS.some((name) => view.param(name) !== '');
  },
};

/** The change that takes the page's own filters away. */
export const noFilters = { q: null, node: null, team: null, environment: null } as const;

/** The change to another sort; the first in its usual order, chosen again turned round. */
export function sortPatch(next: UsageSort): { sort: string | null; order: string | null } {
  const turned = filters.order === 'asc' ? 'desc' : 'asc';
  const wanted = next === filters.sort ? turned : firstOrder(next);
  return { sort: next === DEFAULT_SORT ? null : next, order: wanted === firstOrder(next) ? null : wanted };
}
