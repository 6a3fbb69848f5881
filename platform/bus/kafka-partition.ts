import { AppError, isAppError } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { JournalRecord, ReadLimit } from './journal.ts';
import type { KafkaConnection } from './kafka-client.ts';

const POLL_MS = 1_000;
const GATHER_MS = 50;
const GATHER_BYTES = 64 * 1024;
const RETRY_MS = 500;

export interface KafkaPartitionOptions {
  readonly topic: string;
  readonly logId: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly connection: KafkaConnection;
  /** Ends this assignment: the topic was deleted or made anew. */
  readonly lost: () => void;
  /** Called with each outage that is being waited out. */
  readonly onTrouble: (error: AppError) => void;
}

/**
 * Reads one topic by offset. Records are given out only after the broker has said, later than it gave them, that the topic
 * is still the one of `logId`: a topic made anew reuses offsets. An outage is waited out like an empty topic.
 */
export function createPartitionRead(options: KafkaPartitionOptions) {
  const { topic, logId, signal, clock, connection } = options;
  let buffer: readonly JournalRecord[] = [];

  const aborted = () => new AppError('aborted', `the topic ${topic} is no longer this reader's`);
  const unlessAborted = <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const stop = () => reject(aborted());
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });

  const stillTheSame = async (): Promise<void> => {
    const found = (await connection.topics([topic])).find((one) => one.topic === topic);
    if (found?.id === logId) return;
    options.lost();
    throw aborted();
  };

  const fetch = async (from: number, maxBytes: number, left: number): Promise<JournalRecord[]> => {
    const waitMs = Math.min(POLL_MS, Math.max(0, left));
    const records = await connection.fetch(topic, from, { minBytes: 1, maxBytes, waitMs });
    const last = records.at(-1);
    if (!last) return records;
    const bytes = records.reduce((sum, { value }) => sum + value.length, 0);
    if (bytes < Math.min(GATHER_BYTES, maxBytes)) {
      const gather = {
        minBytes: GATHER_BYTES,
        maxBytes: maxBytes - bytes,
        waitMs: Math.min(GATHER_MS, Math.max(0, left)),
      };
      records.push(...(await connection.fetch(topic, last.offset + 1, gather)));
    }
    await stillTheSame();
    return records;
  };

  const take = (limit: ReadLimit): readonly JournalRecord[] => {
    let bytes = 0;
    let count = 0;
    for (const { value } of buffer) {
      bytes += value.length;
      if (count > 0 && (count >= limit.maxRecords || bytes > limit.maxBytes)) break;
      count++;
    }
    const page = buffer.slice(0, count);
    buffer = buffer.slice(count);
    return page;
  };

  return async (from: number, limit: ReadLimit): Promise<readonly JournalRecord[]> => {
    const deadline = clock.now() + limit.waitMs;
    for (;;) {
      if (signal.aborted) throw aborted();
      if (buffer[0]?.offset === from) return take(limit);
      const left = deadline - clock.now();
      try {
        buffer = await unlessAborted(fetch(from, limit.maxBytes, left));
      } catch (error) {
        if (!isAppError(error)) throw error;
        if (error.code === 'offset_out_of_range' || error.code === 'not_found') await unlessAborted(stillTheSame());
        if (!error.retryable) throw error;
        options.onTrouble(error);
        await clock.sleep(Math.min(RETRY_MS, Math.max(0, left)), signal);
      }
      if (buffer.length > 0) return take(limit);
      if (clock.now() >= deadline) return [];
    }
  };
}
