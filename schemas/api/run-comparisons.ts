import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { nullable } from './envelope.ts';
import { RunComplete, RunItem, RunReason, RunWatched } from './runs.ts';

const maybe = (description: string) => nullable(Type.Number(), description);

export const Pair = Type.Object({
  a: maybe('In a; null where it is not known'),
  b: maybe('In b'),
  difference: maybe('b - a'),
  ratio: maybe('b / a; null where a is 0'),
});
export type Pair = Static<typeof Pair>;

const CountPair = Type.Object({
  ...Pair.properties,
  a_per_hour: maybe('a by the hour; null of a range without length'),
  b_per_hour: maybe('b by the hour'),
});
export type CountPair = Static<typeof CountPair>;

const { type, reason, namespace, workload_kind: kind, workload } = RunReason.properties;
const matched = {
  cluster_a: nullable(Type.String(), 'Cluster in a; null where it is in b alone'),
  cluster_b: nullable(Type.String(), 'Cluster in b; null where it is in a alone'),
  namespace,
  workload_kind: kind,
  workload,
};

export const ComparedReason = Type.Object({ ...matched, type, reason, count: CountPair });
export type ComparedReason = Static<typeof ComparedReason>;

const of = (description: string) => ({ ...Pair, description });
const used = {
  avg: of('Average'),
  max: of('Maximum'),
  p95: of('95th percentile'),
  request: of('Request'),
  limit: of('Limit'),
};
export const ComparedUsage = Type.Object({
  ...matched,
  pods: of('Most pods at one instant'),
  cpu: Type.Object({ ...used, danger: of('Maximum / limit'), waste: of('Request - p95') }, { description: 'Cores' }),
  memory: Type.Object({ ...used, danger: of('Maximum / limit'), waste: of('Request - p95') }, { description: 'Bytes' }),
  throttled: Type.Object({ avg: of('Average share of CPU periods'), max: of('Maximum') }),
  oom_kills: of('Containers that died as OOMKilled'),
});
export type ComparedUsage = Static<typeof ComparedUsage>;

export const COUNTED = [
  'deaths',
  'others',
  'oom_kills',
  'groups',
  'new_groups',
  'outages',
  'unplanned_outages',
  'downtime_s',
  'unplanned_s',
  'rollouts',
  'failed_rollouts',
] as const;
export type Counted = (typeof COUNTED)[number];

const side = Type.Object({
  run: RunItem,
  from: Time,
  to: Time,
  hours: Type.Number({ minimum: 0 }),
  going_on: Type.Boolean(),
  whole: Type.Boolean(),
  complete: RunComplete,
  watched: RunWatched,
});
export const RunComparison = Type.Object({
  a: side,
  b: side,
  counts: Type.Array(Type.Object({ name: Type.Enum([...COUNTED]), ...CountPair.properties })),
  exceptions: Type.Array(ComparedReason, { description: 'What has changed the most first' }),
  usage: Type.Array(ComparedUsage, { description: 'By namespace and workload' }),
  only_a: Type.Integer({ description: 'Workloads whose usage is known in a alone' }),
  only_b: Type.Integer({ description: 'Workloads whose usage is known in b alone' }),
  cut: Type.Boolean({ description: 'true: there are more workloads than are compared' }),
});
export type RunComparison = Static<typeof RunComparison>;

export const CHECK_NAMES = [
  'found',
  'watched',
  'complete',
  'new_exceptions',
  'oom_kills',
  'outages',
  'downtime_s',
  'failed_rollouts',
  'unfinished_rollouts',
  'memory_ratio',
  'cpu_ratio',
  'throttled',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export const CheckItem = Type.Object({
  name: Type.Enum([...CHECK_NAMES]),
  ok: Type.Boolean(),
  limit: Type.Number({ description: 'The threshold: a least for found, watched and complete, else a most' }),
  found: maybe('What was found; null where it is not known, which is never ok'),
  baseline: maybe('The same in the baseline; null without one'),
  what: Type.Array(
    Type.Object({
      text: Type.String(),
      link: nullable(Type.String(), 'Path of a page, to be put after the address of the pages'),
    }),
    { description: 'What there is to say about it, at most 50 lines' },
  ),
});
export type CheckItem = Static<typeof CheckItem>;

export const RunCheck = Type.Object({
  ok: Type.Boolean({ description: 'Whether all checks are' }),
  run: nullable(RunItem, 'null where a range without a name was asked for'),
  baseline: nullable(RunItem, 'The run that it was held against'),
  from: Time,
  to: Time,
  hours: Type.Number({ minimum: 0 }),
  going_on: Type.Boolean(),
  whole: Type.Boolean({ description: 'false: what you may not see was not checked' }),
  checks: Type.Array(CheckItem),
});
export type RunCheck = Static<typeof RunCheck>;
