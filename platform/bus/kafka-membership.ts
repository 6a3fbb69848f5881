import type { Consumer, Kafka } from 'kafkajs';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { kafkaError } from './kafka-client.ts';

const SESSION_MS = 10_000;
const HEARTBEAT_MS = 2_000;
const IDLE_MS = 500;
const RETRY_MS = 2_000;

export interface MembershipOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topic: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Called when the topic was given to this member (again) and when it was taken away. */
  readonly onChange: (assigned: boolean) => void;
}

/** Commits a position for those who watch the group's lag; the store, not Kafka, says where to resume. */
export interface Membership {
  readonly ended: Promise<void>;
  commit(next: number): void;
}

/**
 * Membership in the consumer group of one topic. The consumer only joins and heartbeats: it is paused from its first
 * assignment on, so that its beats depend on nothing that the reader does, and reading goes by offset on another connection.
 * Joined → (rebalance | crash → taken away) → joined again, until the signal aborts. A crashed consumer is replaced.
 */
export function joinGroup(options: MembershipOptions): Membership {
  const { kafka, groupId, topic, clock, log, signal, onChange } = options;
  let current: Consumer | undefined;
  let wanted: number | undefined;
  let committing = false;

  const live = async () => {
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: SESSION_MS,
      maxWaitTimeInMs: IDLE_MS,
      allowAutoTopicCreation: false,
      retry: { retries: 3, restartOnFailure: async () => false },
    });
    const over = Promise.withResolvers<void>();
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      consumer.pause([{ topic }]);
      onChange(payload.memberAssignment[topic]?.includes(0) ?? false);
    });
    consumer.on(consumer.events.REBALANCING, () => onChange(false));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      log.warn({ topic, groupId, err: payload.error }, 'the consumer group was lost; joining again');
      over.resolve();
    });
    const stop = () => over.resolve();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
      current = consumer;
      if (!signal.aborted) await over.promise;
    } finally {
      signal.removeEventListener('abort', stop);
      current = undefined;
      onChange(false);
      await consumer.disconnect().catch(() => undefined);
    }
  };

  const loop = async () => {
    while (!signal.aborted) {
      try {
        await live();
      } catch (error) {
        log.warn(
          { topic, groupId, err: kafkaError(error, 'joining the group') },
          'joining the consumer group failed; trying again',
        );
      }
      await clock.sleep(RETRY_MS, signal);
    }
  };

  const commitWanted = async () => {
    committing = true;
    for (;;) {
      const consumer = current;
      if (wanted === undefined || !consumer) break;
      const offset = String(wanted);
      wanted = undefined;
      await consumer
        .commitOffsets([{ topic, partition: 0, offset }])
        .catch((error: unknown) =>
          log.debug({ topic, groupId, err: error }, 'the position was not committed to the group'),
        );
    }
    committing = false;
  };

  return {
    ended: loop(),
    commit: (next) => {
      wanted = next;
      if (!committing) void commitWanted();
    },
  };
}
