import type { Entry } from '../../schemas/entry.ts';

/** What the runtime knows of the agent's numbering: plain JSON, kept beside the position. */
export interface Sequence {
  /** The last entry's; null before the first. */
  readonly epoch: number | null;
  readonly seq: number;
  readonly observedAt: string | null;
  /** Entries observed up to here were folded before the log was cut short; null otherwise. */
  readonly floor: string | null;
  readonly holes: number;
  readonly repeats: number;
}

export const noSequence: Sequence = { epoch: null, seq: 0, observedAt: null, floor: null, holes: 0, repeats: 0 };

/** `missing` counts the entry numbers that should have come before this one. */
export type Verdict = { readonly kind: 'next'; readonly missing: number } | { readonly kind: 'repeat' };

type Numbered = Pick<Entry, 'epoch' | 'seq'> & { readonly observed_at: string | null };

/**
 * Judges one entry: a number at or below the last is a repeat, and so is any of an older epoch (an agent that lost its
 * lease). A new epoch starts at 1. `atStart` says that the log begins with this entry, so that a first number above 1 is a hole;
 * anywhere else the first entry seen sets the count.
 */
export function judge(sequence: Sequence, entry: Numbered, atStart: boolean): { verdict: Verdict; sequence: Sequence } {
  if (isRepeat(sequence, entry)) {
    return { verdict: { kind: 'repeat' }, sequence: { ...sequence, repeats: sequence.repeats + 1 } };
  }
  const missing = missingBefore(sequence, entry, atStart);
  return {
    verdict: { kind: 'next', missing },
    sequence: {
      epoch: entry.epoch,
      seq: entry.seq,
      observedAt: entry.observed_at ?? sequence.observedAt,
      floor: null,
      holes: sequence.holes + missing,
      repeats: sequence.repeats,
    },
  };
}

function isRepeat(sequence: Sequence, entry: Numbered): boolean {
  if (sequence.floor !== null) return entry.observed_at !== null && entry.observed_at <= sequence.floor;
  if (sequence.epoch === null) return false;
  return entry.epoch < sequence.epoch || (entry.epoch === sequence.epoch && entry.seq <= sequence.seq);
}

function missingBefore(sequence: Sequence, entry: Numbered, atStart: boolean): number {
  if (sequence.epoch === null) return atStart && sequence.floor === null ? entry.seq - 1 : 0;
  return entry.epoch === sequence.epoch ? entry.seq - sequence.seq - 1 : entry.seq - 1;
}

/** The numbering of a log that was cut short: numbers may be used again, so time tells what has been folded. */
export const cutShort = (sequence: Sequence): Sequence => ({
  ...sequence,
  epoch: null,
  seq: 0,
  floor: sequence.observedAt,
});

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

const isTime = (value: string): boolean => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(value);
