/**
 * The loop that folds one journal. Each batch: claim a range (or take over the claim that stands), fold exactly that
 * range, write. Whoever folds a range folds the same one, and every write carries a token made of it, so a crash at any
 * point is made good by doing the range again, and a reader that has been replaced without knowing changes nothing.
 *
 * A claim of another fold version is finished like any other: rows of the replacing tables have ids, and those of the
 * plain ones (journal, dead_letters) do not depend on the folds' version.
 */
import type { JournalPartition, JournalRecord, Publisher } from '../../platform/bus/journal.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Store } from '../../platform/store/store.ts';
import { openAssignment, type Assignment } from './assignment.ts';
import { claimRange, findClaim, type Claim } from './claims.ts';
import type { CreateFold } from './fold.ts';
import { foldBatch, type FoldedBatch } from './fold-batch.ts';
import { gather, readRange, type GatherOptions } from './gather.ts';
import type { ProcessorMetrics } from './processor-metrics.ts';
import { savedOffset } from './saved-state.ts';
import { writeBatch } from './write-batch.ts';

export interface FollowDeps {
  readonly group: string;
  readonly version: number;
  readonly claimedBy: string;
  readonly folds: readonly CreateFold[];
  readonly store: Store;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: ProcessorMetrics;
  /** The limits of the next batch. */
  readonly limits: () => GatherOptions;
}

/** What is told of one journal's reader. */
export interface Progress {
  logId: string;
  /** The last offset folded, -1 before the first. */
  position: number;
  /** Entries not folded yet. */
  lag: number;
  /** Milliseconds since the Unix epoch, null before the first batch. */
  lastSuccessAt: number | null;
  /** Since when this reader has it. */
  heldSince: number;
  /** Since when it cannot be opened or read, and what the last attempt said; null while it goes well. */
  failing: { since: number; reason: string } | null;
}

/**
 * Folds one journal until its partition's signal aborts (then throws) or another reader turns out to be ahead (then
 * returns, to be called again). Throws what the store and the journal throw.
 */
export async function follow(deps: FollowDeps, partition: JournalPartition, cluster: string, progress: Progress) {
  const assignment = await openAssignment(deps, partition, cluster);
  progress.logId = assignment.life.logId;
  progress.position = assignment.position.offset;
  progress.failing = null;
  deps.log.info({ topic: partition.topic, logId: progress.logId, position: progress.position }, 'journal opened');
  if (assignment.gap) deps.log.warn({ topic: partition.topic, gap: assignment.gap }, 'journal has a gap');
  if (assignment.position.offset >= 0) await partition.saved(assignment.position.offset + 1);
  tellLag(deps, cluster, progress, Math.max(0, (await partition.bounds()).next - assignment.from));
  let open = await findClaim(deps.store, assignment.life, assignment.position.offset + 1);
  let notBefore = 0;
  for (;;) {
    partition.signal.throwIfAborted();
    let atHand: JournalRecord[] = [];
    if (!open) {
      atHand = await gather(partition, deps.clock, assignment.from, notBefore, deps.limits());
      const last = atHand.at(-1);
      if (!last) continue;
      open = await claim(deps, assignment, partition.signal, last.offset);
    }
    notBefore = deps.clock.now() + deps.limits().intervalMs;
    if ((await savedOffset(deps.store, assignment.life)) >= open.first) {
      deps.log.info({ topic: partition.topic, first: open.first }, 'another reader is ahead');
      return;
    }
    await finish(deps, partition, assignment, open, atHand, progress);
    open = null;
  }
}

function claim(deps: FollowDeps, assignment: Assignment, signal: AbortSignal, last: number): Promise<Claim> {
  signal.throwIfAborted();
  const first = assignment.position.offset + 1;
  const wanted = { first, last, fold_version: deps.version, claimed_by: deps.claimedBy };
  return claimRange(deps.store, assignment.life, wanted, deps.clock.now());
}

/** Folds and writes the claimed range, then moves the position past it. */
async function finish(
  deps: FollowDeps,
  partition: JournalPartition,
  assignment: Assignment,
  claimed: Claim,
  atHand: readonly JournalRecord[],
  progress: Progress,
): Promise<void> {
  const { cluster } = assignment;
  const startedAt = deps.clock.now();
  const { records, lost } = await readRange(
    partition,
    { from: assignment.from, last: claimed.last },
    atHand,
    deps.limits(),
  );
  const folded = await foldBatch({
    life: assignment.life,
    cluster,
    records,
    folds: assignment.folds,
    sequence: assignment.position.sequence,
    gap:
      assignment.gap ||
      (lost ? `journal ${deps.group}: entries up to ${claimed.last} were gone before they were read` : ''),
    signal: partition.signal,
  });
  const before = assignment.position.sequence;
  const { position, rows } = await writeBatch(deps, assignment, claimed, folded, partition.signal);
  assignment.position = position;
  assignment.from = Math.max(assignment.from, position.offset + 1);
  assignment.gap = folded.gap;
  progress.position = position.offset;
  await partition.saved(position.offset + 1);
  tell(deps, cluster, startedAt, { folded, entries: records.length, rows, before });
  progress.lastSuccessAt = deps.clock.now();
  tellLag(deps, cluster, progress, Math.max(0, (await partition.bounds()).next - position.offset - 1));
  deps.log.debug(
    {
      topic: partition.topic,
      first: claimed.first,
      last: claimed.last,
      entries: records.length,
      rows: Object.fromEntries(rows),
      tookMs: deps.clock.now() - startedAt,
      otherVersion: claimed.fold_version === deps.version ? undefined : claimed.fold_version,
    },
    'batch folded',
  );
}

function tell(
  deps: FollowDeps,
  cluster: string,
  startedAt: number,
  done: { folded: FoldedBatch; entries: number; rows: Map<string, number>; before: { holes: number; repeats: number } },
): void {
  const { folded, before } = done;
  const atMs = deps.clock.now();
  deps.metrics.batch(cluster, {
    entries: done.entries,
    repeats: folded.sequence.repeats - before.repeats,
    holes: folded.sequence.holes - before.holes,
    gaps: folded.gaps,
    atMs,
    tookMs: atMs - startedAt,
  });
  for (const [table, count] of done.rows) deps.metrics.rows(table, count);
  for (const { reason } of folded.deadLetters) deps.metrics.deadLetter(cluster, reason);
}

/** Tells how many entries wait, in the metrics and the status. */
export function tellLag(deps: Pick<FollowDeps, 'metrics'>, cluster: string, progress: Progress, lag: number): void {
  progress.lag = lag;
  deps.metrics.lag(cluster, lag);
}
