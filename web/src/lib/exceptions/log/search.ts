import type { Span } from './pieces.ts';

/** A place where the words that were searched for stand. `line` is an index. */
export interface Match extends Span {
  readonly line: number;
}

export interface Found {
  readonly matches: readonly Match[];
  /** There are more than are listed. */
  readonly more: boolean;
}

/** More places than these help nobody, and keep the page waiting. */
const MATCHES_MAX = 5_000;

/** Where `words` stand, as they are: no pattern, so no search takes longer than reading the log once. */
export function searchLines(texts: readonly string[], words: string, caseMatters: boolean): Found {
  const matches: Match[] = [];
  if (words === '') return { matches, more: false };
  const pattern = new RegExp(words.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`), caseMatters ? 'gu' : 'giu');
  for (const [line, text] of texts.entries()) {
    for (const { index, 0: found } of text.matchAll(pattern)) {
      if (matches.length === MATCHES_MAX) return { matches, more: true };
      matches.push({ line, from: index, to: index + found.length });
    }
  }
  return { matches, more: false };
}

/** The matches of each line that has some, by the line's index. */
export function byLine({ matches }: Found): ReadonlyMap<number, Match[]> {
  const lines = new Map<number, Match[]>();
  for (const match of matches) {
    const list = lines.get(match.line);
    if (list) list.push(match);
    else lines.set(match.line, [match]);
  }
  return lines;
}
