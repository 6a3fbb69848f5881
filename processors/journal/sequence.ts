import { fromTime } from '../../platform/clock.ts';
import type { Entry } from '../../schemas/entry.ts';

/** How many epochs are known by their last number; several agents may write one journal by turns. */
const KNOWN_EPOCHS = 32;

/** What was last seen of one of the agent's lives. */
export interface AgentLife {
  readonly epoch: number;
  readonly seq: number;
  readonly observedAt: string | null;
}

/** What the runtime knows of the agents' numbering: plain JSON, kept beside the position. */
export interface Sequence {
  /** The last entry's that did not come late; null before the first. */
  readonly epoch: number | null;
  readonly seq: number;
  readonly observedAt: string | null;
  /** The other lives, by rising epoch. */
  readonly others: readonly AgentLife[];
  /** No epoch up to here is known any more, but for those of `others`; null while none is forgotten. */
  readonly forgotten: number | null;
  /** Entries observed up to here were folded before the log was cut short; null where it never was. */
  readonly floor: string | null;
  readonly holes: number;
  readonly repeats: number;
}

export const noSequence: Sequence = {
  epoch: null,
  seq: 0,
  observedAt: null,
  others: [],
  forgotten: null,
  floor: null,
  holes: 0,
  repeats: 0,
};

/**
 * `next`: never seen; `missing` counts the numbers of its epoch that should have come before it, after `after`. `late`: another
 * agent's newer entries came first. `repeat`: folded before. `unknown`: of an epoch that is forgotten, so that nobody knows
 * whether it was folded.
 */
export type Verdict =
  | { readonly kind: 'next'; readonly missing: number; readonly late: boolean; readonly after: AgentLife | null }
  | { readonly kind: 'repeat' | 'unknown' };

type Numbered = Pick<Entry, 'epoch' | 'seq'> & { readonly observed_at: string | null };

/**
 * Judges one entry. Each epoch counts for itself, from 1: a number at or below the last of its own epoch is a repeat. Where two
 * agents write by turns, each with its own local log, one may ship what the other's entries have overtaken, and the
 * clock that names the epochs may be behind. `atStart` says that the log begins with this entry, so that a first number
 * above 1 is a hole; anywhere else the first entry seen sets the count.
 */
export function judge(sequence: Sequence, entry: Numbered, atStart: boolean): { verdict: Verdict; sequence: Sequence } {
  const last = lifeOf(sequence, entry.epoch);
  const dropped = isFolded(sequence, last, entry) ? 'repeat' : isForgotten(sequence, last, entry) ? 'unknown' : null;
  if (dropped) return { verdict: { kind: dropped }, sequence: { ...sequence, repeats: sequence.repeats + 1 } };
  const late = isLate(sequence, entry);
  const missing = missingBefore(sequence, last, entry, atStart);
  const holes = Math.min(sequence.holes + missing, Number.MAX_SAFE_INTEGER);
  const after = last ?? currentOf(sequence);
  return { verdict: { kind: 'next', missing, late, after }, sequence: { ...withSeen(sequence, entry, late), holes } };
}

const currentOf = ({ epoch, seq, observedAt }: Sequence): AgentLife | null =>
  epoch === null ? null : { epoch, seq, observedAt };

const lifeOf = (sequence: Sequence, epoch: number): AgentLife | null =>
  sequence.epoch === epoch ? currentOf(sequence) : (sequence.others.find((life) => life.epoch === epoch) ?? null);

function isFolded(sequence: Sequence, last: AgentLife | null, { epoch, seq, observed_at: at }: Numbered): boolean {
  if (last) return seq <= last.seq;
  const mayBeOld = sequence.epoch === null || epoch < sequence.epoch;
  return mayBeOld && sequence.floor !== null && at !== null && at <= sequence.floor;
}

const isForgotten = ({ forgotten }: Sequence, last: AgentLife | null, { epoch }: Numbered): boolean =>
  last === null && forgotten !== null && epoch <= forgotten;

/** A life with the highest epoch is the newest, whatever its clock says. */
function isLate({ epoch, observedAt, others }: Sequence, entry: Numbered): boolean {
  if (epoch === null || entry.epoch === epoch) return false;
  if (entry.epoch > Math.max(epoch, others.at(-1)?.epoch ?? 0)) return false;
  return entry.observed_at === null || observedAt === null || entry.observed_at < observedAt;
}

function missingBefore(sequence: Sequence, last: AgentLife | null, entry: Numbered, atStart: boolean): number {
  if (last) return entry.seq - last.seq - 1;
  if (sequence.epoch === null) return atStart && sequence.floor === null ? entry.seq - 1 : 0;
  return entry.epoch < sequence.epoch && sequence.floor !== null ? 0 : entry.seq - 1;
}

function withSeen(sequence: Sequence, { epoch, seq, observed_at: at }: Numbered, late: boolean): Sequence {
  if (sequence.epoch === epoch || sequence.epoch === null) {
    return { ...sequence, epoch, seq, observedAt: at ?? sequence.observedAt };
  }
  const seen = { epoch, seq, observedAt: at };
  const others = sequence.others.filter((life) => life.epoch !== epoch);
  const kept = late ? [...others, seen] : [...others, currentOf(sequence)!];
  const { lives, forgotten } = bounded(kept, epoch, sequence.forgotten);
  if (late) return { ...sequence, others: lives, forgotten };
  return { ...sequence, epoch, seq, observedAt: at ?? sequence.observedAt, others: lives, forgotten };
}

/** Forgets the lowest epoch past the bound, but not the one that was just seen. */
function bounded(lives: readonly AgentLife[], seen: number, forgotten: number | null) {
  const sorted = lives.toSorted((a, b) => a.epoch - b.epoch);
  if (sorted.length < KNOWN_EPOCHS) return { lives: sorted, forgotten };
  const lowest = sorted.find(({ epoch }) => epoch !== seen)!;
  return { lives: sorted.filter((life) => life !== lowest), forgotten: Math.max(forgotten ?? 0, lowest.epoch) };
}

/** The numbering of a log that was cut short: numbers may be used again, so time tells what has been folded. */
export const cutShort = ({ observedAt, others, holes, repeats }: Sequence): Sequence => ({
  ...noSequence,
  observedAt,
  floor: [observedAt, ...others.map((life) => life.observedAt)].reduce(later, null),
  holes,
  repeats,
});

const later = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);

/** A numbering as it was saved; an earlier version knew the newest epoch only, and took all of the older ones for folded. */
export function savedSequence(saved: Omit<Sequence, 'others' | 'forgotten'> & Partial<Sequence>): Sequence {
  const { others, forgotten = saved.epoch === null ? null : saved.epoch - 1 } = saved;
  return others ? { ...saved, others, forgotten } : { ...saved, others: [], forgotten };
}

/** Epoch and number of a record that is not a readable entry, where they can be made out. */
export function numberOf(value: string): Numbered | null {
  try {
    const { epoch, seq, observed_at } = JSON.parse(value) as Record<string, unknown>;
    if (typeof epoch !== 'number' || typeof seq !== 'number') return null;
    if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(seq) || seq < 1 || epoch < 0) return null;
    return { epoch, seq, observed_at: typeof observed_at === 'string' && isTime(observed_at) ? observed_at : null };
  } catch {
    return null;
  }
}

const isTime = (value: string): boolean => !Number.isNaN(fromTime(value));
