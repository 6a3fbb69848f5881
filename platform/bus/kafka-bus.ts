import { AppError, isAppError } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Bus, JournalRecord, Publisher, Tail } from './journal.ts';
import { createKafkaClient, kafkaError, type KafkaConnection, type KafkaOptions } from './kafka-client.ts';
import { createKafkaReader } from './kafka-reader.ts';
import { batchLength, createKafkaSender, type KafkaSender, type OutgoingRecord } from './kafka-sender.ts';
import { ensureTopic, tooManyPartitions, type TopicOptions } from './kafka-topics.ts';

const PUBLISH_TRIES = 3;
const RETRY_MS = 1_000;
const TAIL_FETCH = { minBytes: 1, maxBytes: 1024 * 1024, waitMs: 1_000 };

export interface KafkaBusOptions extends KafkaOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Of the topics that `publisher` makes where they are missing. */
  readonly topics?: TopicOptions;
}

export interface KafkaBus extends Bus {
  /** Makes a topic of one partition unless there is one; throws AppError `too_many_partitions`, `forbidden`, `unavailable`. */
  ensureTopic(topic: string, options?: TopicOptions): Promise<void>;
  /** An idempotent producer of its own, for a forwarder. */
  sender(): KafkaSender;
}

/** Tries what an outage may have stopped a few times more, with growing pauses. */
async function persist<T>(clock: Clock, signal: AbortSignal, body: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await body();
    } catch (error) {
      if (!isAppError(error) || !error.retryable || tries >= PUBLISH_TRIES || signal.aborted) throw error;
      await clock.sleep(RETRY_MS * tries * (0.5 + Math.random()), signal);
    }
  }
}

/** The journal on Kafka. Nothing outside of this folder knows of kafkajs. */
export function createKafkaBus(options: KafkaBusOptions): KafkaBus {
  const { clock, log, metrics } = options;
  const client = createKafkaClient(options, log);
  const shared = client.connection();
  const closing = new AbortController();
  const open = new Set<{ close(): Promise<void> }>();
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    open.add(part);
    return part;
  };
  const ensure = (topic: string, topicOptions = options.topics) =>
    ensureTopic(client.kafka, shared, topic, topicOptions);

  const publisher = async (): Promise<Publisher> => {
    const sender = keep(createKafkaSender(client.kafka));
    const ready = new Set<string>();
    const send = async (topic: string, batch: readonly OutgoingRecord[]) => {
      if (!ready.has(topic)) await ensure(topic);
      ready.add(topic);
      try {
        await sender.send(topic, batch);
      } catch (error) {
        if (!isAppError(error, 'not_found')) throw error;
        ready.delete(topic);
        throw new AppError('unavailable', `${error.message}; it is made anew`, { cause: error, retryable: true });
      }
    };
    return {
      publish: async (topic, records) => {
        for (let start = 0; start < records.length;) {
          const batch = records.slice(start, start + batchLength(records, start));
          await persist(clock, closing.signal, () => send(topic, batch));
          start += batch.length;
        }
      },
      close: async () => {
        open.delete(sender);
        await sender.close();
      },
    };
  };

  const end = async (connection: KafkaConnection, topic: string): Promise<number> => {
    const found = (await connection.topics([topic]))[0];
    if (found && found.partitions > 1) throw tooManyPartitions(topic, found.partitions);
    return found ? (await connection.bounds(topic)).next : 0;
  };

  const follow = async (
    connection: KafkaConnection,
    topic: string,
    from: number,
    each: (record: JournalRecord) => void,
    signal: AbortSignal,
  ) => {
    let next = from;
    while (!signal.aborted) {
      try {
        for (const record of await connection.fetch(topic, next, TAIL_FETCH)) {
          next = record.offset + 1;
          if (!signal.aborted) each(record);
        }
      } catch (error) {
        if (isAppError(error, 'offset_out_of_range')) next = Number(error.details['first']);
        else if (!isAppError(error, 'not_found'))
          log.debug({ topic, err: error }, 'following a topic failed; trying again');
        await clock.sleep(RETRY_MS, signal);
      }
    }
  };

  const tail = async (topic: string, onRecord: (record: JournalRecord) => void): Promise<Tail> => {
    const connection = client.connection();
    const stop = new AbortController();
    const from = await end(connection, topic).catch(async (error: unknown) => {
      await connection.close();
      throw error;
    });
    const ended = follow(connection, topic, from, onRecord, AbortSignal.any([stop.signal, closing.signal]));
    const made: Tail = keep({
      close: async () => {
        open.delete(made);
        stop.abort();
        await ended;
        await connection.close();
      },
    });
    return made;
  };

  return {
    reader: (reading) => keep(createKafkaReader({ ...reading, client, connection: shared, clock, log, metrics })),
    publisher,
    tail,
    ensureTopic: ensure,
    sender: () => keep(createKafkaSender(client.kafka)),
    check: async () => {
      try {
        await shared.topics([]);
      } catch (error) {
        const known = kafkaError(error, 'checking');
        const brokers = options.brokers.join(', ');
        throw new AppError(known.code, `the Kafka brokers ${brokers} cannot be used: ${known.message}`, {
          cause: error,
          retryable: known.retryable,
        });
      }
    },
    close: async () => {
      closing.abort();
      await Promise.all([...open].map((part) => part.close()));
      await shared.close();
    },
  };
}
