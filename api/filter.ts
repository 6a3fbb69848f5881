import type { ExceptionItem } from '../schemas/api/exceptions.ts';
import { FILTER_FIELDS, type ExceptionFilters, type FilterField } from '../schemas/api/filters.ts';
import { isSelected, only, readSelection, type Selection } from './selection.ts';
import { parseRange, type TimeRange } from './times.ts';

export type FilterLists = Readonly<Partial<Record<FilterField, Selection>>>;

/** What a row can be held against by itself. All of it must hold. */
export interface RowFilter {
  readonly lists: FilterLists;
  readonly minRestarts?: number | undefined;
}

/** The filters of a request, parsed. */
export interface ExceptionFilter extends RowFilter, TimeRange {
  readonly q?: string | undefined;
}

/** Where a filter's values stand: in SQL, and in a row in memory. */
interface FilterValues {
  readonly sql: string;
  /** Whether `sql` is an array, of which any value may match. */
  readonly many?: true;
  readonly of: (item: ExceptionItem) => readonly string[];
}

const column = (name: Exclude<FilterField, 'service' | 'exit_code'>): FilterValues => ({
  sql: name,
  of: (item) => [item[name]],
});

export const FILTER_VALUES: Readonly<Record<FilterField, FilterValues>> = {
  cluster: column('cluster'),
  namespace: column('namespace'),
  workload: column('workload'),
  workload_kind: column('workload_kind'),
  service: {
    sql: `if(empty(services), [''], services)`,
    many: true,
    of: ({ services }) => (services.length > 0 ? services : ['']),
  },
  pod: column('pod'),
  node: column('node'),
  container: column('container'),
  container_kind: column('container_kind'),
  reason: column('reason'),
  exit_code: {
    sql: `ifNull(toString(exit_code), 'none')`,
    of: ({ exit_code: code }) => [code === null ? 'none' : String(code)],
  },
  signal: column('signal'),
  type: column('type'),
  verdict: column('verdict'),
  rule: column('rule'),
  log_status: column('log_status'),
  hint: column('hint'),
  image: column('image'),
  fingerprint: column('fingerprint'),
};

type ListQuery = Partial<Record<FilterField, readonly string[] | undefined>>;

/** The list filters of a query, read. */
export function readLists(query: ListQuery): FilterLists {
  const given = FILTER_FIELDS.flatMap((field) => {
    const values = query[field];
    return values ? [[field, readSelection(values)] as const] : [];
  });
  return Object.fromEntries(given);
}

/** The row filters of a query; without a verdict only what is reported. */
export const rowFilterOf = (query: ListQuery & { min_restarts?: number | undefined }): RowFilter => ({
  lists: { verdict: only('reported'), ...readLists(query) },
  minRestarts: query.min_restarts,
});

/** The filters of a query; without a verdict only what is reported. Throws AppError `bad_request` for bad times. */
export const filterOf = (query: ExceptionFilters): ExceptionFilter => ({
  ...rowFilterOf(query),
  q: query.q,
  ...parseRange(query),
});

/** The filter without one of its lists. */
export function without<F extends RowFilter>(filter: F, field: FilterField): F {
  const { [field]: _left, ...lists } = filter.lists;
  return { ...filter, lists };
}

/** Whether a row in memory passes: the same as the filter's conditions in SQL. */
export function passes({ lists, minRestarts }: RowFilter, item: ExceptionItem): boolean {
  if (minRestarts !== undefined && item.restart_count < minRestarts) return false;
  return FILTER_FIELDS.every((field) => {
    const selection = lists[field];
    return !selection || isSelected(selection, FILTER_VALUES[field].of(item));
  });
}
