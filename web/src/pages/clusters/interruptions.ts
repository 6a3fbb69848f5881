import type { CoverageSpan as Span } from '../../lib/coverage/segments.ts';
import type { Range } from '../../lib/time/range.ts';

export type WatchState = 'gap' | 'late' | 'unreadable' | 'stopped';
/** A span as the API gives it. */
export type CoverageSpan = Span & { readonly vanished?: number | null };

/** A time in which something was or may have been missed, over all kinds that it concerns. Milliseconds. */
export interface Interruption {
  readonly state: WatchState;
  readonly from: number;
  /** null while it lasts. */
  readonly to: number | null;
  readonly reason: string;
  readonly kinds: readonly string[];
  readonly namespaces: readonly string[];
  /** Objects that were gone afterwards; null where the reader may not know. */
  readonly vanished: number | null;
}

/** Kinds lose their watch within a moment of each other, each with its own proof of life. */
const SAME_WITHIN_MS = 15_000;

const STATES: Readonly<Record<string, WatchState>> = {
  gap: 'gap',
  late: 'late',
  unreadable: 'unreadable',
  closed: 'stopped',
};

type Piece = Omit<Interruption, 'kinds' | 'namespaces'> & { readonly kind: string; readonly namespace: string };

function toPiece(span: CoverageSpan): Piece | null {
  const state = Object.hasOwn(STATES, span.state) ? STATES[span.state] : undefined;
  const from = Date.parse(span.from);
  const to = span.to === null ? null : Date.parse(span.to);
  if (state === undefined || to === from) return null;
  return {
    state,
    from,
    to,
    reason: span.reason,
    kind: span.kind,
    namespace: span.namespace,
    vanished: span.vanished ?? null,
  };
}

const near = (a: number | null, b: number | null): boolean =>
  a === null || b === null ? a === b : Math.abs(a - b) <= SAME_WITHIN_MS;

function join(pieces: readonly Piece[]): Interruption {
  const [first] = pieces as [Piece];
  const sorted = (values: string[]): string[] => [...new Set(values)].toSorted();
  return {
    state: first.state,
    reason: first.reason,
    from: Math.min(...pieces.map(({ from }) => from)),
    to: first.to === null ? null : Math.max(...pieces.map(({ to }) => to ?? 0)),
    kinds: sorted(pieces.map(({ kind }) => kind)),
    namespaces: sorted(pieces.map(({ namespace }) => namespace)),
    vanished: pieces.some(({ vanished }) => vanished === null)
      ? null
      : pieces.reduce((sum, { vanished }) => sum + (vanished ?? 0), 0),
  };
}

/**
 * One cluster's gaps, late resumptions, refusals and stops that touch the range, newest first: what befell several kinds
 * at once, for the same reason, is one.
 */
export function interruptionsOf(spans: readonly CoverageSpan[], range: Range): Interruption[] {
  const pieces = spans
    .map(toPiece)
    .filter((piece) => piece !== null)
    .filter(({ from, to }) => from < range.to && (to ?? Number.POSITIVE_INFINITY) > range.from)
    .toSorted((a, b) => a.from - b.from);
  const clumps: Piece[][] = [];
  const latest = new Map<string, Piece[][]>();
  for (const piece of pieces) {
    const key = `${piece.state} ${reasonKey(piece)}`;
    const open = latest.get(key) ?? [];
    const clump = open.find(([first]) => first && near(first.from, piece.from) && near(first.to, piece.to));
    if (clump) {
      clump.push(piece);
      continue;
    }
    const started = [piece];
    clumps.push(started);
    const recent = open.filter(([first]) => first && piece.from - first.from <= SAME_WITHIN_MS);
    latest.set(key, [...recent, started]);
  }
  return clumps.map(join).toSorted((a, b) => b.from - a.from);
}

/** A refusal names its own resource, and so stands for itself. */
const reasonKey = ({ state, reason, kind }: Piece): string => (state === 'unreadable' ? `${kind} ${reason}` : reason);
