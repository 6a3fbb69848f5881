import Type, { type TProperties, type TSchema } from 'typebox';
import { EXCEPTION_FILTERS, FILTER_FIELDS, list, Range, ROW_FILTERS, Sources } from './filters.ts';
import { SERVICE_FILTER_FIELDS } from './service-filters.ts';

/** A parameter that may be left out and is never missing: the validator fills its default in before a route reads it. */
export const withDefault = <T extends TSchema>(schema: T): T => Type.Optional(schema);

const limit = (maximum: number, fallback: number, description: string) =>
  withDefault(Type.Integer({ minimum: 1, maximum, default: fallback, description }));

const Cursor = {
  cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`next` of the page before' })),
};
export const Paging = { ...Cursor, limit: limit(500, 100, 'Rows a page') };

const strict = { additionalProperties: false } as const;
export const query = <P extends TProperties>(properties: P) => Type.Object(properties, strict);

/** Another order than the list's own goes by offset; the cursor belongs to the list's own order. */
export const sorting = <const S extends string>(sorts: readonly [S, ...S[]]) => ({
  sort: withDefault(Type.Enum([...sorts], { default: sorts[0], description: 'What to sort by' })),
  order: withDefault(Type.Enum(['desc', 'asc'], { default: 'desc', description: 'Falling or rising' })),
  offset: withDefault(
    Type.Integer({
      minimum: 0,
      maximum: 100_000,
      default: 0,
      description: 'Rows to pass over. It, sort and order exclude cursor, unless they are as by default',
    }),
  ),
});

export const EXCEPTION_SORTS = [
  'observed_at',
  'cluster',
  'namespace',
  'workload',
  'pod',
  'container',
  'reason',
  'exit_code',
  'signal',
  'restart_count',
  'log_status',
  'node',
  'hint',
  'image',
  'type',
  'verdict',
  'rule',
] as const;
export type ExceptionSort = (typeof EXCEPTION_SORTS)[number];
export type Order = 'asc' | 'desc';

export const ListQuery = query({ ...EXCEPTION_FILTERS, ...Paging, ...sorting(EXCEPTION_SORTS) });
export const SuppressedQuery = query(EXCEPTION_FILTERS);
export const CsvQuery = query(EXCEPTION_FILTERS);

export const GROUP_SORTS = ['last_seen', 'first_seen', 'count', 'pods'] as const;
export type GroupSort = (typeof GROUP_SORTS)[number];
export const GroupsQuery = query({
  ...EXCEPTION_FILTERS,
  acknowledged: Type.Optional(Type.Boolean({ description: 'Only groups that are, or are not, acknowledged' })),
  new: Type.Optional(
    Type.Boolean({ description: 'true: only groups whose first row in all kept history does not lie before `from`' }),
  ),
  ...Paging,
  ...sorting(GROUP_SORTS),
});

export const FacetsQuery = query({
  ...EXCEPTION_FILTERS,
  field: Type.Enum(FILTER_FIELDS, { description: 'The filter whose values are asked for' }),
  search: Type.Optional(Type.String({ maxLength: 200, description: 'Part of the value, whatever its case' })),
  limit: limit(100, 20, 'Values'),
});

export const HISTOGRAM_BY = ['reason', 'cluster', 'namespace', 'type', 'verdict'] as const;
export type HistogramBy = (typeof HISTOGRAM_BY)[number];
export const BUCKET_SECONDS = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '6h': 21_600, '1d': 86_400 } as const;
export type Bucket = keyof typeof BUCKET_SECONDS;
const BUCKETS = Object.keys(BUCKET_SECONDS) as [Bucket, ...Bucket[]];

export const HistogramQuery = query({
  ...EXCEPTION_FILTERS,
  bucket: withDefault(
    Type.Enum(['auto', ...BUCKETS], {
      default: 'auto',
      description: 'Width of a bar; auto aims at 60 to 150 bars',
    }),
  ),
  by: withDefault(Type.Enum([...HISTOGRAM_BY], { default: 'reason', description: 'What the bars are split by' })),
});

export const SearchQuery = query({
  q: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'Part of a name, a reason or a hint, whatever its case',
  }),
  ...Sources,
  ...Range,
  limit: limit(100, 20, 'Items'),
});

export const OverviewQuery = query({ ...Sources, workload: ROW_FILTERS.workload, ...Range });

export const CoverageQuery = query({
  ...Sources,
  kind: list('Kinds: pod, event, workload/deployments, ...'),
  ...Range,
  ...Cursor,
  limit: limit(5000, 1000, 'Spans a page'),
});

export const StreamQuery = query(ROW_FILTERS);

export const ClustersQuery = query({ cluster: Sources.cluster });

/** Parameters that are lists: their values may be separated by commas. */
export const LIST_PARAMETERS: ReadonlySet<string> = new Set([...FILTER_FIELDS, ...SERVICE_FILTER_FIELDS, 'metrics']);
