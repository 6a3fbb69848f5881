import type { Colour, PlainText, StyleRun } from './ansi.ts';

/** A stretch of text that is shown in one way. */
export interface Piece {
  readonly text: string;
  readonly colour: Colour | null;
  readonly bold: boolean;
  readonly match: 'none' | 'match' | 'current';
  /** The text stands for a character that cannot be seen or that turns the text around: `⟨U+202E⟩`. */
  readonly sign: boolean;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Controls but the tab, what turns the direction, what has no width, and halves of pairs. Joiners make letters and stay. */
const UNSEEN =
  /[^\P{Cc}\t]|[\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|\p{Cs}/gu;

const signOf = (character: string): string =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** A text of one line, with what cannot be seen made visible: for fields outside of a log. */
export const withSigns = (text: string): string => text.replaceAll(UNSEEN, signOf);

export const hasUnseen = (text: string): boolean => text.search(UNSEEN) >= 0;

/**
 * Cuts the part `window` of a line where its look changes: colours, matches of the search, characters that cannot be seen.
 * `matches` are in order and do not overlap. The work grows with the window, not with the line.
 */
export function piecesOf(line: PlainText, window: Span, matches: readonly Span[], current: Span | null): Piece[] {
  const text = line.text.slice(window.from, window.to);
  const within = (span: Span): boolean => span.to > window.from && span.from < window.to;
  const runs = line.runs.filter(within);
  const found = matches.filter(within);
  const signs = [...text.matchAll(UNSEEN)].map(({ index, 0: character }) => ({
    from: window.from + index,
    to: window.from + index + character.length,
  }));
  const cuts = new Set([window.from, window.from + text.length]);
  for (const { from, to } of [...runs, ...found, ...signs]) {
    if (from > window.from) cuts.add(from);
    if (to < window.from + text.length) cuts.add(to);
  }
  const bounds = [...cuts].sort((a, b) => a - b);
  const [runAt, matchAt, signAt] = [walker<StyleRun>(runs), walker(found), walker(signs)];
  return bounds.slice(0, -1).map((from, index) => {
    const raw = line.text.slice(from, bounds[index + 1]);
    const [run, match, sign] = [runAt(from), matchAt(from), signAt(from)];
    return {
      text: sign ? signOf(raw) : raw,
      colour: run?.colour ?? null,
      bold: run?.bold ?? false,
      match: match === null ? 'none' : match.from === current?.from ? 'current' : 'match',
      sign: sign !== null,
    };
  });
}

/** Answers, for positions that only rise, which span covers one. */
function walker<T extends Span>(spans: readonly T[]): (position: number) => T | null {
  let at = 0;
  return (position) => {
    while (at < spans.length && (spans[at] as T).to <= position) at++;
    const span = spans[at];
    return span && span.from <= position ? span : null;
  };
}

/** Text that is shown of a line at first, and how much each further step brings, in characters. */
export const CUT = 4_000;
const STEP = 16_000;
const SHOWN_MAX = 64_000;

/** Keeps a cut from falling into a pair of surrogates. */
const whole = (text: string, at: number): number =>
  at > 0 && at < text.length && /[\uDC00-\uDFFF]/.test(text[at] as string) ? at - 1 : at;

export const firstWindow = (text: string): Span => ({
  from: 0,
  to: text.length <= CUT ? text.length : whole(text, CUT),
});

/** The part around a match that the present part does not show. */
export function windowAround(text: string, shown: Span, match: Span): Span {
  if (match.from >= shown.from && Math.min(match.to, match.from + CUT) <= shown.to) return shown;
  const from = whole(text, Math.max(0, match.from - CUT / 2));
  return { from, to: whole(text, Math.min(text.length, from + CUT)) };
}

/** One step more at an end of the part; what grows too long gives way at the other. */
export function grown(text: string, shown: Span, towards: 'start' | 'end'): Span {
  if (towards === 'end') {
    const to = whole(text, Math.min(text.length, shown.to + STEP));
    return { from: whole(text, Math.max(shown.from, to - SHOWN_MAX)), to };
  }
  const from = whole(text, Math.max(0, shown.from - STEP));
  return { from, to: whole(text, Math.min(shown.to, from + SHOWN_MAX)) };
}

export const stepLength = (text: string, shown: Span, towards: 'start' | 'end'): number =>
  Math.min(STEP, towards === 'end' ? text.length - shown.to : shown.from);
