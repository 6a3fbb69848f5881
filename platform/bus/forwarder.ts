import { AppError, isAppError, messageOf, type ErrorCode } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { JournalRecord, Trouble } from './journal.ts';
import { BATCH_BYTES, batchLength, type KafkaSender } from './kafka-sender.ts';
import type { LocalLog } from './local-log.ts';
import { readPosition, writePosition } from './log-folder.ts';

const GROUP = 'forwarder';
const PAGE = { maxRecords: 5_000, maxBytes: BATCH_BYTES, waitMs: 1_000 };
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const LINE_MS = 60_000;
/** What does not pass by itself: it is told at once, and tried again all the same. */
const LASTING: ReadonlySet<ErrorCode> = new Set(['too_many_partitions', 'internal']);

export interface ForwarderOptions {
  readonly localLog: LocalLog;
  /** The local log's folder: the position is kept there, as the reader `forwarder`. */
  readonly dir: string;
  /** Writes to Kafka; the forwarder closes it. */
  readonly sender: KafkaSender;
  /** Makes the topic where it is missing; called before the first batch. */
  readonly ensureTopic: (topic: string) => Promise<void>;
  readonly topic: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface Forwarder {
  /** Runs until `close`. */
  run(): Promise<void>;
  /** Why nothing is shipped. */
  trouble(): Trouble | null;
  /** Entries not yet acknowledged. */
  lag(): number;
  close(): Promise<void>;
}

function instruments(metrics: Metrics) {
  return {
    lag: metrics.gauge('forwarder_lag_entries', 'Entries in the local log that Kafka has not acknowledged', ['topic']),
    sent: metrics.counter('forwarder_entries_total', 'Entries that Kafka acknowledged', ['topic']),
    errors: metrics.counter('forwarder_errors_total', 'Batches that failed and were tried again', ['topic', 'code']),
    skipped: metrics.counter('forwarder_skipped_total', 'Entries that no broker takes or that were dropped unsent', [
      'topic',
      'reason',
    ]),
    success: metrics.gauge(
      'forwarder_last_success_seconds',
      'When Kafka last acknowledged a batch, or since when none has been, Unix time',
      ['topic'],
    ),
  };
}

/**
 * Ships a local log to its topic: read a batch, send it, wait for the acknowledgement of all replicas, register the
 * position, and only then the next one. A batch that fails is sent again, for ever: entries may repeat, but none is lost or
 * overtaken. The local log fills up meanwhile; what it drops at its bound is skipped and counted.
 */
export function createForwarder(options: ForwarderOptions): Forwarder {
  const { localLog, dir, sender, topic, clock, log, metrics } = options;
  const meters = instruments(metrics);
  meters.success.set({ topic }, clock.now() / 1000);
  meters.errors.inc({ topic, code: 'unavailable' }, 0);
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  let next = 0;
  let failures = 0;
  let lastLine = -Infinity;
  let started = false;
  let ensured = false;
  let trouble: Trouble | null = null;
  /** One at a time after a batch that the topic's own limit refused, to find the entry that is too large. */
  let atMost = PAGE.maxRecords;

  const lag = () => Math.max(0, localLog.bounds().next - next);
  /** As `lag`; null while the local log cannot be read either. */
  const lagWhereKnown = (): number | null => {
    try {
      return lag();
    } catch {
      return null;
    }
  };
  const advance = (to: number) => {
    next = to;
    writePosition(dir, GROUP, localLog.logId, next);
  };

  const start = () => {
    const { first, next: end } = localLog.bounds();
    const saved = readPosition(dir, GROUP, localLog.logId);
    advance(saved === undefined || saved > end ? first : saved);
    started = true;
  };

  const skip = (reason: string, to: number) => {
    meters.skipped.inc({ topic, reason }, to - next);
    log.error({ topic, reason, first: next, next: to }, 'entries of the local log were not forwarded');
    advance(to);
  };

  /** What comes next; what the local log has dropped meanwhile is skipped, and a place past its end is found anew. */
  const read = async (): Promise<readonly JournalRecord[]> => {
    try {
      return await localLog.read(next, { ...PAGE, maxRecords: atMost }, closing.signal);
    } catch (error) {
      if (!isAppError(error, 'offset_out_of_range')) throw error;
      const first = Number(error.details['first']);
      started = first > next;
      if (!started) throw error;
      skip('dropped', first);
      return [];
    }
  };

  const step = async () => {
    if (!started) start();
    if (!ensured) await options.ensureTopic(topic);
    ensured = true;
    const records = await read();
    const outgoing = records.map(({ value }) => ({ key: null, value }));
    const count = batchLength(outgoing);
    const last = records[count - 1];
    if (!last) {
      meters.lag.set({ topic }, lag());
      return;
    }
    try {
      await sender.send(topic, outgoing.slice(0, count));
      advance(last.offset + 1);
      meters.sent.inc({ topic }, count);
      meters.success.set({ topic }, clock.now() / 1000);
      atMost = PAGE.maxRecords;
    } catch (error) {
      if (!isAppError(error, 'entry_too_large')) throw error;
      if (count > 1) atMost = 1;
      else skip('too_large', last.offset + 1);
    }
    meters.lag.set({ topic }, lag());
  };

  const pause = async (error: unknown) => {
    const known = error instanceof AppError ? error : new AppError('internal', 'forwarding failed', { cause: error });
    const lasting = LASTING.has(known.code);
    trouble = { since: trouble?.since ?? clock.now(), reason: messageOf(error), lasting };
    if (known.code === 'not_found') ensured = false;
    meters.errors.inc({ topic, code: known.code });
    const behind = lagWhereKnown();
    if (behind !== null) meters.lag.set({ topic }, behind);
    if (clock.now() - lastLine >= LINE_MS) {
      lastLine = clock.now();
      const level = lasting ? 'error' : 'warn';
      log[level](
        { topic, lag: behind, failures: failures + 1, err: known },
        'entries cannot be forwarded to Kafka; trying again',
      );
    }
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures++, 10));
    await clock.sleep(longest * (0.5 + Math.random() / 2), closing.signal);
  };

  const loop = async () => {
    while (!closing.signal.aborted) {
      try {
        await step();
        if (failures > 0) log.info({ topic, failures, lag: lagWhereKnown() }, 'entries are forwarded to Kafka again');
        failures = 0;
        trouble = null;
        lastLine = -Infinity;
      } catch (error) {
        if (isAppError(error, 'aborted')) break;
        await pause(error);
      }
    }
  };

  return {
    run: () => (running ??= loop()),
    lag,
    trouble: () => trouble,
    close: async () => {
      closing.abort();
      await sender.close();
      await running?.catch(() => undefined);
    },
  };
}
