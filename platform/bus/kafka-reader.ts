import type { Clock } from '../clock.ts';
import type { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { JournalPartition, JournalReader, JournalReaderOptions, Trouble } from './journal.ts';
import type { KafkaClient, KafkaConnection } from './kafka-client.ts';
import { joinGroup, type Membership } from './kafka-membership.ts';
import { createPartitionRead } from './kafka-partition.ts';
import { tooManyPartitions } from './kafka-topics.ts';
import { rarely } from './rarely.ts';
import { createReaderLoop, type FoundTopic } from './reader-loop.ts';

const SCAN_MS = 3_000;

export interface KafkaReaderOptions extends JournalReaderOptions {
  readonly client: KafkaClient;
  /** For metadata alone. */
  readonly connection: KafkaConnection;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

type Work = (partition: JournalPartition) => Promise<void>;

/**
 * Reads topics of one partition as a member of one consumer group a topic, `GROUP.TOPIC`. A topic with more partitions is
 * refused: an error in the log every minute and a gauge, while the other topics are read on.
 */
export function createKafkaReader(options: KafkaReaderOptions): JournalReader {
  const { client, connection, clock, log, metrics, group } = options;
  const refused = metrics.gauge('journal_topics_refused', 'Topics not read because they have more than one partition', [
    'group',
  ]);
  const scanErrors = metrics.counter('journal_scan_errors_total', 'Looks for topics that failed and were tried again', [
    'group',
  ]);
  scanErrors.inc({ group }, 0);
  const trouble = metrics.counter('journal_read_errors_total', 'Reads that failed and were tried again', [
    'topic',
    'code',
  ]);
  const may = rarely(clock);
  let refusal: Trouble | null = null;

  const find = async (): Promise<FoundTopic[]> => {
    const accepted = (await connection.topics()).filter(({ topic }) => options.accepts(topic));
    const bad = accepted.filter(({ partitions }) => partitions > 1);
    refused.set({ group }, bad.length);
    const errors = bad.map(({ topic, partitions }) => tooManyPartitions(topic, partitions));
    const reason = errors.map(({ message }) => message).join('; ');
    refusal = reason === '' ? null : { since: refusal?.since ?? clock.now(), reason, lasting: true };
    for (const { code, message, details } of errors) {
      if (may(String(details['topic']))) log.error({ ...details, code }, message);
    }
    return accepted.filter(({ partitions }) => partitions === 1).map(({ topic, id }) => ({ topic, logId: id }));
  };

  const assigned = async (
    { topic, logId }: FoundTopic,
    signal: AbortSignal,
    lost: () => void,
    member: Membership,
    work: Work,
  ) => {
    const own = client.connection();
    const onTrouble = (error: AppError) => {
      trouble.inc({ topic, code: error.code });
      if (may(`trouble ${topic}`)) log.warn({ topic, err: error }, 'reading from Kafka failed; trying again');
    };
    try {
      await work({
        topic,
        logId,
        signal,
        bounds: () => own.bounds(topic),
        read: createPartitionRead({ topic, logId, signal, clock, connection: own, lost, onTrouble }),
        saved: async (next) => {
          if (!signal.aborted) member.commit(next);
        },
      });
    } finally {
      await own.close();
    }
  };

  /** One topic: each assignment has a signal of its own, and starts only after the work of the one before has ended. */
  const hold = async (found: FoundTopic, outer: AbortSignal, work: Work): Promise<void> => {
    const stop = new AbortController();
    const signal = AbortSignal.any([outer, stop.signal]);
    let turn: AbortController | undefined;
    let working: Promise<void> = Promise.resolve();
    let failure: { error: unknown } | undefined;

    const workAfter = async (before: Promise<void>, mine: AbortSignal) => {
      await before;
      if (mine.aborted || failure) return;
      log.info({ topic: found.topic, group, logId: found.logId }, 'reading a topic');
      try {
        await assigned(found, mine, () => stop.abort(), member, work);
      } catch (error) {
        if (mine.aborted) return;
        failure = { error };
        stop.abort();
      }
    };
    const start = () => {
      turn = new AbortController();
      working = workAfter(working, turn.signal);
    };
    const member = joinGroup({
      kafka: client.kafka,
      groupId: `${group}.${found.topic}`,
      topic: found.topic,
      clock,
      log,
      signal,
      onChange: (has) => {
        turn?.abort();
        turn = undefined;
        if (has && !signal.aborted) start();
      },
    });
    const end = () => turn?.abort();
    signal.addEventListener('abort', end, { once: true });
    await member.ended;
    end();
    await working;
    if (failure) throw failure.error;
  };

  const counted = async () => {
    try {
      return await find();
    } catch (error) {
      scanErrors.inc({ group });
      throw error;
    }
  };
  const loop = createReaderLoop({ clock, log, scanMs: SCAN_MS, find: counted, hold });
  return { ...loop, trouble: () => refusal ?? loop.trouble() };
}
