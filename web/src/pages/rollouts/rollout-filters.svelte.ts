import {
  OUTCOMES,
  ROLLOUT_KINDS,
  type RolloutKind,
  type RolloutSort,
  type RolloutsQuery,
  type Outcome,
} from '../../lib/rollouts/rollouts-api.ts';
import { view } from '../../lib/url/view.svelte.ts';

export const SORTS = [
  'started_at',
  'workload',
  'kind',
  'outcome',
  'duration',
  'manager',
  'cluster',
  'namespace',
] as const satisfies readonly RolloutSort[];
/** Kinds that always can be chosen; others come by a link. */
export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
/** Filters that only a link sets; a chip takes each away. */
export const CHIPS = ['service', 'team', 'environment', 'manager'] as const;

type Untimed = Omit<RolloutsQuery, 'from' | 'to' | 'sort' | 'order' | 'limit' | 'offset' | 'cursor'>;
/** Those of the address that are known words, so that an old link is not refused as a whole. */
const known = <W extends string>(name: string, words: readonly W[]): W[] =>
  view.words(name).filter((word): word is W => words.some((one) => one === word.replace(/^!/, '')));

/** The change that takes the page's own filters away. */
export const noFilters = {
  outcome: null,
  kind: null,
  workload_kind: null,
  service: null,
  team: null,
  environment: null,
  manager: null,
} as const;

/** The direction that a column sorts by at first: the newest and the longest, and names rising. */
export const firstOrder = (column: RolloutSort): 'asc' | 'desc' =>
  column === 'started_at' || column === 'duration' ? 'desc' : 'asc';

// Through text: a change of the URL that is about something else (a pane that opens) fetches nothing anew.
const sortText = $derived(view.param('sort'));
const orderText = $derived(view.param('order'));
const sort = $derived(SORTS.find((one) => one === sortText) ?? 'started_at');
const order = $derived(orderText === 'asc' || orderText === 'desc' ? orderText : firstOrder(sort));
const untimedKey = $derived(
  JSON.stringify({
    cluster: view.cluster,
    namespace: view.namespace,
    workload: view.workload,
    outcome: known<Outcome>('outcome', OUTCOMES),
    kind: known<RolloutKind>('kind', ROLLOUT_KINDS),
    workload_kind: view.words('workload_kind'),
    ...Object.fromEntries(CHIPS.map((name) => [name, view.words(name)])),
  } satisfies Untimed),
);
const untimed = $derived(JSON.parse(untimedKey) as Untimed);
const key = $derived(JSON.stringify([untimedKey, sort, order]));

/** What the table of rollouts shows: all of it is in the URL. */
export const filters = {
  get untimed(): Untimed {
    return untimed;
  },
  get key() {
    return key;
  },
  get outcome() {
    return view.param('outcome');
  },
  get kind() {
    return view.param('kind');
  },
  get workloadKind() {
    return view.param('workload_kind');
  },
  get sort(): RolloutSort {
    return sort;
  },
  get order(): 'asc' | 'desc' {
    return order;
  },
  /** Whether anything but the bar's own settings is chosen. */
  get any() {
    return Object.keys(noFilters).some((name) => view.param(name) !== '');
  },
};
