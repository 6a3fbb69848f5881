import type { Kafka, Producer } from 'kafkajs';
import { AppError } from '../errors.ts';
import { kafkaError } from './kafka-client.ts';

/** Below the broker's default limit of 1,048,588 bytes a batch, with room for its headers. */
export const BATCH_BYTES = 900_000;
/** Kafka's record header, generously. */
const RECORD_BYTES = 40;

export interface OutgoingRecord {
  readonly key: string | null;
  readonly value: string;
}

/** What a record takes of a batch. */
export const encodedBytes = ({ key, value }: OutgoingRecord): number =>
  RECORD_BYTES + Buffer.byteLength(value) + (key === null ? 0 : Buffer.byteLength(key));

/** How many of the records, from `start` on, go into one batch: at least one. */
export function batchLength(records: readonly OutgoingRecord[], start = 0): number {
  let bytes = 0;
  let count = 0;
  for (let index = start; index < records.length; index++) {
    const record = records[index];
    if (!record) break;
    bytes += encodedBytes(record);
    if (count > 0 && bytes > BATCH_BYTES) break;
    count++;
  }
  return count;
}

/** Sends to the one partition of a topic, one request at a time. */
export interface KafkaSender {
  /**
   * Resolves after the acknowledgement of all replicas in sync. At most one batch. After an error the records may or may
   * not have been written. Throws AppError `entry_too_large`, `not_found`, `forbidden`, or `unavailable` (retryable).
   */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * An idempotent producer. kafkajs tries a request again with the same sequence numbers; once it gives up, the producer is
 * replaced, because its sequence may no longer be the broker's.
 */
export function createKafkaSender(kafka: Kafka): KafkaSender {
  let producer: Promise<Producer> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  const connect = async (): Promise<Producer> => {
    const fresh = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => () => 0,
      retry: { retries: 4 },
    });
    try {
      await fresh.connect();
      return fresh;
    } catch (error) {
      await fresh.disconnect().catch(() => undefined);
      throw error;
    }
  };
  const drop = async () => {
    const old = producer;
    producer = undefined;
    await old?.then((one) => one.disconnect()).catch(() => undefined);
  };
  const send = async (topic: string, records: readonly OutgoingRecord[]) => {
    if (closed) throw new AppError('aborted', 'the sender is closed');
    try {
      producer ??= connect();
      await (
        await producer
      ).send({
        topic,
        acks: -1,
        timeout: 10_000,
        messages: records.map(({ key, value }) => ({ key, value, partition: 0 })),
      });
    } catch (error) {
      await drop();
      throw kafkaError(error, `writing to ${topic}`);
    }
  };

  return {
    send: (topic, records) => {
      const mine = last.then(() => send(topic, records));
      last = mine.catch(() => undefined);
      return mine;
    },
    close: async () => {
      closed = true;
      await last;
      await drop();
    },
  };
}
