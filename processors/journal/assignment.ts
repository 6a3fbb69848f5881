import type { JournalPartition } from '../../platform/bus/journal.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Store } from '../../platform/store/store.ts';
import { lastClaims, type Life } from './claims.ts';
import type { CreateFold } from './fold.ts';
import type { LiveFold } from './fold-batch.ts';
import { FoldMemory } from './fold-memory.ts';
import { loadLives, loadState, startPosition, type LoadedState, type Position, type SavedLife } from './saved-state.ts';
import { cutShort } from './sequence.ts';

/** One reader's hold on one journal: what it has loaded and where it goes on. */
export interface Assignment {
  readonly life: Life;
  readonly cluster: string;
  readonly folds: readonly LiveFold[];
  position: Position;
  /** The offset to read from; past position + 1 only where entries are gone. */
  from: number;
  /** Why entries are missing before `from`; '' when none are, or once it is reported. */
  gap: string;
}

const END_CHECKS = 5;
const END_CHECK_MS = 1_000;

/**
 * Loads the state and finds where to go on. The store says where, not the journal: what lies between the position and
 * the log's first entry is a gap. A position past the log's end means that the log was cut short: it goes on as another
 * life of the same log, with the state as it was, so that rows are not written over by lower versions or lost to old
 * tokens. A topic made anew takes state and numbering over from its former life: it is the same cluster, and a death
 * that was seen before must not be seen for the first time again. A topic never folded before begins with empty state.
 */
export async function openAssignment(
  deps: { store: Store; clock: Clock; group: string; folds: readonly CreateFold[] },
  partition: JournalPartition,
  cluster: string,
): Promise<Assignment> {
  const { group } = deps;
  const { topic, logId } = partition;
  const lives = await loadLives(deps.store, group, topic);
  const mine = lives.filter((life) => life.logId === logId || life.logId.startsWith(`${logId}~`));
  const newest = newestOf(mine);
  if (!newest) {
    const life = { group, topic, logId };
    const { position, states } = await takeOver(deps.store, life, lives);
    const { first } = await partition.bounds();
    return begin(life, cluster, position, makeFolds(deps.folds, cluster, states, true), first, '');
  }
  const old = { group, topic, logId: newest.logId };
  const { position: loaded, states } = await loadState(deps.store, old);
  const position = loaded ?? newest.position;
  const bounds = await boundsHolding(partition, deps.clock, position.offset);
  if (position.offset + 1 > bounds.next) {
    const life = { group, topic, logId: `${logId}~${position.versionBase + position.offset + 1}` };
    const versionBase = await unusedVersion(deps.store, life, [...lives, { logId: old.logId, position }]);
    const gap = `journal ${group}: the log ends at ${bounds.next - 1}, before the ${position.offset} already folded`;
    const cut: Position = { offset: -1, versionBase, sequence: cutShort(position.sequence) };
    const folds = makeFolds(deps.folds, cluster, states, true);
    return begin(life, cluster, cut, folds, bounds.first, gap);
  }
  const next = position.offset + 1;
  const gap =
    next < bounds.first && position.offset >= 0
      ? `journal ${group}: offsets ${next} to ${bounds.first - 1} were gone before they were read`
      : '';
  const folds = makeFolds(deps.folds, cluster, states, false);
  return begin(old, cluster, position, folds, bounds.first, gap);
}

const newestOf = (lives: readonly SavedLife[]): SavedLife | undefined =>
  lives.toSorted((a, b) => b.position.versionBase - a.position.versionBase)[0];

/** Where a log begins that was never folded: with what its topic's former life knew, if it had one. */
async function takeOver(
  store: Store,
  life: Life,
  lives: readonly SavedLife[],
): Promise<{ position: Position; states: LoadedState['states'] }> {
  const former = newestOf(lives);
  if (!former) return { position: startPosition(await unusedVersion(store, life, [])), states: new Map() };
  const loaded = await loadState(store, { ...life, logId: former.logId });
  const position = loaded.position ?? former.position;
  const versionBase = await unusedVersion(store, life, [...lives, { logId: former.logId, position }]);
  return { position: { ...position, offset: -1, versionBase }, states: loaded.states };
}

/**
 * The first version above all that the topic's `saved` lives have written, and above all that a reader of one of them which
 * does not know that it has been replaced may still write for what it has claimed.
 */
async function unusedVersion(store: Store, life: Life, saved: readonly SavedLife[]): Promise<number> {
  const claims = await lastClaims(store, life);
  let version = 0;
  for (const { logId, position } of saved) {
    const last = Math.max(position.offset, claims.get(logId) ?? -1);
    version = Math.max(version, position.versionBase + last + 1);
  }
  // A life that has claims but no position has begun above those that have one.
  const known = new Set([life.logId, ...saved.map(({ logId }) => logId)]);
  for (const [logId, last] of claims) if (!known.has(logId)) version += last + 1;
  return version;
}

function begin(
  life: Life,
  cluster: string,
  position: Position,
  folds: readonly LiveFold[],
  firstThere: number,
  gap: string,
): Assignment {
  return { life, cluster, folds, position, from: Math.max(position.offset + 1, firstThere), gap };
}

/** The log's bounds; an end short of `offset` is asked for again, since a new leader may not yet show all it has. */
async function boundsHolding(partition: JournalPartition, clock: Clock, offset: number) {
  let bounds = await partition.bounds();
  for (let check = 0; check < END_CHECKS && offset + 1 > bounds.next; check++) {
    await clock.sleep(END_CHECK_MS, partition.signal);
    partition.signal.throwIfAborted();
    bounds = await partition.bounds();
  }
  return bounds;
}

function makeFolds(
  create: readonly CreateFold[],
  cluster: string,
  states: LoadedState['states'],
  changed: boolean,
): LiveFold[] {
  return create.map((make) => {
    const fold = make(cluster);
    const memory = new FoldMemory(states.get(fold.name), changed);
    fold.restore?.(memory);
    return { fold, memory };
  });
}
