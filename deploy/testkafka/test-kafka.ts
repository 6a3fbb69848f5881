import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
// Quiets a needless timer of kafkajs, whose negative delay newer Nodes warn of.
import '../../platform/bus/kafkajs-cluster.ts';
import { kafkaJars } from './kafka-jars.ts';

export { kafkaAvailable } from './kafka-jars.ts';

const execute = promisify(execFile);
const READY_MS = 120_000;
const JVM = [
  '-Xmx256m',
  '-Xms64m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

/** One real broker on loopback. */
export interface TestKafka {
  readonly brokers: string[];
  /** Where its data and its `broker.log` lie. */
  readonly dir: string;
  /** Ends it and removes its data, unless the folder was the caller's. */
  stop(): Promise<void>;
  /** SIGKILL; the data stay, `restart` brings it back on the same ports. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** As Kafka makes its own: one that began with a dash would be read as an option. */
function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0);
  return bytes.toString('base64url');
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function properties(dir: string, broker: number, controller: number): string {
  return Object.entries({
    'node.id': 1,
    'process.roles': 'broker,controller',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(dir, 'data'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'log.cleaner.enable': false,
    'log.retention.check.interval.ms': 500,
    'log.initial.task.delay.ms': 100,
    'log.segment.delete.delay.ms': 100,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

async function clusterIdAt(broker: string): Promise<string> {
  const kafka = new Kafka({
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 2000,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
}

/**
 * Starts a broker (KRaft, its own controller, no topics made by themselves) and waits until it answers with the cluster id
 * that was given to it. The first call on a machine fetches the jars.
 */
export async function startKafka(options: { dir?: string } = {}): Promise<TestKafka> {
  const jars = await kafkaJars();
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'tidemark-kafka-')));
  mkdirSync(dir, { recursive: true });
  const clusterId = newClusterId();
  const [brokerPort = 0, controllerPort = 0] = await freePorts(2);
  const broker = `127.0.0.1:${brokerPort}`;
  const config = join(dir, 'server.properties');
  const logFile = join(dir, 'broker.log');
  writeFileSync(config, properties(dir, brokerPort, controllerPort));
  const java = [...JVM, '-cp', join(jars, '*')];

  let child: ChildProcess | undefined;
  const killChild = () => void child?.kill('SIGKILL');
  process.once('exit', killChild);

  const start = async () => {
    const started = spawn('java', [...java, 'kafka.Kafka', config], { stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (text: Buffer) => appendFileSync(logFile, text));
    for (const deadline = Date.now() + READY_MS; ; await sleep(100)) {
      const id = await clusterIdAt(broker).catch(() => undefined);
      if (id === clusterId) return;
      const ended = started.exitCode !== null || started.signalCode !== null;
      if (ended || id !== undefined || Date.now() > deadline) {
        started.kill('SIGKILL');
        const why = id === undefined ? 'did not start' : `found another cluster, ${id}, on its port`;
        throw new Error(`the test broker ${why}:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
      }
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill(signal);
    await once(ending, 'exit');
  };

  const cleanUp = async () => {
    await end('SIGKILL');
    process.removeListener('exit', killChild);
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  };

  writeFileSync(logFile, '');
  try {
    await execute('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config]);
    await start();
  } catch (error) {
    await cleanUp();
    throw error;
  }
  return {
    brokers: [broker],
    dir,
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGKILL');
      await start();
    },
    stop: cleanUp,
  };
}
