import Type, { type Static, type TSchema } from 'typebox';
import { CLUSTER_NAME } from '../schemas/topics.ts';
import { SizingOptions } from '../api/sizing/options.ts';
import { SlaOptions } from '../api/sla-options.ts';
import { ExceptionOptions } from '../processors/journal/exceptions/options.ts';
import { LabelOptions } from '../processors/journal/objects/labels.ts';
import { OutageOptions } from '../processors/journal/outages/options.ts';
import { ResourceOptions } from '../processors/journal/resources/options.ts';
import { RolloutOptions } from '../processors/journal/rollouts/options.ts';
import { usageProblems } from '../processors/usage/sources-check.ts';
import { UsageOptions } from '../processors/usage/options.ts';
import { loadConfig } from '../platform/config/load.ts';
import { AppError } from '../platform/errors.ts';
import { ClientOptions } from './client-options.ts';

const section = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false, default: {} });
const days = (value: number, description: string) => Type.Integer({ minimum: 1, default: value, description });
const port = (value: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65535, default: value, description });
const text = (value: string, description: string) => Type.String({ default: value, description });
const maybeText = (description: string) => Type.Optional(Type.String({ description }));

const Cluster = Type.Object(
  {
    name: Type.Optional(Type.String({ pattern: CLUSTER_NAME.source })),
    kubeconfig: Type.Optional(Type.String()),
    context: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

/** Every setting of every role. The file has these names; `api.port` is also TIDEMARK_API_PORT, and so on. */
export const ConfigSchema = section({
  data_dir: text('.tidemark', 'where the local logs, the embedded store and the key of the environment hashes lie'),
  log_level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error'], {
    default: 'info',
    description: 'least level that is logged',
  }),
  clusters: Type.Array(Cluster, {
    default: [],
    description:
      'what `up` watches without --kubeconfig and --context: name, kubeconfig, context; empty: the current context',
  }),
  agent: section({
    namespaces: Type.Array(Type.String(), { default: [], description: 'empty: all' }),
    annotations: Type.Array(Type.String(), { default: [], description: 'kept besides the built-in allow-list' }),
    redact: Type.Array(Type.String(), { default: [], description: 'further regular expressions of secrets' }),
    log_tail_lines: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 1000,
      description: "last lines of a dead container's log that are asked for",
    }),
    log_max_bytes: Type.Integer({
      minimum: 1024,
      maximum: 400_000,
      default: 256 * 1024,
      description: 'most bytes of one log; the end is kept',
    }),
    log_timeout_ms: Type.Integer({
      minimum: 100,
      default: 10_000,
      description: 'how long one log may take',
    }),
    local_log_max_bytes: Type.Integer({
      minimum: 1 << 20,
      default: 8 * 1024 ** 3,
      description: "bound of one cluster's local log; past it the oldest recoverable entries give way, then the oldest",
    }),
    lease: Type.Optional(
      Type.Enum(['auto', 'required', 'off'], {
        description:
          'one agent writes a cluster; auto goes on without a Lease where it may not have one; unset: auto, but off for `up` without Kafka',
      }),
    ),
    lease_namespace: text('tidemark', 'where the Lease tidemark-agent lies'),
    metrics_host: text('127.0.0.1', 'where `agent` serves /metrics and /healthz'),
    metrics_port: port(9464, 'its port; 0: any free one'),
  }),
  kafka: section({
    brokers: Type.Array(
      Type.String({ pattern: String.raw`^(\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+):\d{1,5}$`, examples: ['kafka-1:9092'] }),
      {
        default: [],
        description: 'host:port; empty: the embedded journal',
      },
    ),
    replication_factor: Type.Integer({ minimum: 1, default: 1, description: 'of the topics that Tidemark makes' }),
    tls: Type.Boolean({ default: false, description: 'connect by TLS' }),
    ca_file: maybeText("PEM file of the brokers' authority; unset: the system's"),
    sasl_mechanism: Type.Optional(
      Type.Enum(['plain', 'scram-sha-256', 'scram-sha-512'], { description: 'needs username and password' }),
    ),
    username: maybeText('SASL user'),
    password: maybeText('SASL password'),
  }),
  clickhouse: section({
    url: Type.Optional(
      Type.String({
        pattern: '^https?://',
        examples: ['http://clickhouse:8123'],
        description: 'http:// or https:// address; unset: the embedded engine',
      }),
    ),
    username: text('default', 'user of clickhouse.url'),
    password: text('', 'its password'),
    database: text('default', 'where the tables lie'),
  }),
  store: section({
    host: text('127.0.0.1', 'where `tidemark store` listens; beyond loopback it needs a password'),
    port: port(8123, 'its port'),
    username: text('default', 'user that it lets in'),
    password: text('', 'password that it asks for'),
    max_memory_bytes: Type.Integer({
      minimum: 64 << 20,
      default: 2 * 1024 ** 3,
      description: 'most memory of one query',
    }),
  }),
  processors: section({
    archive: Type.Boolean({ default: true, description: 'keep the journal itself in the store' }),
    metrics_host: text('127.0.0.1', 'where `processors` serves /metrics and /healthz'),
    metrics_port: port(9465, 'its port; 0: any free one'),
  }),
  exceptions: ExceptionOptions,
  rollouts: RolloutOptions,
  outages: OutageOptions,
  labels: LabelOptions,
  resources: ResourceOptions,
  usage: UsageOptions,
  sla: SlaOptions,
  sizing: SizingOptions,
  retention: section({
    exceptions_days: days(1095, 'rows of exceptions'),
    services_days: days(1095, 'outages, rollouts and services that are over, and the number of endpoints'),
    logs_days: days(180, 'text of logs'),
    journal_days: days(90, 'the archive of the journal'),
    coverage_days: days(1095, 'spans of coverage'),
    dead_letters_days: days(30, 'records that could not be read'),
    usage_days: days(35, 'usage, 30 seconds apart'),
    usage_hourly_days: days(400, 'usage by hours'),
    usage_daily_days: days(1825, 'usage by days'),
    resources_days: days(400, 'requests, limits, allocatable resources and autoscalers that hold no more'),
  }),
  api: section({
    host: text('127.0.0.1', 'where the API listens; beyond loopback it needs tokens_file'),
    port: port(8080, 'its port; 0: any free one'),
    tokens_file: maybeText('who may read what (docs/api.md); unset: open, on loopback only'),
    allowed_hosts: Type.Array(Type.String(), {
      default: [],
      description: 'further Host names that are answered while it is open',
    }),
  }),
  client: ClientOptions,
});
export type Config = Static<typeof ConfigSchema>;

/** Reads the configuration from TIDEMARK_CONFIG's file and the environment. Throws AppError `config_invalid`. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const config = loadConfig(ConfigSchema, {
    file: env['TIDEMARK_CONFIG'],
    env,
    ignore: ['TIDEMARK_CONFIG', 'TIDEMARK_URL'],
  });
  const problems = usageProblems(config.usage, config.resources.gpu_resources);
  if (problems.length === 0) return config;
  const message = `the configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`;
  throw new AppError('config_invalid', message, { details: { problems } });
}
