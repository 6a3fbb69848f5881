import { AppError, messageOf } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { JournalPartition, JournalReader, Trouble } from './journal.ts';
import { rarely } from './rarely.ts';

export interface FoundTopic {
  readonly topic: string;
  readonly logId: string;
}

export interface ReaderLoopOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly scanMs: number;
  /** The topics there are now. A failure is logged and the topics stay as they are. */
  readonly find: () => Promise<readonly FoundTopic[]>;
  /**
   * Keeps a topic until the signal aborts, giving it to `work` as often as it is assigned; what it throws ends the loop.
   * Ends earlier only where the topic is no longer what was found: the next look decides what becomes of it.
   */
  readonly hold: (
    found: FoundTopic,
    signal: AbortSignal,
    work: (partition: JournalPartition) => Promise<void>,
  ) => Promise<void>;
}

interface Held {
  readonly logId: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/**
 * The loop of a journal reader: looks for topics, holds each one that it finds, and lets go of one that has vanished or was
 * made anew (its logId differs), waiting for its work to end before it is held again. A hold that ended by itself is taken
 * up again while the topic is there. The first error ends all of it.
 */
export function createReaderLoop({ clock, log, scanMs, find, hold }: ReaderLoopOptions): JournalReader {
  const closing = new AbortController();
  const held = new Map<string, Held>();
  let failure: { error: unknown } | undefined;
  let running: Promise<void> | undefined;
  let trouble: Trouble | null = null;

  const take = (found: FoundTopic, work: (partition: JournalPartition) => Promise<void>) => {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, closing.signal]);
    const ended = hold(found, signal, work)
      .catch((error: unknown) => {
        if (signal.aborted)
          return log.debug({ topic: found.topic, err: error }, 'the work on a topic that was let go failed');
        failure ??= { error };
        closing.abort();
      })
      .finally(() => {
        if (held.get(found.topic)?.stop === stop) held.delete(found.topic);
      });
    held.set(found.topic, { logId: found.logId, stop, ended });
  };

  const scan = async (work: (partition: JournalPartition) => Promise<void>) => {
    const found = new Map((await find()).map((topic) => [topic.topic, topic]));
    const leaving = [...held].filter(([topic, { logId }]) => found.get(topic)?.logId !== logId);
    for (const [, { stop }] of leaving) stop.abort();
    for (const [, { ended }] of leaving) await ended;
    for (const [topic, one] of found) if (!held.has(topic) && !closing.signal.aborted) take(one, work);
  };

  const loop = async (work: (partition: JournalPartition) => Promise<void>) => {
    const may = rarely(clock);
    while (!closing.signal.aborted) {
      try {
        await scan(work);
        trouble = null;
      } catch (error) {
        trouble = { since: trouble?.since ?? clock.now(), reason: messageOf(error), lasting: false };
        if (may('scan')) log.warn({ err: error }, 'looking for topics failed; trying again');
      }
      await clock.sleep(scanMs, closing.signal);
    }
    await Promise.all([...held.values()].map(({ ended }) => ended));
    if (failure) throw failure.error;
  };

  return {
    run: (work) => {
      if (running) throw new AppError('internal', 'a journal reader runs once');
      running = loop(work);
      return running;
    },
    trouble: () => trouble,
    close: async () => {
      closing.abort();
      await running?.catch(() => undefined);
    },
  };
}
