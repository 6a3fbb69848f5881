import type { Answer, Query } from '../api/client.ts';
import { hrefWith, setParams, view, type Patch } from '../url/view.svelte.ts';
import { FILTER_FIELDS, readWord, withoutValue, withWord, type FilterField, type FilterWord } from './filter-words.ts';

export type ExceptionItem = Answer<'listExceptions'>['items'][number];
export type ExceptionSort = NonNullable<Query<'listExceptions'>['sort']>;
export type Order = NonNullable<Query<'listExceptions'>['order']>;
/** The filters that a row can be held against by itself, as the API's parameters. */
export type RowFilters = Query<'streamExceptions'>;

/** Those that the bar above every page holds. */
const SHARED: ReadonlySet<FilterField> = new Set(['cluster', 'namespace', 'workload']);

const words = $derived(FILTER_FIELDS.flatMap((field) => view.words(field).map((word) => readWord(field, word))));
const verdict = $derived(view.words('verdict'));
const restarts = $derived.by(() => {
  const text = view.param('min_restarts');
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
});
// Through text, so that a change of the URL that is about something else (a pane that opens) fetches nothing anew.
const rowKey = $derived.by(() => {
  const lists = FILTER_FIELDS.map((field) => [field, view.words(field)] as const).filter(([, list]) => list.length > 0);
  return JSON.stringify({
    ...Object.fromEntries(lists),
    ...(verdict.length > 0 ? { verdict } : {}),
    ...(restarts === undefined ? {} : { min_restarts: restarts }),
  });
});
const rowFilters = $derived(JSON.parse(rowKey) as RowFilters);
const q = $derived(view.param('q'));

/** The filters of exceptions: all of them stand in the URL. */
export const filters = {
  /** Every value of every list filter, the bar's too. */
  get words(): readonly FilterWord[] {
    return words;
  },
  /** Without the range and the text that is searched for. */
  get row(): RowFilters {
    return rowFilters;
  },
  get q(): string {
    return q;
  },
  get minRestarts(): number | undefined {
    return restarts;
  },
  get suppressed(): boolean {
    return verdict.length === 1 && verdict[0] === 'suppressed';
  },
  get verdict(): readonly string[] {
    return verdict;
  },
  /** All filters without the range. */
  get untimed() {
    return { ...rowFilters, ...(q === '' ? {} : { q }) };
  },
  /** All filters with the range at the last refresh, as the API's parameters. */
  get query() {
    return { ...filters.untimed, ...view.times };
  },
  /** Whether something beside the range limits what is shown. */
  get any(): boolean {
    return words.length > 0 || verdict.length > 0 || filters.q !== '' || restarts !== undefined;
  },
};

export const isShared = (field: FilterField): boolean => SHARED.has(field);

/** What to change in the URL for one more value of a filter. */
const including = ({ field, value, excluded }: FilterWord): Patch => ({
  [field]: withWord(view.words(field), { value, excluded }),
});

/** What to change in the URL so that a filter says nothing of a value. */
export const leaving = ({ field, value }: Pick<FilterWord, 'field' | 'value'>): Patch => ({
  [field]: withoutValue(view.words(field), value),
});

export const addFilter = (word: FilterWord): void => setParams(including(word));
export const hrefWithFilter = (word: FilterWord): string => hrefWith(including(word));

/** What to change in the URL so that no filter is left. */
export const noFilters = (): Patch =>
  Object.fromEntries([...FILTER_FIELDS, 'verdict', 'q', 'min_restarts'].map((name) => [name, null]));
