import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClusters } from '../../cli/clusters.ts';
import { readConfig, type Config } from '../../cli/config.ts';
import { startEngine } from '../../cli/engine.ts';
import { startRecorder, type Recorder } from '../../cli/recorder.ts';
import { realClock } from '../../platform/clock.ts';
import { silentLogger } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { until } from '../../deploy/testkube/test-kube.ts';
import type { CoverageSpan } from '../../schemas/api/clusters.ts';
import { freePort, startChild, type Child } from './child.ts';
import { get } from './rows.ts';

export const CLUSTER = 'testkube';

/** Tidemark on one cluster, in one of the ways in which it is run. */
export interface Topology {
  readonly name: string;
  readonly url: string;
  startAgent(): Promise<void>;
  stopAgent(): Promise<void>;
  close(): Promise<void>;
}

/** Each role a process of its own. */
export interface DistributedTopology extends Topology {
  /** SIGKILL of the agent; its local log stays. */
  killAgent(): Promise<void>;
  /** Begins anew with an empty store: every entry of the journal is folded once more. */
  refold(): Promise<void>;
}

/** What the road's tests set: everything at once, since no test waits five minutes. */
const SETTINGS = {
  TIDEMARK_EXCEPTIONS_RULES_STARTUP_MINUTES: '0',
  TIDEMARK_EXCEPTIONS_RULES_JOB_WAITING_MINUTES: '0',
  TIDEMARK_EXCEPTIONS_STUCK_MINUTES: '0.25',
  TIDEMARK_LOG_LEVEL: 'warn',
};

/** Agent, local log, folds, engine and API in this process. `settings`: further variables of the configuration. */
export async function embedded(kubeconfig: string, settings: Readonly<Record<string, string>> = {}): Promise<Topology> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-road-'));
  const config: Config = readConfig({
    ...SETTINGS,
    TIDEMARK_DATA_DIR: dir,
    TIDEMARK_API_PORT: '0',
    TIDEMARK_AGENT_LEASE_NAMESPACE: 'road-embedded',
    TIDEMARK_AGENT_METRICS_PORT: '0',
    ...settings,
  });
  const parts = { config, clock: realClock, log: silentLogger, metrics: createMetrics() };
  const engine = await startEngine({ ...parts, roles: ['processors', 'api'] });
  let recorder: Recorder | undefined;
  return {
    name: 'in one process, embedded',
    url: engine.url ?? '',
    async startAgent() {
      recorder = await startRecorder({ ...parts, clusters: openClusters([{ kubeconfig, name: CLUSTER }]) });
    },
    async stopAgent() {
      await recorder?.close();
      recorder = undefined;
    },
    async close() {
      await recorder?.close();
      await engine.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** One process a role, over Kafka and a ClickHouse URL. */
export async function distributed(kubeconfig: string, brokers: readonly string[]): Promise<DistributedTopology> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-road-'));
  // Asked for at once they are different ones.
  const [store, api, agentMetrics, processorMetrics] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const env = {
    ...SETTINGS,
    TIDEMARK_STORE_PORT: String(store),
    TIDEMARK_KAFKA_BROKERS: brokers.join(','),
    TIDEMARK_API_PORT: String(api),
    TIDEMARK_AGENT_LEASE_NAMESPACE: 'road-distributed',
    TIDEMARK_AGENT_METRICS_PORT: String(agentMetrics),
    TIDEMARK_PROCESSORS_METRICS_PORT: String(processorMetrics),
  };
  const children: Child[] = [];
  let folds = 0;
  async function startFolds(): Promise<void> {
    const local = { ...env, TIDEMARK_DATA_DIR: join(dir, `folds-${folds++}`) };
    const remote = { ...local, TIDEMARK_CLICKHOUSE_URL: `http://127.0.0.1:${store}` };
    const start = async (name: string, childEnv: Record<string, string>, port: number, path: string) => {
      const url = `http://127.0.0.1:${port}${path}`;
      children.push(await startChild(name, { args: [name], env: childEnv, dir, url }));
    };
    await start('store', local, store, '/ping');
    await start('processors', remote, processorMetrics, '/healthz');
    await start('api', remote, api, '/healthz');
  }
  async function endFolds(): Promise<void> {
    for (const child of children.splice(0).toReversed()) await child.end();
  }
  await startFolds();
  let agent: Child | undefined;
  async function endAgent(signal?: NodeJS.Signals): Promise<void> {
    await agent?.end(signal);
    agent = undefined;
  }
  return {
    name: 'as separate processes, over Kafka and a ClickHouse URL',
    url: `http://127.0.0.1:${api}`,
    async startAgent() {
      const args = ['agent', '--kubeconfig', kubeconfig, '--cluster', CLUSTER];
      const agentEnv = { ...env, TIDEMARK_DATA_DIR: join(dir, 'agent') };
      agent = await startChild('agent', { args, env: agentEnv, dir, url: `http://127.0.0.1:${agentMetrics}/healthz` });
    },
    stopAgent: () => endAgent(),
    killAgent: () => endAgent('SIGKILL'),
    async refold() {
      await endFolds();
      await startFolds();
    },
    async close() {
      await endAgent();
      await endFolds();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What decides over services. */
const SERVICE_KINDS = ['service', 'endpointslice', 'pod', 'node', 'workload/deployments', 'workload/statefulsets'];

/** Waits until the first lists of all that decides over services are recorded. */
export async function recording({ url }: Topology): Promise<void> {
  await until('the first lists', async () => {
    const { items } = await get<{ items: CoverageSpan[] }>(`${url}/api/v1/coverage?cluster=${CLUSTER}&limit=500`);
    const told = new Set(items.filter(({ state }) => state === 'watching').map(({ kind }) => kind));
    return SERVICE_KINDS.every((kind) => told.has(kind));
  });
}
