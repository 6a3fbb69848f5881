import Type, { type Static } from 'typebox';
import { Time } from '../column.ts';
import { nullable, page } from './envelope.ts';
import { SIZING_VERDICTS } from './sizing-parameters.ts';
import { UsageComplete, UsageResolution } from './usage.ts';

const maybe = (description: string) => nullable(Type.Number(), description);
const Verdict = Type.Enum([...SIZING_VERDICTS]);

export const SIZING_RESOURCES = ['cpu', 'memory', 'gpu'] as const;
export type SizingResource = (typeof SIZING_RESOURCES)[number];

export const LIMIT_CHANGES = ['keep', 'set', 'remove', 'none'] as const;
export type LimitChange = (typeof LIMIT_CHANGES)[number];

const ResourceSizing = Type.Object({
  request: maybe('Requested by a pod now; null where none is set or it is not known'),
  limit: maybe('Limit of a pod now; null where none is set or it is not known'),
  asked_known: Type.Boolean({ description: 'Whether request and limit are known; then null means that none is set' }),
  avg: maybe('Used by a pod, average'),
  p95: maybe('Used by a pod, 95th percentile over its pods and instants'),
  max: maybe('Used by a pod, maximum'),
  recommended_request: maybe('Of a pod; null: nothing is recommended'),
  recommended_limit: maybe('Of a pod; null: none, or nothing is recommended'),
  limit_change: Type.Enum([...LIMIT_CHANGES], {
    description:
      'keep: as it is; set: to the recommended; remove: take it away; none: there is none, or nothing is recommended',
  }),
  saving: maybe('(request - recommended request) x average pods; below 0: has to be added'),
});
export type ResourceSizing = Static<typeof ResourceSizing>;

export const SizingReason = Type.Object({
  code: Type.String({ description: 'What it says, for texts in other languages; docs/sizing.md lists them' }),
  verdict: nullable(Verdict, 'The verdict that it is the reason of; null where it explains a recommendation'),
  resource: nullable(
    Type.Enum([...SIZING_RESOURCES]),
    'cpu (cores), memory (bytes) or gpu; null where it is about none',
  ),
  values: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Null()]), {
    description: 'The figures in it: cores, bytes, hours, shares from 0 to 1, percent where the name says so',
  }),
  text: Type.String({ description: 'An English sentence' }),
});
export type SizingReason = Static<typeof SizingReason>;

const ContainerSizing = Type.Object({
  name: Type.String(),
  kind: Type.Enum(['app', 'sidecar']),
  cpu_request: maybe('Now, in cores'),
  cpu_limit: maybe('Now, in cores'),
  memory_request: maybe('Now, in bytes'),
  memory_limit: maybe('Now, in bytes'),
  recommended_cpu_request: maybe('Cores; null: as it is'),
  recommended_cpu_limit: maybe('Cores; null: none, or as it is'),
  recommended_memory_request: maybe('Bytes; null: as it is'),
  recommended_memory_limit: maybe('Bytes; null: as it is'),
});
export type ContainerSizing = Static<typeof ContainerSizing>;

export const SizingItem = Type.Object({
  cluster: Type.String(),
  namespace: Type.String(),
  kind: Type.String(),
  name: Type.String(),
  team: Type.String({ description: 'As last known' }),
  environment: Type.String({ description: 'As last known' }),
  verdict: { ...Verdict, description: 'The most pressing of verdicts' },
  verdicts: Type.Array(Verdict, { description: 'The most pressing first' }),
  first_at: { ...Time, description: 'From when on something is known of it in the range, to the hour or day' },
  last_at: { ...Time, description: 'Until when, to the hour or day' },
  known_hours: Type.Number({ description: 'Hours in which its use is known; of a Job or CronJob pod hours' }),
  known_share: Type.Number({ description: 'Share of the time from first_at to last_at in which its use is known' }),
  pods: maybe('Average pods over what is imported of the range'),
  cpu: { ...ResourceSizing, description: 'Cores' },
  memory: { ...ResourceSizing, description: 'Bytes' },
  gpu: { ...ResourceSizing, description: 'GPUs; avg, p95 and max are the utilisation of the busiest, 0 to 1' },
  throttled: maybe('Share of CPU periods in which it was throttled, average'),
  oom: Type.Object({
    kills: Type.Integer({ description: 'Containers that died as OOMKilled in the range' }),
    last_at: nullable(Time, 'When the newest was seen'),
    container: nullable(Type.String(), 'Its container'),
    limit_bytes: maybe('The memory limit that was in force'),
  }),
  autoscaler: nullable(
    Type.Object({
      name: Type.String(),
      min_replicas: Type.Integer(),
      max_replicas: Type.Integer(),
      cpu_target_percent: nullable(Type.Integer(), 'Of the CPU request'),
      memory_target_percent: nullable(Type.Integer(), 'Of the memory request'),
      at_min: Type.Boolean({ description: 'It had its least replicas throughout, on average' }),
      at_max: Type.Boolean({ description: 'It had its most replicas throughout, on average' }),
    }),
    'What scales it at the end of the range',
  ),
  danger: maybe('The greatest of memory max / limit and the share throttled, at least 1 after an OOM kill'),
  reasons: Type.Array(SizingReason),
  containers: Type.Array(ContainerSizing, { description: 'Of its newest pod in the journal; none where it has none' }),
  patch: nullable(
    Type.String(),
    'YAML of a strategic merge patch; null where there is nothing to change, or its kind or containers are not known',
  ),
});
export type SizingItem = Static<typeof SizingItem>;

const answer = { from: Time, to: Time, resolution: UsageResolution, complete: UsageComplete };
const sums = (what: string) =>
  Type.Object({
    give_back: Type.Number({ description: `${what} that can be given back` }),
    add: Type.Number({ description: `${what} that have to be added` }),
  });
const count = (description: string) => Type.Integer({ minimum: 0, description });

export const SizingPage = Type.Object({
  ...page(SizingItem).properties,
  ...answer,
  totals: Type.Object(
    { cpu: sums('Cores'), memory: sums('Bytes'), gpu: sums('GPUs') },
    { description: 'Sums of the savings, of all pages' },
  ),
  verdicts: Type.Array(
    Type.Object({
      verdict: Verdict,
      workloads: count('Workloads that have it'),
      first: count('Of those, as the most pressing'),
    }),
    { description: 'Of all that the other filters find, whatever their verdict' },
  ),
});
export type SizingPage = Static<typeof SizingPage>;

const spread = (description: string) =>
  Type.Object(
    {
      p50: maybe('Median'),
      p90: maybe('90th percentile'),
      p95: maybe('95th'),
      p99: maybe('99th'),
      max: maybe('Maximum'),
    },
    { description },
  );
export const SizingOne = Type.Object({
  ...answer,
  item: SizingItem,
  spread: Type.Object(
    { cpu: spread('Cores'), memory: spread('Bytes'), gpu: spread('Utilisation, 0 to 1') },
    { description: 'What its pods used, by instants over all pods; nearest rank, from buckets 5 % apart' },
  ),
});
export type SizingOne = Static<typeof SizingOne>;
