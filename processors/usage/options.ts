import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { PrometheusOptions } from './prometheus/options.ts';
import { LABEL_PATTERN, METRIC_PATTERN } from './selector.ts';

const seconds = (value: number, description: string) => Type.Integer({ minimum: 1, default: value, description });
const label = (value: string, description: string) =>
  Type.String({ pattern: LABEL_PATTERN, examples: [value], default: value, description });

const GpuMetric = Type.Object(
  {
    metric: Type.String({ pattern: METRIC_PATTERN, examples: ['gpu_gfx_activity'], description: "metric's name" }),
    matchers: Type.Record(Type.String({ pattern: LABEL_PATTERN }), Type.String(), {
      default: {},
      description: 'labels that its series must have',
    }),
    scale: Type.Number({
      exclusiveMinimum: 0,
      default: 1,
      description: 'what its values are multiplied by: 0.01 for percent, 1048576 for MiB',
    }),
  },
  { additionalProperties: false },
);

/** A GPU exporter that is not known by itself. */
export const GpuVendorOptions = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9_]*$', examples: ['amd'], description: 'how it is called as a source' }),
    namespace_label: label('namespace', 'label with the namespace'),
    pod_label: label('pod', 'label with the pod'),
    utilisation: Type.Optional(GpuMetric),
    memory: Type.Optional(GpuMetric),
  },
  { additionalProperties: false },
);
export type GpuVendorOptions = Static<typeof GpuVendorOptions>;

/** Where a measure comes from, where it is not to be found out: a source's name, `off`, or PromQL of one's own. */
export const MeasureChoice = Type.Union([
  Type.String({ minLength: 1 }),
  Type.Object({ expression: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
]);
export type MeasureChoice = Static<typeof MeasureChoice>;

export const IMPORT_WAYS = ['auto', 'remote_read', 'query_range'] as const;

/** One cluster's server: the connection, and what is taken of it. */
export const UsageServerOptions = Type.Object(
  {
    cluster: Type.String({ minLength: 1, description: 'cluster, as its journal calls it' }),
    enabled: Type.Boolean({ default: true, description: 'whether usage is imported from it' }),
    method: Type.Enum([...IMPORT_WAYS], {
      default: 'auto',
      description: 'auto takes streamed remote read where the server has it, query_range otherwise',
    }),
    measures: Type.Record(Type.String(), MeasureChoice, {
      default: {},
      description:
        'by measure (cpu_cores, ...): the name of a source, off, or {expression: PromQL by namespace and pod; $matchers stands for this cluster, last within its braces}',
    }),
    ...PrometheusOptions.properties,
  },
  { additionalProperties: false },
);
export type UsageServerOptions = Static<typeof UsageServerOptions>;

/** The `usage` part of the configuration file. */
export const UsageOptions = Type.Object(
  {
    prometheus: Type.Array(UsageServerOptions, {
      default: [],
      description: 'a server for each cluster: Prometheus, or anything with its HTTP API',
    }),
    interval_seconds: seconds(60, 'how often the hour that goes on is imported'),
    delay_seconds: Type.Integer({ minimum: 0, default: 60, description: 'how long late scrapes are waited for' }),
    parallel_windows: Type.Integer({ minimum: 1, default: 2, description: 'hours imported at a time' }),
    catch_up_days: Type.Integer({
      minimum: 0,
      default: 7,
      description: 'how much of the past is imported by itself when a cluster is new',
    }),
    gpu: Type.Array(GpuVendorOptions, { default: [], description: 'GPU exporters that are not known by themselves' }),
  },
  { additionalProperties: false, default: {} },
);
export type UsageOptions = Static<typeof UsageOptions>;

/** Fills in every default and checks. Throws typebox's ParseError on a wrong value. */
export const usageOptions = (given: unknown = {}): UsageOptions =>
  Value.Parse(UsageOptions, Value.Default(UsageOptions, structuredClone(given)));
