import { hostname } from 'node:os';
import { join } from 'node:path';
import { journalTopic } from '../schemas/topics.ts';
import { createForwarder } from '../platform/bus/forwarder.ts';
import type { LocalLog } from '../platform/bus/local-log.ts';
import { openLocalLog } from '../platform/bus/sqlite-log.ts';
import { createAgent, type Agent } from '../ingest/agent/agent.ts';
import type { KubeTransport } from '../ingest/agent/kube-transport.ts';
import { createLogCatcher, LOG_CATCHER_DEFAULTS } from '../ingest/agent/log-catcher.ts';
import { journalDir, openKafka, usesKafka } from './journal.ts';
import type { Parts } from './parts.ts';
import { createTools, type Tools } from './tools.ts';
import { VERSION } from './version.ts';

/** One cluster to record. */
export interface RecordedCluster {
  readonly name: string;
  readonly transport: KubeTransport;
  /** Fills a fresh local log before the agent starts: the demo's history. */
  readonly prepare?: (log: LocalLog) => Promise<void>;
}

export interface Recorder {
  status(): { cluster: string; agent: ReturnType<Agent['status']> }[];
  /** Resolves when `close` was called, rejects with the first failure that stopped an agent. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

/** The agents of one process: each watches a cluster into its own local log, and a forwarder ships that where there is Kafka. */
export async function startRecorder(parts: Parts & { clusters: readonly RecordedCluster[] }): Promise<Recorder> {
  const { config } = parts;
  const tools = createTools(config);
  const stop = new AbortController();
  const running: { cluster: string; agent: Agent; done: Promise<void> }[] = [];
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    stop.abort();
    await Promise.allSettled(running.map(({ done }) => done));
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    for (const cluster of parts.clusters) {
      const localLog = openClusterLog(parts, cluster.name);
      closers.push(() => localLog.close());
      await cluster.prepare?.(localLog);
      if (usesKafka(config)) closers.push(startForwarder(parts, localLog));
      const agent = createClusterAgent(parts, cluster, localLog, tools);
      running.push({ cluster: cluster.name, agent, done: agent.run(stop.signal) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    status: () => running.map(({ cluster, agent }) => ({ cluster, agent: agent.status() })),
    done: Promise.all(running.map(({ done }) => done)).then(() => undefined),
    close,
  };
}

function openClusterLog({ config, clock, log, metrics }: Parts, cluster: string): LocalLog {
  const topic = journalTopic(cluster);
  return openLocalLog({
    dir: join(journalDir(config), topic),
    topic,
    clock,
    log: log.child({ cluster }),
    metrics,
    maxBytes: config.agent.local_log_max_bytes,
  });
}

function startForwarder(parts: Parts, localLog: LocalLog): () => Promise<void> {
  const { config, clock, log, metrics } = parts;
  const { topic } = localLog;
  const kafka = openKafka(parts);
  const forwarder = createForwarder({
    localLog,
    dir: join(journalDir(config), topic),
    sender: kafka.sender(),
    ensureTopic: (name) => kafka.ensureTopic(name),
    topic,
    clock,
    log,
    metrics,
  });
  const done = forwarder.run();
  done.catch((error: unknown) => log.error({ err: error, topic }, 'forwarder stopped'));
  return async () => {
    await forwarder.close();
    await done.catch(() => undefined);
    await kafka.close();
  };
}

function createClusterAgent(
  { config, clock, log, metrics }: Parts,
  { name, transport }: RecordedCluster,
  localLog: LocalLog,
  { project, redact }: Tools,
): Agent {
  const child = log.child({ cluster: name });
  return createAgent({
    cluster: name,
    transport,
    localLog,
    project,
    clock,
    log: child,
    metrics,
    createLogCatcher: (write) =>
      createLogCatcher({
        transport,
        redact,
        clock,
        log: child,
        metrics,
        write,
        options: {
          ...LOG_CATCHER_DEFAULTS,
          cluster: name,
          tailLines: config.agent.log_tail_lines,
          maxBytes: config.agent.log_max_bytes,
          timeoutMs: config.agent.log_timeout_ms,
        },
      }),
    options: {
      namespaces: config.agent.namespaces,
      version: VERSION,
      identity: `${hostname()}-${process.pid}`,
      lease: { mode: config.agent.lease, namespace: config.agent.lease_namespace },
    },
  });
}
