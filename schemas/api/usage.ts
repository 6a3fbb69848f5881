import Type, { type Static, type TSchema } from 'typebox';
import { Time } from '../column.ts';
import { MEASURE_NAMES } from '../usage.ts';
import { nullable, page } from './envelope.ts';
import { USAGE_BY } from './usage-parameters.ts';

const maybe = (description: string) => nullable(Type.Number(), description);
const known = Type.Number({ minimum: 0, maximum: 1, description: 'Share of the instants of the range that are known' });

const used = {
  avg: maybe('Average of the known instants; null where nothing is known'),
  max: maybe('Maximum; null also where it cannot be told from roll-ups'),
  p95: maybe('95th percentile, nearest rank; exact or from buckets, as the resolution tells'),
  known,
};
const asked = {
  request: maybe('Requested, the maximum over the range; null where none was set'),
  limit: maybe('Limit, the maximum over the range; null where none was set'),
};

export const UsedAndAsked = Type.Object({ ...used, ...asked });
export type UsedAndAsked = Static<typeof UsedAndAsked>;
export const Used = Type.Object(used);
export type Used = Static<typeof Used>;

export const UsageItem = Type.Object({
  cluster: Type.String(),
  namespace: Type.String({ description: "Of a pod, a workload or a namespace; else ''" }),
  pod: Type.String({ description: "'' where the row is about a group" }),
  workload_kind: Type.String({ description: "Of a pod, as last known, or a workload; else ''" }),
  workload: Type.String({ description: "Of a pod, as last known, or the workload; else ''" }),
  node: Type.String({ description: "Of a pod, as last known, or the node; else ''" }),
  team: Type.String({ description: "Of a pod, as last known, or the team; else ''" }),
  environment: Type.String({ description: "Of a pod, as last known; else ''" }),
  first_at: { ...Time, description: 'From when on something is known of it in the range, to the hour or day' },
  last_at: { ...Time, description: 'Until when, to the hour or day' },
  pods: nullable(Type.Integer(), 'Most pods at one instant; null for a pod, or where it cannot be told'),
  cpu: { ...UsedAndAsked, description: 'Cores' },
  memory: { ...UsedAndAsked, description: 'Bytes' },
  gpu: Type.Object({
    utilisation: { ...Used, description: '0 to 1; of a group the mean of its pods, and the maximum of any' },
    memory: { ...Used, description: 'Bytes' },
    ...asked,
  }),
  throttled: Type.Object(
    { avg: used.avg, max: used.max, known },
    { description: 'Share of CPU periods, 0 to 1; of a group the mean of its pods, and the maximum of any' },
  ),
  network: Type.Object({ receive: used.avg, transmit: used.avg }, { description: 'Bytes a second, averages' }),
  file_system: Type.Object(
    { read: used.avg, write: used.avg, bytes: used.avg },
    { description: 'Bytes a second read and written, and bytes in use, averages' },
  ),
  oom_kills: nullable(
    Type.Integer(),
    'Containers that died as OOMKilled in the range; null where they cannot be told by team, or by the filters',
  ),
  oom_limit_bytes: maybe('Memory limit that was in force at the newest of them'),
  waste: Type.Object(
    { cpu: maybe('Cores'), memory: maybe('Bytes') },
    { description: 'Request - p95; null where either is not known' },
  ),
  danger: Type.Object(
    { cpu: maybe('CPU'), memory: maybe('Memory') },
    { description: 'Maximum / limit; null where either is not known' },
  ),
});
export type UsageItem = Static<typeof UsageItem>;

const RESOLUTIONS = ['30s', '1h', '1d'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];
const Step = Type.Enum([...RESOLUTIONS]);

export const UsageResolution = Type.Object({
  step: { ...Step, description: 'The coarsest rows that were read' },
  why: Type.Enum(['short', 'days', 'hours', 'edges', 'filter', 'retention'], {
    description:
      'short: at most 6 hours, every instant; days: whole days (UTC); hours: whole hours; edges: with finer rows at its ends; filter: the filters, or what you may see, cut across what is summed up; retention: finer rows are no longer kept, so that the range is wider than asked for, or its steps are longer',
  }),
  exact: Type.Boolean({
    description:
      'false: with retention, from..to is wider than asked for; else sums over pods from their hours: maxima and p95 of groups cannot be told, averages are estimates, and so are requests',
  }),
  p95: Type.Enum(['exact', 'buckets', 'none'], {
    description:
      'exact: the nearest rank of all instants; buckets: off by 2.5 % at most, since it is told from buckets 5 % apart; none: cannot be told',
  }),
  parts: Type.Array(Type.Object({ step: Step, from: Time, to: Time }), { description: 'What was read of what' }),
});
export type UsageResolution = Static<typeof UsageResolution>;

const hours = (description: string) => Type.Number({ minimum: 0, description });
export const UsageComplete = Type.Object({
  wanted_hours: hours('Hours in the range, for each cluster'),
  imported_hours: hours('Of those, imported, of all clusters'),
  missing: Type.Array(
    Type.Object({ cluster: Type.String(), imported_hours: hours('Imported'), missing_hours: hours('Not imported') }),
    { description: 'Clusters of which something is missing' },
  ),
});
export type UsageComplete = Static<typeof UsageComplete>;

const sum = (description: string) => maybe(`${description}, of all pages; null where none is known`);
const together = (what: string) => sum(`${what} together at an instant, on average over the time that is imported`);
const sums = {
  avg: together('What all used'),
  request: together('What all requested'),
  limit: together('The limits of all'),
};
export const UsageTotals = Type.Object({
  cpu: Type.Object(sums, { description: 'Cores' }),
  memory: Type.Object(sums, { description: 'Bytes' }),
  gpu: Type.Object({ request: sums.request, limit: sums.limit }, { description: 'GPUs' }),
  oom_kills: nullable(Type.Integer(), 'Of all pages'),
});
export type UsageTotals = Static<typeof UsageTotals>;

const answer = { from: Time, to: Time, resolution: UsageResolution, complete: UsageComplete };

export const UsagePage = Type.Object({
  ...page(UsageItem).properties,
  ...answer,
  by: Type.Enum([...USAGE_BY]),
  totals: UsageTotals,
});
export type UsagePage = Static<typeof UsagePage>;

const values = (description: string) => Type.Array(Type.Union([Type.Number(), Type.Null()]), { description });
export const UsageSeries = Type.Object({
  ...answer,
  begin: { ...Time, description: 'Beginning of the first step' },
  step_seconds: Type.Integer({ description: 'Length of a step' }),
  points: Type.Integer({ description: 'How many steps there are' }),
  used: Type.Array(
    Type.Object({
      metric: Type.Enum([...MEASURE_NAMES]),
      avg: values('Average in each step; null where nothing is known'),
      max: values('Maximum in each step; null where nothing is known'),
    }),
  ),
  set: Type.Array(
    Type.Object({
      metric: Type.Enum([...MEASURE_NAMES]),
      steps: Type.Array(
        Type.Object({ at: Time, value: maybe('The most in each step; null: none is set, or nothing is known') }),
        { description: 'Each holds until the next' },
      ),
    }),
    { description: 'Requests and limits' },
  ),
});
export type UsageSeries = Static<typeof UsageSeries>;

const resource = <T extends TSchema>(what: T) => Type.Object({ cpu: what, memory: what, gpu: what });
const Capacity = Type.Object({
  allocatable: maybe('Allocatable, at the end of the range'),
  requests: maybe('Sum of the requests of its pods, at the end of the range'),
  limits: maybe('Sum of their limits; pods without a limit add nothing'),
  avg: maybe('Used, average. GPUs: utilisation times the GPUs of each pod, over all instants that are known'),
  max: maybe('Used, maximum. GPUs: of roll-ups the most that there can have been'),
  p95: maybe('Used, 95th percentile; null of GPUs'),
  requests_ratio: maybe('Requests / allocatable'),
  limits_ratio: maybe('Limits / allocatable; above 1 it is oversold'),
  idle: maybe('1 - average / allocatable'),
});
export type Capacity = Static<typeof Capacity>;

export const UsageNode = Type.Object({
  cluster: Type.String(),
  node: Type.String(),
  unschedulable: nullable(Type.Boolean(), 'Cordoned at the end of the range; null where it is not known'),
  pods: nullable(Type.Integer(), 'Pods with their resources known, at the end of the range'),
  ...resource(Capacity).properties,
});
export type UsageNode = Static<typeof UsageNode>;

const Fit = Type.Object({
  node: nullable(Type.String(), 'The node with the most of it; null where none is known'),
  rest: maybe('Allocatable of the others that are not cordoned'),
  fits: nullable(Type.Boolean(), 'Whether the requests of all pods fit into the rest; null where it is not known'),
});
export type Fit = Static<typeof Fit>;

export const UsageNodes = Type.Object({
  ...answer,
  clusters: Type.Array(
    Type.Object({
      cluster: Type.String(),
      nodes: nullable(Type.Integer(), 'Nodes at the end of the range; null where none is known'),
      cordoned: nullable(
        Type.Integer(),
        'Of those, cordoned; they count to what is allocatable, as their pods to what is asked for',
      ),
      pods: UsageNode.properties.pods,
      ...resource(Capacity).properties,
      without_largest: { ...resource(Fit), description: 'With the node gone that has the most of it' },
    }),
  ),
  nodes: Type.Array(UsageNode),
});
export type UsageNodes = Static<typeof UsageNodes>;
