import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, isAppError } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type {
  Bounds,
  Bus,
  JournalPartition,
  JournalReader,
  JournalReaderOptions,
  JournalRecord,
  Publisher,
  Tail,
} from './journal.ts';
import type { LocalLog } from './local-log.ts';
import { readIdentity, readPosition, writePosition } from './log-folder.ts';
import { rarely } from './rarely.ts';
import { createReaderLoop, type FoundTopic } from './reader-loop.ts';
import { createSegmentReader, readWaiting, type SegmentReader } from './segment-reader.ts';
import { toAppError } from './segment.ts';
import { openLocalLog } from './sqlite-log.ts';

const SCAN_MS = 1_000;
const PUBLISHED_BYTES = 64 * 1024 * 1024;
const TAIL_PAGE = { maxRecords: 500, maxBytes: 1024 * 1024, waitMs: 5_000 };

export interface LocalBusOptions {
  /** The folder whose sub-folders are the topics. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** The folder of a topic's local log under a bus's folder. */
export const topicFolder = (dir: string, topic: string): string => join(dir, topic);

function findTopics(dir: string): FoundTopic[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw toAppError(error, dir);
  }
  return names.flatMap((name) => {
    const identity = readIdentity(topicFolder(dir, name));
    return identity?.topic === name ? [{ topic: name, logId: identity.logId }] : [];
  });
}

/**
 * The journal without Kafka: the local logs of one folder, which their agents write, in this process or in another. Every
 * reader is given every topic. What is published goes to logs of 64 MB, of which this process must be the only writer.
 */
export function createLocalBus({ dir, clock, log, metrics }: LocalBusOptions): Bus {
  const closing = new AbortController();
  const open = new Set<{ close(): Promise<void> }>();
  const published = new Map<string, LocalLog>();
  const corrupt = metrics.counter('local_log_corrupt_total', 'Segments moved aside because they could not be read', [
    'topic',
  ]);

  const errors = metrics.counter('journal_read_errors_total', 'Reads that failed and were tried again', [
    'topic',
    'code',
  ]);
  const may = rarely(clock);
  const troubleOf = (topic: string) => (error: AppError) => {
    errors.inc({ topic, code: error.code });
    if (may(topic)) log.error({ topic, err: error }, 'reading the local log failed; trying again');
  };

  const unreadable = new Set<string>();
  /** Null while the log cannot be read; told from the second time on, since one that is just being made cannot be read either. */
  const boundsNow = (segments: SegmentReader, topic: string): Bounds | null => {
    try {
      const bounds = segments.bounds();
      unreadable.delete(topic);
      return bounds;
    } catch (error) {
      if (!isAppError(error) || !error.retryable) throw error;
      if (unreadable.has(topic)) troubleOf(topic)(error);
      unreadable.add(topic);
      return null;
    }
  };

  const segmentsOf = (topic: string) =>
    createSegmentReader({
      dir: topicFolder(dir, topic),
      clock,
      onCorrupt: ({ cause, ...lost }) => {
        corrupt.inc({ topic });
        log.error({ topic, ...lost, err: cause }, 'a segment of the local log cannot be read and was moved aside');
      },
    });

  const reader = (options: JournalReaderOptions): JournalReader => {
    const own = async (
      { topic, logId }: FoundTopic,
      signal: AbortSignal,
      work: (partition: JournalPartition) => Promise<void>,
    ) => {
      const folder = topicFolder(dir, topic);
      const segments = segmentsOf(topic);
      try {
        if (readPosition(folder, options.group, logId) === undefined) {
          const bounds = boundsNow(segments, topic);
          // The next look takes the topic up again.
          if (!bounds) return;
          writePosition(folder, options.group, logId, bounds.first);
        }
        await work({
          topic,
          logId,
          signal,
          bounds: async () => segments.bounds(),
          read: (from, limit) =>
            readWaiting({ reader: segments, clock, onTrouble: troubleOf(topic) }, from, limit, signal),
          saved: async (next) => writePosition(folder, options.group, logId, next),
        });
        if (!signal.aborted) await once(signal, 'abort');
      } finally {
        segments.close();
      }
    };
    const made = createReaderLoop({
      clock,
      log,
      scanMs: SCAN_MS,
      find: async () => findTopics(dir).filter(({ topic }) => options.accepts(topic)),
      hold: own,
    });
    open.add(made);
    return made;
  };

  const publisher = async (): Promise<Publisher> => ({
    publish: async (topic, records) => {
      if (closing.signal.aborted) throw new AppError('aborted', 'the journal is closed');
      let target = published.get(topic);
      if (!target) {
        const folder = topicFolder(dir, topic);
        const bound = { maxBytes: PUBLISHED_BYTES, expendable: true };
        target = openLocalLog({ dir: folder, topic, clock, log, metrics, ...bound });
        published.set(topic, target);
      }
      if (records.length > 0)
        await target.append({ values: records.map(({ value }) => value), timestamp: clock.now() });
    },
    close: () => Promise.resolve(),
  });

  const lifeOf = (topic: string) => readIdentity(topicFolder(dir, topic))?.logId;

  /** Follows a topic that may not be there yet, may be made anew, and may be away; never throws. */
  const follow = async (
    topic: string,
    from: { next: number; logId: string | undefined },
    onRecord: (record: JournalRecord) => void,
    signal: AbortSignal,
  ) => {
    const segments = segmentsOf(topic);
    let { next, logId } = from;
    try {
      while (!signal.aborted) {
        try {
          const page = await readWaiting(
            { reader: segments, clock, onTrouble: troubleOf(topic) },
            next,
            TAIL_PAGE,
            signal,
          );
          const before = logId;
          logId = lifeOf(topic);
          if (before !== undefined && before !== logId) {
            next = segments.bounds().first;
            continue;
          }
          for (const record of page) {
            next = record.offset + 1;
            if (!signal.aborted) onRecord(record);
          }
        } catch (error) {
          if (isAppError(error, 'aborted')) return;
          if (isAppError(error, 'offset_out_of_range')) next = Number(error.details['first']);
          else log.warn({ topic, err: error }, 'following the local log failed; trying again');
          await clock.sleep(SCAN_MS, signal);
        }
      }
    } finally {
      segments.close();
    }
  };

  const endOf = (topic: string): number => {
    const segments = segmentsOf(topic);
    try {
      return segments.bounds().next;
    } finally {
      segments.close();
    }
  };

  const tail = async (topic: string, onRecord: (record: JournalRecord) => void): Promise<Tail> => {
    const stop = new AbortController();
    const from = { next: endOf(topic), logId: lifeOf(topic) };
    const ended = follow(topic, from, onRecord, AbortSignal.any([stop.signal, closing.signal]));
    const made: Tail = {
      close: async () => {
        stop.abort();
        open.delete(made);
        await ended;
      },
    };
    open.add(made);
    return made;
  };

  return {
    reader,
    publisher,
    tail,
    check: async () => {
      try {
        mkdirSync(dir, { recursive: true });
        accessSync(dir, constants.R_OK | constants.W_OK);
      } catch (error) {
        throw toAppError(error, dir);
      }
    },
    close: async () => {
      closing.abort();
      await Promise.all([...open].map((part) => part.close()));
      for (const target of published.values()) await target.close();
      published.clear();
    },
  };
}
