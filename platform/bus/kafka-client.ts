import { Kafka, logLevel, type KafkaConfig, type logCreator, type SASLOptions } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import { AppError, messageOf, type ErrorCode } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Bounds, JournalRecord } from './journal.ts';
import {
  decodeMetadataResponse,
  encodeMetadataRequest,
  METADATA_API_KEY,
  METADATA_VERSION,
  type TopicMetadata,
} from './kafka-topic-ids.ts';
import { createCluster, sendRaw, type KafkaCluster } from './kafkajs-cluster.ts';

export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
}

const UNKNOWN_TOPIC = 3;
const EARLIEST = -2;
const LATEST = -1;

/** kafkajs reports what it retries by itself as errors; what fails for good is thrown, and logged by whoever catches it. */
const pinoCreator =
  (log: Logger): logCreator =>
  () =>
  ({ level, namespace, log: { message, error, broker, groupId } }) => {
    const fields = {
      namespace,
      detail: message,
      error: error === undefined ? undefined : String(error),
      broker,
      groupId,
    };
    if (level <= logLevel.WARN) log.debug(fields, 'kafkajs reports trouble');
    else log.trace(fields, 'kafkajs');
  };

const RETRYABLE_TYPES =
  /^(?:NOT_LEADER|LEADER_NOT|FENCED_LEADER|UNKNOWN_LEADER|REPLICA_NOT|COORDINATOR|GROUP_COORDINATOR|NOT_COORDINATOR|REQUEST_TIMED_OUT|NETWORK_|NOT_ENOUGH_REPLICAS|NOT_CONTROLLER|REBALANCE|KAFKA_STORAGE|BROKER_NOT)/;
const CODES: Readonly<Record<string, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'not_found',
  TOPIC_AUTHORIZATION_FAILED: 'forbidden',
  GROUP_AUTHORIZATION_FAILED: 'forbidden',
  CLUSTER_AUTHORIZATION_FAILED: 'forbidden',
  SASL_AUTHENTICATION_FAILED: 'unauthorized',
  MESSAGE_TOO_LARGE: 'entry_too_large',
  RECORD_LIST_TOO_LARGE: 'entry_too_large',
};

/** kafkajs's errors as ours; what is not known to be final counts as an outage that passes. */
export function kafkaError(error: unknown, doing: string): AppError {
  if (error instanceof AppError) return error;
  let type: string | undefined;
  let authentication = false;
  for (let at: unknown = error; at instanceof Error && at !== at.cause; at = at.cause) {
    const found = (at as { type?: unknown }).type;
    if (typeof found === 'string') type = found;
    authentication ||= at.name === 'KafkaJSSASLAuthenticationError';
  }
  const code = authentication ? 'unauthorized' : (CODES[type ?? ''] ?? 'unavailable');
  const retryable = code === 'unavailable' || RETRYABLE_TYPES.test(type ?? '');
  return new AppError(code, `Kafka, ${doing}: ${messageOf(error)}`, { cause: error, retryable, details: { type } });
}

/**
 * Connections for reading by offset; each has its own, so that one's long poll does not hold up another's. A call that fails
 * makes the next one start anew; after `close` every call throws AppError `aborted`.
 */
export interface KafkaConnection {
  /** All topics, or those named which exist. */
  topics(names?: readonly string[]): Promise<TopicMetadata[]>;
  bounds(topic: string): Promise<Bounds>;
  /** Waits up to `waitMs` for `minBytes`. Throws AppError `offset_out_of_range` with the bounds. */
  fetch(
    topic: string,
    from: number,
    options: { minBytes: number; maxBytes: number; waitMs: number },
  ): Promise<JournalRecord[]>;
  close(): Promise<void>;
}

export interface KafkaClient {
  readonly kafka: Kafka;
  connection(): KafkaConnection;
}

/** Drops what is known of the brokers when the connection to one is gone, so that the next call starts anew. */
async function recover(cluster: KafkaCluster, error: unknown): Promise<void> {
  for (let at: unknown = error; at instanceof Error && at !== at.cause; at = at.cause) {
    const { host, port } = at as { host?: unknown; port?: unknown };
    if (typeof host === 'string' && typeof port === 'number') cluster.removeBroker({ host, port });
  }
  await cluster.refreshMetadata().catch(() => undefined);
}

const closedError = () => new AppError('aborted', 'the connection to Kafka is closed');

function createConnection(makeCluster: () => KafkaCluster): KafkaConnection {
  let cluster: KafkaCluster | undefined;
  let connecting: Promise<KafkaCluster> | undefined;
  let closed = false;
  const targets = new Set<string>();
  const reset = async () => {
    const old = cluster;
    cluster = undefined;
    connecting = undefined;
    targets.clear();
    await old?.disconnect().catch(() => undefined);
  };
  const connect = async (): Promise<KafkaCluster> => {
    const fresh = makeCluster();
    cluster = fresh;
    try {
      await fresh.connect();
      await fresh.refreshMetadata();
      if (cluster !== fresh) throw closedError();
      return fresh;
    } catch (error) {
      if (cluster === fresh) await reset();
      else await fresh.disconnect().catch(() => undefined);
      throw error;
    }
  };
  /** A failed call mends only the connection that it was made on: another may stand by now, or none is wanted any more. */
  const guarded = async <T>(doing: string, body: (cluster: KafkaCluster) => Promise<T>): Promise<T> => {
    if (closed) throw closedError();
    let on: KafkaCluster | undefined;
    try {
      on = await (connecting ??= connect());
      return await body(on);
    } catch (error) {
      if (error instanceof AppError) throw error;
      const known = kafkaError(error, doing);
      if (on && on === cluster) {
        if (known.retryable && (known.details['type'] ?? undefined) !== undefined) await recover(on, error);
        else await reset();
      }
      throw known;
    }
  };
  const target = async (on: KafkaCluster, topic: string) => {
    if (!targets.has(topic)) await on.addTargetTopic(topic);
    targets.add(topic);
  };

  const bounds = (topic: string): Promise<Bounds> =>
    guarded('asking for offsets', async (on) => {
      await target(on, topic);
      const at = async (fromTimestamp: number) => {
        const [found] = await on.fetchTopicsOffset([{ topic, partitions: [{ partition: 0 }], fromTimestamp }]);
        return Number(found?.partitions[0]?.offset);
      };
      const [first, next] = await Promise.all([at(EARLIEST), at(LATEST)]);
      if (!Number.isSafeInteger(first) || !Number.isSafeInteger(next)) {
        throw new AppError('unavailable', `no offsets are known of ${topic}`, { retryable: true });
      }
      return { first, next };
    });

  return {
    bounds,
    topics: (names) =>
      guarded('listing topics', async (on) => {
        const broker = await on.findControllerBroker();
        if ((broker.versions?.[METADATA_API_KEY]?.maxVersion ?? 0) < METADATA_VERSION) {
          throw new AppError('unavailable', 'the brokers do not name the ids of topics: Kafka 3.1 or newer is needed');
        }
        const body = encodeMetadataRequest(names);
        const request = { apiKey: METADATA_API_KEY, apiVersion: METADATA_VERSION, apiName: 'Metadata', body };
        const found = decodeMetadataResponse((await sendRaw(broker, request)).payload);
        return found.filter(({ errorCode }) => errorCode !== UNKNOWN_TOPIC);
      }),
    fetch: async (topic, from, { minBytes, maxBytes, waitMs }) => {
      try {
        return await guarded('fetching', async (on) => {
          await target(on, topic);
          const leader = Object.keys(on.findLeaderForPartitions(topic, [0]))[0];
          if (leader === undefined) throw new AppError('not_found', `Kafka has no topic ${topic}`);
          const broker = await on.findBroker({ nodeId: leader });
          const partitions = [{ partition: 0, fetchOffset: String(from), maxBytes }];
          const limits = { maxWaitTime: waitMs, minBytes, maxBytes };
          const request = { replicaId: -1, isolationLevel: 1, ...limits, topics: [{ topic, partitions }] };
          const { responses } = await broker.fetch(request);
          return responses.flatMap(({ partitions: parts }) =>
            parts.flatMap(({ messages }) => toRecords(messages, from)),
          );
        });
      } catch (error) {
        if (!(error instanceof AppError) || error.details['type'] !== 'OFFSET_OUT_OF_RANGE') throw error;
        const { first, next } = await bounds(topic);
        const message = `offset ${from} of ${topic} lies outside of ${first} to ${next}`;
        throw new AppError('offset_out_of_range', message, { cause: error, details: { first, next, from, topic } });
      }
    },
    close: async () => {
      closed = true;
      await reset();
    },
  };
}

function toRecords(
  messages: readonly { offset: string; timestamp: string; value: Buffer | null; isControlRecord?: boolean }[],
  from: number,
): JournalRecord[] {
  return messages
    .filter(({ offset, isControlRecord }) => !isControlRecord && Number(offset) >= from)
    .map(({ offset, timestamp, value }) => ({
      offset: Number(offset),
      timestamp: Number(timestamp),
      value: value?.toString('utf8') ?? '',
    }));
}

export function createKafkaClient(options: KafkaOptions, log: Logger): KafkaClient {
  const config: KafkaConfig = {
    brokers: [...options.brokers],
    clientId: options.clientId,
    ...(options.ssl !== undefined && { ssl: options.ssl }),
    ...(options.sasl !== undefined && { sasl: options.sasl }),
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    retry: { retries: 5, initialRetryTime: 300, maxRetryTime: 5_000 },
    logLevel: logLevel.INFO,
    logCreator: pinoCreator(log),
  };
  const kafka = new Kafka(config);
  return {
    kafka,
    connection: () => createConnection(() => createCluster(kafka, { ...config, retry: { retries: 1 } })),
  };
}
