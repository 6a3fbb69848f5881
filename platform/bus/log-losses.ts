import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { readJson, writeDurably } from './log-folder.ts';
import type { DroppedRange } from './relief.ts';
import { listAside } from './segment.ts';

/** Offsets first ≤ offset < next can no longer be read; `file` is what was kept of them. */
export interface LostSegment {
  /** As of `DroppedRange`. */
  readonly id: number;
  readonly file: string;
  readonly first: number;
  readonly next: number;
  /** Between when its entries were appended, milliseconds since the Unix epoch; null where that cannot be told. */
  readonly fromMs: number | null;
  readonly toMs: number;
}

export type KeptLoss =
  { readonly kind: 'corrupt'; readonly loss: LostSegment } | { readonly kind: 'dropped'; readonly loss: DroppedRange };

/** What a log has lost, on disk until its writer has committed that it told it. */
export interface LossLedger {
  /** Keeps a loss, to be called before it comes about: told twice after a kill in between rather than never. */
  lost(loss: Omit<LostSegment, 'id'>): LostSegment;
  dropped(range: Omit<DroppedRange, 'id'>): DroppedRange;
  /** Losses that did not come about after all. */
  takeBack(ids: readonly number[]): void;
  /** All up to the loss `id` are told. */
  told(id: number): void;
  /** What earlier lives have kept and nobody has told since, oldest first. */
  untold(): readonly KeptLoss[];
  /** Whether the loss of a file that was moved aside has been kept, told or not. */
  knows(file: string): boolean;
  /** Writes what could not be written before. */
  save(): void;
}

const FILE = 'losses.json';
/** Beyond so many the two oldest ranges that were dropped become one. */
const MOST_KEPT = 1_000;

function isKept(value: unknown): value is KeptLoss {
  const { kind, loss } = (value ?? {}) as { kind?: unknown; loss?: Partial<LostSegment> | null };
  return (kind === 'corrupt' || kind === 'dropped') && typeof loss?.id === 'number' && typeof loss.first === 'number';
}

const joined = (a: DroppedRange, b: DroppedRange): DroppedRange => ({
  id: b.id,
  thinned: a.thinned && b.thinned,
  recoverable: a.recoverable + b.recoverable,
  irrecoverable: a.irrecoverable + b.irrecoverable,
  first: Math.min(a.first, b.first),
  next: Math.max(a.next, b.next),
  fromMs: Math.min(a.fromMs, b.fromMs),
  toMs: Math.max(a.toMs, b.toMs),
});

function joinOldest(kept: KeptLoss[]): void {
  const [first, second] = kept.flatMap((each, index) => (each.kind === 'dropped' ? [{ ...each, index }] : []));
  if (!first || !second) return;
  kept.splice(second.index, 1, { kind: 'dropped', loss: joined(first.loss, second.loss) });
  kept.splice(first.index, 1);
}

function load(dir: string): { last: number; kept: KeptLoss[]; aside: string[] } {
  for (const name of readdirSync(dir))
    if (name.startsWith(`${FILE}.`) && name.endsWith('.new')) rmSync(join(dir, name), { force: true });
  const found = readJson(join(dir, FILE));
  const present = listAside(dir).map(({ file }) => file);
  const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  return {
    last: Number.isSafeInteger(found?.['last']) ? Number(found?.['last']) : 0,
    kept: listOf(found?.['kept']).filter(isKept),
    aside: present.filter((name) => listOf(found?.['aside']).includes(name)),
  };
}

/**
 * The ledger in a log's folder, for its writer alone. Where the disk takes nothing it goes on in memory: room has to be made
 * on a full disk too. With `keep` false (nobody tells this log's losses) it only knows the files that were moved aside.
 */
export function openLosses(options: {
  readonly dir: string;
  readonly clock: Clock;
  readonly keep: boolean;
  readonly onTrouble: (error: unknown, file: string) => void;
}): LossLedger {
  const { dir, clock } = options;
  const loaded = load(dir);
  let { last, kept } = loaded;
  const aside = new Set(loaded.aside);
  const earlier = new Set(kept.map(({ loss }) => loss.id));
  let saved = true;

  const save = () => {
    if (saved) return;
    try {
      writeDurably(join(dir, FILE), JSON.stringify({ last, kept, aside: [...aside] }));
      saved = true;
    } catch (error) {
      options.onTrouble(error, FILE);
    }
  };
  const change = () => {
    saved = false;
    save();
  };
  /** Grows from life to life, though the file should be lost: what was told is told by its number. */
  const nextId = (): number => (last = Math.max(clock.now(), last + 1));
  const add = (loss: KeptLoss) => {
    if (options.keep) kept.push(loss);
    if (kept.length > MOST_KEPT) joinOldest(kept);
    if (options.keep || loss.kind === 'corrupt') change();
  };
  const remove = (goes: (id: number) => boolean) => {
    const left = kept.filter(({ loss }) => !goes(loss.id));
    if (left.length === kept.length) return;
    kept = left;
    change();
  };

  return {
    lost(loss) {
      const numbered = { ...loss, id: nextId() };
      aside.add(loss.file);
      add({ kind: 'corrupt', loss: numbered });
      return numbered;
    },
    dropped(range) {
      const numbered = { ...range, id: nextId() };
      add({ kind: 'dropped', loss: numbered });
      return numbered;
    },
    takeBack: (ids) => remove((id) => ids.includes(id)),
    told: (upTo) => remove((id) => id <= upTo),
    untold: () => kept.filter(({ loss }) => earlier.has(loss.id)),
    knows: (file) => aside.has(file),
    save,
  };
}
