import { existsSync } from 'node:fs';
import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { AppError, messageOf } from '../../platform/errors.ts';

/** What one request needs to be let in. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** TLS options: authority, client certificate, server name. */
  readonly tls: RequestOptions;
  /** Set where the kubeconfig names a proxy. */
  readonly agent: Agent | null;
}

/** One API server and the way in, as a kubeconfig or a pod's service account gives them. */
export interface ClusterAccess {
  /** The context's name in the alphabet of cluster names. */
  readonly name: string;
  readonly context: string;
  readonly server: string;
  /** Current credentials: tokens are read anew, exec plugins run again when theirs have expired. */
  credentials(): Promise<Credentials>;
  /** To be called when the server has refused the credentials: the next ones are made from scratch. */
  rejected(): void;
}

export interface LoadClusterOptions {
  /** A file, or several as KUBECONFIG lists them. Without one: KUBECONFIG, ~/.kube/config, the pod's service account. */
  readonly kubeconfig?: string;
  /** Without one: the current context. */
  readonly context?: string;
}

const invalid = (message: string, cause?: unknown): AppError =>
  new AppError('kubeconfig_invalid', message, cause === undefined ? {} : { cause });

/** A YAML error's message quotes the file, which holds secrets: only the reason and the line are told. */
function reasonOf(error: unknown): string {
  const yaml = error as { name?: string; reason?: string; mark?: { line?: number } };
  if (yaml.name !== 'YAMLException') return messageOf(error);
  return `${yaml.reason ?? 'not YAML'}${yaml.mark?.line === undefined ? '' : ` (line ${yaml.mark.line + 1})`}`;
}

/** A server's URL as it may be shown: without a name and password. */
const withoutUser = (server: string): string => server.replace(/\/\/[^/]*@/, '//');

function fromFiles(list: string): KubeConfig {
  const merged = new KubeConfig();
  const files = list.split(delimiter).filter((file) => file !== '');
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) {
    throw invalid(
      `the kubeconfig ${files.join(', ')} does not exist: give an existing file with --kubeconfig or KUBECONFIG`,
    );
  }
  for (const file of present) {
    const one = new KubeConfig();
    try {
      one.loadFromFile(file);
      merged.mergeConfig(one, Boolean(merged.currentContext));
    } catch (error) {
      throw invalid(`the kubeconfig ${file} cannot be read: ${reasonOf(error)}; check it with \`kubectl config view\``);
    }
  }
  return merged;
}

function fromSurroundings(): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    throw invalid(`the default kubeconfig cannot be read: ${reasonOf(error)}; check KUBECONFIG and ~/.kube/config`);
  }
  if (config.currentContext === 'loaded-context' && config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw invalid('no kubeconfig was found: give one with --kubeconfig or KUBECONFIG, or write ~/.kube/config');
  }
  return config;
}

function read(options: LoadClusterOptions): KubeConfig {
  const config = options.kubeconfig ? fromFiles(options.kubeconfig) : fromSurroundings();
  const contexts = config.getContexts().map((context) => context.name);
  const choice =
    contexts.length > 0 ? `choose one of: ${contexts.join(', ')}` : 'the kubeconfig holds no context at all';
  const name = options.context ?? config.getCurrentContext();
  if (!name) throw invalid(`no current context is set: ${choice}`);
  const context = config.getContextObject(name);
  if (!context) throw invalid(`the context ${JSON.stringify(name)} does not exist: ${choice}`);
  const cluster = config.getCluster(context.cluster);
  if (!cluster)
    throw invalid(`the context ${name} names the cluster ${JSON.stringify(context.cluster)}, which does not exist`);
  if (!URL.canParse(cluster.server) || !/^https?:/.test(cluster.server)) {
    throw invalid(
      `the server ${JSON.stringify(withoutUser(cluster.server))} of the context ${name} is no http or https URL`,
    );
  }
  const user = config.getUser(context.user) ?? { name: context.user ?? 'nobody' };
  const chosen = new KubeConfig();
  // Over plain http there is nothing to verify, but client-node gives no credentials unless told to skip it.
  const skip = cluster.server.startsWith('http:') ? { skipTLSVerify: true } : {};
  chosen.loadFromOptions({
    clusters: [{ ...cluster, ...skip }],
    users: [user],
    contexts: [{ ...context, name, user: user.name }],
    currentContext: name,
  });
  return chosen;
}

/** A context's name as a cluster's: Kafka's alphabet, at most 100 characters. */
export function clusterNameOf(context: string): string {
  const name = context.replaceAll(/[^a-zA-Z0-9._-]+/g, '-').slice(-100);
  return name.replaceAll(/^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$/g, '') || 'cluster';
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  const given = (options.headers ?? {}) as Record<string, unknown>;
  for (const [name, value] of Object.entries(given))
    if (typeof value === 'string') headers[name.toLowerCase()] = value.trim();
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { headers: _headers, auth: _auth, agent, ...tls } = options;
  const proxied = Boolean(config.getCurrentCluster()?.proxyUrl);
  return { headers: headersOf(options), tls, agent: proxied ? (agent as Agent) : null };
}

/**
 * Reads a kubeconfig, its context and the way to its credentials. Throws AppError `kubeconfig_invalid` with what to do.
 * The file is read again after the server has refused its credentials.
 */
export function loadCluster(options: LoadClusterOptions = {}): ClusterAccess {
  let config: KubeConfig | null = read(options);
  const context = config.getCurrentContext();
  const server = withoutUser(config.getCurrentCluster()?.server ?? '');
  let pending: Promise<Credentials> | null = null;
  return {
    name: clusterNameOf(context),
    context,
    server,
    credentials() {
      pending ??= (async () => {
        try {
          config ??= read(options);
          return await credentialsOf(config);
        } finally {
          pending = null;
        }
      })();
      return pending;
    },
    rejected() {
      config = null;
    },
  };
}
