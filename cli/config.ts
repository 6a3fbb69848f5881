import Type, { type Static, type TSchema } from 'typebox';
import { CLUSTER_NAME } from '../schemas/topics.ts';
import { ExceptionOptions } from '../processors/journal/exceptions/options.ts';
import { loadConfig } from '../platform/config/load.ts';

const section = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false, default: {} });
const days = (value: number) => Type.Integer({ minimum: 1, default: value });

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
  data_dir: Type.String({ default: '.tidemark' }),
  log_level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error'], { default: 'info' }),
  clusters: Type.Array(Cluster, { default: [] }),
  agent: section({
    namespaces: Type.Array(Type.String(), { default: [], description: 'empty: all' }),
    annotations: Type.Array(Type.String(), { default: [], description: 'kept besides the built-in allow-list' }),
    redact: Type.Array(Type.String(), { default: [], description: 'further regular expressions of secrets' }),
    log_tail_lines: Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 }),
    log_max_bytes: Type.Integer({ minimum: 1024, maximum: 400_000, default: 256 * 1024 }),
    log_timeout_ms: Type.Integer({ minimum: 100, default: 10_000 }),
    local_log_max_bytes: Type.Integer({ minimum: 1 << 20, default: 8 * 1024 ** 3 }),
    lease: Type.Enum(['auto', 'required', 'off'], { default: 'auto' }),
    lease_namespace: Type.String({ default: 'tidemark' }),
    metrics_host: Type.String({ default: '127.0.0.1' }),
    metrics_port: Type.Integer({ minimum: 0, maximum: 65535, default: 9464 }),
  }),
  kafka: section({
    brokers: Type.Array(Type.String(), { default: [], description: 'empty: the embedded journal' }),
    replication_factor: Type.Integer({ minimum: 1, default: 1 }),
    tls: Type.Boolean({ default: false }),
    ca_file: Type.Optional(Type.String()),
    sasl_mechanism: Type.Optional(Type.Enum(['plain', 'scram-sha-256', 'scram-sha-512'])),
    username: Type.Optional(Type.String()),
    password: Type.Optional(Type.String()),
  }),
  clickhouse: section({
    url: Type.Optional(Type.String({ description: 'unset: the embedded engine' })),
    username: Type.String({ default: 'default' }),
    password: Type.String({ default: '' }),
    database: Type.String({ default: 'default' }),
  }),
  store: section({
    host: Type.String({ default: '127.0.0.1' }),
    port: Type.Integer({ minimum: 0, maximum: 65535, default: 8123 }),
    username: Type.String({ default: 'default' }),
    password: Type.String({ default: '' }),
    max_memory_bytes: Type.Integer({ minimum: 64 << 20, default: 2 * 1024 ** 3 }),
  }),
  processors: section({
    archive: Type.Boolean({ default: true, description: 'keep the journal itself in the store' }),
    metrics_host: Type.String({ default: '127.0.0.1' }),
    metrics_port: Type.Integer({ minimum: 0, maximum: 65535, default: 9465 }),
  }),
  exceptions: ExceptionOptions,
  retention: section({
    exceptions_days: days(1095),
    logs_days: days(180),
    journal_days: days(90),
    coverage_days: days(1095),
    dead_letters_days: days(30),
  }),
  api: section({
    host: Type.String({ default: '127.0.0.1' }),
    port: Type.Integer({ minimum: 0, maximum: 65535, default: 8080 }),
    tokens_file: Type.Optional(Type.String()),
    allowed_hosts: Type.Array(Type.String(), { default: [], description: 'further Host names that are answered' }),
  }),
});
export type Config = Static<typeof ConfigSchema>;

/** Reads the configuration from TIDEMARK_CONFIG's file and the environment. Throws AppError `config_invalid`. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  return loadConfig(ConfigSchema, { file: env['TIDEMARK_CONFIG'], env, ignore: ['TIDEMARK_CONFIG'] });
}
