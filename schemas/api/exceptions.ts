import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { ExceptionLogRow, ExceptionRow } from '../exceptions.ts';
import { nullable, page, wireFields } from './envelope.ts';
import { FILTER_FIELDS } from './filters.ts';
import { HISTOGRAM_BY } from './parameters.ts';

/** The fields of an exception, in the order in which they are shown. */
export const EXCEPTION_FIELDS = [
  'id',
  'type',
  'cluster',
  'namespace',
  'pod',
  'pod_uid',
  'node',
  'container',
  'container_kind',
  'container_id',
  'workload_kind',
  'workload',
  'services',
  'reason',
  'exit_code',
  'signal',
  'message',
  'started_at',
  'finished_at',
  'observed_at',
  'restart_count',
  'ordinal',
  'verdict',
  'rule',
  'log_status',
  'fingerprint',
  'hint',
  'image',
] as const;

const exceptionFields = wireFields(ExceptionRow, EXCEPTION_FIELDS);
export const ExceptionItem = Type.Object(exceptionFields);
export type ExceptionItem = Static<typeof ExceptionItem>;
export const ExceptionPage = page(ExceptionItem);

/** What the log is, beside its text; null where the log has not been asked for yet, or none can exist. */
export const LogMeta = Type.Object({
  ...wireFields(ExceptionLogRow, ['status', 'detail', 'lines', 'bytes', 'redactions', 'observed_at']),
  truncated: Type.Boolean({ description: 'Whether the log was longer than what is kept' }),
});
export type LogMeta = Static<typeof LogMeta>;

export const NeighbourEvent = Type.Object({
  observed_at: Time,
  uid: Type.String(),
  type: Type.String({ description: 'Normal or Warning' }),
  reason: Type.String(),
  message: Type.String(),
  count: Type.Integer(),
  first_seen: Type.String({ description: "As Kubernetes wrote it, or ''" }),
  last_seen: Type.String({ description: "As Kubernetes wrote it, or ''" }),
  source: Type.String({ description: 'The component that reported it' }),
  field_path: Type.String({ description: 'spec.containers{name}, where the event is about a container' }),
  involved_uid: Type.String(),
});
export type NeighbourEvent = Static<typeof NeighbourEvent>;

export const SpecAtTheMoment = Type.Object({
  observed_at: Time,
  resource_version: Type.String(),
  object: Type.Unknown({
    description: "The pod as the journal keeps it: Kubernetes' own fields, without values of variables",
  }),
});

export const ExceptionDetail = Type.Object({
  ...exceptionFields,
  log: Type.String({ description: "The dead instance's last lines; '' where there is none, log_status says why" }),
  log_meta: nullable(LogMeta, 'What is known of the log'),
  events: Type.Array(NeighbourEvent, { description: "The pod's Kubernetes events within 10 minutes, oldest first" }),
  siblings: Type.Object({
    container: Type.Array(ExceptionItem, {
      description: 'Others of the same pod and container, newest first, at most 20',
    }),
    fingerprint: Type.Array(ExceptionItem, {
      description: 'Others of the same group within 7 days before and after, newest first, at most 20',
    }),
  }),
  spec: nullable(SpecAtTheMoment, 'The pod as it was last seen before the exception'),
});
export type ExceptionDetail = Static<typeof ExceptionDetail>;

export const GroupItem = Type.Object({
  fingerprint: Type.String(),
  count: Type.Integer({ minimum: 1 }),
  first_seen: Time,
  first_seen_ever: { ...Time, description: 'First row of the group in all kept history, whatever its verdict' },
  last_seen: Time,
  pods: Type.Integer({ description: 'How many pods' }),
  clusters: Type.Array(Type.String()),
  namespaces: Type.Array(Type.String()),
  workloads: Type.Array(Type.String(), { description: 'kind/name' }),
  reasons: Type.Array(Type.String()),
  types: Type.Array(Type.String()),
  container: Type.String(),
  exit_code: nullable(Type.Integer(), 'Of the newest one'),
  first_image: Type.String({ description: 'Image of the first one' }),
  sample_id: Type.String({ description: 'Id of the newest one' }),
  hint: Type.String(),
  acknowledged: Type.Boolean(),
  owner: Type.String(),
  note: Type.String(),
  updated_by: Type.String(),
  updated_at: nullable(Time, 'When acknowledgement, owner or note last changed'),
});
export type GroupItem = Static<typeof GroupItem>;
export const GroupPage = page(GroupItem);

export const GroupChange = Type.Object(
  {
    acknowledged: Type.Optional(Type.Boolean()),
    owner: Type.Optional(Type.String({ maxLength: 200 })),
    note: Type.Optional(Type.String({ maxLength: 10_000 })),
  },
  { additionalProperties: false, minProperties: 1, description: 'What is left out stays as it is' },
);
export type GroupChange = Static<typeof GroupChange>;

export const GroupNote = Type.Object({
  fingerprint: Type.String(),
  acknowledged: Type.Boolean(),
  owner: Type.String(),
  note: Type.String(),
  updated_by: Type.String(),
  updated_at: Time,
});
export type GroupNote = Static<typeof GroupNote>;

export const Histogram = Type.Object({
  from: Time,
  to: Time,
  bucket_seconds: Type.Integer(),
  by: Type.Enum([...HISTOGRAM_BY]),
  total: Type.Integer(),
  buckets: Type.Array(Time, { description: 'Start of each bar, in UTC, without a hole' }),
  series: Type.Array(
    Type.Object({
      key: Type.String(),
      total: Type.Integer(),
      counts: Type.Array(Type.Integer(), { description: 'One number a bucket, 0 included' }),
    }),
    { description: 'At most 20, most frequent first' },
  ),
  others: Type.Object(
    { keys: Type.Integer(), total: Type.Integer(), counts: Type.Array(Type.Integer()) },
    { description: 'All further keys together' },
  ),
});
export type Histogram = Static<typeof Histogram>;

export const Facets = Type.Object({
  field: Type.Enum(FILTER_FIELDS),
  items: Type.Array(Type.Object({ value: Type.String(), count: Type.Integer({ minimum: 1 }) }), {
    description: "Most frequent first. '' is asked for as (none); a row counts once for each of its services",
  }),
  others: Type.Integer({ minimum: 0, description: 'Rows in further values' }),
});
export type Facets = Static<typeof Facets>;

export const Suppressed = Type.Object({
  total: Type.Integer(),
  by_rule: Type.Array(Type.Object({ rule: Type.String(), count: Type.Integer() }), {
    description: 'Most frequent first',
  }),
});
export type Suppressed = Static<typeof Suppressed>;
