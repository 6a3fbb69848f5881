import { api, ApiError, body, type Query } from '../../lib/api/client.ts';
import { filters } from '../../lib/exceptions/filters.svelte.ts';
import { createResource, type Resource } from '../../lib/resource.svelte.ts';
import { view } from '../../lib/url/view.svelte.ts';
import {
  changesOf,
  conflictsOf,
  saidOf,
  type GroupItem,
  type GroupNote,
  type Said,
  type SaidChange,
} from './note-merge.ts';

export const GROUP_SORTS = ['last_seen', 'first_seen', 'count', 'pods'] as const;
export type GroupSort = (typeof GROUP_SORTS)[number];

const STEP = 50;
/** The most rows of one answer. */
const PAGE = 500;

const sort = $derived(GROUP_SORTS.find((one) => one === view.param('group_sort')) ?? 'last_seen');
const direction = $derived<'asc' | 'desc'>(view.param('group_order') === 'asc' ? 'asc' : 'desc');
const hidesAcknowledged = $derived(view.param('acknowledged') === 'false');
const onlyNew = $derived(view.param('new') === '1');

/** The order and the filters of the groups' own; they stand in the URL beside the page's filters. */
export const order = {
  get sort(): GroupSort {
    return sort;
  },
  get direction() {
    return direction;
  },
  get hidesAcknowledged() {
    return hidesAcknowledged;
  },
  /** Only those first seen in the range. */
  get onlyNew() {
    return onlyNew;
  },
};

export interface GroupList {
  readonly items: readonly GroupItem[];
  readonly total: number;
}

/** What became of a change. `conflict`: somebody else changed the same meanwhile, and nothing was sent. */
export type Saved = { readonly kind: 'saved' } | { readonly kind: 'conflict'; readonly theirs: GroupItem };

export interface Groups {
  readonly list: Resource<GroupList>;
  readonly loadingMore: boolean;
  /** The group with what was said of it here and is not in the list yet. */
  current(item: GroupItem): GroupItem;
  showMore(): void;
  /**
   * Sends the fields in which `mine` is another than `base`. They show at once; where sending them fails they go back, and
   * the error is thrown. `force`: over what somebody else wrote.
   */
  save(item: GroupItem, edit: { base: Said; mine: Said; force?: boolean }): Promise<Saved>;
}

async function loadGroups(query: Query<'listGroups'>, wanted: number, signal: AbortSignal): Promise<GroupList> {
  const items: GroupItem[] = [];
  for (let offset = 0; offset < wanted; offset += PAGE) {
    const limit = Math.min(PAGE, wanted - offset);
    const page = await body(
      api.GET('/api/v1/exceptions/groups', { params: { query: { ...query, offset, limit } }, signal }),
    );
    items.push(...page.items);
    if (items.length >= page.total || page.items.length === 0) return { items, total: page.total };
    if (offset + limit >= wanted) return { items, total: page.total };
  }
  return { items, total: items.length };
}

/** The group as it is now, whatever the page's filters; throws where it is gone. */
async function readGroup(fingerprint: string): Promise<GroupItem> {
  const query = { fingerprint: [fingerprint], verdict: ['reported' as const, 'suppressed' as const], limit: 1 };
  const { items } = await body(api.GET('/api/v1/exceptions/groups', { params: { query } }));
  const [item] = items;
  if (!item) throw new ApiError('not_found', 404, 'there is no group with this fingerprint');
  return item;
}

const send = (fingerprint: string, change: SaidChange): Promise<GroupNote> =>
  body(api.PATCH('/api/v1/exceptions/groups/{fingerprint}', { params: { path: { fingerprint } }, body: change }));

export function createGroups(): Groups {
  let wanted = $state(STEP);
  let said = $state.raw<ReadonlyMap<string, Partial<GroupNote>>>(new Map());

  const subject = (): string =>
    JSON.stringify([filters.untimed, view.from, view.to, order.hidesAcknowledged, order.onlyNew]);
  const list = createResource<GroupList>(
    (signal) => {
      const own = {
        ...(order.hidesAcknowledged ? { acknowledged: false } : {}),
        ...(order.onlyNew ? { new: true } : {}),
      };
      return loadGroups({ ...filters.query, ...own, sort: order.sort, order: order.direction }, wanted, signal);
    },
    { key: subject },
  );

  const remember = (fingerprint: string, note: Partial<GroupNote> | undefined): void => {
    const next = new Map(said);
    if (note) next.set(fingerprint, note);
    else next.delete(fingerprint);
    said = next;
  };

  function current(item: GroupItem): GroupItem {
    const own = said.get(item.fingerprint);
    const newer = own?.updated_at === undefined || own.updated_at > (item.updated_at ?? '');
    return own && newer ? { ...item, ...own } : item;
  }

  async function save(
    item: GroupItem,
    { base, mine, force = false }: { base: Said; mine: Said; force?: boolean },
  ): Promise<Saved> {
    const { fingerprint } = item;
    const change = changesOf(base, mine);
    if (Object.keys(change).length === 0) return { kind: 'saved' };
    const before = said.get(fingerprint);
    remember(fingerprint, { ...before, ...change, updated_at: undefined });
    try {
      const theirs = await readGroup(fingerprint);
      if (!force && conflictsOf(base, change, saidOf(theirs)).length > 0) {
        remember(fingerprint, before);
        return { kind: 'conflict', theirs };
      }
      remember(fingerprint, await send(fingerprint, change));
      return { kind: 'saved' };
    } catch (error) {
      remember(fingerprint, before);
      throw error;
    }
  }

  return {
    list,
    get loadingMore() {
      return list.loading && (list.data?.items.length ?? 0) < Math.min(wanted, list.data?.total ?? 0);
    },
    current,
    showMore: () => void (wanted += wanted < 4 * STEP ? STEP : 4 * STEP),
    save,
  };
}
