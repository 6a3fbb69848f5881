import { createRequire } from 'node:module';
import type { Kafka, KafkaConfig } from 'kafkajs';

/**
 * kafkajs's own connections to the brokers, below its consumer: authenticated, with its protocol and its metadata. Its
 * consumer pushes batches and resets an offset that is out of range by itself; a journal is read by offset instead.
 * These are the parts of kafkajs 2.2.4 that are used; they are not its public API, so its version is pinned.
 */

export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly value: Buffer | null;
  readonly isControlRecord?: boolean;
}

interface FetchRequest {
  readonly replicaId: number;
  readonly isolationLevel: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    topic: string;
    partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

interface ProtocolRequest<T> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<unknown>;
  };
  readonly response: { decode(payload: Buffer): Promise<T>; parse(decoded: T): Promise<T> };
}

export interface KafkaBroker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null;
  readonly connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T> };
  fetch(request: FetchRequest): Promise<{
    readonly responses: readonly { readonly partitions: readonly { readonly messages: readonly FetchedMessage[] }[] }[];
  }>;
}

export interface KafkaCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(options: { nodeId: string }): Promise<KafkaBroker>;
  findControllerBroker(): Promise<KafkaBroker>;
  removeBroker(address: { host: string; port: number }): void;
  fetchTopicsOffset(
    topics: readonly { topic: string; partitions: readonly { partition: number }[]; fromTimestamp: number }[],
  ): Promise<readonly { readonly partitions: readonly { readonly offset: string }[] }[]>;
}

type ClusterClass = new (options: Record<string, unknown>) => KafkaCluster;
type EncoderClass = new () => { writeBufferInternal(buffer: Buffer): void };
interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
}
interface RequestQueueClass {
  readonly prototype: { scheduleCheckPendingRequests: (this: RequestQueue) => void };
}

const require = createRequire(import.meta.url);
const Cluster = require('kafkajs/src/cluster/index.js') as ClusterClass;
const Encoder = require('kafkajs/src/protocol/encoder.js') as EncoderClass;
const createSocketFactory = require('kafkajs/src/network/socketFactory.js') as () => unknown;
const queue = (require('kafkajs/src/network/requestQueue/index.js') as RequestQueueClass).prototype;

/**
 * After each answer kafkajs sets a timer to look at the requests that wait for a throttle's end, though none waits and
 * nothing is throttled: the delay is then minus the time since 1970, which Node warns about. No such timer is needed.
 */
const schedule = queue.scheduleCheckPendingRequests;
queue.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
};

/** A set of connections of its own: a long fetch holds up the other fetches on its connection. */
export const createCluster = (kafka: Kafka, config: KafkaConfig): KafkaCluster =>
  new Cluster({
    ...config,
    logger: kafka.logger(),
    socketFactory: createSocketFactory(),
    allowAutoTopicCreation: false,
    metadataMaxAge: 300_000,
    isolationLevel: 1,
  });

/** Sends a request that kafkajs does not know over its connection; `body` starts after the header's client id. */
export const sendRaw = (
  broker: KafkaBroker,
  request: { apiKey: number; apiVersion: number; apiName: string; body: Buffer },
): Promise<{ payload: Buffer }> =>
  broker.connectionPool.send({
    request: {
      apiKey: request.apiKey,
      apiVersion: request.apiVersion,
      apiName: request.apiName,
      encode: async () => {
        const encoder = new Encoder();
        encoder.writeBufferInternal(request.body);
        return encoder;
      },
    },
    response: { decode: async (payload) => ({ payload: Buffer.from(payload) }), parse: async (decoded) => decoded },
  });
