import { CLUSTER_NAME } from '../schemas/topics.ts';
import { AppError } from '../platform/errors.ts';
import { createTransport } from '../ingest/agent/https-transport.ts';
import { loadCluster } from '../ingest/agent/kube-config.ts';
import type { Config } from './config.ts';
import type { RecordedCluster } from './recorder.ts';

export interface ClusterChoice {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly name?: string | undefined;
}

/** `NAME` or `NAME=CLUSTER_NAME`: a kubeconfig's context, and what Tidemark calls the cluster. */
export function parseContext(given: string): { context: string; name?: string } {
  const at = given.lastIndexOf('=');
  return at < 0 ? { context: given } : { context: given.slice(0, at), name: given.slice(at + 1) };
}

/** What the command line names, else what the configuration lists, else the current context. */
export function chooseClusters(
  options: { kubeconfig?: string | undefined; context?: readonly string[] | undefined },
  config: Config,
): ClusterChoice[] {
  const { kubeconfig, context } = options;
  if (context && context.length > 0) return context.map((each) => ({ kubeconfig, ...parseContext(each) }));
  if (kubeconfig === undefined && config.clusters.length > 0) return config.clusters;
  return [{ kubeconfig }];
}

/** Opens each cluster's API. Throws AppError `kubeconfig_invalid`, and `config_invalid` for a bad or repeated name. */
export function openClusters(choices: readonly ClusterChoice[]): RecordedCluster[] {
  const clusters: RecordedCluster[] = [];
  for (const choice of choices) {
    const access = loadCluster({
      ...(choice.kubeconfig === undefined ? {} : { kubeconfig: choice.kubeconfig }),
      ...(choice.context === undefined ? {} : { context: choice.context }),
    });
    const name = choice.name ?? access.name;
    if (!CLUSTER_NAME.test(name)) {
      throw new AppError(
        'config_invalid',
        `'${name}' cannot name a cluster: letters, digits, dots, dashes and underscores, up to 100`,
      );
    }
    if (clusters.some((other) => other.name === name)) {
      throw new AppError(
        'config_invalid',
        `two clusters would be called '${name}': name one with --context CONTEXT=NAME`,
      );
    }
    clusters.push({ name, transport: createTransport(access) });
  }
  return clusters;
}
