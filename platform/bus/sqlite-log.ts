import { AppError } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { AppendBatch, LocalLog } from './local-log.ts';
import { lockForWriting, openIdentity, readPositions } from './log-folder.ts';
import type { KeptLoss, LostSegment } from './log-losses.ts';
import { openSegments, type Segments } from './log-segments.ts';
import { rarely } from './rarely.ts';
import type { DroppedRange } from './relief.ts';
import { createSegmentReader, readWaiting, type Arrivals } from './segment-reader.ts';
import { segmentBytes as bytesOf, listSegments, toAppError } from './segment.ts';

const MIB = 1024 * 1024;
const GATHER_MS = 50;
const GATHER_BYTES = MIB;
const TIDY_MS = 5_000;

export interface LocalLogOptions {
  /** The folder of this one topic. */
  readonly dir: string;
  readonly topic: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly segmentBytes?: number;
  /**
   * The bound on disk: at it the oldest recoverable entries go, then the oldest segment, read or not. Below 64 MB one large
   * append may go past it.
   */
  readonly maxBytes?: number;
  /** Where the readers are, besides those registered in the folder: next offset by group. */
  readonly readers?: () => ReadonlyMap<string, number>;
  /** Nobody keeps a position in this log, its newest entries are what counts: what goes at the bound is no loss. */
  readonly expendable?: boolean;
  /**
   * Called after entries went that some reader had not passed. What is told here and by `onCorrupt` is told again at each
   * opening until a commit's `LOSSES_TOLD` acknowledges it.
   */
  readonly onDropped?: (dropped: DroppedRange) => void;
  /** Called after a segment that could not be read was moved aside; offsets first ≤ offset < next are lost. */
  readonly onCorrupt?: (lost: LostSegment) => void;
}

interface Pending {
  readonly batch: AppendBatch;
  readonly resolve: (first: number) => void;
  readonly reject: (error: AppError) => void;
}

function createArrivals(): Arrivals & { wake(): void } {
  const waiting = new Set<() => void>();
  return {
    wake: () => {
      for (const resume of waiting) resume();
      waiting.clear();
    },
    next: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const resume = () => {
          waiting.delete(resume);
          resolve();
        };
        waiting.add(resume);
        signal.addEventListener('abort', resume, { once: true });
      }),
  };
}

function instruments(metrics: Metrics, topic: string) {
  const label = { topic };
  const appended = metrics.counter('local_log_entries_total', 'Entries committed to the local log', ['topic']);
  const commits = metrics.histogram(
    'local_log_commit_seconds',
    'Group commits, fsync included',
    [0.002, 0.01, 0.05, 0.2, 1],
    ['topic'],
  );
  const errors = metrics.counter('local_log_errors_total', 'Commits and reads that failed, by code', ['topic', 'code']);
  const dropped = metrics.counter(
    'local_log_dropped_total',
    'Entries that gave way unread at the bound; recoverable ones will be told again anyway',
    ['topic', 'kind'],
  );
  const corrupt = metrics.counter('local_log_corrupt_total', 'Segments moved aside because they could not be read', [
    'topic',
  ]);
  const bytes = metrics.gauge('local_log_bytes', 'Bytes on disk', ['topic']);
  const success = metrics.gauge('local_log_last_success_seconds', 'When the last commit went through, Unix time', [
    'topic',
  ]);
  return { label, appended, commits, errors, dropped, corrupt, bytes, success };
}

/**
 * Opens the log of one topic for writing, making its folder where there is none; one writer a folder.
 * Appends gather for up to 50 ms and are committed in one transaction (synchronous=FULL); a failed commit rejects its
 * appends and leaves nothing of them. Throws AppError `conflict` when another process writes it, `disk_full`.
 */
export function openLocalLog(options: LocalLogOptions): LocalLog {
  const { dir, topic, clock, log, metrics } = options;
  const { logId } = openIdentity(dir, topic);
  const unlock = lockForWriting(dir);
  const meters = instruments(metrics, topic);
  const arrivals = createArrivals();
  const maxBytes = options.maxBytes ?? 1024 * MIB;

  const lost = (segment: LostSegment) => {
    meters.corrupt.inc(meters.label);
    log.error({ topic, dir, ...segment }, 'a segment of the local log cannot be read and was moved aside');
    options.onCorrupt?.(segment);
  };
  const positions = (): number[] => [...readPositions(dir, logId).values(), ...(options.readers?.().values() ?? [])];
  const dropped = (range: DroppedRange) => {
    if (options.expendable) return;
    const { recoverable, irrecoverable } = range;
    meters.dropped.inc({ ...meters.label, kind: 'recoverable' }, recoverable);
    meters.dropped.inc({ ...meters.label, kind: 'irrecoverable' }, irrecoverable);
    log.warn({ topic, ...range, maxBytes }, 'the local log reached its bound: entries gave way unread');
    options.onDropped?.(range);
  };

  const untold = (kept: KeptLoss) => {
    log.warn({ topic, ...kept }, 'a loss of the local log was not told by the process that found it');
    if (kept.kind === 'corrupt') options.onCorrupt?.(kept.loss);
    else options.onDropped?.(kept.loss);
  };

  let segments: Segments;
  try {
    segments = openSegments({
      dir,
      clock,
      segmentBytes: Math.min(options.segmentBytes ?? 64 * MIB, Math.ceil(maxBytes / 8)),
      maxBytes,
      whole: options.expendable === true,
      positions,
      onLost: lost,
      onDropped: dropped,
      keepLosses: !options.expendable && (options.onDropped ?? options.onCorrupt) !== undefined,
      onUntold: untold,
      onTrouble: (error, file) => log.warn({ topic, file, err: error }, 'the local log cannot be kept in order'),
    });
  } catch (error) {
    unlock();
    throw toAppError(error, dir);
  }
  const reader = createSegmentReader({
    dir,
    clock,
    onCorrupt: ({ file, first, next }) => segments.noteLost({ file, first, next }),
  });
  const bytes = () => listSegments(dir).reduce((sum, segment) => sum + bytesOf(segment), 0);

  let pending: Pending[] = [];
  let pendingBytes = 0;
  let cancelFlush: (() => void) | undefined;
  let closed = false;

  const failed = (error: unknown): AppError => {
    const known = toAppError(error, dir);
    meters.errors.inc({ ...meters.label, code: known.code });
    log.error({ topic, dir, err: known }, 'a commit to the local log failed');
    return known;
  };
  const may = rarely(clock);
  const onTrouble = (error: AppError) => {
    meters.errors.inc({ ...meters.label, code: error.code });
    if (may('read')) log.error({ topic, dir, err: error }, 'reading the local log failed; trying again');
  };
  const flush = () => {
    cancelFlush?.();
    cancelFlush = undefined;
    const group = pending;
    pending = [];
    pendingBytes = 0;
    if (group.length === 0) return;
    const end = meters.commits.startTimer(meters.label);
    try {
      const firsts = segments.commit(group.map(({ batch }) => batch));
      end();
      meters.success.set(meters.label, clock.now() / 1000);
      for (const [index, { batch, resolve }] of group.entries()) {
        meters.appended.inc(meters.label, batch.values.length);
        resolve(firsts[index] ?? 0);
      }
      arrivals.wake();
    } catch (error) {
      const known = failed(error);
      for (const { reject } of group) reject(known);
    }
  };
  const tidy = () => {
    try {
      segments.tidy();
      meters.bytes.set(meters.label, bytes());
    } catch (error) {
      failed(error);
    }
  };
  let cancelTidy = clock.after(TIDY_MS, function again() {
    tidy();
    cancelTidy = clock.after(TIDY_MS, again);
  });
  tidy();

  return {
    topic,
    logId,
    append: (batch) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new AppError('aborted', 'the log is closed'));
        pending.push({ batch, resolve, reject });
        pendingBytes += batch.values.reduce((sum, value) => sum + value.length, 0);
        if (pendingBytes >= GATHER_BYTES) flush();
        else cancelFlush ??= clock.after(GATHER_MS, flush);
      }),
    known: (source) => segments.current().known(source),
    meta: (key) => segments.current().meta(key),
    bounds: () => reader.bounds(),
    bytes,
    roomy: () => bytes() < maxBytes / 2,
    read: (from, limit, signal) => readWaiting({ reader, clock, arrivals, onTrouble }, from, limit, signal),
    close: () => {
      if (!closed) {
        closed = true;
        flush();
        cancelTidy();
        reader.close();
        segments.close();
        unlock();
      }
      return Promise.resolve();
    },
  };
}
