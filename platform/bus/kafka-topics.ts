import type { Kafka } from 'kafkajs';
import { AppError } from '../errors.ts';
import { kafkaError, type KafkaConnection } from './kafka-client.ts';

export interface TopicOptions {
  /** The journal's order rests on there being one. */
  readonly partitions?: 1;
  readonly replicationFactor?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * The broker's time, not the writer's: entries shipped after an outage of days must not be expired at once by their age,
 * and a writer's wrong clock must not have them refused. Batches go up to 900 kB.
 */
const CONFIG = {
  'message.timestamp.type': 'LogAppendTime',
  'max.message.bytes': '1048588',
  'cleanup.policy': 'delete',
};

export const tooManyPartitions = (topic: string, partitions: number): AppError =>
  new AppError(
    'too_many_partitions',
    `the topic ${topic} has ${partitions} partitions: a journal's order needs exactly one; make the topic anew with one`,
    { details: { topic, partitions } },
  );

/**
 * Makes a topic of one partition unless there is one. Throws AppError `too_many_partitions` for one with more, `forbidden`,
 * `unavailable`.
 */
export async function ensureTopic(
  kafka: Kafka,
  connection: KafkaConnection,
  topic: string,
  options: TopicOptions = {},
): Promise<void> {
  const existing = async () => (await connection.topics([topic])).find((found) => found.topic === topic);
  let found = await existing();
  if (!found) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      const configEntries = Object.entries({ ...CONFIG, ...options.config }).map(([name, value]) => ({ name, value }));
      const wanted = { topic, numPartitions: 1, replicationFactor: options.replicationFactor ?? -1, configEntries };
      await admin.createTopics({ topics: [wanted], waitForLeaders: true });
    } catch (error) {
      throw kafkaError(error, `making the topic ${topic}`);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
    found = await existing();
  }
  if (found && found.partitions > 1) throw tooManyPartitions(topic, found.partitions);
}
