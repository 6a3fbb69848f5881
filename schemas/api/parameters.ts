import Type, { type Static, type TProperties } from 'typebox';
import { EXCEPTION_TYPES, VERDICTS } from '../exceptions.ts';

/** RFC 3339 with any offset; seconds' fraction optional. A `+` that was not percent-encoded arrives as a space. */
const timeParameter = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+ -]\d{2}:\d{2})$`,
      description: `${description}. RFC 3339, for example 2026-11-22T14:58:00.000Z`,
    }),
  );

const list = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ maxLength: 300 }), {
      maxItems: 100,
      description: `${description}. Repeat the parameter or separate values by commas`,
    }),
  );

const oneOfList = <const V extends readonly [string, ...string[]]>(values: V, description: string) =>
  Type.Optional(
    Type.Array(Type.Enum([...values] as unknown as V), {
      maxItems: values.length,
      description: `${description}. Repeat the parameter or separate values by commas`,
    }),
  );

const Range = {
  from: timeParameter('Not before'),
  to: timeParameter('Before (exclusive)'),
};

const Sources = {
  cluster: list('Clusters'),
  namespace: list('Kubernetes namespaces'),
};

const Kinds = {
  type: oneOfList(EXCEPTION_TYPES, 'death, stuck, pod or job'),
  verdict: oneOfList(VERDICTS, 'reported or suppressed; without it only reported'),
};

const EXCEPTION_FILTERS = {
  ...Sources,
  workload: list('Workload names'),
  workload_kind: list('Workload kinds'),
  pod: list('Pod names'),
  container: list('Container names'),
  reason: list('Reasons'),
  ...Kinds,
  rule: list('Rules that suppressed'),
  fingerprint: list('Groups'),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Text to find in the log or the message, as it is written, whatever its case',
    }),
  ),
  ...Range,
};
const ExceptionFilters = Type.Object(EXCEPTION_FILTERS);
export type ExceptionFilters = Static<typeof ExceptionFilters>;

const Paging = {
  cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`next` of the page before' })),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'Rows a page' }),
};

const strict = { additionalProperties: false } as const;
const query = <P extends TProperties>(properties: P) => Type.Object(properties, strict);

export const ListQuery = query({ ...EXCEPTION_FILTERS, ...Paging });
export const SuppressedQuery = query(EXCEPTION_FILTERS);

export const HISTOGRAM_BY = ['reason', 'cluster', 'namespace', 'type', 'verdict'] as const;
export type HistogramBy = (typeof HISTOGRAM_BY)[number];
export const BUCKET_SECONDS = { '1m': 60, '5m': 300, '15m': 900, '1h': 3600, '6h': 21_600, '1d': 86_400 } as const;
export type Bucket = keyof typeof BUCKET_SECONDS;
const BUCKETS = Object.keys(BUCKET_SECONDS) as [Bucket, ...Bucket[]];

export const HistogramQuery = query({
  ...EXCEPTION_FILTERS,
  bucket: Type.Enum(['auto', ...BUCKETS], {
    default: 'auto',
    description: 'Width of a bar; auto aims at 60 to 150 bars',
  }),
  by: Type.Enum([...HISTOGRAM_BY], { default: 'reason', description: 'What the bars are split by' }),
});

export const CoverageQuery = query({
  ...Sources,
  kind: list('Kinds: pod, event, workload/deployments, ...'),
  ...Range,
  ...Paging,
  limit: Type.Integer({ minimum: 1, maximum: 5000, default: 1000, description: 'Spans a page' }),
});

export const StreamQuery = query({ ...Sources, ...Kinds });

export const ClustersQuery = query({ cluster: Sources.cluster });

/** Parameters that are lists: their values may be separated by commas. */
export const LIST_PARAMETERS: ReadonlySet<string> = new Set(
  Object.entries({ ...EXCEPTION_FILTERS, kind: list('') })
    .filter(([, schema]) => 'items' in schema)
    .map(([name]) => name),
);
