import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { findAlarms } from '../../lib/exceptions/log/alarms.ts';
import { stripAnsi } from '../../lib/exceptions/log/ansi.ts';
import { parseLog } from '../../lib/exceptions/log/parse-log.ts';
import { firstWindow, windowAround, type Span } from '../../lib/exceptions/log/pieces.ts';
import { byLine, searchLines, type Match } from '../../lib/exceptions/log/search.ts';
import { STAMP_MODES, type StampMode } from '../../lib/exceptions/log/stamps.ts';

const STORED = 'tidemark.log';

/** How a person likes logs shown; kept in this browser. */
export interface LogLook {
  readonly wrap: boolean;
  readonly numbers: boolean;
  readonly stamps: StampMode;
}

function storedLook(): LogLook {
  const standard: LogLook = { wrap: true, numbers: true, stamps: 'relative' };
  try {
    const stored = JSON.parse(globalThis.localStorage.getItem(STORED) ?? '{}') as Partial<LogLook>;
    return {
      wrap: stored.wrap !== false,
      numbers: stored.numbers !== false,
      stamps: STAMP_MODES.find((mode) => mode === stored.stamps) ?? standard.stamps,
    };
  } catch {
    // What another version stored there is no loss.
    return standard;
  }
}

let look = $state.raw<LogLook | null>(null);

export const logLook = {
  get now(): LogLook {
    return look ?? storedLook();
  },
  set(patch: Partial<LogLook>): void {
    look = { ...logLook.now, ...patch };
    globalThis.localStorage.setItem(STORED, JSON.stringify(look));
  },
};

/** One log that is being read: its lines, the search in it, and how much of each long line is shown. */
export function createLogReader(text: () => string) {
  const lines = $derived(parseLog(text()));
  const plain = $derived(lines.map(({ body }) => stripAnsi(body)));
  const texts = $derived(plain.map((line) => line.text));
  const alarms = $derived(findAlarms(texts));
  let words = $state('');
  let caseMatters = $state(false);
  const found = $derived(searchLines(texts, words, caseMatters));
  const matchesByLine = $derived(byLine(found));
  let currentIndex = $state(-1);
  let errorIndex = $state(-1);
  const windows = new SvelteMap<number, Span>();
  const laidOut = new SvelteSet<number>();

  const current = $derived<Match | null>(found.matches[currentIndex] ?? null);

  function show(index: number): Match | null {
    const count = found.matches.length;
    if (count === 0) return null;
    currentIndex = (index + count) % count;
    const match = found.matches[currentIndex] as Match;
    const line = texts[match.line] ?? '';
    const shown = windows.get(match.line) ?? firstWindow(line);
    const wider = windowAround(line, shown, match);
    if (wider !== shown) windows.set(match.line, wider);
    laidOut.delete(match.line);
    return match;
  }

  return {
    get lines() {
      return lines;
    },
    get plain() {
      return plain;
    },
    get alarms() {
      return alarms;
    },
    get words() {
      return words;
    },
    get caseMatters() {
      return caseMatters;
    },
    get found() {
      return found;
    },
    get currentIndex() {
      return currentIndex;
    },
    get current() {
      return current;
    },
    matchesOf: (line: number): readonly Match[] => matchesByLine.get(line) ?? [],
    /** Searches, and answers the first match at or below the line of `from`. */
    search(next: { words?: string; caseMatters?: boolean }, from: number): Match | null {
      words = next.words ?? words;
      caseMatters = next.caseMatters ?? caseMatters;
      currentIndex = -1;
      const below = found.matches.findIndex(({ line }) => line >= from);
      return show(Math.max(0, below));
    },
    /** The next match (1) or the one before (-1); after the last comes the first. */
    step: (by: 1 | -1): Match | null => show(currentIndex + by),
    /** The line's index where the next error begins; after the last comes the first. null: there are none. */
    nextError(): number | null {
      const { starts } = alarms;
      if (starts.length === 0) return null;
      errorIndex = (errorIndex + 1) % starts.length;
      return starts[errorIndex] ?? null;
    },
    windowOf: (index: number): Span => windows.get(index) ?? firstWindow(texts[index] ?? ''),
    setWindow: (index: number, span: Span): void => void windows.set(index, span),
    isLaidOut: (index: number): boolean => laidOut.has(index),
    toggleLayout: (index: number): void => void (laidOut.delete(index) || laidOut.add(index)),
  };
}
export type LogReader = ReturnType<typeof createLogReader>;
