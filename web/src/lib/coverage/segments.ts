import type { Answer } from '../api/client.ts';
import type { Range } from '../time/range.ts';

/** A span of coverage, as the API gives it. */
export type CoverageSpan = Omit<Answer<'listCoverage'>['items'][number], 'vanished'>;

export type CoverageState = 'watching' | 'late' | 'gap' | 'unreadable' | 'unknown';

export interface Segment extends Range {
  readonly state: CoverageState;
  /** Where it was so; empty where everything was watched. */
  readonly clusters: readonly string[];
  readonly kinds: readonly string[];
  readonly reasons: readonly string[];
}

/**
 * Worst last: of what overlaps, the worst is shown. A kind that may not be read is a standing fact of its own and says
 * nothing of the others: it shows where nothing else does.
 */
const STATES = ['unreadable', 'watching', 'late', 'gap', 'unknown'] as const satisfies readonly CoverageState[];
/** An agent counts as silent after this long without a heartbeat; until then its last proof reaches to now. */
const SILENT_AFTER_MS = 30_000;

interface Piece extends Range {
  readonly state: CoverageState;
  readonly cluster: string;
  readonly kind: string;
  readonly reason: string;
}

/** The end up to which a span is proven: an open one lasts to the agent's last proof of life, and no further. */
function provenEnd(span: CoverageSpan, now: number): number {
  if (span.to !== null) return Date.parse(span.to);
  if (span.proven_until === null) return Date.parse(span.from);
  const proof = Date.parse(span.proven_until);
  return now - proof <= SILENT_AFTER_MS ? Math.max(proof, now) : proof;
}

function toPiece(span: CoverageSpan, range: Range, now: number): Piece {
  const from = Math.max(range.from, Date.parse(span.from));
  const to = Math.min(range.to, provenEnd(span, now));
  // A clean stop is known, what happened after it is not.
  const state = span.state === 'closed' ? 'unknown' : span.state;
  return { from, to, state, cluster: span.cluster, kind: span.kind, reason: span.reason };
}

/** What none of the pieces covers. */
function* holes(pieces: readonly Piece[], range: Range, about: Piece): Generator<Piece> {
  const hole = (from: number, to: number): Piece => ({ ...about, from, to, state: 'unknown', reason: '' });
  let reached = range.from;
  for (const { from, to } of pieces) {
    if (from > reached) yield hole(reached, from);
    reached = Math.max(reached, to);
  }
  if (reached < range.to) yield hole(reached, range.to);
}

const byStart = (a: Range, b: Range): number => a.from - b.from;

/** Every piece of every (cluster, kind, namespace), and what nothing is known of. A span of all namespaces covers each. */
function piecesOf(spans: readonly CoverageSpan[], range: Range, now: number): Piece[] {
  const byKey = new Map<string, { first: Piece; whole: string; pieces: Piece[] }>();
  for (const span of spans) {
    const piece = toPiece(span, range, now);
    const whole = JSON.stringify([span.cluster, span.kind]);
    const key = span.namespace === '' ? whole : JSON.stringify([span.cluster, span.kind, span.namespace]);
    let entry = byKey.get(key);
    if (!entry) byKey.set(key, (entry = { first: piece, whole, pieces: [] }));
    if (piece.from < piece.to) entry.pieces.push(piece);
  }
  const all: Piece[] = [];
  for (const { pieces } of byKey.values()) pieces.sort(byStart);
  for (const [key, { first, whole, pieces }] of byKey) {
    const others = key === whole ? [] : (byKey.get(whole)?.pieces ?? []);
    const covering = others.length === 0 ? pieces : [...pieces, ...others].sort(byStart);
    all.push(...pieces, ...holes(covering, range, first));
  }
  return all;
}

/** The worst state at each instant, as a row of spans without holes or equal neighbours. */
function sweep(pieces: readonly Piece[], range: Range): { from: number; to: number; state: CoverageState }[] {
  const edges = pieces.flatMap(({ from, to, state }) => {
    const rank = STATES.indexOf(state);
    return [
      { at: from, rank, step: 1 },
      { at: to, rank, step: -1 },
    ];
  });
  edges.sort((a, b) => a.at - b.at);
  const active = STATES.map(() => 0);
  const row: { from: number; to: number; state: CoverageState }[] = [];
  let at = range.from;
  const close = (to: number): void => {
    if (to <= at) return;
    const state = STATES[active.findLastIndex((count) => count > 0)] ?? 'unknown';
    const last = row.at(-1);
    if (last?.state === state) last.to = to;
    else row.push({ from: at, to, state });
    at = to;
  };
  for (const edge of edges) {
    close(edge.at);
    active[edge.rank] = (active[edge.rank] ?? 0) + edge.step;
  }
  close(range.to);
  return row;
}

/**
 * What was watched over the range, in a row without holes: at each instant the worst state among the clusters, kinds and
 * namespaces of the spans. What no span covers, or lies after the last proof of an open one, is unknown.
 */
export function toSegments(spans: readonly CoverageSpan[], range: Range, now: number): Segment[] {
  const pieces = piecesOf(spans, range, now);
  const segments = sweep(pieces, range).map((part) => ({
    ...part,
    clusters: new Set<string>(),
    kinds: new Set<string>(),
    reasons: new Set<string>(),
  }));
  for (const piece of pieces) {
    if (piece.state === 'watching') continue;
    for (let i = firstEndingAfter(segments, piece.from); i < segments.length; i++) {
      const segment = segments[i];
      if (!segment || segment.from >= piece.to) break;
      if (segment.state !== piece.state) continue;
      segment.clusters.add(piece.cluster);
      segment.kinds.add(piece.kind);
      if (piece.reason !== '') segment.reasons.add(piece.reason);
    }
  }
  return segments.map((segment) => ({
    ...segment,
    clusters: [...segment.clusters].sort(),
    kinds: [...segment.kinds].sort(),
    reasons: [...segment.reasons].sort(),
  }));
}

function firstEndingAfter(row: readonly Range[], at: number): number {
  let [low, high] = [0, row.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((row[middle]?.to ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whether anything was watched at any time of the range. What was resumed late was watched as well. */
export const isWatched = (spans: readonly CoverageSpan[], range: Range, now: number): boolean =>
  spans
    .map((span) => toPiece(span, range, now))
    .some(({ state, from, to }) => (state === 'watching' || state === 'late') && from < to);

const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])].sort();

const join = (a: Segment, b: Segment): Segment => ({
  from: a.from,
  to: b.to,
  state: STATES.indexOf(a.state) < STATES.indexOf(b.state) ? b.state : a.state,
  clusters: union(a.clusters, b.clusters),
  kinds: union(a.kinds, b.kinds),
  reasons: union(a.reasons, b.reasons),
});

/**
 * At most about `most` segments that were not watched, for what can be drawn and walked through: those that stand closest
 * are joined, and show the worst of what they hold.
 */
export function coarsen(segments: readonly Segment[], most: number): Segment[] {
  const count = (row: readonly Segment[]): number => row.filter(({ state }) => state !== 'watching').length;
  let row = [...segments];
  const whole = (row.at(-1)?.to ?? 0) - (row[0]?.from ?? 0);
  for (let apart = whole / (most * 8); count(row) > most; apart *= 2) {
    const joined: Segment[] = [];
    for (const segment of row) {
      const last = joined.at(-1);
      const short = last !== undefined && Math.min(last.to - last.from, segment.to - segment.from) < apart;
      if (last && short) joined[joined.length - 1] = join(last, segment);
      else joined.push(segment);
    }
    row = joined;
  }
  return row;
}

/** What could not be read at some time of the range, as `cluster kind`. */
export const forbiddenKinds = (spans: readonly CoverageSpan[], range: Range): string[] => {
  const hidden = spans.filter(
    ({ state, from, to }) =>
      state === 'unreadable' && Date.parse(from) < range.to && (to === null || Date.parse(to) > range.from),
  );
  return [...new Set(hidden.map(({ cluster, kind }) => `${cluster} ${kind}`))].sort();
};

/** The spans of the range that were not proven to be watched, for a hatch over a chart. A late resumption lost nothing. */
export const unwatched = (segments: readonly Segment[]): Range[] =>
  segments.filter(({ state }) => state === 'gap' || state === 'unknown').map(({ from, to }) => ({ from, to }));
