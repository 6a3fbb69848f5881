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
import { freePort, startChild, type Child } from './child.ts';

export const CLUSTER = 'testkube';

/** Tidemark on one cluster, in one of the ways in which it is run. */
export interface Topology {
  readonly name: string;
  readonly url: string;
  startAgent(): Promise<void>;
  stopAgent(): Promise<void>;
  close(): Promise<void>;
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
export async function distributed(kubeconfig: string, brokers: readonly string[]): Promise<Topology> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-road-'));
  const [store, api, agentMetrics, processorMetrics] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const env = {
    ...SETTINGS,
    TIDEMARK_DATA_DIR: join(dir, 'data'),
    TIDEMARK_STORE_PORT: String(store),
    TIDEMARK_KAFKA_BROKERS: brokers.join(','),
    TIDEMARK_API_PORT: String(api),
    TIDEMARK_AGENT_LEASE_NAMESPACE: 'road-distributed',
    TIDEMARK_AGENT_METRICS_PORT: String(agentMetrics),
    TIDEMARK_PROCESSORS_METRICS_PORT: String(processorMetrics),
  };
  const remote = { ...env, TIDEMARK_CLICKHOUSE_URL: `http://127.0.0.1:${store}` };
  const children: Child[] = [];
  const start = async (name: string, args: string[], childEnv: Record<string, string>, port: number, path: string) => {
    const child = await startChild(name, { args, env: childEnv, dir, url: `http://127.0.0.1:${port}${path}` });
    children.push(child);
    return child;
  };
  await start('store', ['store'], env, store, '/ping');
  await start('processors', ['processors'], remote, processorMetrics, '/healthz');
  await start('api', ['api'], remote, api, '/healthz');
  let agent: Child | undefined;
  return {
    name: 'as separate processes, over Kafka and a ClickHouse URL',
    url: `http://127.0.0.1:${api}`,
    async startAgent() {
      const args = ['agent', '--kubeconfig', kubeconfig, '--cluster', CLUSTER];
      agent = await startChild('agent', { args, env, dir, url: `http://127.0.0.1:${agentMetrics}/healthz` });
    },
    async stopAgent() {
      await agent?.end();
      agent = undefined;
    },
    async close() {
      await agent?.end();
      for (const child of children.toReversed()) await child.end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
