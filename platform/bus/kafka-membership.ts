import type { Consumer, Kafka } from 'kafkajs';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { kafkaError } from './kafka-client.ts';

const SESSION_MS = 10_000;
const HEARTBEAT_MS = 2_000;
const IDLE_MS = 500;
const RETRY_MS = 2_000;
/** kafkajs can fall silent for good without an event (github.com/tulios/kafkajs/issues/659). A rejoin takes two sessions at most. */
const SILENT_MS = 3 * SESSION_MS;

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
 * Joined → (rebalance | crash | silence → taken away) → joined again, until the signal aborts. A consumer that has crashed, or
 * has neither beaten nor joined for long, is replaced.
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
    const ended = new AbortController();
    const over = Promise.withResolvers<void>();
    let heardAt = clock.now();
    /** What a consumer that has been replaced has still to say counts no more. */
    const hear = (word: () => void) => {
      heardAt = clock.now();
      if (!ended.signal.aborted) word();
    };
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      hear(() => {
        consumer.pause([{ topic }]);
        onChange(payload.memberAssignment[topic]?.includes(0) ?? false);
      }),
    );
    consumer.on(consumer.events.HEARTBEAT, () => hear(() => undefined));
    consumer.on(consumer.events.REBALANCING, () => hear(() => onChange(false)));
    consumer.on(consumer.events.CRASH, ({ payload }) =>
      hear(() => {
        log.warn({ topic, groupId, err: payload.error }, 'the consumer group was lost; joining again');
        over.resolve();
      }),
    );
    const join = async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
      if (!ended.signal.aborted) current = consumer;
      await over.promise;
    };
    const listen = async () => {
      while (clock.now() - heardAt <= SILENT_MS) {
        await clock.sleep(SESSION_MS, ended.signal);
        if (ended.signal.aborted) return;
      }
      log.warn({ topic, groupId, silentMs: clock.now() - heardAt }, 'the consumer group fell silent; joining again');
      over.resolve();
    };
    const stop = () => over.resolve();
    signal.addEventListener('abort', stop, { once: true });
    try {
      void listen();
      if (!signal.aborted) await Promise.race([join(), over.promise]);
    } finally {
      signal.removeEventListener('abort', stop);
      ended.abort();
      current = undefined;
      onChange(false);
      await Promise.race([consumer.disconnect().catch(() => undefined), clock.sleep(SESSION_MS)]);
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
