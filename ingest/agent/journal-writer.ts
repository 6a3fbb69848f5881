import { toTime, type Clock } from '../../platform/clock.ts';
import { AppError, isAppError, messageOf } from '../../platform/errors.ts';
import type { KnownChange, LocalLog } from '../../platform/bus/local-log.ts';
import type { Logger } from '../../platform/log.ts';
import { ENTRY_VERSION, type Kind, type Op } from '../../schemas/entry.ts';
import { encodeEntry } from './entry-size.ts';
import { createRecoverable } from './recoverable.ts';

/** An entry without what the writer gives it: version, epoch, number and time. */
export interface Draft {
  readonly kind: Kind;
  readonly op: Op;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resource_version: string;
  readonly object: Record<string, unknown>;
}

/** What is committed together with the entries, or not at all. */
export interface Aside {
  readonly known?: readonly KnownChange[];
  readonly meta?: Readonly<Record<string, string>>;
}

export interface JournalWriter {
  readonly epoch: number;
  /** Queues entries in order; resolves at once while there is room, else when there is room again. Rejects once the log has failed. */
  write(drafts: readonly Draft[], aside?: Aside): Promise<void>;
  /** Since when the disk has been full, or null. */
  blockedSince(): number | null;
  queuedBytes(): number;
  /** Resolves when all that was queued is on disk; rejects with what the log failed with. */
  flush(): Promise<void>;
  /** Rejects with what the log failed with; never resolves otherwise. */
  readonly failed: Promise<never>;
  /** Writes what is queued and stops; while the disk is full it gives up what is queued, and counts it. */
  close(): Promise<void>;
}

export interface JournalWriterOptions {
  readonly maxQueueBytes: number;
  readonly maxBatchBytes: number;
  readonly retryMs: number;
}

const WRITER_DEFAULTS: JournalWriterOptions = {
  maxQueueBytes: 32 * 1024 * 1024,
  maxBatchBytes: 1024 * 1024,
  retryMs: 2_000,
};

export const EPOCH_META = 'agent.epoch';

/** The epoch of the last life that wrote this log, 0 before the first. */
export function lastEpochOf(localLog: Pick<LocalLog, 'meta'>): number {
  const epoch = Number(localLog.meta(EPOCH_META) ?? 0);
  return Number.isSafeInteger(epoch) ? epoch : 0;
}

const LOG_EVERY_MS = 60_000;

interface Group {
  readonly values: string[];
  readonly recoverable: boolean[];
  readonly bytes: number;
  readonly aside: Aside;
}

/**
 * The one hand that appends to a cluster's log. Entries are numbered when they are queued; a single loop appends what has
 * gathered, group by group, so that what is known of an object is committed with its entry. A full disk is waited for;
 * meanwhile the queue fills, `write` stops resolving and the reading of the API server stands still.
 */
export function createJournalWriter(deps: {
  localLog: LocalLog;
  clock: Clock;
  log: Logger;
  count: (name: string, by?: number) => void;
  /** Given with the Lease; otherwise by the clock and the local log. */
  epoch?: number | null;
  /** From when on a full disk is not waited for any more. */
  stopping?: AbortSignal;
  options?: Partial<JournalWriterOptions>;
}): JournalWriter {
  const { localLog, clock, log, count } = deps;
  const options = { ...WRITER_DEFAULTS, ...deps.options };
  const epoch = deps.epoch ?? Math.max(clock.now(), lastEpochOf(localLog) + 1);
  const closing = new AbortController();
  const stopping = deps.stopping ? AbortSignal.any([closing.signal, deps.stopping]) : closing.signal;
  const isRecoverable = createRecoverable();
  const queue: Group[] = [];
  let [seq, lastAt, queuedBytes, appending] = [0, 0, 0, false];
  let blockedSince: number | null = null;
  let loggedAt = -Infinity;
  let failure: unknown = null;
  let givenUp: unknown = null;
  let failNow: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (failNow = reject));
  failed.catch(() => undefined);
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const each of woken) each();
  };
  const hasFailed = (): boolean => failure !== null;
  /** Resolves when the condition holds, or the log has failed. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition() && !hasFailed()) await new Promise<void>((resolve) => waiting.push(resolve));
  }
  const isIdle = (): boolean => queue.length === 0 && !appending;

  function encode(drafts: readonly Draft[]): Omit<Group, 'aside'> {
    lastAt = Math.max(lastAt, clock.now());
    const observedAt = toTime(lastAt);
    let bytes = 0;
    const values = drafts.map(({ kind, op, namespace, name, uid, resource_version, object }) => {
      const head = { v: ENTRY_VERSION, epoch, seq: ++seq, kind, op, namespace, name, uid, resource_version } as const;
      const encoded = encodeEntry({ ...head, observed_at: observedAt, object });
      if (encoded.truncated) count('truncated_entries');
      bytes += encoded.bytes;
      return encoded.value;
    });
    count('entries', values.length);
    return { values, recoverable: drafts.map(isRecoverable), bytes };
  }

  function nextBatch(): Group[] {
    const batch: Group[] = [];
    for (let bytes = 0; queue.length > 0 && bytes < options.maxBatchBytes;) {
      const group = queue.shift() as Group;
      batch.push(group);
      bytes += group.bytes;
    }
    return batch;
  }

  function giveUp(values: readonly string[], error: unknown): void {
    givenUp = error;
    count('entries_given_up', values.length);
    log.error({ entries: values.length, reason: messageOf(error) }, 'stopping with entries that could not be written');
  }

  async function append(batch: readonly Group[]): Promise<void> {
    const values = batch.flatMap((group) => group.values);
    // What is known must not get ahead of what was told: after the first that is given up nothing is written any more.
    if (givenUp !== null) return giveUp(values, givenUp);
    const recoverable = batch.flatMap((group) => group.recoverable);
    const known = batch.flatMap((group) => group.aside.known ?? []);
    const meta = Object.assign({ [EPOCH_META]: String(epoch) }, ...batch.map((group) => group.aside.meta));
    for (;;) {
      try {
        await localLog.append({ values, recoverable, timestamp: clock.now(), known, meta });
        if (blockedSince !== null)
          log.info({ sinceMs: clock.now() - blockedSince }, 'the local log can be written again');
        blockedSince = null;
        return;
      } catch (error) {
        const full = isAppError(error, 'disk_full');
        if (!full && !(error instanceof AppError && error.retryable)) throw error;
        if (stopping.aborted) return giveUp(values, error);
        wait(error);
        await clock.sleep(options.retryMs, stopping);
      }
    }
  }

  function wait(error: unknown): void {
    count('append_retries');
    blockedSince ??= clock.now();
    if (clock.now() - loggedAt < LOG_EVERY_MS) return;
    loggedAt = clock.now();
    log.error({ reason: messageOf(error), queuedBytes }, 'the local log cannot be written; reading waits until it can');
  }

  async function drain(): Promise<void> {
    if (appending) return;
    appending = true;
    try {
      while (queue.length > 0) {
        const batch = nextBatch();
        await append(batch);
        queuedBytes -= batch.reduce((sum, group) => sum + group.bytes, 0);
        wake();
      }
    } catch (error) {
      failure = error ?? new AppError('internal', 'the local log failed');
      failNow(failure);
    } finally {
      appending = false;
      wake();
    }
  }

  const check = (): void => {
    if (failure !== null) throw failure;
  };

  return {
    epoch,
    failed,
    blockedSince: () => blockedSince,
    queuedBytes: () => queuedBytes,
    async write(drafts, aside = {}) {
      check();
      if (closing.signal.aborted) throw new AppError('aborted', 'the journal writer is closed');
      if (drafts.length === 0 && !aside.known?.length && Object.keys(aside.meta ?? {}).length === 0) return;
      const group = { ...encode(drafts), aside };
      queue.push(group);
      queuedBytes += group.bytes;
      void drain();
      await until(() => queuedBytes <= options.maxQueueBytes);
      check();
    },
    async flush() {
      await until(isIdle);
      check();
    },
    async close() {
      closing.abort();
      await until(isIdle);
    },
  };
}
