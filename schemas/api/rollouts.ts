import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { RolloutRow } from '../rollouts.ts';
import { nullable, page, wireFields } from './envelope.ts';

export const ROLLOUT_FIELDS = [
  'id',
  'cluster',
  'namespace',
  'workload_kind',
  'workload',
  'workload_uid',
  'services',
  'team',
  'environment',
  'kind',
  'revision',
  'template',
  'outcome',
  'reason',
  'started_at',
  'started_earliest',
  'finished_at',
  'failed_at',
  'observed_at',
  'wanted',
  'updated',
  'available',
  'images_before',
  'images_after',
  'changed',
  'manager',
  'change_cause',
  'exceptions',
  'goes_back_to',
  'superseded_by',
] as const;

export const FieldChange = Type.Object({
  field: Type.String({ description: 'containers[app].image, containers[app].env[DB_HOST], ...' }),
  before: nullable(Type.String(), 'null where there was none; never the value of a variable'),
  after: nullable(Type.String(), 'null where there is none any more'),
});
export type FieldChange = Static<typeof FieldChange>;

export const RolloutItem = Type.Object({
  ...wireFields(RolloutRow, ROLLOUT_FIELDS),
  duration_s: nullable(Type.Number({ minimum: 0 }), 'null while it lasts'),
  outages: Type.Integer({ minimum: 0, description: 'Intervals in which a service was down because of it' }),
});
export type RolloutItem = Static<typeof RolloutItem>;
export const RolloutPage = page(RolloutItem);

export const RolloutDetail = Type.Object({
  ...RolloutItem.properties,
  changes: Type.Array(FieldChange),
});
export type RolloutDetail = Static<typeof RolloutDetail>;

/** A mark on a chart: what came when. */
export const RolloutMark = Type.Object(
  wireFields(RolloutRow, [
    'id',
    'cluster',
    'namespace',
    'workload_kind',
    'workload',
    'kind',
    'outcome',
    'started_at',
    'finished_at',
    'revision',
  ]),
);
export type RolloutMark = Static<typeof RolloutMark>;
export const RolloutMarks = Type.Object({
  items: Type.Array(RolloutMark, { description: 'Oldest first, at most 500' }),
  total: Type.Integer(),
});

/** An object as the journal has it. */
export const ObjectVersion = Type.Object({
  observed_at: Time,
  op: Type.String(),
  resource_version: Type.String(),
  object: Type.Unknown({ description: "Kubernetes' own fields, without values of variables" }),
});
export type ObjectVersion = Static<typeof ObjectVersion>;

export const WorkloadDetail = Type.Object({
  cluster: Type.String(),
  namespace: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  uid: Type.String(),
  team: Type.String(),
  environment: Type.String(),
  first_seen_at: nullable(Time, 'The oldest entry that is kept'),
  deleted_at: nullable(Time, 'When it was deleted'),
  services: Type.Array(Type.String(), { description: 'Services whose selector matches its pods' }),
  at: nullable(ObjectVersion, 'As it was at the instant asked for; null where nothing is recorded of that time'),
  before: nullable(ObjectVersion, 'The newest one before that whose spec was another'),
  changes: Type.Array(FieldChange, { description: 'What differs between the two, status aside' }),
});
export type WorkloadDetail = Static<typeof WorkloadDetail>;

/** The instants at which a workload's spec changed. */
export const WorkloadHistory = Type.Object({
  items: Type.Array(
    Type.Object({
      observed_at: Time,
      generation: Type.Integer(),
      changed: Type.Array(Type.String(), { description: 'Fields of the spec' }),
    }),
    { description: 'Newest first, at most 50' },
  ),
});
export type WorkloadHistory = Static<typeof WorkloadHistory>;
