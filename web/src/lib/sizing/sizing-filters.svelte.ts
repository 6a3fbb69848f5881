import { withName, type UsageFilters } from '../usage/name-search.ts';
import { view } from '../url/view.svelte.ts';
import type { SizingSort, Verdict } from './sizing-api.ts';
import { readVerdicts } from './verdicts.ts';

/** Filters that a link sets; a chip takes each away. */
export const CHIPS = ['team', 'environment'] as const;
export const SORTS = ['saving_cpu', 'saving_memory', 'danger', 'name'] as const satisfies readonly SizingSort[];
const DEFAULT_SORT: SizingSort = 'saving_cpu';

/** The most comes first, and names rise. */
export const firstOrder = (sort: SizingSort): 'asc' | 'desc' => (sort === 'name' ? 'asc' : 'desc');

// Each through its own value, which stays after a change of the URL that is about something else.
const part = $derived(view.param('show') === 'nodes' ? 'nodes' : 'workloads');
const q = $derived(view.param('q').trim());
const sortText = $derived(view.param('sort'));
const orderText = $derived(view.param('order'));
const sort = $derived<SizingSort>(SORTS.find((one) => one === sortText) ?? DEFAULT_SORT);
const order = $derived(orderText === 'asc' || orderText === 'desc' ? orderText : firstOrder(sort));
const verdictText = $derived(view.param('verdict'));
const verdicts = $derived(readVerdicts(verdictText.split(',')));
const untimedKey = $derived(
  JSON.stringify(
    withName(
      {
        cluster: view.cluster,
        namespace: view.namespace,
        workload: view.workload,
        ...Object.fromEntries(CHIPS.map((name) => [name, view.words(name)])),
      },
      'workload',
      q,
    ),
  ),
);
const untimed = $derived(JSON.parse(untimedKey) as Omit<UsageFilters, 'pod' | 'node'>);
const key = $derived(JSON.stringify([untimedKey, verdicts, sort, order]));

/** What the page Sizing shows: all of it is in the URL. */
export const filters = {
  get part(): 'workloads' | 'nodes' {
    return part;
  },
  /** All but the range and the verdicts. */
  get untimed() {
    return untimed;
  },
  get untimedKey() {
    return untimedKey;
  },
  /** Another one is another list. */
  get key() {
    return key;
  },
  get q() {
    return q;
  },
  get verdicts(): Verdict[] {
    return verdicts;
  },
  get sort(): SizingSort {
    return sort;
  },
  get order(): 'asc' | 'desc' {
    return order;
  },
  /** Whether anything but the bar's own settings is chosen. */
  get any() {
    return q !== '' || verdicts.length > 0 || CHIPS.some((name) => view.param(name) !== '');
  },
};

/** The change that takes the page's own filters away. */
export const noFilters = { q: null, verdict: null, team: null, environment: null } as const;

/** The change to another sort; the first in its usual order, chosen again turned round. */
export function sortPatch(next: SizingSort): { sort: string | null; order: string | null } {
  const turned = filters.order === 'asc' ? 'desc' : 'asc';
  const wanted = next === filters.sort ? turned : firstOrder(next);
  return { sort: next === DEFAULT_SORT ? null : next, order: wanted === firstOrder(next) ? null : wanted };
}
