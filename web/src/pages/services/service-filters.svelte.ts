import { SERVICE_STATES } from '../../lib/services/states.ts';
import { CAUSES } from '../../lib/services/outage-sentence.ts';
import type { ServicesQuery } from '../../lib/services/services-api.ts';
import { view } from '../../lib/url/view.svelte.ts';

export const SORTS = ['availability', 'name', 'state', 'budget', 'outages', 'longest', 'downtime', 'burn'] as const;
export type ServiceSort = (typeof SORTS)[number];
export const GROUPINGS = ['service', 'team', 'namespace', 'environment', 'cluster'] as const;
export type Grouping = (typeof GROUPINGS)[number];
/** What a bar of days spans, whatever the range. */
export const DAYS = 90;

type Words<F extends 'state' | 'cause'> = NonNullable<ServicesQuery[F]>[number];
/** Those of the address that are known words, so that an old link is not refused as a whole. */
const known = <W extends string>(name: string, words: readonly string[]): W[] =>
  view.words(name).filter((word): word is W => words.includes(word.replace(/^!/, '')));

// Each through its own value, which stays after a change of the URL that is about something else.
const state = $derived(view.param('state'));
const cause = $derived(view.param('cause'));
const q = $derived(view.param('q'));
const spent = $derived(view.param('spent') === '1');
const sortParam = $derived(view.param('sort'));
const orderParam = $derived(view.param('order'));
const byParam = $derived(view.param('by'));

const chosen = () => ({
  cluster: view.cluster,
  namespace: view.namespace,
  workload: view.workload,
  state: known<Words<'state'>>('state', SERVICE_STATES),
  team: view.words('team'),
  environment: view.words('environment'),
  cause: known<Words<'cause'>>('cause', CAUSES),
  ...(q === '' ? {} : { q }),
  tz: view.zone,
});
const key = $derived(JSON.stringify(chosen()));
const untimed = $derived(JSON.parse(key) as ReturnType<typeof chosen>);

/** What the table of services shows: all of it is in the URL. */
export const filters = {
  get untimed() {
    return untimed;
  },
  get key() {
    return key;
  },
  get q() {
    return q;
  },
  get state() {
    return state;
  },
  get cause() {
    return cause;
  },
  /** Only services whose budget is spent: by what is left of it they come first, and as many as the answer counts. */
  get spent() {
    return spent;
  },
  get sort(): ServiceSort {
    if (spent) return 'budget';
    return SORTS.find((one) => one === sortParam) ?? 'availability';
  },
  /** Undefined: the worst first, and names rising. */
  get order(): 'asc' | 'desc' | undefined {
    if (spent) return undefined;
    return orderParam === 'asc' || orderParam === 'desc' ? orderParam : undefined;
  },
  get by(): Grouping {
    return GROUPINGS.find((one) => one === byParam) ?? 'service';
  },
  /** Whether anything but the bar's own settings is chosen. */
  get any() {
    const { team, environment } = untimed;
    return spent || state !== '' || cause !== '' || q !== '' || team.length > 0 || environment.length > 0;
  },
};

/** The change that takes the page's own filters away. */
export const noFilters = { state: null, team: null, environment: null, cause: null, q: null, spent: null } as const;

/** The direction that a column sorts by at first. */
export const firstOrder = (sort: ServiceSort): 'asc' | 'desc' =>
  sort === 'availability' || sort === 'name' || sort === 'budget' ? 'asc' : 'desc';
