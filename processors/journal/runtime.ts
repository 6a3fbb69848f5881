import { randomUUID } from 'node:crypto';
import { clusterOfTopic } from '../../schemas/topics.ts';
import type { Bus, JournalPartition, Publisher, Trouble } from '../../platform/bus/journal.ts';
import type { Clock } from '../../platform/clock.ts';
import { isAppError, messageOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Store } from '../../platform/store/store.ts';
import type { CreateFold } from './fold.ts';
import { FoldFailure } from './fold-batch.ts';
import { follow, tellLag, type FollowDeps, type Progress } from './follow.ts';
import type { GatherOptions } from './gather.ts';
import { createProcessorMetrics } from './processor-metrics.ts';

export interface JournalProcessorOptions extends Partial<GatherOptions> {
  /** Names this process in its claims. */
  readonly claimedBy?: string;
}

const DEFAULTS: GatherOptions = {
  maxRecords: 20_000,
  maxBytes: 32 * 1024 * 1024,
  intervalMs: 1_000,
  settleMs: 50,
  idleWaitMs: 1_000,
};

/** The journals that one processor holds share `maxBytes`; none gets less than this. */
const LEAST_BYTES = 1024 * 1024;
const RETRY_MS = { first: 500, most: 30_000 };
/** An offset out of range is put right by opening the journal anew; as often as this in a row it is an error. */
const RANGE_ERRORS = 10;

export interface JournalProcessor {
  /** Folds every cluster's journal until `close`. Rejects with the first unknown error, its position unmoved. */
  run(): Promise<void>;
  close(): Promise<void>;
  status(): { topic: string; cluster: string; progress: Readonly<Progress> }[];
  /** What keeps journals from being found or read. */
  trouble(): Trouble | null;
}

/** One group of folds over every journal: `version` is that of the folds, and rises when the same entries give other rows. */
export function createJournalProcessor(deps: {
  group: string;
  version: number;
  folds: readonly CreateFold[];
  reader: Bus['reader'];
  store: Store;
  publisher: Publisher;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  options?: JournalProcessorOptions;
}): JournalProcessor {
  const { claimedBy = randomUUID(), ...given } = deps.options ?? {};
  const gather: GatherOptions = { ...DEFAULTS, ...given };
  const held = new Map<string, { topic: string; cluster: string; progress: Progress }>();
  const followDeps: FollowDeps = {
    ...deps,
    claimedBy,
    log: deps.log.child({ group: deps.group }),
    metrics: createProcessorMetrics(deps.metrics, deps.group),
    limits: () => ({
      ...gather,
      maxBytes: Math.max(LEAST_BYTES, Math.floor(gather.maxBytes / Math.max(1, held.size))),
    }),
  };
  const reader = deps.reader({ group: deps.group, accepts: (topic) => clusterOfTopic(topic) !== null });

  async function work(partition: JournalPartition): Promise<void> {
    const cluster = clusterOfTopic(partition.topic);
    if (cluster === null) return;
    const progress: Progress = {
      logId: partition.logId,
      position: -1,
      lag: 0,
      lastSuccessAt: null,
      heldSince: deps.clock.now(),
      failing: null,
    };
    const entry = { topic: partition.topic, cluster, progress };
    held.set(partition.topic, entry);
    try {
      await keepFollowing(followDeps, partition, cluster, progress);
    } finally {
      if (held.get(partition.topic) === entry) {
        held.delete(partition.topic);
        followDeps.metrics.givenUp(cluster);
      }
    }
  }

  let running: Promise<void> | null = null;
  return {
    run: () => (running ??= reader.run(work)),
    close: async () => {
      await reader.close();
      await running?.catch(() => undefined);
    },
    status: () => [...held.values()],
    trouble: () => reader.trouble(),
  };
}

/**
 * Opens the journal again after what passes: the store or the journal away (retryable), the log's bounds moved, another
 * reader ahead. Anything else is logged with its place and thrown.
 */
async function keepFollowing(deps: FollowDeps, partition: JournalPartition, cluster: string, progress: Progress) {
  const { signal, topic } = partition;
  let failures = 0;
  let rangeErrors = 0;
  while (!signal.aborted) {
    const position = progress.position;
    try {
      await follow(deps, partition, cluster, progress);
      failures = 0;
    } catch (error) {
      if (signal.aborted || isAppError(error, 'aborted')) return;
      if (progress.position > position) failures = rangeErrors = 0;
      const outOfRange = isAppError(error, 'offset_out_of_range') && ++rangeErrors <= RANGE_ERRORS;
      if (!outOfRange && !(isAppError(error) && error.retryable)) {
        const at =
          error instanceof FoldFailure ? { fold: error.fold, offset: error.offset } : { after: progress.position };
        deps.log.error({ err: error, topic, ...at }, 'journal reader stopped');
        throw error;
      }
      failures++;
      deps.metrics.failed(cluster);
      progress.failing = { since: progress.failing?.since ?? deps.clock.now(), reason: messageOf(error) };
      await tellBacklog(deps, partition, cluster, progress);
      deps.log.warn(
        { topic, after: progress.position, lag: progress.lag, failures, error: messageOf(error) },
        'journal reader starts again',
      );
      const wait = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** Math.min(failures - 1, 10));
      await deps.clock.sleep(wait * (0.5 + Math.random() / 2), signal);
    }
  }
}

/** What gathers while nothing can be folded; where the journal is away too, what was last known stands. */
async function tellBacklog(deps: FollowDeps, partition: JournalPartition, cluster: string, progress: Progress) {
  if (progress.position < 0) return;
  const bounds = await partition.bounds().catch(() => null);
  if (bounds && !partition.signal.aborted) {
    tellLag(deps, cluster, progress, Math.max(0, bounds.next - progress.position - 1));
  }
}
