import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka, type TestKafka } from '../../../deploy/testkafka/test-kafka.ts';
import { silentLogger } from '../../../platform/log.ts';
import { createMetrics } from '../../../platform/metrics.ts';
import { createStore } from '../../../platform/store/create-store.ts';
import type { Store } from '../../../platform/store/store.ts';
import { freePort, startChild, type Child } from '../../road/child.ts';
import { startStoreProxy, type StoreProxy } from './store-proxy.ts';

/** One `tidemark` process that can be ended and started again under the same name and ports. */
export interface Role {
  readonly name: string;
  /** The running process, or null. */
  child(): Child | null;
  start(): Promise<void>;
  /** SIGKILL unless told otherwise; resolves when it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProcessorRole extends Role {
  readonly proxy: StoreProxy;
  readonly metricsUrl: string;
}

/** Everything of one production installation, each role a process of its own on this machine. */
export interface Site {
  readonly dir: string;
  readonly agentDataDir: string;
  readonly kafka: TestKafka;
  readonly store: Role;
  readonly agent: Role;
  readonly processors: readonly ProcessorRole[];
  /** Reads the store, straight. */
  readonly reader: Store;
  /** Whether each role runs, and the end of what it has said. */
  lastWords(): string;
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly cluster: string;
  readonly kubeconfig: string;
  /** How many processors can be started; none is started by itself. */
  readonly processors: number;
}

const COMMON = { TIDEMARK_LOG_LEVEL: 'info', TIDEMARK_AGENT_LEASE: 'off' };

const TAIL_CHARACTERS = 4_000;

function tailOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-TAIL_CHARACTERS);
  } catch {
    return '(no log)';
  }
}

function roleOf(name: string, start: () => Promise<Child>): Role {
  let child: Child | null = null;
  return {
    name,
    child: () => (child && !child.exited() ? child : null),
    start: async () => {
      if (child && !child.exited()) throw new Error(`${name} runs already`);
      child = await start();
    },
    end: async (signal = 'SIGKILL') => {
      const ending = child;
      child = null;
      await ending?.end(signal);
    },
  };
}

/** Starts a broker and a store; the other roles are there to be started. */
export async function openSite(options: SiteOptions): Promise<Site> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-faults-'));
  const kubeconfig = join(dir, 'kubeconfig.yaml');
  await writeFile(kubeconfig, options.kubeconfig);
  const kafka = await startKafka();
  const ports = await Promise.all(Array.from({ length: 2 + options.processors }, freePort));
  const [storePort = 0, agentPort = 0] = ports;
  const storeUrl = `http://127.0.0.1:${storePort}`;
  const agentDataDir = join(dir, 'agent');
  const brokers = { TIDEMARK_KAFKA_BROKERS: kafka.brokers.join(',') };

  const store = roleOf('store', () => {
    const env = { ...COMMON, TIDEMARK_DATA_DIR: join(dir, 'store'), TIDEMARK_STORE_PORT: String(storePort) };
    return startChild('store', { args: ['store'], env, dir, url: `${storeUrl}/ping` });
  });
  const agent = roleOf('agent', () => {
    const metrics = { TIDEMARK_AGENT_METRICS_PORT: String(agentPort) };
    const env = { ...COMMON, ...brokers, ...metrics, TIDEMARK_DATA_DIR: agentDataDir };
    const args = ['agent', '--kubeconfig', kubeconfig, '--cluster', options.cluster];
    return startChild('agent', { args, env, dir, url: `http://127.0.0.1:${agentPort}/healthz` });
  });
  const processorOf = async (port: number, index: number): Promise<ProcessorRole> => {
    const proxy = await startStoreProxy(storeUrl);
    const name = `processors-${index}`;
    const env = {
      ...COMMON,
      ...brokers,
      TIDEMARK_DATA_DIR: join(dir, name),
      TIDEMARK_CLICKHOUSE_URL: proxy.url,
      TIDEMARK_PROCESSORS_METRICS_PORT: String(port),
    };
    const metricsUrl = `http://127.0.0.1:${port}/metrics`;
    const url = `http://127.0.0.1:${port}/healthz`;
    return { ...roleOf(name, () => startChild(name, { args: ['processors'], env, dir, url })), proxy, metricsUrl };
  };
  const processors = await Promise.all(ports.slice(2).map(processorOf));
  const reader = createStore({ target: { url: storeUrl }, log: silentLogger, metrics: createMetrics() });
  const close = async () => {
    for (const role of [agent, ...processors, store]) await role.end();
    for (const { proxy } of processors) await proxy.close();
    await reader.close();
    await kafka.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await store.start();
  } catch (error) {
    await close();
    throw error;
  }
  const lastWords = () =>
    [store, agent, ...processors]
      .map(
        (role) => `${role.name} ${role.child() ? 'runs' : 'does not run'}:\n${tailOf(join(dir, `${role.name}.log`))}`,
      )
      .join('\n');
  return { dir, agentDataDir, kafka, store, agent, processors, reader, lastWords, close };
}
