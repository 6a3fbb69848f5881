import { parseInstant } from '../time/range.ts';
import { readTyped } from '../time/typed.ts';

const LONGEST_MS = 92 * 24 * 3_600_000;

/** Words that are parted by commas or white space, each once. No name of Kubernetes has either in it. */
export const readNames = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter((word) => word !== ''))];

/** A filter's words that a run can be about: all but those that leave something out. */
export const namesOfFilter = (words: readonly string[]): string =>
  words.filter((word) => !word.startsWith('!')).join(', ');

/** What is typed into the form, as it stands there. */
export interface TypedRun {
  readonly name: string;
  readonly from: string;
  /** '': it goes on. */
  readonly to: string;
}
export interface InputContext {
  /** Milliseconds. */
  readonly now: number;
  readonly zone: string;
}
export type InputProblem = 'name' | 'from' | 'to' | 'length' | 'future';

function instant(text: string, { now, zone }: InputContext, end = false): string | null {
  const typed = readTyped(text, zone, end);
  const ms = typed === null ? null : parseInstant(typed, now, zone);
  return ms === null ? null : new Date(ms).toISOString();
}

export const isName = (name: string): boolean => name !== '' && name !== 'compare' && !/[*\n]/.test(name);

/** The times that were typed as RFC 3339 (`to` null: it goes on), or what is wrong with them. */
export function readTimes(
  { from, to }: Pick<TypedRun, 'from' | 'to'>,
  context: InputContext,
): { from: string; to: string | null } | { problem: InputProblem } {
  const start = instant(from, context);
  if (start === null) return { problem: 'from' };
  if (Date.parse(start) > context.now) return { problem: 'future' };
  if (to.trim() === '') return { from: start, to: null };
  const end = instant(to, context, true);
  if (end === null) return { problem: 'to' };
  const lengthMs = Date.parse(end) - Date.parse(start);
  return lengthMs > 0 && lengthMs <= LONGEST_MS ? { from: start, to: end } : { problem: 'length' };
}
