import { hostname } from 'node:os';
import { join } from 'node:path';
import { journalTopic } from '../schemas/topics.ts';
import { createForwarder, type Forwarder } from '../platform/bus/forwarder.ts';
import type { LocalLog } from '../platform/bus/local-log.ts';
import type { DroppedRange } from '../platform/bus/relief.ts';
import { openLocalLog } from '../platform/bus/sqlite-log.ts';
import { createAgent, type Agent } from '../ingest/agent/agent.ts';
import type { LeaseMode } from '../ingest/agent/lease.ts';
import type { Loss } from '../ingest/agent/losses.ts';
import type { KubeTransport } from '../ingest/agent/kube-transport.ts';
import { createLogCatcher, LOG_CATCHER_DEFAULTS } from '../ingest/agent/log-catcher.ts';
import { journalDir, openKafka, usesKafka } from './journal.ts';
import type { Parts } from './parts.ts';
import { agentProblem, troubleProblem } from './problems.ts';
import { createTools, type Tools } from './tools.ts';
import { VERSION } from './version.ts';

/** One cluster to record. */
export interface RecordedCluster {
  readonly name: string;
  readonly transport: KubeTransport;
  /** Fills a fresh local log before the agent starts, until `signal` aborts: the demo's history. */
  readonly prepare?: (log: LocalLog, signal: AbortSignal) => Promise<void>;
}

export interface Recorder {
  status(): { cluster: string; agent: ReturnType<Agent['status']> }[];
  /** What keeps a cluster from being recorded, or its journal from being shipped; null when nothing does. */
  problem(): string | null;
  /** Resolves when `close` was called, rejects with the first failure that stopped an agent. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

/** The agents of one process: each watches a cluster into its own local log, and a forwarder ships that where there is Kafka. */
export async function startRecorder(
  parts: Parts & {
    clusters: readonly RecordedCluster[];
    /** Where the configuration does not say; default auto. */
    lease?: LeaseMode;
    /** Ends the preparations early; what runs is ended by `close`. */
    signal?: AbortSignal;
  },
): Promise<Recorder> {
  const { config } = parts;
  const lease = config.agent.lease ?? parts.lease ?? 'auto';
  const tools = createTools(config);
  const stop = new AbortController();
  const preparing = parts.signal ? AbortSignal.any([parts.signal, stop.signal]) : stop.signal;
  const running: { cluster: string; agent: Agent; done: Promise<void> }[] = [];
  const closers: (() => Promise<void>)[] = [];
  const forwarders: Forwarder[] = [];
  const close = async (): Promise<void> => {
    stop.abort();
    await Promise.allSettled(running.map(({ done }) => done));
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    for (const cluster of parts.clusters) {
      if (preparing.aborted) break;
      const early: Loss[] = [];
      let tell: (loss: Loss) => void = (loss) => void early.push(loss);
      const localLog = openClusterLog(parts, cluster.name, (loss) => tell(loss));
      closers.push(() => localLog.close());
      await cluster.prepare?.(localLog, preparing);
      if (usesKafka(config)) {
        const { forwarder, close: end } = startForwarder(parts, localLog);
        forwarders.push(forwarder);
        closers.push(end);
      }
      const agent = createClusterAgent({ ...parts, lease }, cluster, localLog, tools);
      tell = agent.lost;
      early.forEach(tell);
      const ended = agent.run(stop.signal);
      ended.catch(() => undefined);
      running.push({ cluster: cluster.name, agent, done: ended });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const done = Promise.all(running.map((each) => each.done)).then(() => undefined);
  // Whoever waits for it is told; until somebody does, a failure must not end the process.
  done.catch(() => undefined);
  return {
    status: () => running.map(({ cluster, agent }) => ({ cluster, agent: agent.status() })),
    problem() {
      for (const { cluster, agent } of running) {
        const problem = agentProblem(agent.status(), parts.clock.now());
        if (problem !== null) return `${cluster}: ${problem}`;
      }
      for (const forwarder of forwarders) {
        const problem = troubleProblem(forwarder.trouble(), parts.clock.now());
        if (problem !== null) return `nothing is shipped to Kafka: ${problem}`;
      }
      return null;
    },
    done,
    close,
  };
}

const whatWent = ({ thinned, recoverable, irrecoverable, ...range }: DroppedRange): string =>
  thinned
    ? `${recoverable} entries gave way unread that a later list tells again, among ${offsets(range)}`
    : `${recoverable + irrecoverable} entries dropped unread, ${offsets(range)}`;

const offsets = ({ first, next }: { first: number; next: number }): string => `offsets ${first} to ${next - 1}`;

function openClusterLog(
  { config, clock, log, metrics }: Parts,
  cluster: string,
  onLoss: (loss: Loss) => void,
): LocalLog {
  const topic = journalTopic(cluster);
  return openLocalLog({
    dir: join(journalDir(config), topic),
    topic,
    clock,
    log: log.child({ cluster }),
    metrics,
    maxBytes: config.agent.local_log_max_bytes,
    onDropped: (range) => onLoss({ ...range, reason: `the local log reached its bound: ${whatWent(range)}` }),
    onCorrupt: (lost) =>
      onLoss({
        ...lost,
        setBack: true,
        reason: `a file of the local log cannot be read: what was unread of ${offsets(lost)} is lost`,
      }),
  });
}

function startForwarder(parts: Parts, localLog: LocalLog): { forwarder: Forwarder; close: () => Promise<void> } {
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
  forwarder.run().catch((error: unknown) => log.error({ err: error, topic }, 'the forwarder failed'));
  const close = async (): Promise<void> => {
    await forwarder.close();
    await kafka.close();
  };
  return { forwarder, close };
}

function createClusterAgent(
  { config, clock, log, metrics, lease }: Parts & { lease: LeaseMode },
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
    redact,
    clock,
    log,
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
      lease: { mode: lease, namespace: config.agent.lease_namespace },
    },
  });
}
