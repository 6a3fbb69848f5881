import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { OutageRow, ServiceRow } from '../outages.ts';
import { nullable, page, wireFields } from './envelope.ts';
import { ExceptionItem } from './exceptions.ts';
import { RolloutItem } from './rollouts.ts';
import { SLA_FIGURES, SlaDay } from './sla.ts';

const service = wireFields(ServiceRow, [
  'cluster',
  'namespace',
  'service',
  'service_uid',
  'type',
  'state',
  'since',
  'ready',
  'wanted',
  'workloads',
  'team',
  'environment',
  'first_seen_at',
  'first_ready_at',
  'deleted_at',
]);

export const OUTAGE_FIELDS = [
  'id',
  'kind',
  'cluster',
  'namespace',
  'service',
  'service_uid',
  'workloads',
  'team',
  'environment',
  'port',
  'started_at',
  'started_earliest',
  'started_latest',
  'ended_at',
  'ended_earliest',
  'ended_latest',
  'observed_at',
  'ready_least',
  'wanted',
  'cause',
  'sentence',
  'rollout',
  'exceptions',
  'node',
  'pods',
] as const;

export const OutageItem = Type.Object({
  ...wireFields(OutageRow, OUTAGE_FIELDS),
  planned: Type.Boolean({ description: 'Whether somebody meant it' }),
  blip: Type.Boolean({ description: 'Whether endpoints only moved from one slice to another' }),
  facts: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), {
    description: 'What the sentence is made of, for one in another language',
  }),
  duration_s: nullable(Type.Number({ minimum: 0 }), 'How long, as well as is known; null while it lasts'),
});
export type OutageItem = Static<typeof OutageItem>;
export const OutagePage = page(OutageItem);

export const ServiceItem = Type.Object({
  ...service,
  ...SLA_FIGURES,
  objective_from: Type.Enum(['annotation', 'configuration']),
  last_outage: nullable(OutageItem, 'The newest interval in which it was down, in the range'),
  days: Type.Array(SlaDay, { description: 'Oldest first; as many as asked for, up to the end of the range' }),
});
export type ServiceItem = Static<typeof ServiceItem>;

export const OutageDetail = Type.Object({
  ...OutageItem.properties,
  caused_by: nullable(
    RolloutItem,
    'The rollout that caused it; null where none did, or it is not kept or not to be seen',
  ),
  deaths: Type.Array(ExceptionItem, {
    description: 'The exceptions that caused it, as far as they are kept and to be seen, oldest first, at most 200',
  }),
});
export type OutageDetail = Static<typeof OutageDetail>;

/** Counts of all services that the filter selects, whatever the page. */
export const ServiceStates = Type.Object({
  up: Type.Integer(),
  degraded: Type.Integer(),
  down: Type.Integer(),
  off: Type.Integer(),
  other: Type.Integer({ description: 'Never ready, without a selector, external, or deleted in the range' }),
  budget_spent: Type.Integer({ description: 'Services that have spent their error budget in the range' }),
});
export type ServiceStates = Static<typeof ServiceStates>;

export const ServicePage = Type.Object({
  ...page(ServiceItem).properties,
  from: Time,
  to: Time,
  tz: Type.String(),
  states: ServiceStates,
  without_figures: Type.Integer({ description: 'Services without time that counts: external, never ready, ...' }),
});
export type ServicePage = Static<typeof ServicePage>;

/** How many endpoints a service had: each step holds until the next. */
export const EndpointSteps = Type.Object({
  from: Time,
  to: Time,
  steps: Type.Array(
    Type.Object({
      at: Time,
      ready: Type.Integer(),
      serving: Type.Integer({ description: 'Serve while they are being terminated' }),
      wanted: Type.Integer(),
    }),
    {
      description:
        'Oldest first; the first one holds at `from`. Thinned to the extremes of each span where there are many',
    },
  ),
  thinned: Type.Boolean(),
});
export type EndpointSteps = Static<typeof EndpointSteps>;

export const ServiceDetail = Type.Object({
  ...ServiceItem.properties,
  ports: Type.Array(Type.String(), { description: 'Names of its ports that some interval of the range is about' }),
  elsewhere: Type.Array(Type.Object({ cluster: Type.String(), namespace: Type.String(), state: service.state }), {
    description: 'Live services of the same name in other clusters and namespaces, at most 50',
  }),
});
export type ServiceDetail = Static<typeof ServiceDetail>;
