import Type, { type TProperties } from 'typebox';
import { Paging, query, sorting, withDefault } from './parameters.ts';
import { Range, Sources, timeParameter } from './filters.ts';
import { OUTAGE_FILTERS, ROLLOUT_FILTERS, SERVICE_FILTERS } from './service-filters.ts';
import { SLA_BY } from './sla.ts';

const Zone = {
  tz: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Time zone of the calendar, such as Asia/Shanghai; without it the configured one',
    }),
  ),
};
const Days = {
  days: withDefault(
    Type.Integer({
      minimum: 0,
      maximum: 92,
      default: 0,
      description: 'So many days with each service, up to the end of the range, whatever its beginning',
    }),
  ),
};
const Figures = { ...Range, ...Zone };

export const SERVICE_SORTS = [
  'availability',
  'budget',
  'outages',
  'longest',
  'downtime',
  'name',
  'state',
  'burn',
] as const;
export type ServiceSort = (typeof SERVICE_SORTS)[number];

export const ServicesQuery = query({
  ...SERVICE_FILTERS,
  ...Figures,
  ...Days,
  limit: Paging.limit,
  sort: withDefault(
    Type.Enum([...SERVICE_SORTS], {
      default: 'availability',
      description: 'What to sort by; budget is the share that is left, burn that of the last 24 hours',
    }),
  ),
  order: Type.Optional(
    Type.Enum(['desc', 'asc'], { description: 'Falling or rising; without it the worst first, and names rising' }),
  ),
  offset: withDefault(Type.Integer({ minimum: 0, maximum: 100_000, default: 0, description: 'Services to pass over' })),
});

export const ServiceGroupsQuery = query({
  ...SERVICE_FILTERS,
  ...Figures,
  by: Type.Enum(['team', 'namespace', 'environment', 'cluster'], { description: 'What to gather services by' }),
});

export const ServiceQuery = query({ ...Figures, ...Days });
export const EndpointsQuery = query(Range);

export const OUTAGE_SORTS = ['started_at', 'duration', 'cluster', 'namespace', 'service', 'cause', 'kind'] as const;
export type OutageSort = (typeof OUTAGE_SORTS)[number];
export const OutagesQuery = query({ ...OUTAGE_FILTERS, ...Paging, ...sorting(OUTAGE_SORTS) });
export const OutagesCsvQuery = query(OUTAGE_FILTERS);

export const ROLLOUT_SORTS = [
  'started_at',
  'duration',
  'cluster',
  'namespace',
  'workload',
  'kind',
  'outcome',
  'manager',
] as const;
export type RolloutSort = (typeof ROLLOUT_SORTS)[number];
export const RolloutsQuery = query({ ...ROLLOUT_FILTERS, ...Paging, ...sorting(ROLLOUT_SORTS) });
export const RolloutMarksQuery = query(ROLLOUT_FILTERS);

const report = <P extends TProperties>(properties: P) =>
  query({
    ...properties,
    ...Figures,
    month: Type.Optional(Type.String({ pattern: String.raw`^\d{4}-(0[1-9]|1[0-2])$`, description: '2026-10' })),
    quarter: Type.Optional(Type.String({ pattern: String.raw`^\d{4}-Q[1-4]$`, description: '2026-Q4' })),
    by: withDefault(Type.Enum([...SLA_BY], { default: 'service', description: 'What a line is about' })),
  });
export const SlaReportQuery = report(SERVICE_FILTERS);

export const MaintenanceQuery = query({ ...Sources, service: SERVICE_FILTERS.service, ...Range });

export const WorkloadQuery = query({ at: timeParameter('The instant; without it now') });
